// The span of a chat in OpenInference's names too, for viewers that read these (Arize Phoenix and others).
import type { Cost } from "../join/cost.ts";
import type { Outcome } from "../join/outcome.ts";
import type { AttributeList } from "./attribute-list.ts";

interface Called {
  readonly model: string | undefined; // the one that served: by its name a viewer finds its price
  readonly system: string | undefined; // whose interface it is
}

export function addOpenInference(attributes: AttributeList, { decided, cost }: Outcome, { model, system }: Called): void {
  const prompt = decided?.made?.prompt;
  attributes.add("openinference.span.kind", "LLM");
  attributes.add("llm.model_name", model);
  attributes.add("llm.system", system);
  attributes.add("input.value", prompt?.text);
  attributes.add("input.mime_type", prompt && "text/plain");
  if (cost !== undefined) addCost(attributes, cost);
}

/** Its counts and costs of parts are inside those of the whole, as ours are. */
function addCost(attributes: AttributeList, cost: Cost): void {
  const { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens, costUsd, inputUsd, outputUsd } = cost;
  attributes.add("llm.token_count.prompt", inputTokens);
  attributes.add("llm.token_count.completion", outputTokens);
  attributes.add("llm.token_count.total", inputTokens + outputTokens);
  attributes.add("llm.token_count.prompt_details.cache_read", cachedInputTokens || undefined);
  attributes.add("llm.token_count.prompt_details.cache_write", cacheWriteTokens || undefined);
  attributes.add("llm.token_count.completion_details.reasoning", reasoningTokens || undefined);
  attributes.add("llm.cost.total", costUsd);
  attributes.add("llm.cost.prompt", inputUsd);
  attributes.add("llm.cost.completion", outputUsd);
}
