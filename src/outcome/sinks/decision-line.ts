// One line of the decision log: a finished request as a JSON object. Every field stands in the table below, which the reference documents.
// A line is a row of a data set too: `prompt` is the column of that name; a `label` added by a person makes it one to evaluate.
import type { Cost } from "../join/cost.ts";
import type { Decided, Outcome } from "../join/outcome.ts";
import type { Served } from "../join/served.ts";
import { parseTraceparent } from "../join/traceparent.ts";

export interface DecisionLineField {
  readonly field: string;
  readonly type: "text" | "number" | "boolean" | "list of text" | "list of maps" | "map of text";
  readonly meaning: string;
}

/** In the order they stand in a line. A field without a value is left out. */
export const DECISION_LINE_FIELDS = [
  { field: "time", type: "text", meaning: "when the request began, by Envoy's clock; ISO 8601, UTC" },
  { field: "requestId", type: "text", meaning: "`x-request-id`" },
  { field: "traceId", type: "text", meaning: "of the trace it belongs to, where it does" },
  { field: "decision.tier", type: "text", meaning: "the tier decided; no `decision` at all: the request went unrouted" },
  { field: "decision.policy", type: "text", meaning: "name and version of the policy that decided; `none` where none was asked" },
  { field: "decision.reason", type: "text", meaning: "one of the reasons above" },
  { field: "decision.detail", type: "text", meaning: "the keyword, the rule or the like" },
  { field: "decision.score", type: "number", meaning: "of a policy that has one, in its own unit" },
  { field: "decision.propensity", type: "number", meaning: "of a randomised policy: the probability with which it chose this tier" },
  {
    field: "decision.audit",
    type: "number",
    meaning:
      "of the audit slice alone: the chance with which the request came into it; `decision.wanted.tier`, else the tier, is the policy's",
  },
  { field: "decision.arm", type: "text", meaning: "while a rollout runs: `stable` or `candidate`" },
  { field: "decision.wanted.tier", type: "text", meaning: "the tier before a guard chose another" },
  { field: "decision.wanted.reason", type: "text", meaning: "why that one; `decision.reason` says why not" },
  { field: "decision.wanted.detail", type: "text", meaning: "the keyword, the rule or the like" },
  { field: "decision.inSession.last", type: "text", meaning: "the tier of the session's last action, where this one changes it or was to" },
  {
    field: "decision.inSession.reason",
    type: "text",
    meaning:
      "why it stays: `tool-loop`, `server-state`, `cache`; or why it changes: `up`, to a stronger tier; `cold`, no cache is lost; `pays`",
  },
  {
    field: "decision.inSession.gainUsd",
    type: "number",
    meaning: "US dollars that a change saves over the question, less what the lost cache costs; for `cache` and `pays`",
  },
  { field: "decision.changes", type: "list of maps", meaning: "what guards made of it, in turn: `by`, `from`, `to`" },
  { field: "decision.cannot", type: "list of text", meaning: "tiers that cannot take the request: no fallback goes there" },
  { field: "decision.cached.ageSeconds", type: "number", meaning: "an answer that was kept was enough: how old it was (docs/cache.md)" },
  { field: "decision.cached.model", type: "text", meaning: "the model that gave it; empty where it did not say" },
  { field: "decision.cached.inputTokens", type: "number", meaning: "tokens that the request did not cost" },
  { field: "decision.cached.outputTokens", type: "number", meaning: "tokens that the answer did not cost" },
  { field: "decision.cached.savedUsd", type: "number", meaning: "US dollars that it did not cost, where the tier has a price" },
  { field: "decision.cached.similarity", type: "number", meaning: "to the question that it answers, where it was asked in other words" },
  { field: "decision.refused.message", type: "text", meaning: "the client was refused, since no tier had room: what it was told" },
  { field: "decision.refused.retryAfterSeconds", type: "number", meaning: "and when it may come again" },
  { field: "decision.cascade", type: "list of text", meaning: "the tiers asked in turn until an answer is good enough" },
  { field: "decision.shaped", type: "text", meaning: "the tier, rule or band whose instructions were added to the request (`shape`)" },
  { field: "decision.ms", type: "number", meaning: "milliseconds to scan and decide" },
  { field: "signals.format", type: "text", meaning: "the request's format; no `signals`: its body was not read, or by another process" },
  { field: "signals.model", type: "text", meaning: "the model the client asked for, where it named one" },
  { field: "signals.turns", type: "number", meaning: "messages" },
  { field: "signals.chars", type: "number", meaning: "code points of the text the policy read" },
  { field: "signals.textBytes", type: "number", meaning: "the same in UTF-8 bytes" },
  { field: "signals.keywordHits", type: "list of text", meaning: "keywords found in it" },
  { field: "signals.stream", type: "boolean", meaning: "a streamed answer was asked for" },
  { field: "signals.continued", type: "boolean", meaning: "true: it refers to what one server keeps; left out when not" },
  { field: "signals.bodyBytes", type: "number", meaning: "of the request's body" },
  {
    field: "facts.unit",
    type: "number",
    meaning: "a hash of the session, else of the user, else of the request: what belongs together; salted by `audit.salt`",
  },
  { field: "facts.turn", type: "text", meaning: "of which kind the turn is in an agent's session, `user` in an ordinary chat" },
  {
    field: "facts.toolLoop",
    type: "boolean",
    meaning: "true: it brings results of tools; left out when not, as are all below that may be true",
  },
  { field: "facts.humanTurns", type: "number", meaning: "messages of the user that are more than tool results and envelopes" },
  { field: "facts.inputTokens", type: "number", meaning: "tokens of the request, estimated" },
  { field: "facts.maxTokens", type: "number", meaning: "how long the answer may be, as the client says" },
  {
    field: "facts.script",
    type: "text",
    meaning: "what the user's last message is written in: `latin`, `han`, `hangul`, `cyrillic`, `other`",
  },
  { field: "facts.topic", type: "text", meaning: "what it is about, where a policy asks: a topic of its model's, or `other`" },
  { field: "facts.topicModel", type: "text", meaning: "the id of the model that told the topic" },
  { field: "facts.tools", type: "boolean", meaning: "true: tools are offered" },
  { field: "facts.images", type: "boolean", meaning: "true: it has images" },
  { field: "facts.files", type: "boolean", meaning: "true: it has files" },
  { field: "facts.audio", type: "boolean", meaning: "true: it has audio" },
  { field: "facts.video", type: "boolean", meaning: "true: it has video" },
  { field: "facts.json", type: "boolean", meaning: "true: JSON is asked for" },
  {
    field: "facts.chars.all",
    type: "number",
    meaning: "code points of all texts; only of scopes that were measured, as are the next three",
  },
  { field: "facts.chars.user", type: "number", meaning: "of the user's messages" },
  { field: "facts.chars.last_user", type: "number", meaning: "of the last of these" },
  { field: "facts.chars.prompt", type: "number", meaning: "of the last of these that has text" },
  { field: "facts.headers", type: "map of text", meaning: "of `decisionLog.headers` those that it has, by name in lower case" },
  { field: "shadow.policy", type: "text", meaning: "of the policy whose word does not count, while a rollout runs: its name and version" },
  { field: "shadow.tier", type: "text", meaning: "the tier it would have gone to" },
  { field: "shadow.reason", type: "text", meaning: "and why" },
  { field: "outcome.kind", type: "text", meaning: "`joined`, `elsewhere`, `unrouted` or `unknown`; see `sluice_outcomes_total`" },
  { field: "outcome.tier", type: "text", meaning: "the tier that served" },
  { field: "outcome.cluster", type: "text", meaning: "the Envoy cluster that served, or what `x-sluice-served-by` says" },
  { field: "outcome.model", type: "text", meaning: "the model that answered, as the answer says, where sluice sees it" },
  { field: "outcome.fellBack", type: "boolean", meaning: "another tier served than the one decided" },
  { field: "outcome.attempts", type: "number", meaning: "to get an answer, the first included" },
  { field: "outcome.status", type: "number", meaning: "of the response; 0: none was sent" },
  { field: "outcome.failure", type: "text", meaning: "of an answer with a good status: `error`, it is or ends in one; or `cut-short`" },
  { field: "outcome.flags", type: "list of text", meaning: "Envoy's response flags, such as `UF` and `URX`" },
  { field: "outcome.firstByteMs", type: "number", meaning: "milliseconds from the request's start to the model server's first byte" },
  { field: "outcome.durationMs", type: "number", meaning: "milliseconds from the request's start to the answer's end" },
  { field: "outcome.requestBytes", type: "number", meaning: "of the body that Envoy received" },
  { field: "outcome.responseBytes", type: "number", meaning: "of the answer's body" },
  {
    field: "cost.basis",
    type: "text",
    meaning: "`exact`, as the model server says, or `estimated` from bytes; no `cost`: unknown, or `elsewhere`",
  },
  { field: "cost.inputTokens", type: "number", meaning: "tokens of the request" },
  { field: "cost.cachedInputTokens", type: "number", meaning: "of these, read from the model server's prompt cache; left out when 0" },
  { field: "cost.cacheWriteTokens", type: "number", meaning: "of these, written to it; left out when 0" },
  { field: "cost.outputTokens", type: "number", meaning: "tokens of the answer" },
  { field: "cost.reasoningTokens", type: "number", meaning: "of these, reasoning; left out when 0" },
  { field: "cost.usd", type: "number", meaning: "US dollars by the serving tier's price, where it has one" },
  {
    field: "discarded",
    type: "list of maps",
    meaning:
      "answers that a cascade threw away before, in turn: `tier`, `reason` (the check), `basis`, `inputTokens`, `outputTokens`, `usd`; " +
      "`cost` is without them. Not those that another process judged",
  },
  { field: "prompt", type: "text", meaning: "the user's last message, at most 4000 characters of it; only with `capturePrompts`" },
  { field: "promptCut", type: "boolean", meaning: "true: `prompt` is not all of it" },
] as const satisfies readonly DecisionLineField[];

/** With its newline. `nowMs`, since the epoch, is the time of a request that nobody knows the beginning of. */
export function decisionLine({ kind, requestId, decided, served, failure, model, cost, discarded }: Outcome, nowMs: number): string {
  const { made } = decided ?? {};
  const line = {
    time: isoTime(served?.startedAtMs || made?.atMs || nowMs),
    requestId,
    traceId: parseTraceparent(made?.traceparent)?.traceId,
    decision: decided && { ...decided.decision, shadow: undefined, linkScore: undefined, ms: made && rounded(made.tookMs) },
    signals: decided && signalsOf(decided),
    facts: decided?.measured?.facts,
    shadow: decided?.decision.shadow,
    outcome: outcomeOf(kind, served, model, failure),
    cost: cost && costOf(cost),
    discarded: discarded?.map(({ costUsd: usd, ...rest }) => ({ ...rest, usd })),
    prompt: made?.prompt?.text,
    promptCut: made?.prompt?.cut || undefined,
  };
  return `${JSON.stringify(line)}\n`;
}

/** What is said of a request after its line was written. */
export type LaterWord = { readonly rating: number } | { readonly signal: string };

/** With its newline. It has neither decision nor outcome, by which it is told from a request's. */
export function wordLine(requestId: string, word: LaterWord, nowMs: number): string {
  return `${JSON.stringify({ time: new Date(nowMs).toISOString(), requestId, ...word })}\n`;
}

function signalsOf({ measured, made }: Decided): object | undefined {
  if (measured === undefined) return undefined;
  const { format, requestedModel, turns, chars, textBytes, keywordHits, stream, continued } = measured;
  return { format, model: requestedModel, turns, chars, textBytes, keywordHits, stream, continued, bodyBytes: made?.bodyBytes };
}

function outcomeOf(kind: string, served: Served | undefined, model: string | undefined, failure: string | undefined): object {
  if (served === undefined) return { kind };
  const { tier, cluster, fellBack, attempts, status, responseFlags, firstByteMs, durationMs, requestBytes, responseBytes } = served;
  const times = { firstByteMs: firstByteMs && rounded(firstByteMs), durationMs: durationMs && rounded(durationMs) };
  return { kind, tier, cluster, model, fellBack, attempts, status, failure, flags: responseFlags, ...times, requestBytes, responseBytes };
}

function costOf({ basis, inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, costUsd }: Cost): object {
  const ofInput = { cachedInputTokens: cachedInputTokens || undefined, cacheWriteTokens: cacheWriteTokens || undefined };
  return { basis, inputTokens, ...ofInput, outputTokens, reasoningTokens: reasoningTokens || undefined, usd: costUsd };
}

const iso = { second: 0, text: "" }; // the last second asked for, as far as its milliseconds

/** As `toISOString`, which takes a sixth of a line's time: of one second, many requests are logged. */
function isoTime(ms: number): string {
  const whole = Math.trunc(ms);
  const second = Math.floor(whole / 1000);
  if (second !== iso.second) {
    iso.second = second;
    iso.text = new Date(second * 1000).toISOString().slice(0, -4);
  }
  return `${iso.text}${String(whole - second * 1000).padStart(3, "0")}Z`;
}

/** To the microsecond. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
