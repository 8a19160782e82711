// A few models as the two public price lists have them, in their own shapes and units.

/** LiteLLM, `model_prices_and_context_window.json`: dollars per token. */
export const LITELLM = {
  sample_spec: {
    input_cost_per_token: 0.0,
    output_cost_per_token: 0.0,
    litellm_provider: "one of https://docs.litellm.ai/docs/providers",
    mode: "one of: chat, embedding, completion, image_generation",
  },
  "1024-x-1024/dall-e-2": {
    input_cost_per_pixel: 1.9e-8,
    litellm_provider: "openai",
    mode: "image_generation",
    output_cost_per_pixel: 0.0,
  },
  "gpt-4o-mini": {
    cache_read_input_token_cost: 7.5e-8,
    input_cost_per_token: 1.5e-7,
    input_cost_per_token_batches: 7.5e-8,
    litellm_provider: "openai",
    max_input_tokens: 128000,
    mode: "chat",
    output_cost_per_token: 6e-7,
    supports_prompt_caching: true,
    supports_function_calling: true,
    supports_vision: true,
    supports_audio_input: false,
    max_output_tokens: 16384,
    max_tokens: 16384,
  },
  "azure/gpt-4o-mini": {
    cache_read_input_token_cost: 7.5e-8,
    input_cost_per_token: 1.65e-7,
    litellm_provider: "azure",
    output_cost_per_token: 6.6e-7,
  },
  "claude-sonnet-4-5": {
    cache_creation_input_token_cost: 3.75e-6,
    cache_creation_input_token_cost_above_1hr: 6e-6,
    cache_creation_input_token_cost_above_200k_tokens: 7.5e-6,
    cache_read_input_token_cost: 3e-7,
    cache_read_input_token_cost_above_200k_tokens: 6e-7,
    input_cost_per_token: 3e-6,
    input_cost_per_token_above_200k_tokens: 6e-6,
    litellm_provider: "anthropic",
    mode: "chat",
    output_cost_per_token: 1.5e-5,
    output_cost_per_token_above_200k_tokens: 2.25e-5,
  },
  "anthropic.claude-sonnet-4-5-20250929-v1:0": {
    cache_creation_input_token_cost: 3.75e-6,
    cache_read_input_token_cost: 3e-7,
    input_cost_per_token: 3e-6,
    litellm_provider: "bedrock_converse",
    output_cost_per_token: 1.5e-5,
  },
  "deepseek/deepseek-chat": {
    cache_creation_input_token_cost: 0.0,
    cache_read_input_token_cost: 2.8e-8,
    input_cost_per_token: 2.8e-7,
    litellm_provider: "deepseek",
    output_cost_per_token: 4.2e-7,
  },
  "dashscope/qwen-flash": {
    litellm_provider: "dashscope",
    mode: "chat",
    tiered_pricing: [
      { input_cost_per_token: 2.5e-7, output_cost_per_token: 2e-6, range: [256000.0, 1000000.0] },
      { input_cost_per_token: 5e-8, output_cost_per_token: 4e-7, range: [0, 256000.0] },
    ],
  },
  "ollama/llama3.1": { input_cost_per_token: 0.0, litellm_provider: "ollama", mode: "chat", output_cost_per_token: 0.0 },
  "text-embedding-3-small": { input_cost_per_token: 2e-8, litellm_provider: "openai", mode: "embedding", output_cost_per_token: 0.0 },
  "own/written-as-text": { input_cost_per_token: "5e-6", litellm_provider: "openai", output_cost_per_token: "0.00003" },
} as const;

const cents = (request: number, response: number, more: object = {}) => ({
  pricing_config: { pay_as_you_go: { request_token: { price: request }, response_token: { price: response }, ...more } },
});

/** Portkey, `pricing/PROVIDER.json`: cents per token. */
export const PORTKEY = {
  default: {
    pricing_config: {
      ...cents(0, 0, { cache_write_input_token: { price: 0 }, cache_read_input_token: { price: 0 } }).pricing_config,
      calculate: { request: { operation: "multiply", operands: [{ value: "input_tokens" }, { value: "rates.request_token" }] } },
      currency: "USD",
    },
  },
  "gpt-4o": cents(0.00025, 0.001, {
    cache_write_input_token: { price: 0 },
    cache_read_input_token: { price: 0.000125 },
    additional_units: { web_search: { price: 1 } },
  }),
  "gpt-4": cents(0.003, 0.006),
  "claude-haiku-4-5-20251001": cents(0.0001, 0.0005, {
    cache_write_input_token: { price: 0.000125 },
    cache_read_input_token: { price: 0.00001 },
    additional_units: { cache_write_1h: { price: 0.0002 } },
  }),
  "deepseek-v4-flash": cents(0.000014, 0.000028, { cache_write_input_token: { price: 0 }, cache_read_input_token: { price: 0.00000028 } }),
  "dall-e-3": { pricing_config: { pay_as_you_go: { image: { default: { default: { price: 4 } } } } } },
  "openrouter/auto": cents(-100, -100),
};
