// How well tiers are, by what several processes say, each of which hears of its own requests alone.
import { expect, test } from "vitest";
import { liveHealth, worstHealth } from "../../../src/outcome/live/health.ts";

test("of several processes the worst counts, tier by tier", () => {
  const latency = (p95Ms: number | undefined, slow: readonly string[] = []) => ({ tier: "weak", levelMs: 500, p95Ms, slow });
  const strong = { tier: "strong", breaker: "half-open", latency: undefined } as const;
  const all = [
    liveHealth([{ tier: "weak", breaker: "closed", latency: latency(undefined, ["1-2"]) }, strong]),
    liveHealth([{ tier: "weak", breaker: "open", latency: latency(700, ["1-2", "4-7"]) }]),
    liveHealth([{ tier: "weak", breaker: "half-open", latency: latency(400) }]),
  ];
  expect(worstHealth(all)).toEqual([
    { tier: "weak", breaker: "open", levelMs: 500, predictedMs: 700, late: ["1-2", "4-7"] },
    { tier: "strong", breaker: "half-open", levelMs: null, predictedMs: null, late: [] },
  ]);
});

test("of one it is what it says", () => {
  const said = liveHealth([{ tier: "weak", breaker: undefined, latency: { tier: "weak", levelMs: 500, p95Ms: undefined, slow: [] } }]);
  expect(said).toEqual([{ tier: "weak", breaker: null, levelMs: 500, predictedMs: null, late: [] }]);
  expect(worstHealth([said])).toEqual(said);
  expect(worstHealth([[], []])).toEqual([]);
});
