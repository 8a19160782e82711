// What an answer gives out that its server alone will know again, and which model answered: in every form, streamed and cut anywhere.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerReader, type Reading } from "../../src/answer/answer-reader.ts";
import { events, typed } from "./answers.ts";

function read(answer: string, cuts: readonly number[] = []): Reading {
  const bytes = Buffer.from(answer);
  const reader = answerReader();
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < at.length; i++) reader.push(bytes.subarray(at[i - 1], at[i]));
  return reader.finish("seen");
}

const LONG = "Eq".repeat(2000);
const response = {
  id: "resp_1",
  object: "response",
  model: "gpt-5-2026",
  conversation: { id: "conv_1" },
  status: "completed",
  output: [
    { id: "rs_1", type: "reasoning", encrypted_content: LONG, summary: [] },
    { id: "ci_1", type: "code_interpreter_call", container_id: "cntr_1" },
    { id: "msg_1", type: "message", content: [{ type: "output_text", text: '{"id":"resp_2","model":"x","signature":"no"}' }] },
  ],
  usage: { input_tokens: 1, output_tokens: 1 },
};
const chunk = (delta: object) => ({ id: "c-1", object: "chat.completion.chunk", model: "gpt-4o-mini", choices: [{ index: 0, delta }] });
const kept = (...keys: string[]) => keys.toSorted();

const SAMPLES: readonly (readonly [what: string, answer: string, model: string | undefined, keys: readonly string[]])[] = [
  ["a response", JSON.stringify(response), "gpt-5-2026", kept("resp_1", "conv_1", "rs_1", LONG.slice(0, 256), "ci_1", "cntr_1", "msg_1")],
  [
    "a response, streamed",
    typed(
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } } as never,
      { type: "response.output_text.delta", item_id: "msg_1", delta: "hi" } as never,
      { type: "response.completed", response } as never,
    ),
    "gpt-5-2026",
    kept("resp_1", "conv_1", "rs_1", LONG.slice(0, 256), "ci_1", "cntr_1", "msg_1"),
  ],
  [
    "a message",
    JSON.stringify({
      id: "msg_01",
      type: "message",
      model: "claude-5",
      container: { id: "container_1" },
      content: [
        { type: "thinking", thinking: "hm", signature: LONG },
        { type: "redacted_thinking", data: "Emw" },
        { type: "bash_code_execution_tool_result", content: { content: [{ type: "bash_code_execution_output", file_id: "file_1" }] } },
        { type: "tool_use", id: "toolu_1", input: { id: "x", signature: "no" } },
      ],
      stop_reason: "end_turn",
    }),
    "claude-5",
    kept("container_1", LONG.slice(0, 256), "Emw", "file_1"),
  ],
  [
    "a message, streamed",
    typed(
      { type: "message_start", message: { id: "msg_01", type: "message", model: "claude-5", content: [], container: null } } as never,
      { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } } as never,
      { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } } as never,
      { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: LONG } } as never,
      { type: "content_block_start", index: 1, content_block: { type: "redacted_thinking", data: "Emw" } } as never,
      { type: "message_delta", delta: { stop_reason: "end_turn", container: { id: "container_1" } }, usage: { output_tokens: 3 } } as never,
      { type: "message_stop" },
    ),
    "claude-5",
    kept("container_1", LONG.slice(0, 256), "Emw"),
  ],
  [
    "a chat completion: no request refers to its id",
    JSON.stringify({
      id: "c-1",
      object: "chat.completion",
      model: "gpt-4o-mini",
      choices: [{ message: { content: "hi" }, finish_reason: "stop" }],
    }),
    "gpt-4o-mini",
    [],
  ],
  [
    "a chat completion, streamed, with what gateways and Google put in",
    events(
      chunk({ content: "hi" }),
      chunk({ reasoning_details: [{ type: "reasoning.encrypted", data: "gA" }] }),
      chunk({ thinking_blocks: [{ type: "thinking", signature: "Eq" }] }),
      chunk({ tool_calls: [{ index: 0, extra_content: { google: { thought_signature: "CiQ" } } }] }),
      chunk({ audio: { id: "audio_1", data: "" } }),
      "[DONE]",
    ),
    "gpt-4o-mini",
    kept("gA", "Eq", "CiQ", "audio_1"),
  ],
  ["Gemini's", JSON.stringify([{ candidates: [{ finishReason: "STOP" }], modelVersion: "gemini-3", responseId: "r" }]), "gemini-3", []],
  ["a file", JSON.stringify({ object: "file", id: "file-1", bytes: 12, filename: "a.pdf" }), undefined, ["file-1"]],
  ["a conversation", JSON.stringify({ id: "conv_1", object: "conversation", metadata: { id: "no" } }), undefined, ["conv_1"]],
  ["an error", JSON.stringify({ error: { message: "no", id: "x" } }), undefined, []],
  ["a model's name that is none", JSON.stringify({ id: "x", model: "m".repeat(257), choices: [] }), undefined, []],
  ["escapes", '{"object":"file","id":"fi\\u006ce\\/1"}', undefined, ["file/1"]],
];

describe.each(SAMPLES)("%s", (_, answer, model, keys) => {
  test("whole", () => {
    const reading = read(answer);
    expect({ model: reading.model, keys: reading.keys.toSorted() }).toEqual({ model, keys });
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

test("of an answer with hundreds of items the first are kept, and its own id", () => {
  const output = Array.from({ length: 500 }, (_, at) => ({ id: `msg_${at}` }));
  const { keys } = read(JSON.stringify({ output, object: "response", id: "resp_1" }));
  expect(keys).toContain("resp_1");
  expect(keys.length).toBeLessThan(50);
});

test("keys are there while the answer goes on", () => {
  const reader = answerReader();
  reader.push(Buffer.from(typed({ type: "response.created", response: { id: "resp_1", status: "in_progress" } } as never)));
  expect(reader.keys).toEqual(["resp_1"]);
});
