// What a dollar is worth when a budget says it: requests come to cost what they may, and no answer that would be had for it is left.
import { describe, expect, test } from "vitest";
import { dollarPrice } from "../../../../src/request/policy/bandit/dollar-price.ts";
import { banditPolicy } from "../../../../src/request/policy/bandit/policy.ts";
import { randomSource } from "../../../../src/study/evaluate/random-source.ts";
import { policyRequest } from "../../../support/policy-request.ts";
import { SETTINGS } from "./played.ts";

/** Of the last half of the requests, US dollars for 1,000; strong costs ten times weak, and is better, the more the longer. */
function spentBy(usdPer1000: number, seed: number, requests = 8000): { readonly usd: number; readonly quality: number } {
  const random = randomSource(seed);
  const policy = banditPolicy({ ...SETTINGS, qualityPerUsd: 10, usdPer1000 }, { random, now: () => 0, link: undefined });
  let [usd, quality] = [0, 0];
  for (let at = 0; at < requests; at++) {
    const length = random();
    const requestId = `request-${seed}-${at}`;
    const request = policyRequest({ requestId, facts: { inputTokens: Math.round(Math.exp(3 + 5 * length)) } });
    const tier = policy.decide(request)?.tier ?? "";
    const costUsd = (tier === "strong" ? 0.01 : 0.001) * (0.5 + random());
    const good = random() < (tier === "strong" ? 0.9 : 0.9 - 0.6 * length) ? 1 : 0;
    policy.learner?.ended(requestId, tier, { quality: good, costUsd });
    if (at < requests / 2) continue;
    usd += costUsd;
    quality += good;
  }
  return { usd: (usd / requests) * 2000, quality: (quality / requests) * 2 };
}

describe("a bandit that is told what 1,000 requests may cost", () => {
  test.each([2.5, 4, 7])("has them cost so much: $%d", (usdPer1000) => {
    for (const seed of [1, 2, 3]) {
      const { usd } = spentBy(usdPer1000, seed);
      expect(usd).toBeGreaterThan(0.92 * usdPer1000);
      expect(usd).toBeLessThan(1.08 * usdPer1000);
    }
  });

  test("is the better the more they may, and beats chance at the same cost", () => {
    const [little, more] = [spentBy(2.5, 1), spentBy(5.5, 1)];
    expect(more.quality).toBeGreaterThan(little.quality + 0.05);
    const strong = (5.5 - 1) / 9; // of a random draw that costs as much: weak is good in 60 of 100, strong in 90
    expect(more.quality).toBeGreaterThan(0.6 + 0.3 * strong + 0.02);
  });

  test("spends less where no more is to be had, and the least there is where it may not even spend that", () => {
    expect(spentBy(50, 1).usd).toBeLessThan(11);
    expect(spentBy(0.1, 1).usd).toBeLessThan(1.8); // weak for all, but for what is explored
  });
});

describe("the price", () => {
  test("stays where nothing is to be held", () => {
    const price = dollarPrice(7, undefined);
    price.spent(1e9);
    expect(price.now()).toBe(7);
  });

  test("rises by 0.5 % with a request that costs twice what it may, falls as much with one that is free, and 5 % at most", () => {
    const price = dollarPrice(10, 0.001);
    price.spent(0.002);
    expect(price.now()).toBeCloseTo(10 * Math.exp(0.005), 9);
    price.spent(0);
    expect(price.now()).toBeCloseTo(10, 9);
    price.spent(1e6);
    expect(price.now()).toBeCloseTo(10 * Math.exp(0.045), 9);
  });

  test("keeps between its bounds", () => {
    const price = dollarPrice(10, 0.001);
    for (let at = 0; at < 5000; at++) price.spent(1);
    expect(price.now()).toBe(10_000);
    for (let at = 0; at < 5000; at++) price.spent(0);
    expect(price.now()).toBe(0.01);
  });
});
