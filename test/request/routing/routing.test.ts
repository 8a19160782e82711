import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import type { Decision } from "../../../src/request/routing/decision.ts";
import { type Routed, type Routing, routeBody } from "../../../src/request/routing/routing.ts";

const UTF8 = new TextEncoder();
const TEXT = new TextDecoder();

function routingFor(policies: string, more = ""): Routing {
  return routingOf(parseConfig(`active: main\npolicies:\n${policies}\n${more}`, "test.yaml"));
}

type Headers = Readonly<Record<string, string>>;

function route(routing: Routing, body: object | string, headers: Headers = {}): Routed {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return routeBody(routing, UTF8.encode(text), { get: (name) => headers[name] });
}

/** The body that is forwarded, as text; undefined: as it came. */
function forwarded({ body }: Routed): string | undefined {
  return body?.map((piece) => TEXT.decode(piece)).join("");
}

const withoutHashes = ({ policy, ...decision }: Decision) => ({ ...decision, policy: policy.replaceAll(/@[0-9a-f]{8}/g, "@HASH") });

const chat = (content: string, more: object = {}) => ({ messages: [{ role: "user", content }], ...more });

describe("a chain", () => {
  const routing = routingFor(`
  main: { type: chain, of: [greetings, inner, byLength] }
  greetings: { type: rules, rules: [{ name: hi, tier: weak, match: { keywords: [hi], maxChars: 20 } }] }
  inner: { type: chain, of: [models, untrained] }
  models: { type: rules, rules: [{ name: mini, tier: weak, match: { model: "*-mini" } }] }
  untrained: { type: learned }
  byLength: { type: length, maxChars: 30 }`);

  test.each<[body: object, decision: object]>([
    [chat("hi there"), { tier: "weak", policy: "main@HASH/greetings@HASH", reason: "rule", detail: "hi" }],
    [
      chat("x".repeat(99), { model: "a-mini" }),
      { tier: "weak", policy: "main@HASH/inner@HASH/models@HASH", reason: "rule", detail: "mini" },
    ],
    [chat("this is short"), { tier: "weak", policy: "main@HASH/byLength@HASH", reason: "under-thresholds" }],
    [chat("hi, ".repeat(10)), { tier: "strong", policy: "main@HASH/byLength@HASH", reason: "chars" }],
  ])("names the link that decided: %j", (body, decision) => {
    const { linkScore: _, ...decided } = withoutHashes(route(routing, body).decision) as { readonly linkScore?: number };
    expect(decided).toEqual(decision);
  });
});

describe("where every policy abstains", () => {
  const none = "{ type: rules, rules: [{ name: r, tier: weak, match: { minTurns: 9 } }] }";

  test.each([
    ["a policy alone", `  main: ${none}`],
    ["a chain", `  main: { type: chain, of: [a, b] }\n  a: ${none}\n  b: { type: learned }`],
    ["an untrained policy", "  main: { type: learned }"],
  ])("%s: the default tier decides, and the tier's model is set all the same", (_, policies) => {
    const routing = routingFor(policies, "defaultTier: mid\ntiers: [{ name: weak }, { name: mid, model: m }, { name: strong }]");
    const routed = route(routing, { model: "x", ...chat("hello") });
    expect(withoutHashes(routed.decision)).toEqual({ tier: "mid", policy: "main@HASH", reason: "abstained" });
    expect(forwarded(routed)).toBe('{"model":"m","messages":[{"role":"user","content":"hello"}]}');
  });
});

test("the model the client asked for is kept only where somebody is told of it, and only if it is a name", () => {
  const kept = (more: string, model: unknown) => route(routingFor("  main: { type: length }", more), chat("hello", { model })).measured;
  expect(kept("", "gpt-4o")).not.toHaveProperty("requestedModel");
  for (const more of ["decisionLog: { to: stdout }", 'traces: { endpoint: "http://127.0.0.1:4318" }']) {
    expect(kept(more, "gpt-4o")?.requestedModel).toBe("gpt-4o");
    for (const none of ["x".repeat(257), 5, undefined]) expect(kept(more, none)).not.toHaveProperty("requestedModel");
  }
});

describe("a random split", () => {
  const split = (by: string) => routingFor(`  main: { type: random, shares: { weak: 3, strong: 1 }, seed: 7, by: ${by} }`);
  const messages = chat("hello").messages;
  const asked = (by: string, name: string, id: string, more: object = {}) =>
    route(split(by), { ...more, messages }, { "x-request-id": id, "x-team": name }).decision;

  test.each<[by: string, body: (name: string) => object]>([
    ["user", (user) => ({ user })],
    ["session", (session_id) => ({ session_id })],
    ["header X-Team", () => ({})],
  ])("by %s sends each to one tier whatever the request's id is, and each tier gets its share", (by, body) => {
    const names = Array.from({ length: 400 }, (_, at) => `someone-${at}`);
    const tiers = names.map((name) => {
      const decisions = ["a", "b", "c"].map((id) => asked(by, name, id, body(name)));
      expect(new Set(decisions.map(({ tier, detail }) => `${tier} ${detail}`)).size).toBe(1);
      expect(decisions[0]?.detail).toBeUndefined();
      return decisions[0]?.tier;
    });
    expect(tiers.filter((tier) => tier === "weak").length / names.length).toBeCloseTo(0.75, 1);
  });

  test.each([
    ["user", "no-user"],
    ["session", "no-session"],
    ["header x-team", "no-header"],
  ])("by %s falls back to the request's id where there is none, and says so", (by, detail) => {
    const ids = Array.from({ length: 40 }, (_, at) => `id-${at}`);
    const decisions = ids.map((id) => asked(by, "", id));
    expect(decisions.map(({ reason, detail }) => [reason, detail])).toEqual(ids.map(() => ["random", detail]));
    expect(decisions.map(({ tier }) => tier)).toEqual(ids.map((id) => asked("request", "", id).tier));
    expect(new Set(decisions.map(({ tier }) => tier)).size).toBe(2);
  });
});

describe("parameters", () => {
  const rule = (params: string, overwrite = false) =>
    routingFor(
      `  main: { type: rules, rules: [{ name: r, tier: weak, match: { keywords: [hi] }, params: ${params}, overwrite: ${overwrite} }] }`,
    );
  const messages = '"messages":[{"role":"user","content":"hi"}]';

  test.each<[params: string, overwrite: boolean, sent: string, forwarded: string | undefined]>([
    ["{ max_tokens: 9 }", false, `{${messages}}`, `{"max_tokens":9,${messages}}`],
    ["{ max_tokens: 9 }", false, `{"max_tokens": 5, ${messages}}`, undefined],
    ["{ max_tokens: 9 }", true, `{"max_tokens": 5, ${messages}}`, `{"max_tokens": 9, ${messages}}`],
    ["{ max_tokens: 9 }", false, `{"max_tokens": null, ${messages}}`, `{"max_tokens": 9, ${messages}}`],
    ["{ max_tokens: 9 }", false, `{${messages}, "model":"m" , "n":1}`, `{"max_tokens":9,${messages} , "n":1}`],
    ["{ stop: [a], x: { y: null } }", false, `{${messages}}`, `{"stop":["a"],"x":{"y":null},${messages}}`],
    ["{ temperature: 0.3 }", true, `{"temperature":1,${messages},"temperature":2}`, `{"temperature":0.3,${messages},"temperature":0.3}`],
    ["{ temperature: 0.3 }", false, `{${messages.replace("hi", "no")}}`, undefined],
  ])("%s, overwriting %s: %s", (params, overwrite, sent, expected) => {
    const routed = route(rule(params, overwrite), sent);
    expect(forwarded(routed)).toBe(expected);
  });

  test("are those of the band a difficulty score falls into, and of the fallback where no rule matches", () => {
    const bands = routingFor(
      "  main: { type: difficulty, bands: [{ below: 0.3, tier: weak, params: { n: 1 } }, { tier: strong, params: { n: 2 } }] }",
    );
    expect(forwarded(route(bands, `{${messages}}`))).toBe(`{"n":1,${messages}}`);
    expect(forwarded(route(bands, chat("code and algorithm")))).toMatch(/^\{"n":2,/);
    const fallback = routingFor(
      "  main: { type: rules, rules: [{ name: r, tier: weak, match: { minTurns: 9 } }], fallback: { tier: strong, params: { n: 3 } } }",
    );
    const routed = route(fallback, `{${messages}}`);
    expect(routed.decision).toMatchObject({ tier: "strong", reason: "default" });
    expect(forwarded(routed)).toBe(`{"n":3,${messages}}`);
  });

  test("of a link that a chain did not ask stay out", () => {
    const routing = routingFor(`
  main: { type: chain, of: [first, second] }
  first: { type: rules, rules: [{ name: hi, tier: weak, match: { keywords: [hi] }, params: { n: 1 } }] }
  second: { type: rules, rules: [{ name: all, tier: strong, params: { n: 2, top_p: 1 } }] }`);
    expect(forwarded(route(routing, `{"n":7,${messages}}`))).toBeUndefined();
    expect(forwarded(route(routing, chat("x")))).toBe('{"n":2,"top_p":1,"messages":[{"role":"user","content":"x"}]}');
  });
});

describe("the path says what the body is", () => {
  const routing = routingFor(`
  main: { type: rules, rules: [
    { name: chat, tier: weak, match: { format: [chat-completions] } }, { name: messages, tier: weak, match: { format: [messages] } },
    { name: completions, tier: weak, match: { format: [completions] } },
    { name: responses, tier: weak, match: { format: [responses] } }] }`);
  const anything = { messages: [{ role: "user", content: "x" }], prompt: "x", input: "x" };

  test.each([
    ["/v1/chat/completions", "chat"],
    ["/openai/deployments/a/chat/completions?api-version=1", "chat"],
    ["/v1/completions", "completions"],
    ["/v1/responses/", "responses"],
    ["/v1/messages?beta=true", "messages"],
    ["/unknown", "chat"],
  ])("%s: %s", (path, name) => {
    expect(route(routing, anything, { ":path": path }).decision).toMatchObject({ reason: "rule", detail: name });
  });

  test.each(["/v1/embeddings", "/v1/images/generations?x", "/v1/messages/batches", "/model/m/invoke"])(
    "%s: another interface, whose body passes unread",
    (path) => {
      const routed = route(routing, { model: "m", ...anything }, { ":path": path });
      expect(routed).toEqual({ decision: { tier: "strong", policy: "none", reason: "not-a-chat" }, body: undefined, unreadable: false });
    },
  );
});

describe("headers and path of the request", () => {
  const routing = routingFor(`
  main: { type: rules, headers: [x-team], rules: [
    { name: team, tier: strong, match: { headers: { x-team: research-* } } }, { name: batch, tier: weak, match: { path: /batch/* } }] }`);

  test.each<[headers: Headers, detail: string | undefined]>([
    [{ "x-team": "research-1", ":path": "/batch/v1/chat/completions" }, "team"],
    [{ "x-team": "sales", ":path": "/batch/v1/chat/completions?a" }, "batch"],
    [{ ":path": "/v1/chat/completions?/batch/" }, undefined],
  ])("%j: %s", (headers, detail) => {
    expect(route(routing, chat("x"), headers).decision.detail).toBe(detail);
  });

  test("the request id decides a random policy, the same way each time", () => {
    const random = routingFor("  main: { type: random, shares: { weak: 1, strong: 1 } }");
    const tierOf = (id: number) => route(random, chat("x"), { "x-request-id": `${id}` }).decision.tier;
    const tiers = Array.from({ length: 64 }, (_, id) => tierOf(id));
    expect(tiers).toEqual(Array.from({ length: 64 }, (_, id) => tierOf(id)));
    expect(new Set(tiers)).toEqual(new Set(["weak", "strong"]));
    expect(route(random, chat("x"), { "x-request-id": "1" }).decision).toMatchObject({ reason: "random", propensity: 0.5 });
  });
});

describe("what cannot be read", () => {
  const routing = routingFor("  main: { type: fixed, tier: weak }", "limits: { maxBodyBytes: 1024 }");

  test.each<[body: string, reason: string, unreadable: boolean]>([
    ["", "empty-body", false],
    ["{", "not-json", true],
    [`${"[".repeat(200)}${"]".repeat(200)}`, "too-deep", true],
    ['{"a":1}', "not-a-chat", false],
    [JSON.stringify(chat("x".repeat(1024))), "body-too-large", false],
  ])("%j passes to the default tier as it came: %s", (body, reason, unreadable) => {
    expect(route(routing, body)).toEqual({ decision: { tier: "strong", policy: "none", reason }, body: undefined, unreadable });
  });
});

describe("a path that takes a chat's body, and gives no answer", () => {
  const routing = routingFor(
    `  main:
    type: rules
    rules: [{ name: long, tier: strong, match: { minChars: 20 }, params: { temperature: 0.3 } }, { name: rest, tier: weak }]`,
    "tiers: [{ name: weak, model: a, params: { max_tokens: 9 } }, { name: strong, model: b, params: { reasoning_effort: high } }]",
  );
  const to = (path: string, body: object) => route(routing, body, { ":path": path });

  test.each<[path: string, body: object, reason: string, detail: string, forwarded: string]>([
    ["/v1/messages/count_tokens", chat("hi"), "token-count", "rule:rest", '{"model":"a","messages":[{"role":"user","content":"hi"}]}'],
    ["/v1/responses/input_tokens", { input: "x".repeat(20) }, "token-count", "rule:long", `{"model":"b","input":"${"x".repeat(20)}"}`],
    ["/v1/responses/input_tokens", { previous_response_id: "r" }, "token-count", "no-messages", '{"model":"b","previous_response_id":"r"}'],
  ])("%s: tokens are counted by the tier of the chat, whose model alone is set", (path, body, reason, detail, expected) => {
    const routed = to(path, body);
    expect(routed).toMatchObject({ decision: { reason, detail }, measured: undefined });
    expect(forwarded(routed)).toBe(expected);
  });

  test("/v1/responses/compact: an own decision, of which tokens are paid, without the parameters of an answer", () => {
    const routed = to("/v1/responses/compact", { model: "m", input: "hello" });
    expect(routed).toMatchObject({ decision: { tier: "weak", reason: "rule" }, measured: { format: "responses" } });
    expect(forwarded(routed)).toBe('{"model":"a","input":"hello"}');
  });
});

describe("a chat's path with nothing to read in the body", () => {
  const routing = routingFor("  main: { type: length }", "tiers: [{ name: weak }, { name: strong, params: { temperature: 0.3 } }]");

  test.each<[path: string, body: string, forwarded: string | undefined]>([
    ["/v1/chat/completions", '{"model":"x"}', '{"temperature":0.3}'],
    ["/v1/chat/completions", ' { "model" : "x" , "messages":null}', ' {"temperature":0.3,  "messages":null}'],
    [
      "/v1/responses",
      '{"prompt":{"id":"pmpt_1","model":"kept"},"model":"x"}',
      '{"temperature":0.3,"prompt":{"id":"pmpt_1","model":"kept"}}',
    ],
    ["/v1/messages", "{}", '{"temperature":0.3}'],
    ["/v1/chat/completions", '["model"]', undefined],
    ["/v1/embeddings", '{"model":"x"}', undefined],
  ])("%s %s: the default tier, and no model is left", (path, body, expected) => {
    const routed = route(routing, body, { ":path": path });
    expect(routed.decision).toEqual({ tier: "strong", policy: "none", reason: expected === undefined ? "not-a-chat" : "no-messages" });
    expect(forwarded(routed)).toBe(expected);
  });
});
