// What is read in answers of every form, cut at every place: what was used, and how they ended.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerReader, type Reading } from "../../src/answer/answer-reader.ts";
import { ANSWERS, DECOY, events, SILENT, typed } from "./answers.ts";

function read(answer: string, cuts: readonly number[] = [], how: "seen" | "left" = "seen"): Reading {
  const bytes = Buffer.from(answer);
  const reader = answerReader();
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < at.length; i++) reader.push(bytes.subarray(at[i - 1], at[i]));
  return reader.finish(how);
}

const counts = ({ usage }: Reading) =>
  usage && [usage.inputTokens, usage.cachedInputTokens, usage.cacheWriteTokens, usage.outputTokens, usage.reasoningTokens];

describe.each(ANSWERS)("%s", (_what, answer, expected) => {
  test("whole: the tokens, and nothing that failed", () => {
    const reading = read(answer);
    expect(counts(reading)).toEqual(expected);
    expect(reading).toMatchObject({ isComplete: true, knowsOutput: true, failure: undefined });
  });

  test("byte by byte", () => {
    expect(read(answer, [...Buffer.from(answer).keys()])).toEqual(read(answer));
  });

  test("cut anywhere", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => {
        expect(read(answer, cuts)).toEqual(read(answer));
      }),
      { numRuns: 50 },
    );
  });
});

test.each(SILENT)("%s: nothing is counted", (_what, answer) => {
  expect(counts(read(answer)) ?? [0, 0, 0, 0, 0]).toEqual([0, 0, 0, 0, 0]);
});

describe("objects like usage, planted where models and users speak", () => {
  const planted = fc.record({ usage: fc.record({ prompt_tokens: fc.nat(), input_tokens: fc.nat(), output_tokens: fc.nat() }) });
  const anything = fc.oneof(
    fc.jsonValue(),
    planted,
    fc.array(planted),
    planted.map((value) => JSON.stringify(value)),
  );
  const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

  test("never count in a chat completion, whole or streamed", () => {
    fc.assert(
      fc.property(anything, anything, anything, (content, args, extra) => {
        const message = { content, tool_calls: [{ function: { arguments: args } }], reasoning: extra };
        const choice = { index: 0, message, delta: message, logprobs: extra, finish_reason: "stop" };
        const whole = JSON.stringify({ choices: [choice], usage, metadata: extra, extra });
        expect(counts(read(whole))).toEqual([11, 0, 0, 7, 0]);
        expect(counts(read(events({ choices: [choice], extra }, { choices: [], usage }, "[DONE]")))).toEqual([11, 0, 0, 7, 0]);
      }),
    );
  });

  test("never count in Anthropic's messages and OpenAI's Responses", () => {
    const beside = { input_tokens: 11, output_tokens: 7 };
    fc.assert(
      fc.property(anything, (value) => {
        const block = { type: "tool_use", input: value, text: value };
        expect(counts(read(JSON.stringify({ type: "message", content: [block], usage: beside })))).toEqual([11, 0, 0, 7, 0]);
        const item = { type: "function_call", arguments: value, content: [block] };
        const response = { status: "completed", output: [item], metadata: value, tools: [value], usage: beside };
        expect(counts(read(JSON.stringify(response)))).toEqual([11, 0, 0, 7, 0]);
        expect(counts(read(typed({ type: "response.completed", response } as never)))).toEqual([11, 0, 0, 7, 0]);
      }),
    );
  });
});

const chunk = (finish: string | null) => ({
  object: "chat.completion.chunk",
  choices: [{ delta: { content: "a" }, finish_reason: finish }],
});
const start = { type: "message_start", message: { content: [], usage: { input_tokens: 25, output_tokens: 1 } } };
const delta = { type: "content_block_delta", delta: { text: "a" } };

describe("how an answer ended", () => {
  test.each([
    ["an error body", JSON.stringify({ error: { message: "no", type: "server_error" } })],
    ["an error as text", JSON.stringify({ error: "model not found" })],
    ["Anthropic's error", JSON.stringify({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } })],
    ["vLLM's old error", JSON.stringify({ object: "error", message: "no", code: 400 })],
    ["FastAPI's error", JSON.stringify({ detail: "Not Found" })],
    ["a gateway's error", JSON.stringify({ message: "no Route matched" })],
    ["an error by code", JSON.stringify({ code: 1001, msg: "no key", success: false })],
    ["MiniMax's error", JSON.stringify({ choices: null, base_resp: { status_code: 1004, status_msg: "no" } })],
    ["Gemini's error in a list", JSON.stringify([{ error: { code: 503, status: "UNAVAILABLE" } }])],
    ["a failed response", JSON.stringify({ object: "response", status: "failed", output: [], error: { code: "server_error" } })],
    ["a choice that failed", JSON.stringify({ choices: [{ finish_reason: "error", message: { content: "" } }] })],
    ["OpenRouter's error in a choice", JSON.stringify({ choices: [{ error: { code: 502 }, message: { content: "" } }] })],
    ["a page of a portal", "<!doctype html><html><body>Sign in</body></html>"],
    ["an error amid chunks", events(chunk(null), { error: { message: "CUDA out of memory" } })],
    ["an error amid chunks, then the end", events(chunk(null), { error: { message: "x" } }, "[DONE]")],
    ["Anthropic's error event", typed(start as never, { type: "error", error: { type: "overloaded_error" } } as never)],
    ["an event that only its type tells", `event: error\ndata: oh no\n\n`],
    ["Responses' failure", typed({ type: "response.failed", response: { status: "failed", error: { code: "x" } } } as never)],
  ])("%s: error", (_what, answer) => {
    expect(read(answer).failure).toBe("error");
    expect(read(answer, [], "left").failure).toBe("error");
  });

  test.each([
    ["JSON that stops", JSON.stringify({ choices: [{ message: { content: "hello" } }] }).slice(0, -9)],
    ["chunks without an end", events(chunk(null), chunk(null))],
    ["a chunk cut in its middle", events(chunk(null)) + events(chunk(null)).slice(0, -30)],
    ["Anthropic's events without an end", typed(start as never, delta as never)],
    ["Responses' events without an end", typed({ type: "response.created" }, { type: "response.output_text.delta" })],
    ["Gemini's events without an end", events({ candidates: [{ content: { parts: [] } }] })],
    ["Ollama's lines without an end", '{"message":{"content":"a"},"done":false}\n'],
    ["nothing at all", ""],
  ])("%s: cut short, unless it was left", (_what, answer) => {
    expect(read(answer)).toMatchObject({ failure: "cut-short", isComplete: false });
    expect(read(answer, [], "left").failure).toBeUndefined();
  });

  test.each([
    ["chunks without [DONE]", events(chunk(null), chunk("stop"))],
    ["an answer cut by max_tokens", events(chunk("length"), "[DONE]")],
    ["[DONE] without its newlines", `${events(chunk(null))}data: [DONE]`],
    ["an incomplete response: the limit was reached", typed({ type: "response.incomplete", response: { status: "incomplete" } } as never)],
    [
      "error: null, and words about errors",
      JSON.stringify({ object: "response", status: "completed", error: null, output: [{ error: "x" }] }),
    ],
    [
      "an interpreter's code in an event",
      typed({ type: "response.code_interpreter_call_code.done", code: "print(1)" } as never, { type: "response.completed" }),
    ],
    ["a greeting in a stream", events({ message: "connected" }, chunk("stop"))],
    ["events of another protocol", events({ kind: "hello" }, "word")],
    ["no JSON and no events", "\u0000\u0001binary"],
  ])("%s: not failed", (_what, answer) => {
    expect(read(answer).failure).toBeUndefined();
  });

  test("of an answer that had only begun, the output is not known", () => {
    expect(read(typed(start as never, delta as never), [], "left")).toMatchObject({ usage: { inputTokens: 25 }, knowsOutput: false });
    const told = typed(start as never, { type: "message_delta", usage: { output_tokens: 9 } } as never);
    expect(read(told, [], "left")).toMatchObject({ usage: { inputTokens: 25, outputTokens: 9 }, knowsOutput: true });
  });
});

test("memory stays small whatever comes: names, texts, numbers and depths without end", () => {
  const endless = ["a", '"', '{"usage":', "[", '{"a":', "9", "\\", "data: ", "\n", '"usage":{"prompt_tokens":'];
  for (const piece of endless) {
    const reader = answerReader();
    reader.push(Buffer.from('{"usage":{"'));
    const bytes = Buffer.from(piece.repeat(50_000));
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 20; i++) reader.push(bytes);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
    reader.finish("left");
  }
  expect(DECOY.length).toBeGreaterThan(0);
});
