// A policy that names the cascade in the place of a tier.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { policyNamed, routingOf } from "../../../src/config/routing-of.ts";
import { decisionHeaders } from "../../../src/request/routing/decision.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";

const TIERS = "tiers: [{ name: weak }, { name: mid }, { name: strong, can: { tools: true } }]";
const CASCADE = "cascade: { steps: [weak, strong] }";
const chat = (content: string, fields: object = {}) => Buffer.from(JSON.stringify({ ...fields, messages: [{ role: "user", content }] }));
const RULES = `policies:
  main:
    type: rules
    rules: [{ name: hard, match: { keywords: [prove] }, tier: strong }, { name: judged, match: { keywords: [say] }, tier: cascade }]
    fallback: { tier: weak }`;

function decided(config: string, body: Buffer, path = "/v1/chat/completions") {
  const routing = routingOf(parseConfig(`${TIERS}\n${config}`, "test"));
  const { decision } = routeBody(routing, body, { get: (name) => (name === ":path" ? path : undefined) });
  return { decision, header: new Map(decisionHeaders(decision)).get("x-sluice-cascade") };
}

describe("a policy that names the cascade", () => {
  test.each<[string, string, string | undefined]>([
    ["say it", "weak", "weak,strong"],
    ["prove it", "strong", undefined],
    ["hello", "weak", undefined],
  ])("of %j decides for %s, to be judged: %s", (content, tier, header) => {
    const got = decided(`${CASCADE}\n${RULES}`, chat(content));
    expect([got.decision.tier, got.header]).toEqual([tier, header]);
  });

  test.each([
    ["threshold", "{ type: threshold, preset: v7, under: cascade }"],
    ["length", "{ type: length, maxChars: 1000, under: cascade }"],
    ["fixed", "{ type: fixed, tier: cascade }"],
    ["random", "{ type: random, shares: { cascade: 1 } }"],
    ["difficulty", "{ type: difficulty, bands: [{ below: 0.9, tier: cascade }, { tier: strong }] }"],
    ["chain", "{ type: chain, of: [other] }\n  other: { type: fixed, tier: cascade }"],
  ])("may be of type %s", (_type, policy) => {
    const got = decided(`${CASCADE}\npolicies:\n  main: ${policy}\nactive: main`, chat("hi"));
    expect([got.decision.tier, got.header]).toEqual(["weak", "weak,strong"]);
  });

  test("is asked by `evaluate` for the tier it begins with", () => {
    const config = parseConfig(`${TIERS}\n${CASCADE}\n${RULES}`, "test");
    const { policy } = policyNamed(config, "main");
    expect(policy.needs.keywords).toEqual(expect.arrayContaining(["say", "prove"]));
    expect(decided(`${CASCADE}\n${RULES}`, chat("say")).decision).toMatchObject({
      reason: "rule",
      detail: "judged",
      policy: expect.any(String),
    });
  });

  test("says nothing of a request that only counts tokens", () => {
    const got = decided(`${CASCADE}\n${RULES}`, chat("say it"), "/v1/messages/count_tokens");
    expect([got.decision.tier, got.header]).toEqual(["weak", undefined]);
  });

  test("says nothing where some tier cannot take the request, or where a guard chose another", () => {
    const tools = { tools: [{ type: "function", function: { name: "f" } }] };
    const cannot = `tiers: [{ name: weak, can: { tools: false } }, { name: mid }, { name: strong }]\n${CASCADE}\n${RULES}`;
    const routing = routingOf(parseConfig(cannot, "test"));
    const { decision } = routeBody(routing, chat("say it", tools), { get: () => undefined });
    expect(decision).toMatchObject({ tier: "mid", cannot: ["weak"] });
    expect(decision.cascade).toBeUndefined();
  });
});
