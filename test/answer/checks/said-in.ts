// The same thing said through every interface that the checks read, whole and streamed.
import { events, typed } from "../answers.ts";

/** What a model says. */
export interface Said {
  readonly text?: string;
  readonly call?: { readonly name: string; readonly json: string };
  readonly refusal?: string; // where the interface has a place for it
  readonly end?: "stop" | "length" | "never"; // `never`: the connection was closed before
}

export type Form = readonly [form: string, answerOf: (said: Said) => string];

const pieces = (text: string) => text.match(/[\s\S]{1,7}/g) ?? [];
const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return { "not json": json };
  }
};
const cutIf = (end: Said["end"], answer: string) => (end === "never" ? answer.slice(0, -1) : answer);

function chat({ text = "", call, refusal, end }: Said): string {
  const calls = call && [{ id: "c1", type: "function", function: { name: call.name, arguments: call.json } }];
  const message = { role: "assistant", content: text === "" ? null : text, refusal: refusal ?? null, ...(calls && { tool_calls: calls }) };
  const finish = end === "length" ? "length" : calls ? "tool_calls" : "stop";
  return cutIf(end, JSON.stringify({ id: "x", object: "chat.completion", choices: [{ index: 0, message, finish_reason: finish }] }));
}

function chatStream({ text = "", call, refusal, end }: Said): string {
  const chunk = (delta: object, finish: string | null = null) => ({
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const ofCall = (name: string | undefined, json: string) =>
    chunk({ tool_calls: [{ index: 0, ...(name && { id: "c1" }), function: { ...(name && { name }), arguments: json } }] });
  const all = [
    chunk({ role: "assistant", content: "" }),
    ...pieces(refusal ?? "").map((part) => chunk({ refusal: part })),
    ...pieces(text).map((part) => chunk({ content: part })),
    ...(call ? [ofCall(call.name, ""), ...pieces(call.json).map((part) => ofCall(undefined, part))] : []),
  ];
  if (end === "never") return events(...all);
  return events(...all, chunk({}, end === "length" ? "length" : call ? "tool_calls" : "stop"), "[DONE]");
}

function messages({ text = "", call, end }: Said): string {
  const content = [
    ...(text === "" ? [] : [{ type: "text", text }]),
    ...(call ? [{ type: "tool_use", id: "t1", name: call.name, input: parsed(call.json) }] : []),
  ];
  const reason = end === "length" ? "max_tokens" : call ? "tool_use" : "end_turn";
  return cutIf(end, JSON.stringify({ id: "m", type: "message", role: "assistant", content, stop_reason: reason }));
}

function messagesStream({ text = "", call, end }: Said): string {
  const at = text === "" ? 0 : 1;
  const all = [
    { type: "message_start", message: { type: "message", role: "assistant", content: [], stop_reason: null } },
    ...(text === "" ? [] : [{ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }]),
    ...pieces(text).map((part) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: part } })),
    ...(call
      ? [{ type: "content_block_start", index: at, content_block: { type: "tool_use", id: "t1", name: call.name, input: {} } }]
      : []),
    ...pieces(call?.json ?? "").map((part) => ({
      type: "content_block_delta",
      index: at,
      delta: { type: "input_json_delta", partial_json: part },
    })),
    ...(call ? [{ type: "content_block_stop", index: at }] : []),
  ];
  if (end === "never") return typed(...all);
  const reason = end === "length" ? "max_tokens" : call ? "tool_use" : "end_turn";
  const ends = [{ type: "message_delta", delta: { stop_reason: reason } }, { type: "message_stop" }];
  return typed(...all, ...ends);
}

function output({ text = "", call, refusal }: Said): readonly object[] {
  return [
    { type: "reasoning", summary: [] },
    ...(text === "" ? [] : [{ type: "message", role: "assistant", content: [{ type: "output_text", text }] }]),
    ...(refusal === undefined ? [] : [{ type: "message", role: "assistant", content: [{ type: "refusal", refusal }] }]),
    ...(call ? [{ type: "function_call", name: call.name, arguments: call.json }] : []),
  ];
}

function finished(said: Said): object {
  const cut = said.end === "length";
  return {
    object: "response",
    status: cut ? "incomplete" : "completed",
    incomplete_details: cut ? { reason: "max_output_tokens" } : null,
    output: output(said),
  };
}

const responses = (said: Said) => cutIf(said.end, JSON.stringify(finished(said)));

function responsesStream(said: Said): string {
  const { text = "", call, refusal, end } = said;
  const all = [
    { type: "response.created", response: { object: "response", status: "in_progress", output: [] } },
    ...pieces(text).map((delta) => ({ type: "response.output_text.delta", output_index: 0, delta })),
    ...pieces(refusal ?? "").map((delta) => ({ type: "response.refusal.delta", output_index: 0, delta })),
    ...(call
      ? [
          { type: "response.output_item.added", output_index: 1, item: { type: "function_call", name: call.name, arguments: "" } },
          ...pieces(call.json).map((delta) => ({ type: "response.function_call_arguments.delta", output_index: 1, delta })),
          { type: "response.function_call_arguments.done", output_index: 1, arguments: call.json },
          { type: "response.output_item.done", output_index: 1, item: { type: "function_call", name: call.name, arguments: call.json } },
        ]
      : []),
  ];
  if (end === "never") return typed(...all);
  return typed(...all, { type: end === "length" ? "response.incomplete" : "response.completed", response: finished(said) } as never);
}

const completions = ({ text = "", end }: Said) =>
  cutIf(end, JSON.stringify({ object: "text_completion", choices: [{ text, finish_reason: end === "length" ? "length" : "stop" }] }));

/** All that can say it. */
export const FORMS: readonly Form[] = [
  ["chat completions", chat],
  ["chat completions, streamed", chatStream],
  ["messages", messages],
  ["messages, streamed", messagesStream],
  ["responses", responses],
  ["responses, streamed", responsesStream],
];
export const TEXT_FORMS: readonly Form[] = [...FORMS, ["completions", completions]];
export const REFUSAL_FORMS: readonly Form[] = FORMS.filter(([form]) => !form.startsWith("messages"));
