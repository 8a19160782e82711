// Instructions for a band of the score: near a learned policy's threshold, and in the bands of the difficulty policy; in all formats.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { bodyForTier } from "../../../src/request/routing/attempt.ts";
import { decisionHeaders, SHAPED_HEADER } from "../../../src/request/routing/decision.ts";
import { type Routed, routeBody } from "../../../src/request/routing/routing.ts";
import { modelOf } from "../policy/learned/model-of.ts";
import { topicsOfWords } from "../policy/learned/topics-of.ts";

const UTF8 = new TextEncoder();
const TEXT = new TextDecoder();
const textOf = (pieces: readonly Uint8Array[] | undefined) => pieces?.map((piece) => TEXT.decode(piece)).join("");
const MODEL = modelOf(["theorem"], { topics: topicsOfWords({ law: ["plaintiff"], chat: ["weather"] }) });

function routingWith(policy: string, tiers = "tiers: [{ name: weak }, { name: strong }]") {
  const text = `${tiers}\npolicies: { main: { ${policy} } }\n`;
  return routingOf(parseConfig(text, "test.yaml", () => ({ kind: "model", model: MODEL })));
}

type Routing = ReturnType<typeof routingWith>;
const route = (routing: Routing, body: object, path = "/v1/chat/completions"): Routed =>
  routeBody(routing, UTF8.encode(JSON.stringify(body)), { get: (name) => (name === ":path" ? path : undefined) });
const chat = (content: string, more: object = {}) => ({ messages: [{ role: "user", content }], ...more });
const shapedBy = (routing: Routing, text: string) => route(routing, chat(text)).decision.shaped;

// Of this model "hello" has .047, and "theorem" about .95.
const CLOSE = "{ name: close, from: -0.1, below: 0, shape: { prepend: Take care. } }";
const FAR = "{ name: far, below: -0.1, shape: { prepend: Be brief. } }";
const LEARNED = (threshold: number | string, bands = `${CLOSE}, ${FAR}`) =>
  `type: learned, file: m.json, threshold: ${threshold}, minConfidence: 0.5, bands: [${bands}]`;

describe("a band of a learned policy's score", () => {
  test.each<[what: string, threshold: number, text: string, shaped: string | undefined]>([
    ["near under the threshold", 0.1, "hello", "close"],
    ["far under it", 0.5, "hello", "far"],
    ["over it, where no band is", 0.5, "theorem", undefined],
    ["right at it, which is over", 0, "hello", undefined],
  ])("has its instructions for what lies %s", (_, threshold, text, shaped) => {
    expect(shapedBy(routingWith(LEARNED(threshold)), text)).toBe(shaped);
  });

  test.each([
    [0.65, "far"],
    [0.14, "close"],
  ])("lies where `auto` has the threshold for a weak share of %s", (weakShare, shaped) => {
    expect(shapedBy(routingWith(`${LEARNED("auto")}, weakShare: ${weakShare}`), "hello")).toBe(shaped);
  });

  test("counts in its order: the first that a score falls into", () => {
    const both = "{ name: all, shape: { prepend: A } }, { name: close, from: -0.1, shape: { prepend: B } }";
    expect(shapedBy(routingWith(LEARNED(0.1, both)), "hello")).toBe("all");
  });

  test("says nothing of a tier that a topic has chosen instead", () => {
    const routing = routingWith(`${LEARNED(0.1)}, byTopic: { law: [strong] }`);
    expect(route(routing, chat("the plaintiff")).decision).toMatchObject({ tier: "strong", reason: "topic" });
    expect(shapedBy(routing, "the plaintiff")).toBeUndefined();
    expect(shapedBy(routing, "hello")).toBe("close");
  });

  test("takes the place of the tier's own, and leaves requests that offer tools to that one", () => {
    const routing = routingWith(LEARNED(0.1), "tiers: [{ name: weak, shape: { prepend: Own. } }, { name: strong }]");
    const tools = { tools: [{ type: "function", function: { name: "f" } }] };
    expect(shapedBy(routing, "hello")).toBe("close");
    expect(route(routing, chat("hello", tools)).decision.shaped).toBe("weak");
  });

  test.each<[format: string, path: string, body: object, into: object]>([
    [
      "chat completions",
      "/v1/chat/completions",
      chat("hello"),
      { messages: [{ role: "system", content: "Take care." }, { role: "user" }] },
    ],
    ["completions", "/v1/completions", { prompt: "hello", max_tokens: 1 }, { prompt: "Take care.\n\nhello" }],
    ["Responses", "/v1/responses", { input: "hello" }, { instructions: "Take care." }],
    ["Messages", "/v1/messages", chat("hello", { max_tokens: 9 }), { system: "Take care." }],
  ])("goes into %s by splice, and is taken out again for another tier", (_, path, body, into) => {
    const routing = routingWith(LEARNED(0.1));
    const { decision, body: pieces, shapedAt } = route(routing, body, path);
    const forwarded = textOf(pieces) ?? "";
    expect(decision.shaped).toBe("close");
    expect(JSON.parse(forwarded)).toMatchObject(into);
    const strong = routing.tiers.get("strong");
    if (strong === undefined || shapedAt === undefined) throw new Error("no place");
    const headers = Object.fromEntries([...decisionHeaders(decision), [SHAPED_HEADER, shapedAt], [":path", path]]);
    const made = bodyForTier(routing, strong, UTF8.encode(forwarded), { get: (name) => headers[name] });
    expect(made.kind === "edited" ? textOf(made.body) : made.kind).toBe(JSON.stringify(body));
  });
});

describe("a band of the difficulty policy", () => {
  const BANDS = "{ below: 0.2, tier: weak }, { below: 0.8, tier: weak, shape: { prepend: Go step by step. } }, { tier: strong }";
  test.each([
    ["its instructions", `${"word ".repeat(500)} analyze`, "score-under-0.8"],
    ["none where it has none", "hello", undefined],
  ])("has %s", (_, text, shaped) => {
    expect(shapedBy(routingWith(`type: difficulty, bands: [${BANDS}]`), text)).toBe(shaped);
  });

  test("that takes the rest is called so", () => {
    const bands = "{ below: 0.01, tier: weak }, { tier: strong, shape: { prepend: Think. } }";
    expect(shapedBy(routingWith(`type: difficulty, bands: [${bands}]`), "word ".repeat(500))).toBe("score-rest");
  });
});

describe("the configuration of bands", () => {
  test.each([
    ["without instructions", "{ name: a, from: 0 }", "must have a `shape`"],
    ["that ends before it begins", "{ name: a, from: 0.1, below: 0, shape: { prepend: A } }", "`from` must be under `below`"],
    ["of a name that another has", `${CLOSE}, ${CLOSE}`, "close is the name of a band above"],
    ["farther than probabilities are", "{ name: a, from: -2, shape: { prepend: A } }", "must be at least -1"],
  ])("refuses one %s", (_, bands, message) => {
    expect(() => routingWith(LEARNED(0.5, bands))).toThrow(message);
  });

  test("makes another version of the policy", () => {
    const ids = [LEARNED(0.5), LEARNED(0.5, CLOSE), "type: learned, file: m.json, threshold: 0.5, minConfidence: 0.5"];
    expect(new Set(ids.map((policy) => routingWith(policy).policyId)).size).toBe(3);
  });
});
