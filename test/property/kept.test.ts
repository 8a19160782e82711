// References to what one server keeps, against JSON.parse: random bodies made of the members that may refer, in and out of place, repeated,
// empty and of other types.
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Format } from "../../src/request/chat/facts.ts";
import { ChatScanner } from "../../src/request/chat/scanner.ts";

// ---- bodies, as text: an object may have a member twice ----
const id = fc.constantFrom('"a"', '"b"', '"c"', '"d\\u0031"', '""', "null", "1", '["a"]');
const objectOf = (members: readonly (readonly [string, fc.Arbitrary<string>])[], maxLength = 4) => {
  const member = fc.oneof(...members.map(([name, value]) => value.map((text) => `"${name}":${text}`)));
  return fc.array(member, { maxLength }).map((all) => `{${all.join(",")}}`);
};
const listOf = (element: fc.Arbitrary<string>, maxLength = 3) => fc.array(element, { maxLength }).map((all) => `[${all.join(",")}]`);
const words = (text: string) => fc.constantFrom(...text.split(" ").map((word) => `"${word}"`), "null", "1");
const or = (...values: fc.Arbitrary<string>[]) => fc.oneof({ weight: 6, arbitrary: fc.oneof(...values) }, { weight: 1, arbitrary: id });

const signedPart = objectOf([
  ["type", words("thinking redacted_thinking reasoning.text reasoning.encrypted text")],
  ["signature", id],
  ["data", id],
]);
const extra = or(objectOf([["google", or(objectOf([["thought_signature", id]]))]]));
const source = or(
  objectOf([
    ["type", words("file base64 text")],
    ["file_id", id],
    ["data", id],
  ]),
);
const PART_TYPES = words("thinking redacted_thinking image document file input_file container_upload text");
const PART = [
  ["type", PART_TYPES],
  ["type", PART_TYPES],
  ["signature", id],
  ["data", id],
  ["file_id", id],
  ["text", id],
  ["file", or(objectOf([["file_id", id]]))],
  ["source", source],
] as const;
const part = objectOf(PART, 5);
const result = objectOf([["type", words("tool_result tool_result tool_result image")], ["content", or(listOf(part))], ...PART.slice(2)], 5);
const content = or(listOf(fc.oneof(part, part, result)));
const message = objectOf(
  [
    ["role", words("user assistant")],
    ["content", content],
    ["content", content],
    ["thinking_blocks", or(listOf(signedPart))],
    ["reasoning_details", or(listOf(signedPart))],
    ["tool_calls", or(listOf(objectOf([["extra_content", extra]])))],
    ["extra_content", extra],
    ["audio", or(objectOf([["id", id]]))],
  ],
  5,
);
const item = objectOf(
  [
    ["role", words("user assistant")],
    [
      "type",
      words("message function_call_output computer_call_output reasoning compaction item_reference image_generation_call function_call"),
    ],
    ["type", words("reasoning item_reference")],
    ["id", id],
    ["encrypted_content", id],
    ["container_id", id],
    ["result", id],
    ["content", or(listOf(part))],
    ["output", or(listOf(part), objectOf([["file_id", id]]))],
  ],
  5,
);
const tool = objectOf([
  ["type", words("code_interpreter file_search function")],
  ["container", or(objectOf([["file_ids", or(listOf(id))]]))],
  ["environment", or(objectOf([["container_id", id]]))],
  ["vector_store_ids", or(listOf(id))],
]);
const body = objectOf(
  [
    ["messages", listOf(fc.oneof(message, message, id))],
    ["input", listOf(fc.oneof(item, item, id))],
    ["messages", listOf(message)],
    ["input", listOf(item)],
    ["previous_response_id", id],
    ["conversation", or(objectOf([["id", id]]))],
    ["container", or(objectOf([["id", id]]))],
    ["tools", or(listOf(tool))],
  ],
  7,
).map((text) => `{"messages":[],"input":[],${text.slice(1)}`.replace(",}", "}"));

// ---- what they refer to ----
type Value = unknown;
const isObject = (value: Value): value is Readonly<Record<string, Value>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const list = (value: Value): readonly Value[] => (Array.isArray(value) ? value : []);
const given = (value: Value) => (typeof value === "string" && value !== "" ? value : undefined);
const at = (value: Value, ...path: string[]) =>
  given(path.reduce<Value>((inner, name) => (isObject(inner) ? inner[name] : undefined), value));
const lastOf = (values: readonly (string | undefined)[]) => values.findLast((value) => value !== undefined);

function signatureOf(value: Value): string | undefined {
  const type = at(value, "type") ?? "";
  if (["thinking", "reasoning.text"].includes(type)) return at(value, "signature");
  return ["redacted_thinking", "reasoning.encrypted"].includes(type) ? at(value, "data") : undefined;
}

const isText = (value: Readonly<Record<string, Value>>) =>
  (value["type"] ?? null) === null
    ? given(value["text"]) !== undefined
    : ["text", "input_text", "output_text"].includes(value["type"] as string);

function fileOf(value: Value, mayBeResult: boolean): string | undefined {
  if (!isObject(value) || isText(value)) return undefined;
  if (mayBeResult && value["type"] === "tool_result") return lastOf(list(value["content"]).map((inner) => fileOf(inner, false)));
  return (
    at(value, "file_id") ??
    at(value, "file", "file_id") ??
    (at(value, "source", "type") === "file" ? at(value, "source", "file_id") : undefined)
  );
}

function ofMessage(value: Value) {
  if (!isObject(value)) return {};
  const { content: parts, tool_calls, extra_content, reasoning_details, thinking_blocks } = value;
  const google = (inner: Value) => at(inner, "google", "thought_signature");
  return {
    reasoning:
      lastOf(list(tool_calls).map((call) => (isObject(call) ? google(call["extra_content"]) : undefined))) ??
      google(extra_content) ??
      lastOf(list(reasoning_details).map(signatureOf)) ??
      lastOf(list(thinking_blocks).map(signatureOf)) ??
      lastOf(list(parts).map((each) => (isObject(each) && !isText(each) ? signatureOf(each) : undefined))),
    item: at(value, "audio", "id"),
    file: lastOf(list(parts).map((each) => fileOf(each, true))),
  };
}

function ofItem(value: Value) {
  if (!isObject(value)) return {};
  const { type, role } = value;
  const container = at(value, "container_id");
  const filesIn = (parts: Value) => lastOf(list(parts).map((each) => fileOf(each, false)));
  const hasType = (type ?? null) !== null;
  if (typeof role === "string" && (!hasType || type === "message")) return { container, file: filesIn(value["content"]) };
  if (type === "function_call_output" || type === "computer_call_output") {
    return { container, file: isObject(value["output"]) ? at(value, "output", "file_id") : filesIn(value["output"]) };
  }
  const encrypted = at(value, "encrypted_content");
  if ((type === "reasoning" || type === "compaction") && encrypted !== undefined) return { container, reasoning: encrypted };
  const isReference = type === "item_reference" || type === "reasoning" || (!hasType && typeof role !== "string");
  const isImage = type === "image_generation_call" && (value["result"] ?? null) === null;
  return { container, item: isReference || isImage ? at(value, "id") : undefined };
}

function expectedOf(text: string, format: Format): Readonly<Record<string, string | undefined>> {
  const root = JSON.parse(text) as Readonly<Record<string, Value>>;
  const ofAll: readonly Readonly<Record<string, string | undefined>>[] =
    format === "responses" ? list(root["input"]).map(ofItem) : list(root["messages"]).map(ofMessage);
  const last = (kind: string) => lastOf(ofAll.map((each) => each[kind]));
  const tools = format === "responses" ? list(root["tools"]) : [];
  const own = (name: string) => given(root[name]) ?? at(root[name], "id");
  const firstOf = (value: Value) => given(list(value)[0]);
  return {
    response: at(root, "previous_response_id"),
    conversation: format === "responses" ? own("conversation") : undefined,
    container:
      format === "messages"
        ? own("container")
        : (lastOf(tools.map((each) => at(each, "container") ?? at(each, "environment", "container_id"))) ?? last("container")),
    reasoning: last("reasoning"),
    item: last("item"),
    file:
      lastOf(
        tools.map((each) =>
          isObject(each)
            ? (firstOf(each["vector_store_ids"]) ?? (isObject(each["container"]) ? firstOf(each["container"]["file_ids"]) : undefined))
            : undefined,
        ),
      ) ?? last("file"),
  };
}

const scanner = new ChatScanner({ keywords: [], scopes: ["all", "last_user"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

test.each<Format>(["responses", "messages", "chat-completions"])("of %s they are those of JSON.parse", (format) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(body, (text) => {
      const scanned = scanner.scan(Buffer.from(text), format);
      if (scanned.kind !== "chat") throw new Error(`${scanned.kind}: ${text}`);
      const found = Object.fromEntries(scanned.facts.continuedBy.map(({ kind, key }) => [kind, key]));
      const wanted = Object.fromEntries(Object.entries(expectedOf(text, scanned.facts.format)).filter(([, key]) => key !== undefined));
      for (const kind of Object.keys(wanted)) seen.add(kind);
      expect(found).toEqual(wanted);
      expect(scanned.facts.continued).toBe(Object.keys(wanted).length > 0);
    }),
    { numRuns: 4000 },
  );
  expect(seen.size).toBeGreaterThan(3);
});
