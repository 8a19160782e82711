// Which requests share a key, and which have none.
import { describe, expect, test } from "vitest";
import { cacheHashes } from "../../../src/config/cache-hashes.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import type { CacheAsk, NotAsked } from "../../../src/request/cache/ask.ts";
import { type Routing, routeBody } from "../../../src/request/routing/routing.ts";

const PATH = { ":path": "/v1/chat/completions" };
const ALICE = { authorization: "Bearer a" };

const routingWith = (yaml: string): Routing => routingOf(parseConfig(yaml, "test.yaml"), { cacheSecret: "s" });
const plain = routingWith("cache: {}");

function wordOn(
  body: object | string,
  headers: Readonly<Record<string, string>> = ALICE,
  routing = plain,
): CacheAsk | NotAsked | undefined {
  const all: Readonly<Record<string, string>> = { ...PATH, ...headers };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return routeBody(routing, Buffer.from(text), { get: (name) => all[name] }).cache;
}

function keyOf(...asked: Parameters<typeof wordOn>): string {
  const word = wordOn(...asked);
  if (word?.kind !== "ask") throw new Error(`not asked: ${JSON.stringify(word)}`);
  return word.key;
}

const messages = [{ role: "user", content: "What is 2 + 2?" }];
const chat = (more: object = {}) => ({ model: "m", messages, ...more });

describe("the same question by the same tenant has one key, however it is written", () => {
  test.each<[what: string, body: object | string]>([
    ["another model, which the tier's own takes the place of", chat({ model: "n" })],
    ["with the user named", chat({ user: "u", safety_identifier: "s" })],
    ["with metadata", chat({ metadata: { run: 7 } })],
    ["with usage asked for", chat({ stream_options: { include_usage: true } })],
    ["its members in another order", { messages, model: "m" }],
    ["with white space", JSON.stringify(chat(), null, 2)],
    ["a name that is escaped", JSON.stringify(chat()).replace("messages", "mess\\u0061ges")],
    ["with no tools", chat({ tools: [], tool_choice: undefined })],
  ])("%s", (what, body) => {
    if (what === "with no tools") expect(wordOn(body)).toMatchObject({ kind: "ask" });
    else expect(keyOf(body)).toBe(keyOf(chat()));
  });
});

describe("what may change the answer changes the key", () => {
  const mine = keyOf(chat());
  test.each<[what: string, body: object | string, headers?: Readonly<Record<string, string>>, routing?: Routing]>([
    ["another question", chat({ messages: [{ role: "user", content: "What is 2 + 3?" }] })],
    ["a space within the question", chat({ messages: [{ role: "user", content: "What is 2 +  2?" }] })],
    ["an earlier message", chat({ messages: [{ role: "system", content: "Be brief." }, ...messages] })],
    ["the order of messages", chat({ messages: [...messages, { role: "user", content: "x" }].toReversed() })],
    ["the temperature", chat({ temperature: 0 })],
    ["a limit", chat({ max_tokens: 5 })],
    ["a seed", chat({ seed: 5 })],
    ["a member nobody knows", chat({ thinking: "hard" })],
    ["a stream", chat({ stream: true })],
    ["another tenant", chat(), { authorization: "Bearer b" }],
    ["the same secret in another header", chat(), { "x-api-key": "Bearer a" }],
    ["another version of the interface", chat(), { ...ALICE, "anthropic-version": "2" }],
    ["another host", chat(), { ...ALICE, ":authority": "other" }],
    ["another path", chat(), { ...ALICE, ":path": "/v2/chat/completions" }],
    ["another tier", chat(), ALICE, routingWith("cache: {}\ndefaultTier: weak\nactive: f\npolicies: { f: { type: fixed, tier: strong } }")],
    ["another version of the policy", chat(), ALICE, routingWith("cache: {}\npolicies: { main: { type: threshold, maxChars: 7777 } }")],
    ["the tier's model", chat(), ALICE, routingWith("cache: {}\ntiers: [{ name: weak, model: other }, { name: strong }]")],
    ["a parameter of the tier", chat(), ALICE, routingWith("cache: {}\ntiers: [{ name: weak, params: { top_p: 0.5 } }, { name: strong }]")],
    ["another epoch", chat(), ALICE, routingWith("cache: { epoch: b }")],
  ])("%s", (_, body, headers, routing) => {
    expect(keyOf(body, headers, routing)).not.toBe(mine);
  });

  test("no two ways to say who asks, and what, come to one key", () => {
    const byHeader = routingWith("cache: { tenant: x-team }");
    const keys = ["a", 'a"', 'a","b', "a,b", "b"].map((team) => keyOf(chat(), { "x-team": team }, byHeader));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("nobody who sees keys learns from them who asked: another secret, other keys", () => {
    const { tenant } = cacheHashes("s");
    expect(tenant("a")).toBe(tenant("a"));
    expect(tenant("a")).not.toBe(cacheHashes("t").tenant("a"));
    expect(tenant("a")).not.toContain("a=");
  });
});

describe("a request that is not looked up, and why", () => {
  const say = (more: object) => chat(more);
  test.each<[why: NotAsked["why"], body: object | string, headers?: Readonly<Record<string, string>>, yaml?: string]>([
    ["no-tenant", chat(), {}],
    ["no-tenant", chat(), ALICE, "cache: { tenant: x-team }"],
    ["no-tenant", chat(), { "x-team": "" }, "cache: { tenant: x-team }"],
    ["no-tenant", chat(), ALICE, "cache: { tenant: user }"],
    ["no-store", chat(), { ...ALICE, "cache-control": "No-Store" }],
    ["no-store", chat(), { ...ALICE, "cache-control": "max-age=5, no-store" }],
    ["temperature", say({ temperature: 0.31 })],
    ["temperature", say({ temperature: "0,1" })],
    ["what-it-has", say({ tools: [{ type: "function", function: { name: "f" } }] })],
    ["what-it-has", say({ functions: [{ name: "f" }] })],
    ["what-it-has", say({ messages: [{ role: "user", content: [{ type: "input_audio", input_audio: {} }] }] })],
    ["what-it-has", say({ messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }] })],
    ["what-it-has", say({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://a" } }] }] })],
    ["what-it-has", say({ web_search_options: { search_context_size: "low" } })],
    ["what-it-has", { input: "more", previous_response_id: "resp_1" }, { ...ALICE, ":path": "/v1/responses" }],
    ["what-it-has", { input: "more", background: true }, { ...ALICE, ":path": "/v1/responses" }],
    ["too-large", say({ messages: [{ role: "user", content: "x".repeat(1 << 20) }] })],
    ["off", chat(), ALICE, "cache: { ttl: off }"],
    ["off", { model: "m" }],
  ])("%s: %j", (why, body, headers, yaml) => {
    const routing = yaml === undefined ? plain : routingWith(yaml);
    expect(wordOn(body, headers, routing)).toEqual({ kind: "not", why });
  });

  test("where nothing is kept, nothing is said", () => {
    expect(wordOn(chat(), ALICE, routingWith("{}"))).toBeUndefined();
  });
});

describe("how long, and how old", () => {
  const rules = `cache: { ttl: off }
active: r
policies:
  r:
    type: rules
    rules:
      - { name: greeting, match: { keywords: [hello] }, tier: weak, cache: 2h }
      - { name: fresh, match: { keywords: [today] }, tier: weak, cache: off }
    fallback: { tier: strong }`;
  const said = (content: string, yaml = rules) => wordOn(chat({ messages: [{ role: "user", content }] }), ALICE, routingWith(yaml));

  test("a rule says how long, or not at all; other requests go by the cache's own time", () => {
    expect(said("hello")).toMatchObject({ kind: "ask", ttlMs: 7_200_000 });
    expect(said("what is on today?")).toEqual({ kind: "not", why: "off" });
    expect(said("why?")).toEqual({ kind: "not", why: "off" });
    expect(said("why?", rules.replace("ttl: off", "ttl: 30s"))).toMatchObject({ kind: "ask", ttlMs: 30_000 });
    expect(said("on today?", rules.replace("ttl: off", "ttl: 30s"))).toEqual({ kind: "not", why: "off" });
  });

  test.each<[cacheControl: string, maxAgeMs: number]>([
    ["max-age=60", 60_000],
    ["Max-Age = 60, must-revalidate", 60_000],
    ["max-age=0", -1],
    ["no-cache", -1],
    ["max-stale", Number.POSITIVE_INFINITY],
  ])("the client's cache-control %j takes answers of at most %d ms", (cacheControl, maxAgeMs) => {
    expect(wordOn(chat(), { ...ALICE, "cache-control": cacheControl })).toMatchObject({ kind: "ask", maxAgeMs });
  });
});
