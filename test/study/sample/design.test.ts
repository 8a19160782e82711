import { describe, expect, test } from "vitest";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { draw } from "../../../src/study/sample/draw.ts";
import type { Frame } from "../../../src/study/sample/frame.ts";
import { designOf, FRESH_BIT, NEAR_BIT, SUSPECT_BIT, stratumName } from "../../../src/study/sample/inclusion.ts";

/** Rows that stand for unlike numbers of requests, with scores, new kinds and suspects across each other. */
function frameOf(count: number, seed = 5): Frame {
  const random = randomSource(seed);
  for (let warm = 0; warm < 20; warm++) random();
  const column = (of: () => number) => Float64Array.from({ length: count }, of);
  const flags = (share: number) => Uint8Array.from({ length: count }, () => (random() < share ? 1 : 0));
  const scores = column(random);
  return {
    count,
    like: column(() => (random() < 0.03 ? 200 : Math.ceil(4 * random()))),
    scores,
    toWeak: Uint8Array.from(scores, (score) => (score < 0.7 ? 1 : 0)),
    suspects: flags(0.05),
    fresh: flags(0.1),
  };
}

const sum = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((all, each) => all + each, 0);
const sumOf = (design: { readonly strata: Uint8Array; readonly inclusion: Float64Array }, bit: number) =>
  sum(design.inclusion.map((chance, row) => (((design.strata[row] ?? 0) & bit) > 0 ? chance : 0)));

describe("the chances of a sample", () => {
  test.each([
    [1, 600, false],
    [50, 600, true],
    [300, 600, false],
    [300, 600, true],
    [599, 600, true],
    [5, 5, false],
  ])("add up to its size, each over 0 and at most 1: %i of %i", (size, count, suspectsFirst) => {
    const { inclusion } = designOf(frameOf(count), size, suspectsFirst);
    expect(sum(inclusion)).toBeCloseTo(size, 8);
    expect(Math.min(...inclusion)).toBeGreaterThan(0);
    expect(Math.max(...inclusion)).toBeLessThanOrEqual(1);
  });

  test("are 1 for all where all are drawn", () => {
    const design = designOf(frameOf(40), 1000, false);
    expect([...design.inclusion]).toEqual(Array(40).fill(1));
    expect(draw(design, 1).toSorted((a, b) => a - b)).toEqual([...Array(40).keys()]);
  });

  test("give half to what is near the threshold, beside its part of all kinds, and a fifth to what is new", () => {
    const even = { ...frameOf(20_000), like: new Float64Array(20_000).fill(1) };
    const design = designOf(even, 1000, false);
    // Near is a fifth of all and new a tenth, across each other: 500 + .2 × 300 + .2 × 200, and 200 + .1 × 300 + .1 × 500.
    expect(sumOf(design, NEAR_BIT)).toBeCloseTo(600, -1.3);
    expect(sumOf(design, FRESH_BIT)).toBeCloseTo(280, -1.3);
    const near = [...even.scores.keys()].filter((row) => ((design.strata[row] ?? 0) & NEAR_BIT) > 0).map((row) => even.scores[row] ?? 0);
    expect(Math.min(...near)).toBeCloseTo(0.6, 1.5);
    expect(Math.max(...near)).toBeCloseTo(0.8, 1.5);
  });

  test("make suspects half of it at most, and all of them where they are fewer", () => {
    const many = { ...frameOf(2000), suspects: new Uint8Array(2000).fill(1, 0, 1000) };
    expect(sumOf(designOf(many, 200, true), SUSPECT_BIT)).toBeGreaterThanOrEqual(100);
    const few = { ...frameOf(2000), suspects: new Uint8Array(2000).fill(1, 0, 10) };
    expect([...designOf(few, 200, true).inclusion.subarray(0, 10)]).toEqual(Array(10).fill(1));
    expect(sumOf(designOf(few, 200, false), SUSPECT_BIT)).toBe(0);
  });

  test("rows are told by all the parts they belong to", () => {
    expect([0, 1, 2, 3, 4, 7].map(stratumName)).toEqual([
      "uniform",
      "near-threshold",
      "new",
      "near-threshold+new",
      "suspect",
      "suspect+near-threshold+new",
    ]);
  });
});

describe("a draw", () => {
  const frame = frameOf(500);
  const design = designOf(frame, 120, true);

  test("has exactly as many rows as it should, none twice, the same for the same seed", () => {
    for (let seed = 0; seed < 200; seed++) {
      const drawn = draw(design, seed);
      expect(new Set(drawn).size).toBe(120);
    }
    expect(draw(design, 7)).toEqual(draw(design, 7));
    expect(draw(design, 7)).not.toEqual(draw(design, 8));
  });

  test("draws every row as often as its chance says, so that sums over the chance are right on average", () => {
    const DRAWS = 3000;
    const times = new Float64Array(frame.count);
    const value = (row: number) => (frame.like[row] ?? 0) * ((frame.scores[row] ?? 0) > 0.65 ? 1 : 0);
    const estimates: number[] = [];
    for (let seed = 1; seed <= DRAWS; seed++) {
      let estimate = 0;
      for (const row of draw(design, seed)) {
        times[row] = (times[row] ?? 0) + 1;
        estimate += value(row) / (design.inclusion[row] ?? 1);
      }
      estimates.push(estimate);
    }
    const errors = [...times].map((drawn, row) => {
      const chance = design.inclusion[row] ?? 0;
      const spread = Math.sqrt(DRAWS * chance * (1 - chance));
      return spread === 0 ? (drawn === DRAWS ? 0 : 99) : (drawn - DRAWS * chance) / spread;
    });
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(4.5);
    expect(sum(errors.map((error) => error * error)) / frame.count).toBeLessThan(1.3);
    const truth = sum(Array.from({ length: frame.count }, (_, row) => value(row)));
    const mean = sum(estimates) / DRAWS;
    const error = Math.sqrt(sum(estimates.map((each) => (each - mean) ** 2)) / DRAWS / DRAWS);
    expect(Math.abs(mean - truth) / error).toBeLessThan(4);
  });

  test("stands in an order that tells nothing: its first half is near the threshold as often as its second", () => {
    let [first, second] = [0, 0];
    for (let seed = 1; seed <= 400; seed++) {
      const near = draw(design, seed).map((row) => (design.strata[row] ?? 0) & NEAR_BIT);
      first += sum(near.slice(0, 60));
      second += sum(near.slice(60));
    }
    expect(first / second).toBeCloseTo(1, 1.3);
  });
});
