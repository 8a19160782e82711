// What is sent for a row, and what is read of an answer, in all four interfaces.
import { describe, expect, test } from "vitest";
import type { Format } from "../../../src/request/chat/facts.ts";
import { answerSaid } from "../../../src/study/asking/answer-text.ts";
import { askedRequest } from "../../../src/study/asking/asked-request.ts";
import type { Target } from "../../../src/study/asking/target.ts";
import type { LoopRow } from "../../../src/study/loop/loop-row.ts";

const TARGET: Target = {
  tier: "weak",
  baseUrl: "http://m.test/v1",
  model: { kind: "set", model: "small" },
  key: "k-1",
  headers: { "x-route": "weak" },
  dollars: () => undefined,
};
const sent = (request: LoopRow["request"], format: Format, target: Partial<Target> = {}) => {
  const { url, headers, body } = askedRequest(request, format, { ...TARGET, ...target });
  return { url, headers, body: JSON.parse(body) as unknown };
};

describe("a request is sent as it was", () => {
  const request = { model: "gpt", temperature: 0, n: 3, stream: true, stream_options: { include_usage: true }, messages: [], tools: [1] };

  test("but for model, stream and the number of answers, with OpenAI's key", () => {
    const { url, headers, body } = sent(request, "chat-completions");
    expect(url).toBe("http://m.test/v1/chat/completions");
    expect(body).toEqual({ model: "small", temperature: 0, messages: [], tools: [1] });
    expect(headers).toMatchObject({ authorization: "Bearer k-1", "x-route": "weak" });
  });

  test("with Anthropic's key and version, to its path", () => {
    const { url, headers } = sent(request, "messages");
    expect(url).toBe("http://m.test/v1/messages");
    expect(headers).toMatchObject({ "x-api-key": "k-1", "anthropic-version": "2023-06-01" });
    expect(headers).not.toHaveProperty("authorization");
  });

  test.each<[string, Target["model"], object]>([
    ["its own model kept", { kind: "keep" }, { model: "gpt" }],
    ["its model dropped, for the server to use its own", { kind: "drop" }, {}],
  ])("with %s", (_, model, expected) => {
    expect(sent({ model: "gpt" }, "responses", { model }).body).toEqual(expected);
  });
});

describe("an answer says", () => {
  const call = '{"tool":"find","arguments":{"q":"tea"}}';
  test.each<[string, Format, unknown, object]>([
    [
      "text",
      "chat-completions",
      { model: "m", choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] },
      { text: "Hi", finish: "stop", model: "m" },
    ],
    [
      "tool calls as JSON behind the text",
      "chat-completions",
      {
        choices: [
          {
            message: { content: "Look:", tool_calls: [{ function: { name: "find", arguments: '{"q":"tea"}' } }] },
            finish_reason: "tool_calls",
          },
        ],
      },
      { text: `Look:\n${call}`, finish: "tool_calls" },
    ],
    ["a refusal", "chat-completions", { choices: [{ message: { content: null, refusal: "No." } }] }, { text: "No." }],
    ["text of the old interface", "completions", { choices: [{ text: "Hi", finish_reason: "length" }] }, { text: "Hi", finish: "length" }],
    [
      "Anthropic's text and calls, without its thinking",
      "messages",
      {
        content: [
          { type: "thinking", thinking: "hm" },
          { type: "text", text: "Look:" },
          { type: "tool_use", name: "find", input: { q: "tea" } },
        ],
        stop_reason: "tool_use",
      },
      { text: `Look:\n${call}`, finish: "tool_use" },
    ],
    [
      "the items of Responses, without reasoning",
      "responses",
      {
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        output: [
          { type: "reasoning", summary: [] },
          { type: "message", content: [{ type: "output_text", text: "Hi" }] },
          { type: "function_call", name: "find", arguments: '{"q":"tea"}' },
        ],
      },
      { text: `Hi\n${call}`, finish: "max_output_tokens" },
    ],
    ["nothing, and that is an answer", "messages", { content: [], stop_reason: "end_turn" }, { text: "", finish: "end_turn" }],
  ])("%s", (_, format, answer, expected) => {
    expect(answerSaid(answer, format)).toEqual({ finish: undefined, model: undefined, ...expected });
  });

  test.each<[Format, unknown]>([
    ["chat-completions", { error: { message: "no" } }],
    ["chat-completions", { choices: [] }],
    ["completions", { choices: [{ message: { content: "Hi" } }] }],
    ["messages", "Hi"],
    ["responses", { output: null }],
  ])("nothing of %s: %j", (format, answer) => {
    expect(answerSaid(answer, format)).toBeUndefined();
  });
});
