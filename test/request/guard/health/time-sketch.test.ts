// A distribution that forgets, held against the samples themselves.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeSketch } from "../../../../src/request/guard/health/time-sketch.ts";

const HALF_LIFE_MS = 60_000;

describe("a quantile", () => {
  test("is within 4 % of the sample it stands for, where none has aged", () => {
    const samples = fc.array(fc.double({ min: 1, max: 800_000, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(samples, fc.constantFrom(0.5, 0.9, 0.95, 0.99), (times, share) => {
        const sketch = timeSketch(HALF_LIFE_MS);
        for (const time of times) sketch.add(time, 1000);
        const exact = times.toSorted((a, b) => a - b)[Math.ceil(share * times.length - 1e-9) - 1] ?? Number.NaN;
        expect(Math.abs((sketch.quantile(share) ?? 0) / exact - 1)).toBeLessThanOrEqual(0.0401);
      }),
    );
  });

  test("is not known of nothing, and what takes longer than all buckets is in the last", () => {
    const sketch = timeSketch(HALF_LIFE_MS);
    expect(sketch.quantile(0.95)).toBeUndefined();
    sketch.add(1e12, 0);
    expect(sketch.quantile(0.95)).toBeGreaterThan(900_000);
    sketch.clear();
    expect(sketch.quantile(0.95)).toBeUndefined();
  });
});

describe("a sample", () => {
  test("weighs half as much after each half-life, and no more or less after a month", () => {
    const sketch = timeSketch(HALF_LIFE_MS);
    for (let index = 0; index < 8; index++) sketch.add(index < 2 ? 5000 : 100, 0);
    expect(sketch.weight(HALF_LIFE_MS)).toBeCloseTo(4, 9);
    expect(sketch.weightOver(1000, 2 * HALF_LIFE_MS)).toBeCloseTo(0.5, 9);
    const month = 30 * 86_400_000;
    sketch.add(5000, month);
    expect(sketch.weight(month)).toBeCloseTo(1, 9);
    expect(sketch.weightOver(1000, month + HALF_LIFE_MS)).toBeCloseTo(0.5, 9);
  });

  test("of just now outweighs many old ones", () => {
    const sketch = timeSketch(HALF_LIFE_MS);
    for (let index = 0; index < 1000; index++) sketch.add(100, 0);
    for (let index = 0; index < 20; index++) sketch.add(9000, 10 * HALF_LIFE_MS);
    expect(sketch.quantile(0.95)).toBeGreaterThan(8500);
  });
});
