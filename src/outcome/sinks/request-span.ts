// What the span of a finished request says, in the names of OpenTelemetry's GenAI conventions, of Langfuse, of OpenInference and our own.
// Pure.
import type { Attributes } from "@opentelemetry/api";
import type { Cost } from "../join/cost.ts";
import type { Decided, Outcome } from "../join/outcome.ts";
import type { Served } from "../join/served.ts";
import { openInference } from "./openinference.ts";

export interface RequestSpan {
  readonly name: string;
  readonly startMs: number; // since the epoch, as is the next
  readonly endMs: number;
  readonly attributes: Attributes;
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
  const attributes: Attributes = {
    ...(isChat ? { "gen_ai.operation.name": operation } : {}),
    ...(tier === undefined || !isChat
      ? {}
      : { "gen_ai.request.model": decided?.measured?.requestedModel ?? modelOf(tier), "langfuse.trace.tags": tagsOf(tier, decided) }),
    ...ownAttributes(outcome),
    ...(decided === undefined ? {} : decidedAttributes(decided)),
    ...(served === undefined ? {} : servedAttributes(served, decided, isChat ? (outcome.model ?? modelOf) : undefined)),
    ...(failure === undefined ? {} : { "error.type": failure }),
    ...costAttributes(outcome),
  };
  return {
    name: !isChat ? NOT_CHAT : tier === undefined ? operation : `${operation} ${modelOf(tier)}`,
    startMs,
    endMs: endOf(outcome, startMs),
    attributes: isChat ? Object.assign(attributes, openInference(attributes, outcome)) : attributes,
    failed: served !== undefined && (isFailure(served.status) || failure !== undefined),
  };
}

function endOf({ served, decided }: Outcome, startMs: number): number {
  return startMs + (served?.durationMs ?? decided?.made?.tookMs ?? 0);
}

function isFailure(status: number): boolean {
  return status < 100 || status > 399;
}

function tagsOf(tier: string, decided: Decided | undefined): string[] {
  const tags = [`tier:${tier}`];
  if (decided?.measured !== undefined) {
    tags.push(`keyword_match:${decided.measured.keywordHits.length > 0}`, `turn_count:${decided.measured.turns}`);
  }
  return tags;
}

function ownAttributes({ kind, requestId, isChat }: Outcome): Attributes {
  return {
    "sluice.request_id": requestId,
    "sluice.outcome": kind,
    "sluice.unrouted": kind === "unrouted",
    "langfuse.trace.name": "sluice",
    "langfuse.observation.type": isChat ? "generation" : "span",
  };
}

function decidedAttributes({ decision, measured, made }: Decided): Attributes {
  const { tier, policy, reason, detail, score, propensity, arm, shadow, wanted, inSession, changes, cached, refused, shaped, cannot } =
    decision;
  return {
    "sluice.tier.decided": tier,
    "sluice.policy": policy,
    "sluice.reason": reason,
    "langfuse.trace.metadata.classifier_version": policy,
    ...(detail === undefined ? {} : { "sluice.detail": detail }),
    ...(score === undefined ? {} : { "sluice.score": score }),
    ...(propensity === undefined ? {} : { "sluice.propensity": propensity }),
    ...(arm === undefined ? {} : { "sluice.arm": arm }),
    ...(shadow === undefined ? {} : { "sluice.shadow.policy": shadow.policy, "sluice.shadow.tier": shadow.tier }),
    ...(wanted === undefined ? {} : { "sluice.wanted.tier": wanted.tier, "sluice.wanted.reason": wanted.reason }),
    ...(inSession === undefined ? {} : { "sluice.session.last": inSession.last, "sluice.session.reason": inSession.reason }),
    ...(inSession?.gainUsd === undefined ? {} : { "sluice.session.gain_usd": inSession.gainUsd }),
    ...(changes === undefined ? {} : { "sluice.changes": changes.map(({ by, from, to }) => `${by}:${from}>${to}`) }),
    ...(cached === undefined ? {} : { "sluice.cached.age_seconds": cached.ageSeconds }),
    ...(cached?.similarity === undefined ? {} : { "sluice.cached.similarity": cached.similarity }),
    ...(refused === undefined
      ? {}
      : { "sluice.refused.message": refused.message, "sluice.refused.retry_after_seconds": refused.retryAfterSeconds }),
    ...(shaped === undefined ? {} : { "sluice.shaped": shaped }),
    ...(cannot === undefined ? {} : { "sluice.cannot": [...cannot] }),
    ...(measured === undefined ? {} : measuredAttributes(measured)),
    ...(made?.prompt === undefined
      ? {}
      : { "gen_ai.input.messages": asMessages(made.prompt.text), "langfuse.observation.input": made.prompt.text }),
  };
}

/** As the JSON schema of GenAI's input messages has it: the one message of the user that is kept. */
function asMessages(text: string): string {
  return JSON.stringify([{ role: "user", parts: [{ type: "text", content: text }] }]);
}

function measuredAttributes({ format, chars, keywordHits }: NonNullable<Decided["measured"]>): Attributes {
  return {
    "gen_ai.provider.name": format === "messages" ? "anthropic" : "openai", // whose interface it is
    "langfuse.trace.metadata.content_length": chars,
    "langfuse.trace.metadata.strong_keywords_found": [...keywordHits],
  };
}

/** `model`: that answered, or what is known of it by its tier; undefined: it is no chat. */
function servedAttributes(served: Served, decided: Decided | undefined, model: string | ModelOf | undefined): Attributes {
  const { tier, cluster, attempts, status, firstByteMs, responseFlags, fellBack } = served;
  return {
    ...(tier === undefined ? {} : { "sluice.tier.served": tier }),
    ...answeringModel(tier, model),
    "sluice.cluster": cluster,
    "sluice.fell_back": fellBack,
    "sluice.attempts": attempts,
    "sluice.response_flags": [...responseFlags],
    "http.response.status_code": status,
    ...(isFailure(status) ? { "error.type": status < 100 ? "no_response" : String(status) } : {}),
    ...(decided?.measured?.stream && firstByteMs !== undefined ? { "gen_ai.response.time_to_first_chunk": firstByteMs / 1000 } : {}),
  };
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

function answeringModel(tier: string | undefined, model: string | ModelOf | undefined): Attributes {
  if (typeof model === "string") return { "gen_ai.response.model": model };
  return tier === undefined || model === undefined ? {} : { "gen_ai.response.model": model(tier) };
}

function costAttributes({ cost }: Outcome): Attributes {
  if (cost === undefined) return {};
  const { basis, inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, costUsd } = cost;
  return {
    "gen_ai.usage.input_tokens": inputTokens,
    ...(cachedInputTokens > 0 ? { "gen_ai.usage.cache_read.input_tokens": cachedInputTokens } : {}),
    ...(cacheWriteTokens > 0 ? { "gen_ai.usage.cache_creation.input_tokens": cacheWriteTokens } : {}),
    "gen_ai.usage.output_tokens": outputTokens,
    ...(reasoningTokens > 0 ? { "gen_ai.usage.reasoning.output_tokens": reasoningTokens } : {}),
    "sluice.usage_basis": basis,
    ...(cachedInputTokens + cacheWriteTokens + reasoningTokens > 0 ? { "langfuse.observation.usage_details": usageDetails(cost) } : {}),
    ...(costUsd === undefined ? {} : { "langfuse.observation.cost_details": JSON.stringify({ total: costUsd }) }),
  };
}
