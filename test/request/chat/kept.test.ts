// What counts as a reference to state that one server keeps, by example, in every format; and what does not.
import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { keyAt, MAX_KEY_CHARS } from "../../../src/request/chat/kept.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function continuedBy(body: string): Readonly<Record<string, string>> {
  const result = scanner.scan(Buffer.from(body));
  if (result.kind !== "chat") throw new Error(result.kind);
  const { continued, continuedBy } = result.facts;
  expect(continued).toBe(continuedBy.length > 0);
  return Object.fromEntries(continuedBy.map(({ kind, key }) => [kind, key]));
}

const responses = (...items: object[]) => ({ input: [{ role: "user", content: "hi" }, ...items] });
const said = (message: object) => ({
  messages: [
    { role: "user", content: "hi" },
    { role: "assistant", content: "ho", ...message },
  ],
});
const parts = (...content: object[]) => said({ content });
const anthropic = (body: object) => ({ system: "s", ...body });
const nested = (...content: object[]) => parts({ type: "tool_result", tool_use_id: "t", content });

test.each<[string, object, Readonly<Record<string, string>>]>([
  ["an earlier response", { input: "hi", previous_response_id: "resp_1" }, { response: "resp_1" }],
  ["a conversation", { ...responses(), conversation: "conv_1" }, { conversation: "conv_1" }],
  ["a conversation as an object", { ...responses(), conversation: { id: "conv_1" } }, { conversation: "conv_1" }],
  ["a container of Anthropic's", anthropic({ ...said({}), container: "container_1" }), { container: "container_1" }],
  ["the same as an object", anthropic({ ...said({}), container: { id: "container_1", skills: [] } }), { container: "container_1" }],
  ["a container of a tool", { ...responses(), tools: [{}, { type: "code_interpreter", container: "cntr_1" }] }, { container: "cntr_1" }],
  ["a shell's", { ...responses(), tools: [{ environment: { container_id: "cntr_1" } }] }, { container: "cntr_1" }],
  ["a container of a call", responses({ type: "code_interpreter_call", container_id: "cntr_1" }), { container: "cntr_1" }],
  ["signed thinking", parts({ type: "thinking", thinking: "", signature: "EqQB" }), { reasoning: "EqQB" }],
  ["a signature in front of its type", parts({ signature: "EqQB", thinking: "", type: "thinking" }), { reasoning: "EqQB" }],
  ["the last one", parts({ type: "thinking", signature: "a" }, { type: "thinking", signature: "b" }), { reasoning: "b" }],
  ["redacted thinking", parts({ type: "redacted_thinking", data: "Emw" }), { reasoning: "Emw" }],
  ["thinking blocks", said({ thinking_blocks: [{ type: "thinking", signature: "EqQB" }] }), { reasoning: "EqQB" }],
  ["reasoning details", said({ reasoning_details: [{ type: "reasoning.encrypted", data: "gA" }] }), { reasoning: "gA" }],
  ["reasoning text that is signed", said({ reasoning_details: [{ type: "reasoning.text", signature: "s" }] }), { reasoning: "s" }],
  [
    "a thought's signature at a tool call",
    said({ tool_calls: [{ id: "c", extra_content: { google: { thought_signature: "CiQ" } } }, { id: "d" }] }),
    { reasoning: "CiQ" },
  ],
  ["at a message", said({ extra_content: { google: { thought_signature: "CiQ" } } }), { reasoning: "CiQ" }],
  ["encrypted reasoning", responses({ type: "reasoning", id: "rs_1", encrypted_content: "gAAA" }), { reasoning: "gAAA" }],
  ["a compaction", responses({ type: "compaction", encrypted_content: "gAAA" }), { reasoning: "gAAA" }],
  ["reasoning by its id", responses({ type: "reasoning", id: "rs_1", summary: [] }), { item: "rs_1" }],
  ["a reference", responses({ type: "item_reference", id: "msg_1" }), { item: "msg_1" }],
  ["a reference without a type", responses({ id: "msg_1" }), { item: "msg_1" }],
  ["an image by its id", responses({ type: "image_generation_call", id: "ig_1" }), { item: "ig_1" }],
  ["speech by its id", said({ audio: { id: "audio_1" } }), { item: "audio_1" }],
  ["a file", parts({ type: "file", file: { file_id: "file-1" } }), { file: "file-1" }],
  ["a file of Anthropic's", parts({ type: "document", source: { type: "file", file_id: "file_1" } }), { file: "file_1" }],
  ["an image of Anthropic's", parts({ type: "image", source: { file_id: "file_1", type: "file" } }), { file: "file_1" }],
  ["an upload to a container", parts({ type: "container_upload", file_id: "file_1" }), { file: "file_1" }],
  ["a file a tool gave back", nested({ type: "image", source: { type: "file", file_id: "file_1" } }), { file: "file_1" }],
  ["a file of Responses", { input: [{ role: "user", content: [{ type: "input_file", file_id: "file-1" }] }] }, { file: "file-1" }],
  ["an image of Responses", { input: [{ role: "user", content: [{ type: "input_image", file_id: "file-1" }] }] }, { file: "file-1" }],
  ["an output's", responses({ type: "function_call_output", output: [{ type: "input_file", file_id: "file-1" }] }), { file: "file-1" }],
  ["a screenshot", responses({ type: "computer_call_output", output: { file_id: "file-1" } }), { file: "file-1" }],
  ["a vector store", { ...responses(), tools: [{ type: "file_search", vector_store_ids: ["vs_1", "vs_2"] }] }, { file: "vs_1" }],
  ["files for a container", { ...responses(), tools: [{ container: { type: "auto", file_ids: ["file-1"] } }] }, { file: "file-1" }],
  [
    "several kinds, those that tell most in front",
    { ...responses({ type: "item_reference", id: "msg_1" }), previous_response_id: "resp_1" },
    { response: "resp_1", item: "msg_1" },
  ],
])("%s", (_, body, expected) => {
  expect(continuedBy(JSON.stringify(body))).toEqual(expected);
});

test.each<[string, object]>([
  ["nothing", said({})],
  ["null", { input: "hi", max_output_tokens: 1, previous_response_id: null, conversation: null }],
  ["the empty string", { ...responses(), previous_response_id: "", conversation: "" }],
  ["an object without an id", { ...responses(), conversation: {} }],
  ["numbers", { ...responses({ type: "item_reference", id: 1 }), previous_response_id: 1, conversation: { id: 1 } }],
  ["a container that is made anew", { ...responses(), tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: [] } }] }],
  ["a tool's container in another interface", { ...said({}), tools: [{ container: "cntr_1" }] }],
  ["a conversation in another interface", { ...said({}), conversation: "conv_1" }],
  ["a container in another interface", { ...said({}), container: "container_1" }],
  ["unsigned thinking", parts({ type: "thinking", thinking: "hm", signature: "" })],
  ["a signature of something else", parts({ type: "text", text: "x", signature: "EqQB" })],
  ["data of an image", parts({ type: "image", source: { type: "base64", data: "iVBO" } })],
  ["reasoning without any", responses({ type: "reasoning", summary: [], encrypted_content: null })],
  ["an image that is there", responses({ type: "image_generation_call", id: "ig_1", result: "iVBO" })],
  ["the id of a message", responses({ type: "message", role: "assistant", id: "msg_1", content: [] })],
  ["the id of a call", responses({ type: "function_call", id: "fc_1", call_id: "call_1" })],
  ["a file in a part that is text", parts({ type: "text", text: "x", file_id: "file-1" })],
  ["a file by its bytes", parts({ type: "file", file: { filename: "a.pdf", file_data: "data:" } })],
  ["what a user speaks about", { messages: [{ role: "user", content: '{"previous_response_id":"resp_1"}' }] }],
  ["what stands elsewhere", { ...said({}), metadata: { previous_response_id: "resp_1", file_id: "file-1" } }],
])("%s is no reference", (_, body) => {
  expect(continuedBy(JSON.stringify(body))).toEqual({});
});

test.each([
  ['"input":"a","max_output_tokens":1,"previous_response_id":"a","previous_response_id":null', {}],
  ['"input":[{"id":"a"}],"input":"b","max_output_tokens":1', {}],
  ['"messages":[{"content":[{"type":"thinking","signature":"a"}],"content":"b"}]', {}],
  ['"messages":[{"content":[{"type":"thinking","signature":"a","signature":"b"}]}]', { reasoning: "b" }],
  ['"input":"a","max_output_tokens":1,"tools":[{"container":"a"}],"tools":[]', {}],
  ['"input":"a","previous_response_\\u0069d":"re\\u0073p\\/1"', { response: "resp/1" }],
])("of several members with one name the last counts: %s", (members, expected) => {
  expect(continuedBy(`{${members}}`)).toEqual(expected);
});

test("of a long signature the front is the key, also where it is escaped", () => {
  const signature = "ab/+".repeat(1000);
  expect(continuedBy(JSON.stringify(parts({ type: "thinking", signature })))).toEqual({ reasoning: signature.slice(0, MAX_KEY_CHARS) });
  const escaped = JSON.stringify(parts({ type: "thinking", signature })).replaceAll("/", "\\/");
  expect(continuedBy(escaped)).toEqual({ reasoning: signature.slice(0, MAX_KEY_CHARS) });
});

test("a key ends in front of an escape that its bytes end in", () => {
  for (let lead = 500; lead < 515; lead++) {
    const text = `"${"a".repeat(lead)}\\u0062\\\\"`;
    expect(keyAt(Buffer.from(text), 0)).toBe("a".repeat(MAX_KEY_CHARS));
  }
});
