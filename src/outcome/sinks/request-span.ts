// What the span of a finished request says, in the names of OpenTelemetry's GenAI conventions, of Langfuse, of OpenInference and our own.
// Pure.
import type { Cost } from "../join/cost.ts";
import type { Decided, Outcome } from "../join/outcome.ts";
import type { Served } from "../join/served.ts";
import { addCalled, addInput, addUsage } from "./openinference.ts";
import type { SpanBatch, SpanOrigin } from "./otlp.ts";
import { RecurringBytes } from "./recurring-bytes.ts";

/** The name of what asks no model for an answer. */
const NOT_CHAT = "not a chat";

/** The model that serves a tier, as far as it is known. */
export type ModelOf = (tier: string) => string;

/** Writes the span. `nowMs`: since the epoch, for a request of which nobody knows when it ended. */
export function writeSpan(span: SpanBatch, outcome: Outcome, origin: SpanOrigin, modelOf: ModelOf, nowMs: number): void {
  const { decided, served, isChat, failure } = outcome;
  const operation = decided?.measured?.format === "completions" ? "text_completion" : "chat";
  const tier = decided?.decision.tier ?? served?.tier;
  const startMs = served?.startedAtMs || decided?.made?.atMs || nowMs;
  addOwn(span, outcome);
  if (decided !== undefined) addDecided(span, decided);
  if (served !== undefined) addServed(span, served, decided);
  span.add("error.type", failure ?? statusError(served));
  if (outcome.cost !== undefined) addCost(span, outcome.cost);
  if (isChat) addChat(span, outcome, { operation, tier, modelOf });
  const name = !isChat ? NOT_CHAT : tier === undefined ? operation : `${operation} ${modelOf(tier)}`;
  const failed = served !== undefined && (isFailure(served.status) || failure !== undefined);
  span.end({ name, startMs, endMs: endOf(outcome, startMs), failed }, origin);
}

function endOf({ served, decided }: Outcome, startMs: number): number {
  return startMs + (served?.durationMs ?? decided?.made?.tookMs ?? 0);
}

function isFailure(status: number): boolean {
  return status < 100 || status > 399;
}

/** What a status says of an answer that did not come, or is an error. */
function statusError(served: Served | undefined): string | undefined {
  if (served === undefined || !isFailure(served.status)) return undefined;
  return served.status < 100 ? "no_response" : String(served.status);
}

const OWN = new RecurringBytes();

function addOwn(span: SpanBatch, { kind, requestId, isChat }: Outcome): void {
  span.add("sluice.request_id", requestId);
  span.addRecurring(OWN, [kind, isChat], () => {
    span.add("sluice.outcome", kind);
    span.add("sluice.unrouted", kind === "unrouted");
    span.add("langfuse.trace.name", "sluice");
    span.add("langfuse.observation.type", isChat ? "generation" : "span");
  });
}

interface Asked {
  readonly operation: string;
  readonly tier: string | undefined;
  readonly modelOf: ModelOf;
}

const MODELS = new RecurringBytes();
const TAGS = new RecurringBytes();

/** Which model was asked and which one answered, for what asks one. */
function addChat(span: SpanBatch, outcome: Outcome, { operation, tier, modelOf }: Asked): void {
  const { decided, served, model } = outcome;
  const measured = decided?.measured;
  const requested = tier === undefined ? undefined : (measured?.requestedModel ?? modelOf(tier));
  const answering = served && (model ?? (served.tier === undefined ? undefined : modelOf(served.tier)));
  const system = measured && providerOf(measured);
  span.addRecurring(MODELS, [operation, requested, answering, system], () => {
    span.add("gen_ai.operation.name", operation);
    span.add("gen_ai.request.model", requested);
    span.add("gen_ai.response.model", answering);
    addCalled(span, { model: answering ?? requested, system });
  });
  if (tier !== undefined) {
    const isHit = measured && measured.keywordHits.length > 0;
    span.addRecurring(TAGS, [tier, isHit, measured?.turns], () => span.add("langfuse.trace.tags", tagsOf(tier, decided)));
  }
  addInput(span, decided?.made?.prompt);
  if (outcome.cost !== undefined) addUsage(span, outcome.cost);
}

function tagsOf(tier: string, decided: Decided | undefined): string[] {
  if (decided?.measured === undefined) return [`tier:${tier}`];
  const { keywordHits, turns } = decided.measured;
  return [`tier:${tier}`, `keyword_match:${keywordHits.length > 0}`, `turn_count:${turns}`];
}

const DECISIONS = new RecurringBytes();

function addDecided(span: SpanBatch, { decision, measured, made }: Decided): void {
  const { tier, policy, reason, shadow, wanted, inSession, changes, cached, refused, cannot } = decision;
  span.addRecurring(DECISIONS, [tier, policy, reason, measured?.format], () => {
    span.add("sluice.tier.decided", tier);
    span.add("sluice.policy", policy);
    span.add("sluice.reason", reason);
    span.add("langfuse.trace.metadata.classifier_version", policy);
    span.add("gen_ai.provider.name", measured && providerOf(measured));
  });
  span.add("sluice.detail", decision.detail);
  span.add("sluice.score", decision.score);
  span.add("sluice.propensity", decision.propensity);
  span.add("sluice.arm", decision.arm);
  span.add("sluice.shadow.policy", shadow?.policy);
  span.add("sluice.shadow.tier", shadow?.tier);
  span.add("sluice.wanted.tier", wanted?.tier);
  span.add("sluice.wanted.reason", wanted?.reason);
  span.add("sluice.session.last", inSession?.last);
  span.add("sluice.session.reason", inSession?.reason);
  span.add("sluice.session.gain_usd", inSession?.gainUsd);
  span.add(
    "sluice.changes",
    changes?.map(({ by, from, to }) => `${by}:${from}>${to}`),
  );
  span.add("sluice.cached.age_seconds", cached?.ageSeconds);
  span.add("sluice.cached.similarity", cached?.similarity);
  span.add("sluice.refused.message", refused?.message);
  span.add("sluice.refused.retry_after_seconds", refused?.retryAfterSeconds);
  span.add("sluice.shaped", decision.shaped);
  span.add("sluice.cannot", cannot && [...cannot]);
  if (measured !== undefined) addMeasured(span, measured);
  if (made?.prompt === undefined) return;
  span.add("gen_ai.input.messages", asMessages(made.prompt.text));
  span.add("langfuse.observation.input", made.prompt.text);
}

/** As the JSON schema of GenAI's input messages has it: the one message of the user that is kept. */
function asMessages(text: string): string {
  return JSON.stringify([{ role: "user", parts: [{ type: "text", content: text }] }]);
}

type Measured = NonNullable<Decided["measured"]>;

/** Whose interface it is. */
function providerOf({ format }: Measured): string {
  return format === "messages" ? "anthropic" : "openai";
}

function addMeasured(span: SpanBatch, measured: Measured): void {
  span.add("langfuse.trace.metadata.content_length", measured.chars);
  span.add("langfuse.trace.metadata.strong_keywords_found", [...measured.keywordHits]);
}

const SERVED = new RecurringBytes();

function addServed(span: SpanBatch, served: Served, decided: Decided | undefined): void {
  const { tier, cluster, attempts, status, firstByteMs, responseFlags, fellBack } = served;
  span.addRecurring(SERVED, [tier, cluster, attempts, status, fellBack, responseFlags.join()], () => {
    span.add("sluice.tier.served", tier);
    span.add("sluice.cluster", cluster);
    span.add("sluice.fell_back", fellBack);
    span.add("sluice.attempts", attempts);
    span.add("sluice.response_flags", [...responseFlags]);
    span.add("http.response.status_code", status);
  });
  if (decided?.measured?.stream && firstByteMs !== undefined) span.add("gen_ai.response.time_to_first_chunk", firstByteMs / 1000);
}

/** Langfuse adds the parts up: each token stands in one. */
function usageDetails({ inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens }: Cost): string {
  return JSON.stringify({
    input: Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens),
    ...(cachedInputTokens > 0 ? { input_cached_tokens: cachedInputTokens } : {}),
    ...(cacheWriteTokens > 0 ? { input_cache_creation: cacheWriteTokens } : {}),
    output: Math.max(0, outputTokens - reasoningTokens),
    ...(reasoningTokens > 0 ? { output_reasoning_tokens: reasoningTokens } : {}),
    total: inputTokens + outputTokens,
  });
}

function addCost(span: SpanBatch, cost: Cost): void {
  const { basis, inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, costUsd } = cost;
  span.add("gen_ai.usage.input_tokens", inputTokens);
  span.add("gen_ai.usage.cache_read.input_tokens", cachedInputTokens || undefined);
  span.add("gen_ai.usage.cache_creation.input_tokens", cacheWriteTokens || undefined);
  span.add("gen_ai.usage.output_tokens", outputTokens);
  span.add("gen_ai.usage.reasoning.output_tokens", reasoningTokens || undefined);
  span.add("sluice.usage_basis", basis);
  if (cachedInputTokens + cacheWriteTokens + reasoningTokens > 0) span.add("langfuse.observation.usage_details", usageDetails(cost));
  if (costUsd !== undefined) span.add("langfuse.observation.cost_details", `{"total":${costUsd}}`);
}
