// The request formats by example: how each is told, what its text is, and what is none of ours.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { type Format, SCOPES } from "../../../src/request/chat/facts.ts";
import { formatOfPath } from "../../../src/request/chat/format.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const scanner = new ChatScanner({ keywords: ["design"], scopes: SCOPES, params: [], maxBodyBytes: 1 << 20, isUtf8 });

function read(body: object | string, path?: Format) {
  const result = scanner.scan(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), path);
  if (result.kind !== "chat") return result.kind;
  const [all, user, lastUser] = SCOPES.map((scope) => Buffer.from(scanner.text(scope)).toString());
  if (result.isBare) return "bare";
  return { format: result.facts.format, turns: result.facts.turns, all, user, lastUser };
}

const messages = [{ role: "user", content: "hi" }];

test.each([
  ["/v1/chat/completions", "chat-completions"],
  ["/openai/deployments/x/chat/completions?api-version=1", "chat-completions"],
  ["/models/x/v1/chat/completions/", "chat-completions"],
  ["/v1/completions", "completions"],
  ["/v1/responses", "responses"],
  ["/v1/messages?beta=true", "messages"],
  ["/v1/messages/count_tokens", "messages"],
  ["/v1/messages/count_tokens/?beta=true", "messages"],
  ["/v1/responses/input_tokens", "responses"],
  ["/v1/responses/compact", "responses"],
  ["/v1/count_tokens", "other"],
  ["/v1/messages/count_tokens/x", "other"],
  ["/v1/messages/batches", "other"],
  ["/v1/threads/thread_1/messages", "other"],
  ["/v1/embeddings", "other"],
  ["/v1/audio/speech", "other"],
  ["/v1/images/generations", "other"],
  ["/v1/responses/resp_1/cancel", "other"],
  ["/model/anthropic.claude-sonnet-5-v1%3A0/invoke", "other"],
  ["/model/anthropic.claude-sonnet-5-v1:0/invoke-with-response-stream", "other"],
  ["/model/us.amazon.nova-pro/converse-stream", "other"],
  ["/v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-5:streamRawPredict", "other"],
  ["/v1/projects/p/locations/l/endpoints/123:rawPredict", "other"],
  ["/v1beta/models/gemini-3-pro:generateContent?alt=sse", "other"],
  ["/v1/projects/p/locations/l/endpoints/openapi/chat/completions", "chat-completions"],
  ["/v1beta/openai/chat/completions", "chat-completions"],
  ["/serving-endpoints/llama/invocations", "other"],
  ["/endpoints/llama/invocations-response-stream", "other"],
  ["/client/v4/accounts/a/ai/run/@cf/meta/llama-4-8b", "other"],
  ["/apply-template", "other"],
  ["/v1/chat/completions/render", "other"],
  ["/", undefined],
  ["/anything?then=/v1/embeddings", undefined],
  [undefined, undefined],
])("the path %s stands for %s", (path, format) => {
  expect(formatOfPath(path)).toBe(format);
});

describe("the format is told", () => {
  test.each<[string, object | string, Format | undefined, Format | "foreign"]>([
    ["a chat by its messages", { messages }, undefined, "chat-completions"],
    ["a chat by its path, system member or not", { messages, system: "s" }, "chat-completions", "chat-completions"],
    ["Anthropic's by its path", { messages }, "messages", "messages"],
    ["Anthropic's by its system text", { messages, system: [] }, undefined, "messages"],
    ["Anthropic's by a member that only it has", { messages, stop_sequences: ["x"] }, undefined, "messages"],
    ["a system member of null is none", { messages, system: null }, undefined, "chat-completions"],
    ["a path whose member is not there tells nothing", { messages }, "responses", "chat-completions"],
    ["Responses by the path", { input: "hi" }, "responses", "responses"],
    ["Responses by a role", { input: messages }, undefined, "responses"],
    ["Responses by a tool's output", { input: [{ type: "function_call_output", output: "x" }] }, undefined, "responses"],
    ["Responses by instructions", { input: "hi", instructions: "s" }, undefined, "responses"],
    ["Responses by what it continues", { input: "hi", previous_response_id: "resp_1" }, undefined, "responses"],
    ["completions by the path", { prompt: "hi" }, "completions", "completions"],
    ["completions by a sampling parameter", { prompt: "hi", stop: "x" }, undefined, "completions"],
    ["embeddings are foreign", { model: "m", input: "hi" }, undefined, "foreign"],
    ["embeddings of several texts are foreign", { model: "m", input: ["a", "b"], dimensions: 5 }, undefined, "foreign"],
    ["embeddings of tokens are foreign", { model: "m", input: [1, 2] }, undefined, "foreign"],
    ["a role that is no string is none", { input: [{ role: null, content: "x" }] }, undefined, "foreign"],
    ["moderations of parts are foreign", { model: "m", input: [{ type: "text", text: "x" }] }, undefined, "foreign"],
    ["speech with instructions is foreign", { input: "hi", instructions: "warm", voice: "alloy" }, undefined, "foreign"],
    ["an image is foreign", { prompt: "a cat", size: "1024x1024", n: 1 }, undefined, "foreign"],
    ["a prompt that is a template is foreign", { prompt: { id: "pmpt_1" }, temperature: 1 }, undefined, "foreign"],
    ["messages that are no list are foreign", { messages: {} }, undefined, "foreign"],
    ["what is no object is foreign, whatever the path", "[1]", "chat-completions", "foreign"],
  ])("%s", (_, body, path, format) => {
    const result = read(body, path);
    expect(typeof result === "string" ? result : result.format).toBe(format);
  });

  test("by the last of several members with one name", () => {
    expect(read('{"messages":[],"system":"s","system":null}')).toMatchObject({ format: "chat-completions" });
    expect(read('{"prompt":"a","stop":"x","stop":null}')).toBe("foreign");
    expect(read('{"input":[{"role":"user"}],"input":"x"}')).toBe("foreign");
  });
});

describe("on a chat's path, with nothing to read", () => {
  test.each<[string, object, Format]>([
    ["nothing but a model", { model: "m" }, "chat-completions"],
    ["messages that are no list", { messages: {}, model: "m" }, "chat-completions"],
    ["a prompt that is kept at the server", { prompt: { id: "pmpt_1" }, model: "m" }, "responses"],
    ["what another interface has", { query: "q", documents: [], model: "m" }, "messages"],
    ["no member", {}, "completions"],
  ])("%s is a chat all the same, and its model is found", (_, body, path) => {
    expect(read(body, path)).toBe("bare");
    const result = scanner.scan(Buffer.from(JSON.stringify(body)), path);
    expect(result).toMatchObject({ kind: "chat", facts: { format: path }, model: { insertAt: 1 } });
    expect(result.kind === "chat" && result.model.cuts.length).toBe("model" in body ? 2 : 0);
  });

  test("a body with messages is not bare, be they none", () => {
    expect(read({ messages: [] }, "chat-completions")).toMatchObject({ turns: 0 });
  });
});

describe("a text", () => {
  test("of a chat leaves a system member out, of Anthropic's has it, in the order of the body", () => {
    const body = { messages: [...messages, { role: "assistant", content: "yes" }], system: [{ type: "text", text: "be brief" }] };
    expect(read(body, "chat-completions")).toEqual({ format: "chat-completions", turns: 2, all: "hi yes", user: "hi", lastUser: "hi" });
    expect(read(body)).toEqual({ format: "messages", turns: 2, all: "hi yes be brief", user: "hi", lastUser: "hi" });
  });

  test("of a tool result is text, but not the user's, and a message of nothing else is not the last of the user's", () => {
    const result = (content: unknown) => ({ type: "tool_result", tool_use_id: "t", content });
    const conversation = [
      { role: "user", content: "fix it" },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "read", input: { text: "no" } }] },
      {
        role: "user",
        content: [
          result("file one"),
          result([
            { type: "text", text: "file two" },
            { type: "image", source: {} },
          ]),
        ],
      },
    ];
    expect(read({ system: "", messages: conversation })).toMatchObject({
      turns: 3,
      all: "fix it file one file two",
      user: "fix it",
      lastUser: "fix it",
    });
    const more = [...conversation, { role: "user", content: [{ type: "text", text: "a" }, result("three"), { type: "text", text: "b" }] }];
    expect(read({ messages: more })).toMatchObject({ all: "fix it file one file two a three b", user: "fix it a b", lastUser: "a b" });
  });

  test("of Responses is instructions, messages and what tools gave back", () => {
    const input = [
      { role: "developer", content: "rules" },
      {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "look" },
          { type: "input_image", image_url: "x" },
        ],
      },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "calling" }] },
      { type: "function_call", name: "f", arguments: '{"text":"no"}' },
      { type: "function_call_output", call_id: "c", output: "42" },
      { type: "custom_tool_call_output", call_id: "d", output: [{ type: "input_text", text: "43" }] },
      { type: "reasoning", content: [{ type: "text", text: "no" }] },
      { content: "no role" },
      { content: "no role", role: null },
      "no item",
    ];
    expect(read({ instructions: "be brief", input })).toEqual({
      format: "responses",
      turns: 10,
      all: "be brief rules look calling 42 43",
      user: "look",
      lastUser: "look",
    });
    expect(read({ input: "just this", instructions: null }, "responses")).toMatchObject({
      turns: 1,
      all: "just this",
      lastUser: "just this",
    });
  });

  test.each([
    ["a string", "write", "write", 5],
    ["strings", ["one", "", "two"], "one two", 7],
    ["tokens", [1, 2, -3], "", 12],
    ["lists of tokens", [[1, 2], [3]], "", 12],
    ["a mixture", ["one", [1], 2, [[3]], null, ["x"]], "one", 11],
  ])("of a prompt that is %s is the user's; a token counts as four characters", (_, prompt, text, chars) => {
    expect(read({ prompt }, "completions")).toEqual({ format: "completions", turns: 1, all: text, user: text, lastUser: text });
    const result = scanner.scan(Buffer.from(JSON.stringify({ prompt })), "completions");
    const measures = { chars, textBytes: chars };
    expect(result).toMatchObject({ facts: { texts: { all: measures, user: measures, last_user: measures } } });
  });

  test("of a prompt given twice is that of the last", () => {
    const result = scanner.scan(Buffer.from('{"prompt":["a",1,2],"prompt":[3,"b"]}'), "completions");
    expect(result).toMatchObject({ facts: { texts: { all: { chars: 5 } } } });
    expect(Buffer.from(scanner.text("all")).toString()).toBe("b");
  });

  test("of the system stands at message -1", () => {
    read({ system: "please design", messages });
    expect(scanner.places("all")).toEqual([{ keyword: "design", message: -1, character: 7 }]);
  });
});
