// The use case: a body in, a decision and the bytes to forward out. One immutable snapshot per configuration; nothing here does I/O.
import type { CacheAsk, CacheGuard, NotAsked } from "../cache/ask.ts";
import { type EditPlaces, editedBody, insertedNames, keepingModel } from "../chat/body-edit.ts";
import { EMPTY_HITS, type Format } from "../chat/facts.ts";
import { fittingEdits } from "../chat/fit-params.ts";
import { meaningOfPath, type PathMeaning } from "../chat/format.ts";
import type { ParamEdit } from "../chat/params.ts";
import { PROMPT_SCOPE, type Prompt, promptOf } from "../chat/prompt.ts";
import type { ChatScanner, ScannedChat } from "../chat/scanner.ts";
import { type Shape, shaping } from "../chat/shape.ts";
import { shapeRanges } from "../chat/shape-ranges.ts";
import { type Asks, answerTokens, askedBits } from "../guard/abilities.ts";
import type { AuditGuard } from "../guard/audit.ts";
import type { CanGuard } from "../guard/can.ts";
import type { Guard, Guarded } from "../guard/guard.ts";
import type { LimitBook } from "../guard/limits/book.ts";
import type { LimitNote } from "../guard/limits/ledger.ts";
import { type ActionNote, isLockedIn, type SessionAction, type SessionGuard } from "../guard/session.ts";
import type { Link, Policy, PolicyRequest, TierName, Verdict } from "../policy/policy.ts";
import type { Vectors } from "../policy/vectors.ts";
import { type Arms, type Picked, pickedBy, type Split } from "./arms.ts";
import { ASKED_SCOPE, type Asked, askedOf } from "./asked.ts";
import { type Continuations, continuedDecision } from "./continued.ts";
import { countingDecision, type Decision, decisionOf, unrouted } from "./decision.ts";
import { type NotedFacts, type NotedHeaders, notedFacts } from "./noted-facts.ts";
import { policyRequest } from "./policy-request.ts";
import type { UnroutedReason } from "./reasons.ts";
import type { HeaderView } from "./route-headers.ts";
import { shapeFor, takesSchema } from "./shaping.ts";
import { askerOf, UNSALTED, type Voters } from "./voter.ts";

export interface Tier {
  readonly name: TierName;
  readonly model: string | undefined; // set in the body instead of dropping the member
  readonly params?: readonly ParamEdit[]; // set in the body of every request it serves; those of a policy for it count more
  readonly keepModel?: boolean; // the client's own stays
  readonly shape?: Shape | undefined; // instructions added to every request it serves; a rule's count more
}

/** Everything a request is decided with. Replaced as a whole on reload; a request keeps the one it began with. */
export interface Routing extends Continuations {
  readonly tiers: ReadonlyMap<TierName, Tier>;
  readonly defaultTier: TierName;
  readonly policyId: string; // name and version
  readonly policy: Policy;
  readonly arms?: Arms | undefined; // of a rollout; undefined: the policy alone decides
  readonly takeover?: Takeover | undefined; // undefined: none ever takes over
  readonly wantsVectors?: boolean; // see wantedVectors; undefined or false: no request is asked for any
  readonly scanner: ChatScanner; // made for what the policy and the guard need, and for ASKED_SCOPE
  readonly can?: CanGuard | undefined; // undefined: no tier is said to lack anything
  readonly session?: SessionGuard | undefined; // undefined: every request for itself
  readonly guards?: readonly Guard[] | undefined; // behind `can`, in the order of GUARDS; undefined: none
  readonly limits?: LimitBook | undefined; // undefined: nothing is limited
  readonly cascade?: readonly TierName[] | undefined; // its tiers, in turn; undefined: no answer is judged
  readonly audit?: AuditGuard | undefined; // undefined: nothing is drawn
  readonly cache?: CacheGuard | undefined; // undefined: no answer is kept
  readonly refuseUnreadable: boolean;
  readonly maxBodyBytes: number;
  readonly recordAsked: () => boolean; // somebody compares what is asked: a sketch costs as much as the scan
  readonly recordModels: boolean; // somebody is told which model the client asked for
  readonly recordFacts?: number | undefined; // somebody logs them: the salt of units; undefined: nobody does
  readonly recordHeaders?: NotedHeaders | undefined; // with them; undefined: none
  readonly voters?: Voters; // undefined: as the body says, unsalted
  readonly capturePrompts: boolean; // the scanner must measure PROMPT_SCOPE then
}

/** A conservative policy that decides in the place of the others while something is the matter. */
export interface Takeover {
  readonly link: Link;
  readonly stands: () => boolean;
}

/** What is remembered of a request that was read, for outcomes and logs. Counts only, no text; `asked` is in no log. */
export interface Measured {
  readonly format: Format;
  readonly turns: number;
  readonly stream: boolean;
  readonly chars: number; // of the first scope the policy reads, as are the next two; 0 where it reads none
  readonly textBytes: number;
  readonly keywordHits: readonly string[];
  readonly inputTokens: number; // an estimate, of the whole request whatever the policy reads
  readonly requestedModel?: string; // as the client sent it; only with `recordModels`, and not one of a length that no name has
  readonly continued?: true; // it refers to what one server keeps
  readonly unit?: number; // of a rollout: a hash of whose request it is; in no log
  readonly action?: ActionNote; // of a session; in no log
  readonly limits?: LimitNote | undefined; // what it counts for; in no log
  readonly facts?: NotedFacts;
  readonly asked?: Asked;
  readonly voter?: number | undefined; // a hash of who sent it, in no log either; undefined: nobody says
  readonly flight?: string; // by which its answer is known, where it may be kept; in no log
}

export interface Routed {
  readonly decision: Decision;
  readonly measured: Measured | undefined; // undefined: passed on unread
  /** Pieces of the body to forward instead; undefined: forward the body as it came. */
  readonly body: readonly Uint8Array[] | undefined;
  readonly inserted?: readonly string[] | undefined; // parameters that it has in front, in their order
  readonly shapedAt?: string | undefined; // where instructions stand in it that were added (shape-ranges.ts)
  /** The body claims to be a chat and cannot be read as JSON. */
  readonly unreadable: boolean;
  readonly prompt: Prompt | undefined; // only where prompts are captured
  readonly cache?: CacheAsk | NotAsked; // whether what was answered before will do; only where answers are kept
}

const MAX_MODEL_LENGTH = 256;
export const NO_PARAMS: readonly ParamEdit[] = [];
const UNMEASURED = { measured: undefined, unreadable: false, prompt: undefined } as const;
const NO_TEXT = { chars: 0, textBytes: 0, keywordHits: EMPTY_HITS };

/** Decides for one complete body. `vectors`: those that policies wanted. Throws only on a bug. */
export function routeBody(routing: Routing, body: Uint8Array, headers: HeaderView, vectors?: Vectors): Routed {
  if (body.length === 0) return passedOn(routing, "empty-body");
  const { format, asks } = meaningOfPath(headers.get(":path"));
  if (format === "other") return passedOn(routing, "not-a-chat");
  const scanned = routing.scanner.scan(body, format);
  if (scanned.kind === "unreadable") {
    return scanned.cause === "too-large" ? passedOn(routing, "body-too-large") : { ...passedOn(routing, scanned.cause), unreadable: true };
  }
  if (scanned.kind === "foreign") return passedOn(routing, "not-a-chat");
  const request = policyRequest(scanned.facts, routing.scanner, headers, routing.voters, vectors);
  const given = scanned.facts.continued ? continuedDecision(routing, scanned.facts.continuedBy) : undefined;
  const unasked = given ?? (scanned.isBare ? unrouted(routing.defaultTier, "no-messages") : undefined);
  const { verdict, policyId, split } = unasked === undefined ? asked(routing, request) : UNASKED;
  const picked = unasked ?? decisionOf(verdict, policyId, routing.defaultTier);
  const { audit, session } = routing;
  const action = session === undefined || scanned.isBare ? undefined : session.actionOf(request);
  const isLocked = given !== undefined || (action !== undefined && isLockedIn(action));
  const read = { scanned, body, action, about: { request, verdict, isLocked } };
  const behindGuards = audit === undefined ? guardedDecision(routing, picked, read) : audited(audit, routing, picked, read);
  const chosen = split === undefined ? behindGuards : withArm(routing, picked, behindGuards, { ...read, split });
  const decided = verdict?.cascade === true && !isLocked && asks === "an answer" ? cascaded(routing, chosen) : chosen;
  const { shaped, ...forward } = bodyFor(routing.tiers.get(decided.tier), verdict, { scanned, body, asks });
  if (asks === "its tokens") return { ...UNMEASURED, decision: countingDecision(decided), ...forward };
  const prompt = routing.capturePrompts ? promptOf(routing.scanner.text(PROMPT_SCOPE)) : undefined;
  const facts = measuredOf(routing, request, scanned.facts.inputTokens);
  const counted = split === undefined ? facts : { ...facts, unit: split.unit };
  const note = session === undefined || action === undefined ? undefined : session.acts(action, decided.tier);
  const measured = note === undefined ? counted : { ...counted, action: note };
  const decision = shaped === undefined || decided.refused !== undefined ? decided : { ...decided, shaped };
  const routed = { decision, measured, ...forward, unreadable: false, prompt };
  if (routing.cache === undefined) return routed;
  return { ...routed, cache: split === undefined ? cacheWord(routing.cache, routed, read, asks) : IN_ROLLOUT };
}

/** The arms are compared by what their requests cost, and the newer one finds nothing that was kept. */
const IN_ROLLOUT: NotAsked = { kind: "not", why: "rollout" };
const NO_ANSWER_ASKED: NotAsked = { kind: "not", why: "off" };

function cacheWord(cache: CacheGuard, { decision, body }: Routed, read: ReadForGuards, asks: PathMeaning["asks"]): CacheAsk | NotAsked {
  const { request, verdict } = read.about;
  if (asks !== "an answer" || read.scanned.isBare || decision.refused !== undefined) return NO_ANSWER_ASKED;
  const { tier, policy } = decision;
  const header = (name: string) => request.header(name);
  return cache.wordOn({ facts: request.facts, sent: body ?? [read.body], tier, policy, ttlMs: verdict?.cacheMs, header });
}

const UNASKED: Picked = { verdict: undefined, policyId: "", split: undefined };

function asked({ policyId, policy, arms, takeover }: Routing, request: PolicyRequest): Picked {
  if (takeover?.stands() === true) {
    const { id, policy: conservative } = takeover.link;
    return { verdict: conservative.decide(request), policyId: id, split: undefined }; // both arms alike: there is nothing to compare
  }
  if (arms === undefined) return { verdict: policy.decide(request), policyId, split: undefined };
  return pickedBy(arms, { id: policyId, policy }, request);
}

interface ReadForGuards extends Omit<ReadBody, "asks"> {
  readonly action: SessionAction | undefined;
  readonly about: Guarded;
}

function guardedDecision({ can, session, guards }: Routing, picked: Decision, read: ReadForGuards): Decision {
  const { action, about } = read;
  const held = session === undefined || action === undefined ? picked : session.checked(picked, action);
  let decision = can === undefined ? held : can.checked(held, asksOf(can, read));
  if (guards !== undefined) for (const guard of guards) decision = guard.checked(decision, about);
  return decision;
}

function tentatively(routing: Routing, decision: Decision, read: ReadForGuards): Decision {
  return guardedDecision(routing, decision, { ...read, about: { ...read.about, isTentative: true } });
}

/** A tier is drawn around all guards, and only where none of them would hold the request to one. */
function audited(audit: AuditGuard, routing: Routing, picked: Decision, read: ReadForGuards): Decision {
  const { action, scanned, about } = read;
  const { request, verdict, isLocked } = about;
  const isGiven = isLocked || scanned.isBare || scanned.facts.continued;
  const mayBeHeld = action?.known !== undefined || routing.guards !== undefined;
  const guarded = (decision: Decision) => guardedDecision(routing, decision, read);
  return audit.checked(picked, { request, verdict, isGiven, mayBeHeld }, guarded, (decision) => tentatively(routing, decision, read));
}

/**
 * Not where the request is to stay with one tier: a guard chose another than the cascade begins with, some cannot take it, or its tier was
 * drawn to learn what that one does.
 */
function cascaded({ cascade }: Routing, decision: Decision): Decision {
  const { tier, cannot, audit, refused } = decision;
  const isHeld = cannot !== undefined || audit !== undefined || refused !== undefined;
  return cascade === undefined || isHeld || tier !== cascade[0] ? decision : { ...decision, cascade };
}

/** With what the other policy would have done. Guards are asked again where it chose another tier. */
function withArm(routing: Routing, picked: Decision, decided: Decision, read: ReadForGuards & { readonly split: Split }): Decision {
  const { arm, otherId, other } = read.split;
  const chosen = decisionOf(other, otherId, routing.defaultTier);
  const about = { ...read.about, verdict: other };
  const { tier } = chosen.tier === picked.tier ? decided : tentatively(routing, chosen, { ...read, about });
  return { ...decided, arm, shadow: { policy: chosen.policy, tier, reason: chosen.reason } };
}

function asksOf(can: CanGuard, { scanned, body }: Omit<ReadBody, "asks">): Asks {
  const answer = can.asksAnswerTokens ? answerTokens(body, scanned.params) : undefined;
  return { bits: askedBits(scanned.facts), inputTokens: scanned.facts.inputTokens, answerTokens: answer };
}

interface ReadBody {
  readonly scanned: ScannedChat;
  readonly body: Uint8Array;
  readonly asks: PathMeaning["asks"];
}

function bodyFor(
  tier: Tier | undefined,
  verdict: Verdict | undefined,
  { scanned, body, asks }: ReadBody,
): Pick<Routed, "body" | "inserted" | "shapedAt"> & Pick<Decision, "shaped"> {
  const asked = asks === "an answer" ? editsFor(tier, verdict) : NO_PARAMS;
  const model = tier?.model;
  const edits = asked.length === 0 ? asked : fittingEdits({ format: scanned.facts.format, body, params: scanned.params, model }, asked);
  const places = tier?.keepModel ? keepingModel(scanned) : scanned;
  const shape = asks === "an answer" && !scanned.isBare ? shapeFor(tier, verdict, scanned.facts) : undefined;
  if (shape !== undefined) return shapedBody(shape, { scanned, body, model }, places, edits);
  const edited = editedBody(body, places, model, edits);
  return edits.length === 0 ? { body: edited } : { body: edited, inserted: insertedNames(scanned.params, edits) };
}

/** The tier's model and parameters, and a shape; `places` as `editedBody` takes them. */
export function shapedBody(
  shape: Shape,
  { scanned, body, model }: { readonly scanned: ScannedChat; readonly body: Uint8Array; readonly model: string | undefined },
  places: EditPlaces,
  edits: readonly ParamEdit[],
): Pick<Routed, "body" | "inserted" | "shapedAt"> & Pick<Decision, "shaped"> {
  const { facts } = scanned;
  const { insertAt } = places.model;
  const request = { format: facts.format, body, insertAt, params: places.params, takesSchema: takesSchema(facts) };
  const made = shaping(request, shape, edits);
  const pieces = editedBody(body, places, model, made.edits, made.changes);
  const inserted = made.edits.length === 0 ? undefined : insertedNames(places.params, made.edits);
  if (!made.isShaped || pieces === undefined) return { body: pieces, inserted };
  return { body: pieces, inserted, shaped: shape.name, shapedAt: shapeRanges(shape.name, made.changes, pieces) };
}

/**
 * The tier's first: of two edits of one parameter the last counts. A policy's parameters go with the tier that it names: where another
 * serves, since a guard chose it or a fallback leads there, they are none of its.
 */
export function editsFor(tier: Tier | undefined, verdict: Verdict | undefined): readonly ParamEdit[] {
  const ofTier = tier?.params ?? NO_PARAMS;
  const ofPolicy = verdict?.tier === tier?.name ? (verdict?.params ?? NO_PARAMS) : NO_PARAMS;
  return ofTier.length === 0 ? ofPolicy : ofPolicy.length === 0 ? ofTier : [...ofTier, ...ofPolicy];
}

function measuredOf(routing: Routing, request: PolicyRequest, inputTokens: number): Measured {
  const { policy, limits, recordAsked, recordFacts, recordHeaders, recordModels } = routing;
  const { format, turns, stream, continued, texts } = request.facts;
  const [scope] = policy.needs.scopes;
  const text = scope === undefined ? undefined : texts[scope];
  const { chars, textBytes, keywordHits } = text ?? NO_TEXT;
  const asked = recordAsked() ? askedIn(routing, request) : undefined;
  const model = recordModels ? request.facts.requestedModel : undefined;
  const named = model === undefined || model.length > MAX_MODEL_LENGTH ? undefined : { requestedModel: model };
  const noted = recordFacts === undefined ? undefined : { facts: notedFacts(request, recordFacts, recordHeaders) };
  const note = limits?.noteOf(request);
  const { voter } = request;
  const counted = { format, turns, stream, chars, textBytes, keywordHits, inputTokens, voter, limits: note, ...named, ...noted };
  const measured: Measured = continued ? { ...counted, continued } : counted;
  return asked === undefined ? measured : { ...measured, asked };
}

function askedIn({ scanner, voters = UNSALTED }: Routing, request: PolicyRequest): Asked | undefined {
  return askedOf(
    askerOf(voters, request),
    () => request.text(ASKED_SCOPE),
    () => scanner.lastMessage(ASKED_SCOPE),
  );
}

/** A request that passes unchanged to the default tier, and why. */
export function passedOn(routing: Routing, reason: UnroutedReason): Routed {
  return unread(unrouted(routing.defaultTier, reason));
}

/** A request that passes as it came. */
export function unread(decision: Decision): Routed {
  return { ...UNMEASURED, decision, body: undefined };
}
