import { describe, expect, test } from "vitest";
import { probability } from "../../../src/request/policy/learned/score.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { fitCalibration, reliabilityOf } from "../../../src/study/train/calibration.ts";

describe("calibration", () => {
  test("finds the curve that the outcomes were drawn from", () => {
    const random = randomSource(1);
    const raw = Float64Array.from({ length: 20_000 }, () => 8 * random() - 4);
    const positive = Uint8Array.from(raw, (score) => (random() < probability({ a: 0.7, b: -1.2 }, score) ? 1 : 0));
    const { a, b } = fitCalibration(raw, positive);
    expect(a).toBeCloseTo(0.7, 1);
    expect(b).toBeCloseTo(-1.2, 1);
    const { bins, expectedError } = reliabilityOf(
      raw.map((score) => probability({ a, b }, score)),
      positive,
    );
    expect(bins).toHaveLength(10);
    expect(expectedError).toBeLessThan(0.02);
  });

  test("gives every row the share of positives where the scores tell nothing", () => {
    const positive = Uint8Array.from({ length: 1000 }, (_, row) => (row % 5 === 0 ? 1 : 0));
    const calibration = fitCalibration(new Float64Array(1000).fill(3), positive);
    expect(probability(calibration, 3)).toBeCloseTo(0.2, 2);
  });

  test("stays short of certainty where the scores separate a small set", () => {
    const calibration = fitCalibration([-2, -1, 1, 2], Uint8Array.of(0, 0, 1, 1));
    expect(probability(calibration, 2)).toBeGreaterThan(0.6);
    expect(probability(calibration, 2)).toBeLessThan(0.95);
  });

  test("the expected error is the mean distance of predicted and observed", () => {
    const probabilities = Float64Array.from({ length: 100 }, (_, row) => (row < 50 ? 0.2 : 0.9));
    const positive = Uint8Array.from({ length: 100 }, (_, row) => (row < 50 ? row % 2 : 1));
    expect(reliabilityOf(probabilities, positive).expectedError).toBeCloseTo(0.5 * 0.3 + 0.5 * 0.1, 10);
  });
});
