// The span of a chat in OpenInference's names too, for viewers that read these (Arize Phoenix and others). Pure.
import type { Attributes } from "@opentelemetry/api";
import type { Cost } from "../join/cost.ts";
import type { Outcome } from "../join/outcome.ts";

/** `genAi`: the span's attributes in OpenTelemetry's names. The model is the one that served: by its name a viewer finds its price. */
export function openInference(genAi: Attributes, { decided, cost }: Outcome): Attributes {
  const model = genAi["gen_ai.response.model"] ?? genAi["gen_ai.request.model"];
  const system = genAi["gen_ai.provider.name"];
  const prompt = decided?.made?.prompt;
  return {
    "openinference.span.kind": "LLM",
    ...(model === undefined ? {} : { "llm.model_name": model }),
    ...(system === undefined ? {} : { "llm.system": system }),
    ...(prompt === undefined ? {} : { "input.value": prompt.text, "input.mime_type": "text/plain" }),
    ...(cost === undefined ? {} : costAttributes(cost)),
  };
}

/** Its counts and costs of parts are inside those of the whole, as ours are. */
function costAttributes(cost: Cost): Attributes {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, costUsd, inputUsd, outputUsd } = cost;
  return {
    "llm.token_count.prompt": inputTokens,
    "llm.token_count.completion": outputTokens,
    "llm.token_count.total": inputTokens + outputTokens,
    ...(cachedInputTokens > 0 ? { "llm.token_count.prompt_details.cache_read": cachedInputTokens } : {}),
    ...(cacheWriteTokens > 0 ? { "llm.token_count.prompt_details.cache_write": cacheWriteTokens } : {}),
    ...(reasoningTokens > 0 ? { "llm.token_count.completion_details.reasoning": reasoningTokens } : {}),
    ...(costUsd === undefined ? {} : { "llm.cost.total": costUsd }),
    ...(inputUsd === undefined ? {} : { "llm.cost.prompt": inputUsd }),
    ...(outputUsd === undefined ? {} : { "llm.cost.completion": outputUsd }),
  };
}
