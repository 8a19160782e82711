// Where the interfaces say what was used, and how it is called there.

/**
 * The objects: of an answer and of a stream's last event or, cumulative, of each (OpenAI, Anthropic, Mistral, DeepSeek, vLLM, OpenRouter,
 * Bedrock's Converse …); Anthropic's `message_start`; the events of Responses; Cohere's `message-end`; Groq's last event; Moonshot's.
 */
const USAGES = ["usage", "message.usage", "response.usage", "delta.usage", "x_groq.usage", "choices[].usage"] as const;
/** Gemini's, and as Code Assist wraps it. */
const USAGE_METADATA = ["usageMetadata", "response.usageMetadata"] as const;

const ANTHROPIC = [
  ..."input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens".split(" "),
  ..."cache_creation.ephemeral_5m_input_tokens cache_creation.ephemeral_1h_input_tokens".split(" "),
];
/** A compaction or another step that the server took by itself: what stands beside, outside the list, leaves it out. */
export const STEPS = "iterations[]";

const COUNTS = [
  ...ANTHROPIC,
  ..."output_tokens_details.thinking_tokens".split(" "),
  ..."prompt_tokens completion_tokens total_tokens reasoning_tokens".split(" "),
  ..."cached_tokens num_cached_tokens prompt_cache_hit_tokens".split(" "),
  ...["prompt_tokens_details", "input_tokens_details"].flatMap((details) =>
    ["cached_tokens", "cache_write_tokens", "cache_creation_tokens"].map((name) => `${details}.${name}`),
  ),
  ...["completion_tokens_details", "output_tokens_details"].map((details) => `${details}.reasoning_tokens`),
  ..."inputTokens outputTokens totalTokens".split(" "),
  ..."cacheReadInputTokens cacheWriteInputTokens cacheReadInputTokenCount cacheWriteInputTokenCount".split(" "),
  ..."billed_units.input_tokens billed_units.output_tokens tokens.input_tokens tokens.output_tokens".split(" "),
];
const METADATA_COUNTS = [
  ..."promptTokenCount candidatesTokenCount totalTokenCount cachedContentTokenCount".split(" "),
  ..."thoughtsTokenCount toolUsePromptTokenCount".split(" "),
];
/** Ollama's own interface says it at the root of its last line. */
const ROOT_COUNTS = ["prompt_eval_count", "eval_count"];

/** What a path counts. `isProvisional`: of a stream that has only begun, so that its output is not what it will be. */
export interface UsagePlace {
  readonly name: string;
  readonly isStep: boolean;
  readonly isProvisional: boolean;
}

export const USAGE_PLACES: ReadonlyMap<string, UsagePlace> = new Map<string, UsagePlace>([
  ...USAGES.flatMap((usage) => {
    const isProvisional = usage === "message.usage";
    return [
      ...COUNTS.map((name) => [`${usage}.${name}`, { name, isStep: false, isProvisional }] as const),
      ...ANTHROPIC.map((name) => [`${usage}.${STEPS}.${name}`, { name, isStep: true, isProvisional }] as const),
    ];
  }),
  ...[...USAGE_METADATA.flatMap((usage) => METADATA_COUNTS.map((name) => [`${usage}.${name}`, name] as const))].map(
    ([path, name]) => [path, { name, isStep: false, isProvisional: false }] as const,
  ),
  ...ROOT_COUNTS.map((name) => [name, { name, isStep: false, isProvisional: false }] as const),
]);

/** The lists of steps: what was summed of one is complete when it ends. */
export const STEP_LISTS: ReadonlySet<string> = new Set(USAGES.map((usage) => `${usage}.iterations`));
