// The guard stands behind whatever chose the tier: every kind of policy, a default, and what servers keep.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { type Routed, type Routing, routeBody } from "../../../src/request/routing/routing.ts";
import { learnedTiers } from "../../../src/request/routing/served-before.ts";

const TIERS =
  "tiers: [{ name: weak, model: small, can: { images: false, files: false, audio: false, video: false, tools: false, json: false }, " +
  "contextTokens: 8000 }, { name: strong, model: big, contextTokens: 100000 }]";

const routing = (policies: string, more = ""): Routing =>
  routingOf(parseConfig(`${TIERS}\nactive: main\npolicies:\n${policies}\n${more}`, "test.yaml"));

function route(snapshot: Routing, body: object, path = "/v1/chat/completions"): Routed {
  return routeBody(snapshot, Buffer.from(JSON.stringify(body)), { get: (name) => (name === ":path" ? path : undefined) });
}

const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
const chat = (content: unknown, more: object = {}) => ({ model: "x", messages: [{ role: "user", content }], ...more });
const WITH_IMAGE = chat([{ type: "text", text: "what is this?" }, image]);
const weakOnly = routing("  main: { type: fixed, tier: weak }");

test.each<[what: string, body: object, detail: string]>([
  ["an image", WITH_IMAGE, "images"],
  ["a file", chat([{ type: "file", file: { file_id: "f" } }]), "files"],
  ["sound", chat([{ type: "input_audio", input_audio: { data: "AA", format: "wav" } }]), "audio"],
  ["a film", chat([{ type: "video_url", video_url: { url: "https://example.com/a.mp4" } }]), "video"],
  ["tools", chat("hi", { tools: [{ type: "function", function: { name: "f" } }] }), "tools"],
  ["a JSON schema", chat("hi", { response_format: { type: "json_schema", json_schema: { name: "s", schema: {} } } }), "json"],
  ["a long text", chat("word ".repeat(10_000)), "window"],
  ["a long answer", chat("hi", { max_completion_tokens: 8000 }), "window"],
])("%s goes to the tier that takes it, with that one's model", (_, body, detail) => {
  const { decision, body: forwarded } = route(weakOnly, body);
  expect(decision).toMatchObject({ tier: "strong", reason: "cannot", detail, wanted: { tier: "weak", reason: "fixed" }, cannot: ["weak"] });
  expect(Buffer.concat(forwarded ?? []).toString()).toMatch(/^\{"model":"big",/);
});

test.each<[what: string, body: object]>([
  ["text", chat("hi")],
  ["text with an empty list of tools", chat("hi", { tools: [] })],
  ["a short answer", chat("hi", { max_tokens: 4000 })],
])("%s stays", (_, body) => {
  expect(route(weakOnly, body).decision).toMatchObject({ tier: "weak", reason: "fixed" });
  expect(route(weakOnly, body).decision).not.toHaveProperty("cannot");
});

describe("whatever chooses the weak tier", () => {
  test.each<[what: string, snapshot: Routing, wanted: string]>([
    ["rules", routing("  main: { type: rules, rules: [{ name: r, tier: weak }] }"), "rule"],
    ["a threshold", routing("  main: { type: threshold, preset: v7 }"), "under-thresholds"],
    ["a split at random", routing("  main: { type: random, shares: { weak: 1, strong: 0 } }"), "random"],
    ["a chain", routing("  main: { type: chain, of: [a] }\n  a: { type: fixed, tier: weak }"), "fixed"],
    ["the default", routing("  main: { type: learned }", "defaultTier: weak"), "abstained"],
  ])("%s: an image goes to strong", (_, snapshot, wanted) => {
    expect(route(snapshot, WITH_IMAGE).decision).toMatchObject({
      tier: "strong",
      reason: "cannot",
      wanted: { tier: "weak", reason: wanted },
    });
  });

  test("state that the weak tier keeps, too: there it would be refused for certain", () => {
    const servedBefore = learnedTiers(() => 0);
    servedBefore.learn("resp_1", "weak");
    const input = [{ role: "user", content: [{ type: "input_image", image_url: "https://example.com/a.png" }] }];
    const snapshot: Routing = { ...weakOnly, servedBefore };
    const { decision } = route(snapshot, { model: "x", input, previous_response_id: "resp_1" }, "/v1/responses");
    expect(decision).toMatchObject({ tier: "strong", policy: "none", reason: "cannot", wanted: { tier: "weak", reason: "continued" } });
  });

  test("a count of tokens follows its chat", () => {
    const content = [{ type: "image", source: { type: "url", url: "https://example.com/a.png" } }];
    const { decision } = route(weakOnly, chat(content), "/v1/messages/count_tokens");
    expect(decision).toMatchObject({ tier: "strong", reason: "token-count", detail: "cannot:images", cannot: ["weak"] });
  });
});

test("a decision for strong says that the weak tier is no way out", () => {
  const strong = routing("  main: { type: fixed, tier: strong }");
  expect(route(strong, WITH_IMAGE).decision).toMatchObject({ tier: "strong", reason: "fixed", cannot: ["weak"] });
});

test("parameters of a policy go with the tier it chose, and not to another", () => {
  const snapshot = routing("  main: { type: rules, rules: [{ name: r, tier: weak, params: { top_p: 1 } }] }");
  const sent = (body: object) => Buffer.concat(route(snapshot, body).body ?? []).toString();
  expect(sent(chat("hi"))).toMatch(/^\{"model":"small","top_p":1,/);
  expect(sent(WITH_IMAGE)).toMatch(/^\{"model":"big","messages"/);
  expect(route(snapshot, WITH_IMAGE)).not.toHaveProperty("inserted", ["top_p"]);
});
