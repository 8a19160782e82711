// Answers as model servers write them, with what they say was used: [what it is, the answer, input, cached, written, output, reasoning].

export type SampleAnswer = readonly [what: string, answer: string, counts: readonly [number, number, number, number, number]];

export const events = (...data: readonly unknown[]) =>
  data.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
export const typed = (...data: readonly { readonly type: string }[]) =>
  data.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");

/** What no reader may take for usage. */
export const DECOY = '{"usage":{"prompt_tokens":7000000,"completion_tokens":9,"input_tokens":7000000,"output_tokens":9}}';
const chunk = (delta: object, finish: string | null = null) => ({
  id: "c-1",
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const message = { role: "assistant", content: `say ${DECOY}`, tool_calls: [{ function: { name: "report", arguments: DECOY } }] };
const completion = (usage: object, more: object = {}) =>
  JSON.stringify({ id: "c-1", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }], usage, ...more });
const streamed = (usage: object) =>
  events(chunk({ content: DECOY }), chunk({}, "stop"), { id: "c-1", object: "chat.completion.chunk", choices: [], usage }, "[DONE]");

const openAi = {
  prompt_tokens: 1117,
  completion_tokens: 46,
  total_tokens: 1163,
  prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 20 },
  completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 4, accepted_prediction_tokens: 6, rejected_prediction_tokens: 2 },
};
const responses = {
  input_tokens: 328,
  input_tokens_details: { cached_tokens: 300 },
  output_tokens: 52,
  output_tokens_details: { reasoning_tokens: 32 },
  total_tokens: 380,
};
const anthropic = {
  input_tokens: 9,
  cache_creation_input_tokens: 10,
  cache_read_input_tokens: 100,
  cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
  output_tokens: 6,
  service_tier: "st}d",
  server_tool_use: { web_search_requests: 3 },
};
const anthropicStream = (start: object, ...ends: readonly object[]) =>
  typed(
    { type: "message_start", message: { type: "message", role: "assistant", content: [], usage: start } } as never,
    { type: "content_block_start", index: 0, content_block: { type: "tool_use", input: {}, usage: { input_tokens: 5e6 } } } as never,
    { type: "content_block_delta", index: 0, delta: { type: "input_json_delta", partial_json: DECOY } } as never,
    ...ends.map((usage) => ({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage })),
    { type: "message_stop" },
  );
const gemini = {
  promptTokenCount: 100,
  candidatesTokenCount: 20,
  thoughtsTokenCount: 30,
  cachedContentTokenCount: 60,
  totalTokenCount: 150,
};
const candidate = (text: string, usageMetadata: object) => ({
  candidates: [{ content: { parts: [{ text }] }, finishReason: "STOP" }],
  usageMetadata,
});

export const ANSWERS: readonly SampleAnswer[] = [
  ["OpenAI chat: details are parts of the two counts", completion(openAi), [1117, 1024, 0, 46, 20]],
  ["OpenAI chat, streamed", streamed(openAi), [1117, 1024, 0, 46, 20]],
  ["indented", JSON.stringify(JSON.parse(completion(openAi)), null, 2), [1117, 1024, 0, 46, 20]],
  ["usage in front of the choices", JSON.stringify({ usage: openAi, choices: [{ message }] }), [1117, 1024, 0, 46, 20]],
  [
    "OpenAI completions",
    JSON.stringify({
      object: "text_completion",
      choices: [{ text: DECOY }],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    }),
    [5, 0, 0, 7, 0],
  ],
  [
    "OpenAI Responses",
    JSON.stringify({
      object: "response",
      status: "completed",
      error: null,
      output: [{ type: "function_call", arguments: DECOY }],
      usage: responses,
    }),
    [328, 300, 0, 52, 32],
  ],
  [
    "OpenAI Responses, streamed",
    typed(
      { type: "response.created", response: { status: "in_progress", usage: null } } as never,
      { type: "response.function_call_arguments.delta", delta: DECOY } as never,
      {
        type: "response.completed",
        response: { status: "completed", output: [{ usage: { input_tokens: 5e6 } }], usage: responses },
      } as never,
    ),
    [328, 300, 0, 52, 32],
  ],
  [
    "Anthropic: the cache stands beside the input",
    JSON.stringify({
      type: "message",
      content: [{ type: "tool_use", input: JSON.parse(DECOY) }],
      stop_reason: "tool_use",
      usage: anthropic,
    }),
    [119, 100, 10, 6, 0],
  ],
  [
    "Anthropic, cache writes by age alone",
    JSON.stringify({
      type: "message",
      content: [],
      usage: { input_tokens: 9, cache_creation: anthropic.cache_creation, output_tokens: 6 },
    }),
    [19, 0, 10, 6, 0],
  ],
  [
    "Anthropic, streamed: the end counts on from the start",
    anthropicStream({ ...anthropic, output_tokens: 1 }, { output_tokens: 42 }),
    [119, 100, 10, 42, 0],
  ],
  [
    "Anthropic, streamed: the end repeats the input as 0",
    anthropicStream({ input_tokens: 371, output_tokens: 1 }, { input_tokens: 0, output_tokens: 20 }),
    [371, 0, 0, 20, 0],
  ],
  [
    "Anthropic, streamed: the input is said at the end",
    anthropicStream({ input_tokens: 0, output_tokens: 0 }, { input_tokens: 371, cache_read_input_tokens: 50, output_tokens: 20 }),
    [421, 50, 0, 20, 0],
  ],
  [
    "Anthropic, streamed: several cumulative counts",
    anthropicStream(
      { input_tokens: 2679, output_tokens: 3 },
      { input_tokens: 10682, output_tokens: 300 },
      { input_tokens: 10682, output_tokens: 510 },
    ),
    [10682, 0, 0, 510, 0],
  ],
  [
    "Anthropic, with a compaction: all steps are billed",
    JSON.stringify({
      content: [{ type: "text", text: "x" }],
      usage: {
        input_tokens: 23000,
        output_tokens: 1000,
        iterations: [
          { type: "compaction", input_tokens: 180000, output_tokens: 3500 },
          { type: "message", input_tokens: 23000, output_tokens: 1000 },
        ],
      },
    }),
    [203000, 0, 0, 4500, 0],
  ],
  [
    "LiteLLM over Anthropic: the cache is told twice and counted inside",
    completion({
      prompt_tokens: 2459,
      completion_tokens: 12,
      total_tokens: 2471,
      prompt_tokens_details: { cached_tokens: 2455 },
      cache_read_input_tokens: 2455,
      cache_creation_input_tokens: 0,
    }),
    [2459, 2455, 0, 12, 0],
  ],
  [
    "LiteLLM, a cache write",
    streamed({
      prompt_tokens: 2459,
      completion_tokens: 12,
      total_tokens: 2471,
      prompt_tokens_details: { cached_tokens: 0, cache_creation_tokens: 2400 },
      cache_creation_input_tokens: 2400,
      cache_read_input_tokens: 0,
    }),
    [2459, 0, 2400, 12, 0],
  ],
  [
    "a gateway that counts the cache beside the prompt",
    completion({ prompt_tokens: 4, completion_tokens: 12, cache_read_input_tokens: 2455 }),
    [2459, 2455, 0, 12, 0],
  ],
  [
    "a gateway whose total has the cache beside the prompt",
    completion({ prompt_tokens: 4000, completion_tokens: 12, total_tokens: 6467, cache_read_input_tokens: 2455 }),
    [6455, 2455, 0, 12, 0],
  ],
  [
    "a gateway that fills in both names",
    completion({
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      input_tokens: 0,
      output_tokens: 0,
      input_tokens_details: null,
    }),
    [10, 0, 0, 5, 0],
  ],
  [
    "vLLM: no details",
    completion({ prompt_tokens: 7, total_tokens: 16, completion_tokens: 9, prompt_tokens_details: null }),
    [7, 0, 0, 9, 0],
  ],
  [
    "vLLM, continuous usage",
    events(
      ...[1, 2, 3].map((n) => ({
        ...chunk({ content: "a" }, n === 3 ? "stop" : null),
        usage: { prompt_tokens: 7, completion_tokens: n, total_tokens: 7 + n },
      })),
      "[DONE]",
    ),
    [7, 0, 0, 3, 0],
  ],
  [
    "OpenRouter",
    completion({
      prompt_tokens: 194,
      completion_tokens: 2,
      total_tokens: 196,
      cost: 0.95,
      cost_details: { upstream_inference_cost: 19 },
      prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 100, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 1 },
    }),
    [194, 10, 100, 2, 1],
  ],
  [
    "Gemini's OpenAI endpoint: thoughts are in the total alone",
    completion({ prompt_tokens: 12, completion_tokens: 30, total_tokens: 542 }),
    [12, 0, 0, 530, 0],
  ],
  ["Gemini", JSON.stringify(candidate(DECOY, gemini)), [100, 60, 0, 50, 30]],
  [
    "Gemini, streamed as events",
    events(candidate("a", { promptTokenCount: 100, totalTokenCount: 100 }), candidate("b", gemini)),
    [100, 60, 0, 50, 30],
  ],
  [
    "Gemini, streamed as one array",
    JSON.stringify([candidate("a", { promptTokenCount: 100 }), candidate("b", gemini)]),
    [100, 60, 0, 50, 30],
  ],
  [
    "Gemini, with the results of its own tools",
    JSON.stringify(candidate("a", { promptTokenCount: 10, toolUsePromptTokenCount: 90, candidatesTokenCount: 5 })),
    [100, 0, 0, 5, 0],
  ],
  [
    "DeepSeek",
    completion({ prompt_tokens: 17, completion_tokens: 10, total_tokens: 27, prompt_cache_hit_tokens: 16, prompt_cache_miss_tokens: 1 }),
    [17, 16, 0, 10, 0],
  ],
  [
    "DeepSeek, both names of the cache",
    completion({
      prompt_tokens: 17,
      completion_tokens: 10,
      total_tokens: 27,
      prompt_tokens_details: { cached_tokens: 16 },
      prompt_cache_hit_tokens: 16,
      prompt_cache_miss_tokens: 1,
      completion_tokens_details: { reasoning_tokens: 8 },
    }),
    [17, 16, 0, 10, 8],
  ],
  [
    "Mistral",
    completion({ prompt_tokens: 4, completion_tokens: 11, total_tokens: 15, num_cached_tokens: 3, prompt_audio_seconds: {} }),
    [4, 3, 0, 11, 0],
  ],
  [
    "Groq: in its own place, without `usage`",
    events(
      chunk({ content: "a" }),
      {
        ...chunk({}, "stop"),
        x_groq: { id: "r", usage: { queue_time: 0.02, prompt_tokens: 36, completion_tokens: 50, total_tokens: 86 } },
      },
      "[DONE]",
    ),
    [36, 0, 0, 50, 0],
  ],
  [
    "Groq: in both places",
    events(
      {
        ...chunk({}, "stop"),
        x_groq: { usage: { prompt_tokens: 36, completion_tokens: 50, total_tokens: 86 } },
        usage: { prompt_tokens: 36, completion_tokens: 50, total_tokens: 86 },
      },
      "[DONE]",
    ),
    [36, 0, 0, 50, 0],
  ],
  [
    "Moonshot: in the choice",
    events(
      {
        ...chunk({}, "stop"),
        choices: [
          { delta: {}, finish_reason: "stop", usage: { prompt_tokens: 19, completion_tokens: 21, total_tokens: 40, cached_tokens: 10 } },
        ],
      },
      "[DONE]",
    ),
    [19, 10, 0, 21, 0],
  ],
  [
    "xAI: reasoning beside the completion",
    completion({
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      prompt_tokens_details: { cached_tokens: 6 },
      completion_tokens_details: { reasoning_tokens: 94 },
    }),
    [32, 6, 0, 103, 94],
  ],
  [
    "Perplexity's deep research: reasoning beside, more than the whole",
    completion({ prompt_tokens: 33, completion_tokens: 7163, total_tokens: 7196, reasoning_tokens: 73997, citation_tokens: 20016 }),
    [33, 0, 0, 81160, 73997],
  ],
  ["Ollama's /v1", completion({ prompt_tokens: 26, completion_tokens: 298, total_tokens: 324 }), [26, 0, 0, 298, 0]],
  [
    "Ollama's own lines",
    ['{"message":{"content":"a"},"done":false}', '{"message":{"content":""},"done":true,"prompt_eval_count":26,"eval_count":298}', ""].join(
      "\n",
    ),
    [26, 0, 0, 298, 0],
  ],
  [
    "Bedrock's Converse: the cache beside",
    JSON.stringify({
      output: { message: { content: [{ toolUse: { input: JSON.parse(DECOY) } }] } },
      stopReason: "end_turn",
      usage: { inputTokens: 30, outputTokens: 628, totalTokens: 1658, cacheReadInputTokens: 900, cacheWriteInputTokens: 100 },
    }),
    [1030, 900, 100, 628, 0],
  ],
  [
    "Cohere: what is billed",
    JSON.stringify({
      message: { content: [] },
      finish_reason: "COMPLETE",
      usage: { billed_units: { input_tokens: 5, output_tokens: 418 }, tokens: { input_tokens: 71, output_tokens: 418 } },
    }),
    [5, 0, 0, 418, 0],
  ],
  [
    "Cohere, streamed",
    events(
      { type: "content-delta", delta: { message: {} } },
      { type: "message-end", delta: { finish_reason: "COMPLETE", usage: { billed_units: { input_tokens: 5, output_tokens: 418 } } } },
    ),
    [5, 0, 0, 418, 0],
  ],
  [
    "lines that end in CR LF, comments between",
    `: ping\r\n\r\n${streamed({ prompt_tokens: 3, completion_tokens: 4 }).replaceAll("\n", "\r\n")}`,
    [3, 0, 0, 4, 0],
  ],
  [
    "a byte order mark, and names in escapes",
    `\ufeff${completion({ "prompt\\u005ftokens": 1 }).replace('"usage"', '"us\\u0061ge"').replace("\\\\u005f", "\\u005f")}`,
    [1, 0, 0, 0, 0],
  ],
  [
    "NaN beside, which is no JSON",
    '{"choices":[{"logprobs":NaN,"x":-Infinity}],"usage":{"prompt_tokens":1,"completion_tokens":2}}',
    [1, 0, 0, 2, 0],
  ],
];

/** They say nothing. */
export const SILENT: readonly (readonly [what: string, answer: string])[] = [
  ["no usage", JSON.stringify({ choices: [{ message }], usage: null })],
  ["words about usage", JSON.stringify({ content: ["usage", DECOY] })],
  ["a list called usage", JSON.stringify({ choices: [], usage: [{ prompt_tokens: 5 }] })],
  [
    "usage of something inside",
    JSON.stringify({ choices: [], metadata: { usage: openAi }, output: [{ usage: openAi }], message: [{ usage: openAi }] }),
  ],
  ["numbers as texts, below zero, or beyond any", '{"usage":{"prompt_tokens":"5","completion_tokens":-1,"input_tokens":1e12}}'],
  ["damaged JSON", '{"usage":{"prompt_tokens":}}'],
];
