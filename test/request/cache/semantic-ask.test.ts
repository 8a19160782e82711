// Which requests may be answered in other words, and what must be equal for it: everything but the last question.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import type { SemanticAsk } from "../../../src/request/cache/ask.ts";
import { type Routing, routeBody } from "../../../src/request/routing/routing.ts";

const ENDPOINT = 'semantic: { endpoint: "http://127.0.0.1:1/v1/embeddings", model: m }';
const routingWith = (yaml: string): Routing => routingOf(parseConfig(yaml, "test"), { cacheSecret: "s" });
const ROUTING = routingWith(`cache: { tenant: x-team, ${ENDPOINT} }`);

const user = (content: unknown) => ({ role: "user", content });
const chat = (content: unknown, more: object = {}) => ({
  model: "m",
  messages: [{ role: "system", content: "s" }, user(content)],
  ...more,
});

function semanticOf(body: object | string, path = "/v1/chat/completions", team = "a", routing = ROUTING): SemanticAsk | undefined {
  const headers: Readonly<Record<string, string>> = { ":path": path, "x-team": team };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const { cache } = routeBody(routing, Buffer.from(text), { get: (name) => headers[name] });
  return cache?.kind === "ask" ? cache.semantic : undefined;
}

describe("the place of a question", () => {
  const place = semanticOf(chat("one"))?.place;

  test.each<[string, object | string, string?]>([
    ["in other words", chat("two")],
    [
      "with white space and members in another order",
      '{ "messages": [{"role":"system","content":"s"},{"role":"user","content":"x"}], "model":"m" }',
    ],
    ["with another user's name", chat("one", { user: "u", metadata: { a: 1 } })],
  ])("is the same %s", (_, body) => {
    expect(place).toBeDefined();
    expect(semanticOf(body)?.place).toBe(place);
  });

  test.each<[string, object | string, string?, string?]>([
    ["of another tenant", chat("one"), "/v1/chat/completions", "b"],
    ["with another system prompt", { model: "m", messages: [{ role: "system", content: "t" }, user("one")] }],
    ["behind other messages", { model: "m", messages: [user("one"), { role: "assistant", content: "!" }, user("one")] }],
    ["with another parameter", chat("one", { max_tokens: 5 })],
    ["as a stream", chat("one", { stream: true })],
    ["in another interface", { model: "m", messages: [{ role: "system", content: "s" }, user("one")] }, "/v1/messages"],
    ["in a part", chat([{ type: "text", text: "one" }])],
    [
      "by somebody with a name",
      {
        model: "m",
        messages: [
          { role: "system", content: "s" },
          { ...user("one"), name: "n" },
        ],
      },
    ],
  ])("is another one %s", (_, body, path, team) => {
    expect(semanticOf(body, path, team)?.place).toEqual(expect.any(String));
    expect(semanticOf(body, path, team)?.place).not.toBe(place);
  });

  test("is another one for another model of the tier", () => {
    const other = routingWith(
      `cache: { tenant: x-team, ${ENDPOINT} }\ntiers: [{ name: weak, model: other }, { name: strong, model: other }]`,
    );
    expect(semanticOf(chat("one"), undefined, undefined, other)?.place).not.toBe(place);
  });
});

describe("the question", () => {
  test.each<[string, object, string, string]>([
    ["of a chat", chat("one"), "/v1/chat/completions", "one"],
    ["of a part", chat([{ type: "text", text: "one" }]), "/v1/chat/completions", "one"],
    ["of Anthropic's", { max_tokens: 5, messages: [user("one")] }, "/v1/messages", "one"],
    ["of a text input", { input: "one" }, "/v1/responses", "one"],
    ["of an input of messages", { input: [user([{ type: "input_text", text: "one" }])] }, "/v1/responses", "one"],
  ])("%s is its last words", (_, body, path, question) => {
    expect(semanticOf(body, path)?.question).toBe(question);
  });

  test.each<[string, object | string, string?]>([
    ["an answer begun for the model", { messages: [user("one"), { role: "assistant", content: "Well," }] }],
    [
      "two parts",
      chat([
        { type: "text", text: "one" },
        { type: "text", text: "two" },
      ]),
    ],
    ["nothing", chat(" ")],
    ["a document", chat("a".repeat(2001))],
    ["a long conversation", { messages: [user("a".repeat(70_000)), { role: "assistant", content: "!" }, user("one")] }],
    ["a prompt without messages", { prompt: "one" }, "/v1/completions"],
    ["tools", chat("one", { tools: [{ type: "function", function: { name: "f" } }] })],
    ["a high temperature", chat("one", { temperature: 1 })],
    ["messages twice", '{"messages":[{"role":"user","content":"a"}],"messages":[{"role":"user","content":"b"}]}'],
  ])("is not looked for in %s", (_, body, path) => {
    expect(semanticOf(body, path)).toBeUndefined();
  });

  test("is not looked for unless the configuration says so", () => {
    expect(semanticOf(chat("one"), undefined, undefined, routingWith("cache: { tenant: x-team }"))).toBeUndefined();
  });
});
