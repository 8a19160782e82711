// An explanation for people. Lines that would say nothing are left out: a common format, what a request does not have.
import { COUNTED_CALLS } from "../request/chat/actions.ts";
import type { Scope } from "../request/chat/facts.ts";
import { type Lack, WINDOW_MARGIN } from "../request/guard/can.ts";
import { NO_VECTOR } from "../request/policy/learned/policy.ts";
import type { Signal } from "../request/policy/policy.ts";
import { NO_POLICY } from "../request/routing/decision.ts";
import type { Routing } from "../request/routing/routing.ts";
import { type AskedLink, decidingPolicy, type Explanation } from "./explanation.ts";
import { protectionLines } from "./protection-text.ts";
import { rolloutLines } from "./rollout-lines.ts";
import { stateLines } from "./state-text.ts";

export function explanationText(explanation: Explanation, routing: Routing): string {
  const { tier, policy, reason, detail, propensity, links, keywords, params, user, continuedBy, has, micros } = explanation;
  const { wanted, lacking, cascade, shaped } = explanation;
  const lines = [
    `tier      ${tier}`,
    `policy    ${policy}`,
    `reason    ${reason}${detail === undefined ? "" : ` (${detail})`}`,
    ...(detail === NO_VECTOR ? ["vector    none: explain asks nobody for it, so the text alone decides"] : []),
    ...(wanted === undefined
      ? []
      : [`wanted    ${wanted.tier}, ${wanted.reason}${wanted.detail === undefined ? "" : ` (${wanted.detail})`}`]),
    ...stateLines(explanation),
    ...rolloutLines(explanation),
    ...(cascade === undefined ? [] : [`cascade   ${cascade.join(", then ")}, as soon as an answer is not good enough`]),
    ...Object.entries(lacking).map(([name, lacks]) => `cannot    ${name}: ${lacks.map((lack) => lackText(lack, explanation)).join(", ")}`),
    ...(propensity === undefined ? [] : [`chance    ${rounded(propensity * 100)} % for this tier`]),
    ...(links.length > 0 ? linkLines(links, "") : signalLines(explanation.signals, "")),
    ...keywords.map(({ keyword, message, character }) => `keyword   ${keyword}  ${placeText(message, character)}`),
    ...formatLines(explanation),
    ...textLines(explanation, decidingPolicy(routing, explanation).needs.scopes),
    ...topicLines(explanation),
    ...continuedBy.map(({ kind, key }) => `continued ${kind} ${shortened(key)}`),
    ...(continuedBy.length === 0 || policy === NO_POLICY ? [] : ["          goes where this came from, once an answer has shown where"]),
    ...(has.length === 0 ? [] : [`has       ${has.join(", ")}`]),
    ...(user === undefined ? [] : [`user      ${user}`]),
    ...sessionLines(explanation),
    ...protectionLines(explanation),
    ...actionLines(explanation, routing),
    ...params.map(({ name, json, set }) => `param     ${name} ${set ? `set to ${json}` : "left as it is"}`),
    ...(shaped === undefined ? [] : [`shaped    with the instructions of ${shaped}`]),
    `model     ${modelText(explanation, routing)}`,
    `bytes     ${explanation.bodyBytes} in, ${explanation.forwardedBytes} forwarded`,
    `time      ${micros} µs`,
  ];
  return `${lines.join("\n")}\n`;
}

/** One made of how a conversation begins is shown in JSON alone: any chat has it. */
function sessionLines({ action, session }: Explanation): readonly string[] {
  const known = action?.session;
  const id = known === undefined || known.by === "fingerprint" ? session : known.id;
  return [...(id === undefined ? [] : [`session   ${id}`]), ...(action?.agent === undefined ? [] : [`agent     ${action.agent}`])];
}

/** Nothing of an ordinary chat: a person's turn without tools. */
function actionLines({ action, told }: Explanation, { session }: Routing): readonly string[] {
  if (action === undefined) return [];
  const isLeftOpen = session !== undefined && told === undefined;
  const { turn, toolLoop, calls, repeats, errors } = action;
  const names = calls.map(({ tool, outcome }) => (outcome === "answered" ? tool : `${tool} (${outcome})`));
  return [
    ...(turn === "user" ? [] : [`turn      ${turn}`]),
    ...(toolLoop
      ? [`tools     their results wait for an answer${isLeftOpen ? "; --session last=TIER shows that they stay with it" : ""}`]
      : []),
    ...(names.length === 0 ? [] : [`calls     ${names.join(", ")}`]),
    ...(repeats > 1 ? [`repeated  ${repeats} of the last ${COUNTED_CALLS} calls are the same one`] : []),
    ...(errors > 0 ? [`errors    ${errors} of the last ${COUNTED_CALLS} results`] : []),
  ];
}

function lackText(lack: Lack, { inputTokens = 0, answerTokens }: Explanation): string {
  if (lack !== "window") return lack;
  const answer = answerTokens === undefined ? "" : ` and ${answerTokens} of an answer`;
  return `a window for about ${inputTokens} tokens, ${Math.round(WINDOW_MARGIN * 100)} % more to be safe${answer}`;
}

const SHOWN_KEY_CHARS = 64;

function shortened(key: string): string {
  return key.length <= SHOWN_KEY_CHARS ? key : `${key.slice(0, SHOWN_KEY_CHARS)}…`;
}

const MIN_NAME_WIDTH = 8;
/** A rule matches or does not: its 1 or 0 is no quantity. */
const RULE_SIGNAL = /^rule /;

function signalLines(signals: readonly Signal[], indent: string): readonly string[] {
  const width = Math.max(MIN_NAME_WIDTH, ...signals.map(({ name }) => name.length));
  return signals.map(({ name, value, threshold, over }) => {
    const relation = over ? (value > threshold ? ">" : ">=") : "<=";
    const compared = `${rounded(value)} ${relation} ${rounded(threshold)}${over ? "  over" : ""}`;
    const text = RULE_SIGNAL.test(name) ? (over ? "matches" : "does not match") : compared;
    return `signal    ${indent}${name.padEnd(width)} ${text}`;
  });
}

function placeText(message: number, character: number): string {
  return message < 0
    ? `in the system text, character ${character} (from 0)`
    : `in message ${message}, character ${character} (both from 0)`;
}

/** A chain's links in the order they are asked, each with what it measured. */
function linkLines(links: readonly AskedLink[], indent: string): readonly string[] {
  return links.flatMap((link) => [
    `link      ${indent}${link.id}  ${outcomeText(link)}`,
    ...signalLines(link.signals, `${indent}  `),
    ...linkLines(link.links, `${indent}  `),
  ]);
}

function outcomeText({ outcome, tier, reason, detail }: AskedLink): string {
  if (outcome === "not-asked") return "not asked";
  if (outcome === "abstains") return "abstains";
  return `decides: ${tier}, ${reason}${detail === undefined ? "" : ` (${detail})`}`;
}

function formatLines({ format }: Explanation): readonly string[] {
  return format === undefined || format === "chat-completions" ? [] : [`format    ${format}`];
}

/** Of the scopes the policy reads, of all the text where it reads none; left out where the signals say it. */
function textLines({ texts, signals, links }: Explanation, scopes: readonly Scope[]): readonly string[] {
  if (links.length === 0 && signals.some(({ name }) => name === "chars")) return [];
  return (scopes.length === 0 ? (["all"] as const) : scopes).flatMap((scope) => {
    const text = texts[scope];
    return text === undefined ? [] : [`text      ${scope}: ${text.chars} characters, ${text.bytes} bytes, ${text.script}`];
  });
}

function topicLines({ topic }: Explanation): readonly string[] {
  return topic === undefined ? [] : [`topic     ${topic.name}; the likeliest has a probability of ${topic.probability.toFixed(2)}`];
}

function modelText(explanation: Explanation, routing: Routing): string {
  const { requestedModel } = explanation;
  return `${requestedModel === undefined ? "not named" : `${requestedModel} asked for`}; ${modelAction(explanation, routing)}`;
}

function modelAction({ tier, format, requestedModel, bodyBytes, forwardedBytes, params }: Explanation, routing: Routing): string {
  const { model: set, keepModel = false } = routing.tiers.get(tier) ?? {};
  const asItCame = format === undefined || (set === undefined && bodyBytes === forwardedBytes && params.length === 0);
  if (asItCame) return "body forwarded as it came";
  if (set !== undefined) return `set to ${set}`;
  if (keepModel) return "kept as it is";
  return requestedModel === undefined ? "left out" : "dropped from the body";
}

function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4));
}
