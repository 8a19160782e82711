// What a request asks for beside its text, by example; and which script a text is in, over all of Unicode's letters.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { type RequestFacts, type Script, textIn } from "../../../src/request/chat/facts.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function factsOf(body: object): RequestFacts {
  const result = scanner.scan(Buffer.from(JSON.stringify({ messages: [], ...body })));
  if (result.kind !== "chat") throw new Error(result.kind);
  return result.facts;
}

const content = (...parts: object[]) => ({ messages: [{ role: "user", content: parts }] });

test.each<[string, object, Partial<RequestFacts>]>([
  ["nothing asked for", {}, { stream: false, tools: false, images: false, jsonOutput: false }],
  ["a stream", { stream: true }, { stream: true }],
  ["no stream", { stream: "true" }, { stream: false }],
  ["tools", { tools: [{}] }, { tools: true }],
  ["functions of old", { functions: [{}] }, { tools: true }],
  ["a name that begins and ends like functions", { functionunctions: [{}] }, { tools: false }],
  ["no tools", { tools: [], functions: {} }, { tools: false }],
  ["an image of OpenAI's", content({ type: "image_url", image_url: { url: "x" } }), { images: true }],
  ["an image of Anthropic's", content({ type: "image", source: {} }), { images: true }],
  ["an image a tool gave back", content({ type: "tool_result", content: [{ type: "image", source: {} }] }), { images: true }],
  ["an image that is not in a message", { x: content({ type: "image" }) }, { images: false }],
  ["JSON", { response_format: { type: "json_object" } }, { jsonOutput: true }],
  ["JSON after a schema", { response_format: { json_schema: {}, type: "json_schema" } }, { jsonOutput: true }],
  ["plain text", { response_format: { type: "text" } }, { jsonOutput: false }],
  ["JSON from Responses", { text: { format: { type: "json_schema" } } }, { jsonOutput: true }],
  ["JSON from Anthropic", { output_config: { format: { type: "json_schema" } } }, { jsonOutput: true }],
  ["JSON from Anthropic, as it was", { output_format: { type: "json_schema" } }, { jsonOutput: true }],
  ["how long the answer may be", { max_tokens: 16 }, { maxTokens: 16 }],
  ["the same under its newer name, which counts more", { max_tokens: 16, max_completion_tokens: 32 }, { maxTokens: 32 }],
  [
    "the same of Responses, which counts more there",
    { input: "x", max_output_tokens: 8, max_tokens: 16, messages: null },
    { maxTokens: 8 },
  ],
  ["nothing of how long, where it is null", { max_completion_tokens: null, max_tokens: 7 }, { maxTokens: 7 }],
  ["or no whole number", { max_tokens: 1.5 }, { maxTokens: undefined }],
  ["or no number", { max_tokens: "16" }, { maxTokens: undefined }],
  ["a model", { model: "gpt-5\n" }, { requestedModel: "gpt-5\n" }],
  ["a model that is no string", { model: 5 }, { requestedModel: undefined }],
  ["a user", { user: "ann", safety_identifier: "bob" }, { user: "ann" }],
  ["a safety identifier, where the user is empty", { user: "", safety_identifier: "bob" }, { user: "bob" }],
  ["a user of Anthropic's", { metadata: { user_id: "c\u00e9" } }, { user: "c\u00e9" }],
  ["no user", { metadata: { user: "x" }, user: 1 }, { user: undefined }],
  ["a session", { prompt_cache_key: "k", session_id: "s", conversation: "c" }, { session: "s" }],
  ["a conversation", { prompt_cache_key: "k", conversation: "c" }, { session: "c" }],
  ["a conversation as an object", { conversation: { id: "c" } }, { session: "c" }],
  ["a session in the metadata", { prompt_cache_key: "k", metadata: { session_id: "m" } }, { session: "m" }],
  ["a cache key", { prompt_cache_key: "k" }, { session: "k" }],
])("%s", (_, body, facts) => {
  expect(factsOf(body)).toMatchObject(facts);
});

test.each<[string, Partial<RequestFacts>]>([
  ['"metadata":{"user_id":"a","session_id":"b"},"metadata":{}', { user: undefined, session: undefined }],
  ['"metadata":{"user_id":"a","user_id":1,"session_id":"b","session_id":"c"},"messages":[]', { user: undefined, session: "c" }],
  ['"user":"a","user":null', { user: undefined }],
  ['"conversation":{"id":"a"},"conversation":{}', { session: undefined }],
  ['"conversation":{"id":"a"},"conversation":"b"', { session: "b" }],
  ['"stream":true,"stream":false', { stream: false }],
  ['"tools":[1],"tools":[]', { tools: false }],
  ['"response_format":{"type":"json_object"},"response_format":null', { jsonOutput: false }],
  ['"response_format":{"type":"json_object","type":"text"}', { jsonOutput: false }],
  ['"text":{"format":{"type":"json_object"},"format":{}}', { jsonOutput: false }],
  ['"messages":[{"content":[{"type":"image"}]}],"messages":[]', { images: false }],
  ['"messages":[{"content":[{"type":"image"}],"content":""}]', { images: false }],
  ['"messages":[{"content":[{"type":"image","type":"text"}]}]', { images: false }],
])("of several members with one name only the last counts: %s", (members, facts) => {
  expect(scanner.scan(Buffer.from(`{"messages":[],${members}}`))).toMatchObject({ facts });
});

test("tools that Codex offers in an item of the input are tools, and not a turn's text", () => {
  const offered = (tools: unknown) => ({
    input: [
      { type: "additional_tools", role: "developer", tools },
      { type: "message", role: "user", content: "say hello" },
    ],
  });
  const read = (tools: unknown) => scanner.scan(Buffer.from(JSON.stringify(offered(tools))), "responses");
  expect(read([{ type: "function", name: "wait" }])).toMatchObject({ facts: { tools: true, texts: { all: { chars: 9 } } } });
  for (const none of [[], {}, null, "x"]) expect(read(none)).toMatchObject({ facts: { tools: false } });
});

test("an empty list of tools is none, however it is written", () => {
  const result = scanner.scan(Buffer.from('{"messages":[],"tools":[ \n],"functions":[\t]}'));
  expect(result).toMatchObject({ facts: { tools: false } });
});

test("a fact that is read only when asked for cannot be asked for after the next scan", () => {
  const facts = factsOf({ model: "m" });
  const text = textIn(facts, "all");
  expect(facts.requestedModel).toBe("m");
  factsOf({ model: "other" });
  expect(() => facts.requestedModel).toThrow("invariant");
  expect(() => facts.user).toThrow("invariant");
  expect(() => text.script).toThrow("invariant");
  expect(() => text.codeFences).toThrow("invariant");
});

const said = (text: string) => textIn(factsOf({ messages: [{ content: text }] }), "all");

test.each([
  ["none", "`` ` x", 0],
  ["one", "a\n```", 1],
  ["two, back to back", "```".repeat(2), 2],
  ["of four ticks, one", "````", 1],
  ["over a vector's edge", `${"x".repeat(14)}\`\`\`${"x".repeat(13)}\`\`\``, 2],
])("code fences: %s", (_, text, count) => {
  expect(said(text).codeFences).toBe(count);
});

describe("the script of a text", () => {
  test.each<[string, Script]>([
    ["Hello, world! 你好", "latin"],
    ["请解释 API 的设计。它很重要", "han"],
    ["데이터베이스 설계 API", "hangul"],
    ["Привет, как дела? ok", "cyrillic"],
    ["こんにちは", "other"],
    ["مرحبا بالعالم", "other"],
    ["12345 !? 。、 🚀🚀", "other"],
    ["", "other"],
    ["aaбб", "latin"], // as many of each: the first
    ["é".repeat(20), "latin"],
  ])("%j is %s", (text, script) => {
    expect(said(text).script).toBe(script);
  });

  test("is that of the letter, for every letter of the basic plane in a script we name, and for every other letter another", () => {
    const wrong: string[] = [];
    for (let point = 0x41; point <= 0xffff; point++) {
      const letter = String.fromCharCode(point);
      if (!/\p{L}/u.test(letter)) continue;
      const named = (["Latin", "Han", "Hangul", "Cyrillic"] as const).find((name) => new RegExp(`\\p{Script=${name}}`, "u").test(letter));
      const wanted = named?.toLowerCase() ?? "other";
      if (said(letter).script !== wanted) wrong.push(point.toString(16));
    }
    // Greek small letters for phonetics, and two modifiers, are told as Latin.
    expect(wrong.join(" ")).toBe("1d26 1d27 1d28 1d29 1d2a 1d5d 1d5e 1d5f 1d60 1d61 1d66 1d67 1d68 1d69 1d6a 1dbf a788 ab65");
  });
});
