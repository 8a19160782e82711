// What the span of a finished request says, in the names of OpenTelemetry's GenAI conventions, of Langfuse, of OpenInference and our own.
// Pure.
import type { Cost } from "../join/cost.ts";
import type { Decided, Outcome } from "../join/outcome.ts";
import type { Served } from "../join/served.ts";
import { AttributeList } from "./attribute-list.ts";
import { addOpenInference } from "./openinference.ts";

export interface RequestSpan {
  readonly name: string;
  readonly startMs: number; // since the epoch, as is the next
  readonly endMs: number;
  readonly attributes: AttributeList;
  readonly failed: boolean; // the client got no good answer
}

/** The name of what asks no model for an answer. */
const NOT_CHAT = "not a chat";

/** The model that serves a tier, as far as it is known. */
export type ModelOf = (tier: string) => string;

/** `nowMs`: since the epoch, for a request of which nobody knows when it ended. */
export function requestSpan(outcome: Outcome, modelOf: ModelOf, nowMs: number): RequestSpan {
  const { decided, served, isChat, failure } = outcome;
  const operation = decided?.measured?.format === "completions" ? "text_completion" : "chat";
  const tier = decided?.decision.tier ?? served?.tier;
  const startMs = served?.startedAtMs || decided?.made?.atMs || nowMs;
  const attributes = new AttributeList();
  addOwn(attributes, outcome);
  if (decided !== undefined) addDecided(attributes, decided);
  if (served !== undefined) addServed(attributes, served, decided);
  attributes.add("error.type", failure ?? statusError(served));
  if (outcome.cost !== undefined) addCost(attributes, outcome.cost);
  if (isChat) addChat(attributes, outcome, { operation, tier, modelOf });
  return {
    name: !isChat ? NOT_CHAT : tier === undefined ? operation : `${operation} ${modelOf(tier)}`,
    startMs,
    endMs: endOf(outcome, startMs),
    attributes,
    failed: served !== undefined && (isFailure(served.status) || failure !== undefined),
  };
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

function addOwn(attributes: AttributeList, { kind, requestId, isChat }: Outcome): void {
  attributes.add("sluice.request_id", requestId);
  attributes.add("sluice.outcome", kind);
  attributes.add("sluice.unrouted", kind === "unrouted");
  attributes.add("langfuse.trace.name", "sluice");
  attributes.add("langfuse.observation.type", isChat ? "generation" : "span");
}

interface Asked {
  readonly operation: string;
  readonly tier: string | undefined;
  readonly modelOf: ModelOf;
}

/** Which model was asked and which one answered, for what asks one. */
function addChat(attributes: AttributeList, outcome: Outcome, { operation, tier, modelOf }: Asked): void {
  const { decided, served, model } = outcome;
  const requested = tier === undefined ? undefined : (decided?.measured?.requestedModel ?? modelOf(tier));
  const answering = served && (model ?? (served.tier === undefined ? undefined : modelOf(served.tier)));
  attributes.add("gen_ai.operation.name", operation);
  attributes.add("gen_ai.request.model", requested);
  attributes.add("gen_ai.response.model", answering);
  if (tier !== undefined) attributes.add("langfuse.trace.tags", tagsOf(tier, decided));
  addOpenInference(attributes, outcome, { model: answering ?? requested, system: decided?.measured && providerOf(decided.measured) });
}

function tagsOf(tier: string, decided: Decided | undefined): string[] {
  if (decided?.measured === undefined) return [`tier:${tier}`];
  const { keywordHits, turns } = decided.measured;
  return [`tier:${tier}`, `keyword_match:${keywordHits.length > 0}`, `turn_count:${turns}`];
}

function addDecided(attributes: AttributeList, { decision, measured, made }: Decided): void {
  const { tier, policy, reason, shadow, wanted, inSession, changes, cached, refused, cannot } = decision;
  attributes.add("sluice.tier.decided", tier);
  attributes.add("sluice.policy", policy);
  attributes.add("sluice.reason", reason);
  attributes.add("langfuse.trace.metadata.classifier_version", policy);
  attributes.add("sluice.detail", decision.detail);
  attributes.add("sluice.score", decision.score);
  attributes.add("sluice.propensity", decision.propensity);
  attributes.add("sluice.arm", decision.arm);
  attributes.add("sluice.shadow.policy", shadow?.policy);
  attributes.add("sluice.shadow.tier", shadow?.tier);
  attributes.add("sluice.wanted.tier", wanted?.tier);
  attributes.add("sluice.wanted.reason", wanted?.reason);
  attributes.add("sluice.session.last", inSession?.last);
  attributes.add("sluice.session.reason", inSession?.reason);
  attributes.add("sluice.session.gain_usd", inSession?.gainUsd);
  attributes.add(
    "sluice.changes",
    changes?.map(({ by, from, to }) => `${by}:${from}>${to}`),
  );
  attributes.add("sluice.cached.age_seconds", cached?.ageSeconds);
  attributes.add("sluice.cached.similarity", cached?.similarity);
  attributes.add("sluice.refused.message", refused?.message);
  attributes.add("sluice.refused.retry_after_seconds", refused?.retryAfterSeconds);
  attributes.add("sluice.shaped", decision.shaped);
  attributes.add("sluice.cannot", cannot && [...cannot]);
  if (measured !== undefined) addMeasured(attributes, measured);
  if (made?.prompt === undefined) return;
  attributes.add("gen_ai.input.messages", asMessages(made.prompt.text));
  attributes.add("langfuse.observation.input", made.prompt.text);
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

function addMeasured(attributes: AttributeList, measured: Measured): void {
  attributes.add("gen_ai.provider.name", providerOf(measured));
  attributes.add("langfuse.trace.metadata.content_length", measured.chars);
  attributes.add("langfuse.trace.metadata.strong_keywords_found", [...measured.keywordHits]);
}

function addServed(attributes: AttributeList, served: Served, decided: Decided | undefined): void {
  const { tier, cluster, attempts, status, firstByteMs, responseFlags, fellBack } = served;
  attributes.add("sluice.tier.served", tier);
  attributes.add("sluice.cluster", cluster);
  attributes.add("sluice.fell_back", fellBack);
  attributes.add("sluice.attempts", attempts);
  attributes.add("sluice.response_flags", [...responseFlags]);
  attributes.add("http.response.status_code", status);
  if (decided?.measured?.stream && firstByteMs !== undefined) attributes.add("gen_ai.response.time_to_first_chunk", firstByteMs / 1000);
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

function addCost(attributes: AttributeList, cost: Cost): void {
  const { basis, inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, costUsd } = cost;
  attributes.add("gen_ai.usage.input_tokens", inputTokens);
  attributes.add("gen_ai.usage.cache_read.input_tokens", cachedInputTokens || undefined);
  attributes.add("gen_ai.usage.cache_creation.input_tokens", cacheWriteTokens || undefined);
  attributes.add("gen_ai.usage.output_tokens", outputTokens);
  attributes.add("gen_ai.usage.reasoning.output_tokens", reasoningTokens || undefined);
  attributes.add("sluice.usage_basis", basis);
  if (cachedInputTokens + cacheWriteTokens + reasoningTokens > 0) attributes.add("langfuse.observation.usage_details", usageDetails(cost));
  if (costUsd !== undefined) attributes.add("langfuse.observation.cost_details", `{"total":${costUsd}}`);
}
