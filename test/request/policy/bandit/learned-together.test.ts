// Bandits that tell each other what they have learned, without a store between them: as good as one that saw everything.
import { describe, expect, test } from "vitest";
import { LinearModel } from "../../../../src/request/policy/bandit/linear-model.ts";
import { banditPolicy } from "../../../../src/request/policy/bandit/policy.ts";
import type { LearnsTogether, Policy } from "../../../../src/request/policy/policy.ts";
import { randomSource } from "../../../../src/study/evaluate/random-source.ts";
import { policyRequest } from "../../../support/policy-request.ts";
import { SETTINGS } from "./played.ts";

const HOUR_MS = 3_600_000;

describe("the sums of models", () => {
  test("that saw a part each are, wherever their clocks began, those of one that saw all", () => {
    const random = randomSource(5);
    const of = () => new LinearModel(2, { halfLife: 10 });
    const [whole, one, other] = [of(), of(), of()];
    const began = 7; // hours later than the others
    for (let hour = 0; hour < 300; hour += 0.5) {
      const x = Float64Array.of(1, random());
      const reward = random();
      const costUsd = random() / 100;
      whole.add(x, reward, costUsd, hour);
      if (random() < 0.5) one.add(x, reward, costUsd, hour);
      else other.add(x, reward, costUsd, hour - began);
    }
    const now = 310;
    one.mix(other.sums(295 - began), 1, now - 295, now);
    one.refresh(now);
    for (const x of [Float64Array.of(1, 0), Float64Array.of(1, 1)]) {
      whole.refresh(now);
      expect(one.mean(x)).toBeCloseTo(whole.mean(x), 9);
      expect(one.cost(x)).toBeCloseTo(whole.cost(x), 9);
      expect(one.width(x)).toBeCloseTo(whole.width(x), 9);
    }
    expect(one.mass(now)).toBeCloseTo(whole.mass(now), 9);
    one.mix(other.sums(295 - began), -1, now + 5 - 295, now + 5);
    const again = of();
    again.mix(one.sums(now + 5), 1, 0, now + 5);
    expect(again.mass(now + 5)).toBeLessThan(whole.mass(now + 5));
  });
});

function togetherOf({ learner }: Policy): LearnsTogether {
  if (learner?.together === undefined) throw new Error("it learns together");
  return learner.together;
}

describe("four bandits that each see a quarter of the requests", () => {
  /** Quality lost of 1, in the last thousand of so many requests. */
  function lostBy(count: number, seed: number, requests: number, isTold: boolean, strongAt: (request: number) => number): number {
    const random = randomSource(seed);
    let nowMs = 0;
    const policies = Array.from({ length: count }, () => banditPolicy(SETTINGS, { random, now: () => nowMs, link: undefined }));
    let lost = 0;
    let forgotten = 0;
    for (let at = 0; at < requests; at++) {
      nowMs += HOUR_MS / 60;
      const policy = policies[Math.floor(random() * count)];
      const requestId = `${seed}-${at}`;
      const { tier = "" } = policy?.decide(policyRequest({ requestId, facts: { inputTokens: 100 } })) ?? {};
      const good = tier === "strong" ? strongAt(at) : 0.6;
      if (at >= requests - 1000) lost += Math.max(0.6, strongAt(at)) - good;
      policy?.learner?.ended(requestId, tier, { quality: random() < good ? 1 : 0, costUsd: 0 });
      if (!isTold || at % 50 !== 0) continue;
      const all = policies.map(togetherOf);
      forgotten = Math.max(forgotten, ...all.map((each) => each.forgotten));
      for (const each of all) if (each.forgotten < forgotten) each.forget();
      const told = all.map((each) => each.told());
      for (const [by, each] of all.entries()) each.hears(told.flatMap((part, of) => (of === by ? [] : (part ?? []))));
    }
    return lost / 1000;
  }
  const mean = (run: (seed: number) => number) => [1, 2, 3, 4].map(run).reduce((sum, lost) => sum + lost, 0) / 4;

  test("and tell each other lose as little after 2,000 requests as one that sees all, and less than those that do not tell", () => {
    const better = () => 0.75;
    const told = mean((seed) => lostBy(4, seed, 2000, true, better));
    expect(told).toBeLessThan(0.02);
    expect(told).toBeLessThan(mean((seed) => lostBy(4, seed, 2000, false, better)) - 0.002);
    expect(told).toBeLessThan(mean((seed) => lostBy(1, seed, 2000, false, better)) + 0.01);
  });

  test("all forget when one sees that things have changed, and find the better tier again", () => {
    const turns = (request: number) => (request < 3000 ? 0.85 : 0.35);
    expect(mean((seed) => lostBy(4, seed, 7000, true, turns))).toBeLessThan(0.02);
  });
});
