// Which guards a configuration comes to, and what their memories are told when it takes effect.
import { describe, expect, test } from "vitest";
import { BREAKER_DEFAULTS } from "../../src/config/capabilities/breaker.ts";
import { type TiersHealth, useHealth } from "../../src/config/health-guards.ts";
import { parseConfig } from "../../src/config/load.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import { breakers } from "../../src/request/guard/health/breakers.ts";
import { latencies } from "../../src/request/guard/health/latencies.ts";
import { routeBody } from "../../src/request/routing/routing.ts";

const newHealth = (): TiersHealth => {
  const deps = { now: () => 1000, random: () => 0, onChange() {} };
  return { breakers: breakers(deps), latencies: latencies(deps) };
};
const config = (text: string) => parseConfig(text, "test.yaml");

describe("the guards", () => {
  test.each<[why: string, text: string, names: readonly string[] | undefined]>([
    ["none, and no list to go through, where nothing asks for them", "{}", undefined],
    ["a breaker where its key stands", "breaker: {}", ["breaker"]],
    ["a breaker where a tier has a substitute", "tiers: [{ name: a, substitute: b }, { name: b }]", ["breaker"]],
    ["a veto where a tier has a level", "tiers: [{ name: a, slo: { firstByteMs: 9 } }, { name: b }]", ["latency"]],
    ["both, in their order", "tiers: [{ name: a, slo: { firstByteMs: 9 } }, { name: b }]\nbreaker: {}", ["breaker", "latency"]],
  ])("are %s", (_, text, names) => {
    expect(routingOf(config(text), { health: newHealth() }).guards?.map(({ name }) => name)).toEqual(names);
  });

  test("are none where nobody remembers how tiers are, as for `explain`", () => {
    expect(routingOf(config("breaker: {}")).guards).toBeUndefined();
  });
});

test("`breaker: {}` is what the defaults say", () => {
  expect(config("breaker: {}").breaker).toEqual(BREAKER_DEFAULTS);
  expect(config("{}").breaker).toBeUndefined();
});

describe("a request for a tier whose breaker is open", () => {
  const strong = { decision: { tier: "strong", reason: "breaker", detail: "weak", wanted: { tier: "weak" } } };
  const routed = (text: string, more: object = {}) => {
    const [health, read] = [newHealth(), config(text)];
    useHealth(read, health);
    for (let failure = 0; failure < 20; failure++) health.breakers.ended("weak", true, 1000);
    const body = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }], ...more }));
    return routeBody(routingOf(read, { health }), body, { get: (name) => (name === ":path" ? "/v1/chat/completions" : undefined) });
  };

  test("is decided for the substitute, with that one's body", () => {
    const { decision, body } = routed("tiers: [{ name: weak }, { name: strong, model: glm-5 }]\nbreaker: {}");
    expect({ decision }).toMatchObject(strong);
    expect(Buffer.concat(body ?? []).toString()).toContain('"model":"glm-5"');
  });

  test("stays where no other can take it, and where there is no breaker", () => {
    const images = { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] }] };
    const blind = "tiers: [{ name: weak }, { name: strong, can: { images: false } }]\nbreaker: {}";
    expect(routed(blind, images).decision).toMatchObject({ tier: "weak", cannot: ["strong"] });
    expect(routed("{}").decision).toMatchObject({ tier: "weak", reason: "under-thresholds" });
  });
});
