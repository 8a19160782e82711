// The split, watched after every unit.
import { describe, expect, test } from "vitest";
import { splitEvidence, splitOf } from "../../../src/request/rollout/sample-ratio.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

/** Units until the split is called broken; undefined: it is not. */
function calledAfter(part: number, share: number, units: number, random: () => number): number | undefined {
  let candidate = 0;
  for (let unit = 1; unit <= units; unit++) {
    if (random() < part) candidate++;
    if (splitOf(candidate, unit - candidate, share) === "broken") return unit;
  }
  return undefined;
}

describe("the split", () => {
  test("is fine before anything was seen", () => expect([splitEvidence(0, 0, 0.1), splitOf(0, 0, 0.1)]).toEqual([0, "fine"]));

  test.each([
    [0, 111, 0.1, "broken"], // one arm fails open
    [0, 110, 0.1, "fine"],
    [1_000, 9_000, 0.1, "fine"],
    [1_000, 10_600, 0.1, "broken"],
    [5_000, 5_000, 0.5, "fine"],
    [5_000, 0, 0.5, "broken"],
    [50_000, 50_900, 0.5, "fine"],
    [50_000, 52_000, 0.5, "broken"],
  ] as const)("of %i and %i units at %f is %s", (candidate, stable, share, verdict) => {
    expect(splitOf(candidate, stable, share)).toBe(verdict);
  });

  test("evidence that is computed otherwise is the same: the integral over all parts, by Simpson's rule", () => {
    const integral = (k: number, n: number, s: number) => {
      const value = (theta: number) => (theta / s) ** k * ((1 - theta) / (1 - s)) ** (n - k);
      const steps = 20_000;
      let sum = value(0) + value(1);
      for (let step = 1; step < steps; step++) sum += (step % 2 === 1 ? 4 : 2) * value(step / steps);
      return Math.log(sum / (3 * steps));
    };
    for (const [k, n, s] of [
      [1, 3, 0.1],
      [12, 100, 0.1],
      [70, 100, 0.5],
    ] as const)
      expect(splitEvidence(k, n - k, s)).toBeCloseTo(integral(k, n, s), 8);
  });

  test("that is right is called broken in at most one of a thousand rollouts, though it is looked at after every unit", () => {
    const random = randomSource(11);
    const calls = Array.from({ length: 2_000 }, () => calledAfter(0.1, 0.1, 2_000, random)).filter((after) => after !== undefined);
    expect(calls.length).toBeLessThanOrEqual(5); // 2 are expected at the most; 6 or more come by chance in 1.7 % of such tests
  });

  test("that loses a fifth of the candidate's units is called broken within 10,000 units", () => {
    const random = randomSource(12);
    const calls = Array.from({ length: 100 }, () => calledAfter(0.08 / 0.98, 0.1, 10_000, random));
    expect(calls.filter((after) => after !== undefined).length).toBeGreaterThanOrEqual(95);
  });
});
