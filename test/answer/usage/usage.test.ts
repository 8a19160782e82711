// Usage read from answers in every form, cut at every place.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Usage, usageReader } from "../../../src/answer/usage/usage.ts";

function read(answer: string, cuts: readonly number[] = []): Usage | undefined {
  const bytes = Buffer.from(answer);
  const reader = usageReader();
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < at.length; i++) reader.push(bytes.subarray(at[i - 1], at[i]));
  return reader.usage();
}

const events = (...data: readonly unknown[]) =>
  data.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");

const openAi = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18, prompt_tokens_details: { cached_tokens: 4 } };
const LONG = 'say "usage": {"prompt_tokens": 5} '.repeat(500);

const ANSWERS: readonly (readonly [what: string, answer: string, usage: Usage | undefined])[] = [
  [
    "OpenAI's JSON",
    JSON.stringify({ id: "x", choices: [{ message: { content: LONG } }], usage: openAi }),
    { inputTokens: 11, cachedInputTokens: 4, outputTokens: 7 },
  ],
  [
    "OpenAI's JSON, indented",
    JSON.stringify({ usage: openAi, choices: [] }, null, 2),
    { inputTokens: 11, cachedInputTokens: 4, outputTokens: 7 },
  ],
  [
    "OpenAI's events",
    events({ choices: [{ delta: { content: LONG } }], usage: null }, { choices: [], usage: openAi }, "[DONE]"),
    { inputTokens: 11, cachedInputTokens: 4, outputTokens: 7 },
  ],
  [
    "Responses' events",
    events({
      type: "response.completed",
      response: { output: [LONG], usage: { input_tokens: 20, input_tokens_details: { cached_tokens: 3 }, output_tokens: 5 } },
    }),
    { inputTokens: 20, cachedInputTokens: 3, outputTokens: 5 },
  ],
  [
    "Anthropic's JSON",
    JSON.stringify({
      content: [{ type: "text", text: LONG }],
      usage: { input_tokens: 9, cache_read_input_tokens: 100, cache_creation_input_tokens: 10, output_tokens: 6, service_tier: "st}d" },
    }),
    { inputTokens: 119, cachedInputTokens: 100, outputTokens: 6 },
  ],
  [
    "Anthropic's events",
    events(
      { type: "message_start", message: { usage: { input_tokens: 9, output_tokens: 1 } } },
      { type: "content_block_delta", delta: { text: LONG } },
      { type: "message_delta", usage: { output_tokens: 42 } },
    ),
    { inputTokens: 9, cachedInputTokens: 0, outputTokens: 42 },
  ],
  ["an answer that says nothing", JSON.stringify({ choices: [], usage: null }), undefined],
  ["words about usage", JSON.stringify({ content: ["usage", LONG] }), undefined],
  ["an object too long to be one", `{"usage":{"prompt_tokens":1,"x":"${"y".repeat(5000)}"}}`, undefined],
  ["damaged JSON", '{"usage":{"prompt_tokens":}}', undefined],
];

describe.each(ANSWERS)("%s", (_what, answer, usage) => {
  test("whole", () => {
    expect(read(answer)).toEqual(usage);
  });

  test("byte by byte", () => {
    expect(read(answer, [...Buffer.from(answer).keys()])).toEqual(usage);
  });

  test("cut anywhere", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        expect(read(answer, cuts)).toEqual(usage);
      }),
      { numRuns: 200 },
    );
  });
});
