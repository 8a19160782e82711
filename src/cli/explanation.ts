// How one request is decided, with everything the decision rests on. The same code as on the request path, asked once more for its reasons.
import { isUtf8 } from "node:buffer";
import type { ToolCall, TurnType } from "../request/chat/actions.ts";
import { type Format, type KeywordPlace, type RequestFacts, SCOPES, type Scope, type Script, windowTokens } from "../request/chat/facts.ts";
import { fittingEdits, type ParamRequest } from "../request/chat/fit-params.ts";
import { formatOfPath } from "../request/chat/format.ts";
import type { KeptReference } from "../request/chat/kept.ts";
import { notedNames, paramNamed } from "../request/chat/param-table.ts";
import { ChatScanner } from "../request/chat/scanner.ts";
import { ANSWER_LIMITS, answerTokens, askedBits } from "../request/guard/abilities.ts";
import type { Lack } from "../request/guard/can.ts";
import type { Feature } from "../request/policy/conditions.ts";
import type { Topic } from "../request/policy/learned/topics.ts";
import type { Link, Policy, PolicyRequest, Signal, Verdict } from "../request/policy/policy.ts";
import { agentOf, namedSessionOf, type Session, sessionOf, turnOf } from "../request/policy/session.ts";
import { continuedPath } from "../request/routing/continued.ts";
import { type Decision, NO_POLICY } from "../request/routing/decision.ts";
import { policyRequest } from "../request/routing/policy-request.ts";
import { type HeaderView, unroutableByHeaders } from "../request/routing/route-headers.ts";
import { editsFor, passedOn, type Routed, type Routing, routeBody, type Tier, unread } from "../request/routing/routing.ts";
import type { Explained } from "./told-rollout.ts";
import type { Protection, ToldSession } from "./told-session.ts";
import type { StateGiven } from "./told-state.ts";

export interface Explanation extends Decision, Measured, Explained {
  readonly bodyBytes: number;
  readonly forwardedBytes: number;
  readonly told: ToldSession | undefined;
  readonly state: StateGiven | undefined; // of limits and of tiers that are not well
  readonly micros: number; // scan, decision and splice: median of repeated runs
}

/** Empty or undefined when no policy was asked. */
interface Measured {
  readonly format: Format | undefined;
  readonly turns: number | undefined;
  readonly humanTurns: number | undefined; // messages of the user that are more than tool results and an agent's own text
  readonly texts: Readonly<Partial<Record<Scope, TextMeasures>>>;
  readonly continuedBy: readonly KeptReference[]; // what it refers to that one server keeps
  readonly has: readonly Feature[]; // `code`: in the whole text
  readonly requestedModel: string | undefined; // as sent, JSON-decoded
  readonly user: string | undefined;
  readonly session: string | undefined;
  readonly action: Action | undefined;
  readonly topic: Topic | undefined; // where a policy asks for it
  readonly signals: readonly Signal[]; // of a chain: all its links'
  readonly keywords: readonly KeywordPlace[]; // every keyword found and where it first stands
  readonly links: readonly AskedLink[]; // of a chain
  readonly params: readonly ExplainedParam[];
  readonly inputTokens: number | undefined; // an estimate, of the whole request
  readonly answerTokens: number | undefined; // at most, as the client says
  readonly protection: Protection | undefined; // of the session told of
  readonly lacking: Readonly<Record<string, readonly Lack[]>>; // by tier: why it cannot take the request
}

/** What it is in an agent's session. */
interface Action {
  readonly turn: TurnType;
  readonly toolLoop: boolean;
  readonly session: Session | undefined; // of headers, else of the body, else made of how the conversation begins
  readonly agent: string | undefined;
  readonly calls: readonly ToolCall[];
  readonly repeats: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly maxTokens: number | undefined;
  readonly windowTokens: number;
}

interface TextMeasures {
  readonly chars: number;
  readonly bytes: number;
  readonly codeFences: number;
  readonly script: Script;
}

/** What a link of a chain had to say. */
export interface AskedLink {
  readonly id: string;
  readonly outcome: "decides" | "abstains" | "not-asked";
  readonly tier?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly signals: readonly Signal[]; // empty for a chain, and where it was not asked
  readonly links: readonly AskedLink[]; // of a chain
}

export interface ExplainedParam {
  readonly name: string;
  readonly json: string;
  readonly set: boolean; // false: the client's own value stands, or a request of this format takes none
}

const RUNS = 25;

/** What the routing was made with. */
export interface Told {
  readonly session?: ToldSession | undefined; // that its store then knows
  readonly state?: StateGiven | undefined;
  readonly standing?: (routed: Routed) => Explained;
}

/** Whose word counts: the policy's, or that of a rollout's candidate or of a conservative one. */
export function decidingPolicy({ policy, arms, takeover }: Routing, { policy: id }: Pick<Decision, "policy">): Policy {
  const other = [takeover?.link, arms?.candidate].find((link) => link !== undefined && `${id}/`.startsWith(`${link.id}/`));
  return other?.policy ?? policy;
}

export function explain(
  routing: Routing,
  body: Buffer,
  headers: HeaderView,
  { session: told, state, standing = () => UNSTANDING }: Told = {},
): Explanation {
  const route = (): Routed => {
    const given = continuedPath(routing, headers.get(":path"));
    if (given !== undefined) return unread(given);
    const reason = unroutableByHeaders(headers, routing.maxBodyBytes);
    return reason === undefined ? routeBody(routing, body, headers) : passedOn(routing, reason);
  };
  const times: number[] = [];
  let routed = route();
  for (let run = 0; run < RUNS; run++) {
    const startedAt = process.hrtime.bigint();
    routed = route();
    times.push(Number(process.hrtime.bigint() - startedAt) / 1000);
  }
  const micros = Math.round((times.sort((a, b) => a - b)[RUNS >> 1] ?? 0) * 10) / 10;
  const bodyBytes = body.length;
  const forwardedBytes = routed.body?.reduce((sum, piece) => sum + piece.length, 0) ?? bodyBytes;
  const measured = routed.measured === undefined ? UNMEASURED : measuredOf(routing, routed.decision, { body, headers, told });
  return { ...routed.decision, ...measured, ...standing(routed), bodyBytes, forwardedBytes, told, state, micros };
}

const UNSTANDING: Explained = { rollout: undefined, takeover: undefined };
const UNMEASURED: Measured = {
  format: undefined,
  turns: undefined,
  humanTurns: undefined,
  texts: {},
  continuedBy: [],
  has: [],
  requestedModel: undefined,
  user: undefined,
  session: undefined,
  action: undefined,
  topic: undefined,
  signals: [],
  keywords: [],
  links: [],
  params: [],
  inputTokens: undefined,
  answerTokens: undefined,
  protection: undefined,
  lacking: {},
};

interface Given {
  readonly body: Buffer;
  readonly headers: HeaderView;
  readonly told: ToldSession | undefined;
}

/** Scans anew, for the texts of all scopes. */
function measuredOf(routing: Routing, decision: Decision, { body, headers, told }: Given): Measured {
  const { maxBodyBytes, tiers, can } = routing;
  const policy = decidingPolicy(routing, decision);
  const { envelopes } = routing.scanner;
  const names = [...policy.needs.params, ...[...tiers.values()].flatMap(({ params = [] }) => params.map(({ name }) => name))];
  const scanner = new ChatScanner({
    ...policy.needs,
    params: notedNames([...names, ...ANSWER_LIMITS]),
    scopes: SCOPES,
    envelopes,
    maxBodyBytes,
    isUtf8,
  });
  const format = formatOfPath(headers.get(":path"));
  const scanned = scanner.scan(body, format === "other" ? undefined : format);
  if (scanned.kind !== "chat") throw new Error("invariant: a request that a policy decided is a chat");
  const { facts } = scanned;
  const request = policyRequest(facts, scanner, headers);
  const isAsked = decision.policy !== NO_POLICY;
  const verdict = isAsked ? policy.decide(request) : undefined;
  const asks = { bits: askedBits(facts), inputTokens: scanner.inputTokens(body), answerTokens: answerTokens(body, scanned.params) };
  return {
    format: facts.format,
    turns: facts.turns,
    humanTurns: facts.humanTurns,
    texts: textsOf(facts),
    continuedBy: facts.continuedBy,
    has: featuresOf(facts),
    requestedModel: facts.requestedModel,
    user: facts.user,
    session: facts.session,
    action: actionOf(facts, request),
    topic: request.topic,
    signals: isAsked ? policy.signals(request) : [],
    keywords: isAsked ? placesOf(scanner, policy.needs.scopes) : [],
    links: isAsked ? askedLinks(policy.links ?? [], request) : [],
    params: explainedParams(tiers.get(decision.tier), verdict, { format: facts.format, body, params: scanned.params }),
    inputTokens: asks.inputTokens,
    answerTokens: asks.answerTokens,
    protection: told && protectionOf(routing, request),
    lacking: Object.fromEntries(can?.lacking(asks) ?? []),
  };
}

function protectionOf({ session }: Routing, request: PolicyRequest): Protection {
  if (session === undefined) return "off";
  if (session.actionOf(request) !== undefined) return "asked";
  return namedSessionOf(request) === undefined && !request.facts.tools ? "no-session" : "aside";
}

function actionOf(facts: RequestFacts, request: PolicyRequest): Action {
  const { toolLoop, calls, repeats, errors } = facts.action;
  return {
    turn: turnOf(request),
    toolLoop,
    session: sessionOf(request),
    agent: agentOf(request),
    calls,
    repeats,
    errors,
    inputTokens: facts.inputTokens,
    maxTokens: facts.maxTokens,
    windowTokens: windowTokens(facts),
  };
}

function textsOf({ texts }: RequestFacts): Measured["texts"] {
  const measured = Object.entries(texts).map(([scope, { chars, textBytes, codeFences, script }]) => {
    return [scope, { chars, bytes: textBytes, codeFences, script }] as const;
  });
  return Object.fromEntries(measured);
}

function featuresOf(facts: RequestFacts): readonly Feature[] {
  const { stream, tools, images, files, audio, video, jsonOutput, texts } = facts;
  const features: readonly (readonly [Feature, boolean])[] = [
    ["stream", stream],
    ["tools", tools],
    ["images", images],
    ["files", files],
    ["audio", audio],
    ["video", video],
    ["json", jsonOutput],
    ["code", (texts.all?.codeFences ?? 0) > 0],
  ];
  return features.filter(([, present]) => present).map(([name]) => name);
}

/** Each keyword once for each place it has in one of the scopes. */
function placesOf(scanner: ChatScanner, scopes: readonly Scope[]): readonly KeywordPlace[] {
  const places = scopes.flatMap((scope) => scanner.places(scope));
  return places.filter((place, index) => index === places.findIndex((other) => isSamePlace(place, other)));
}

function isSamePlace(a: KeywordPlace, b: KeywordPlace): boolean {
  return a.keyword === b.keyword && a.message === b.message && a.character === b.character;
}

function askedLinks(links: readonly Link[], request: PolicyRequest): readonly AskedLink[] {
  let decided = false;
  return links.map(({ id, policy }): AskedLink => {
    if (decided) return { id, outcome: "not-asked", signals: [], links: [] };
    const verdict = policy.decide(request);
    decided = verdict !== undefined;
    const inner = policy.links === undefined ? [] : askedLinks(policy.links, request);
    return { id, ...outcomeOf(verdict), signals: policy.links === undefined ? policy.signals(request) : [], links: inner };
  });
}

function outcomeOf(verdict: Verdict | undefined): Pick<AskedLink, "outcome" | "tier" | "reason" | "detail"> {
  if (verdict === undefined) return { outcome: "abstains" };
  const { tier, reason, detail } = verdict;
  return { outcome: "decides", tier, reason, ...(detail === undefined ? {} : { detail }) };
}

/** Each edit of tier and policy, and what came of it for this request. */
function explainedParams(
  tier: Tier | undefined,
  verdict: Verdict | undefined,
  request: Omit<ParamRequest, "model">,
): readonly ExplainedParam[] {
  const edits = editsFor(tier, verdict);
  const fitted = fittingEdits({ ...request, model: tier?.model }, edits);
  return edits.map(({ name, json }) => {
    const param = paramNamed(name);
    const names = param === undefined ? [name] : param.all.map(({ member }) => member);
    const set = fitted.find((edit) => names.includes(edit.name));
    return set === undefined ? { name, json, set: false } : { name: set.name, json: set.json, set: true };
  });
}
