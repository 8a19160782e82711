// The span of a chat in OpenInference's names too, for viewers that read these (Arize Phoenix and others).
import type { Cost } from "../join/cost.ts";
import type { Decided } from "../join/outcome.ts";
import type { SpanBatch } from "./otlp.ts";

interface Called {
  readonly model: string | undefined; // the one that served: by its name a viewer finds its price
  readonly system: string | undefined; // whose interface it is
}

export function addCalled(span: SpanBatch, { model, system }: Called): void {
  span.add("openinference.span.kind", "LLM");
  span.add("llm.model_name", model);
  span.add("llm.system", system);
}

export function addInput(span: SpanBatch, prompt: NonNullable<Decided["made"]>["prompt"]): void {
  span.add("input.value", prompt?.text);
  span.add("input.mime_type", prompt && "text/plain");
}

/** Its counts and costs of parts are inside those of the whole, as ours are. */
export function addUsage(span: SpanBatch, cost: Cost): void {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, costUsd, inputUsd, outputUsd } = cost;
  span.add("llm.token_count.prompt", inputTokens);
  span.add("llm.token_count.completion", outputTokens);
  span.add("llm.token_count.total", inputTokens + outputTokens);
  span.add("llm.token_count.prompt_details.cache_read", cachedInputTokens || undefined);
  span.add("llm.token_count.prompt_details.cache_write", cacheWriteTokens || undefined);
  span.add("llm.token_count.completion_details.reasoning", reasoningTokens || undefined);
  span.add("llm.cost.total", costUsd);
  span.add("llm.cost.prompt", inputUsd);
  span.add("llm.cost.completion", outputUsd);
}
