// Figures before and after, against their definitions written out over the rows.
import { describe, expect, test } from "vitest";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { compared, FIGURES } from "../../../src/study/propose/figures.ts";
import type { Studied } from "../../../src/study/propose/studied.ts";

const ROWS = 300;

function madeStudy(seed: number): Studied {
  const random = randomSource(seed);
  const column = (length: number, value: () => number) => Float64Array.from({ length }, value);
  const weights = column(ROWS, () => 0.5 + random());
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / ROWS;
  return {
    rows: Array.from({ length: ROWS }, (_, at) => ({
      body: new Uint8Array(),
      path: undefined,
      place: `${at}`,
      quality: [],
      weight: 1,
      group: undefined,
    })),
    tiers: 2,
    weights: weights.map((weight) => weight / mean),
    quality: column(2 * ROWS, random),
    spend: Float64Array.from({ length: 2 * ROWS }, (_, at) => at % 2),
    dollars: column(2 * ROWS, random),
    groups: new Int32Array(1),
    clusters: Int32Array.from({ length: ROWS }, (_, at) => at - (at % 3)),
    needs: Uint8Array.from({ length: ROWS }, () => (random() < 0.4 ? 1 : 0)),
    present: new Uint8Array(ROWS),
    base: new Uint8Array(ROWS),
  };
}

const study = madeStudy(1);
const random = randomSource(2);
const before = Uint8Array.from({ length: ROWS }, () => (random() < 0.3 ? 1 : 0));
const after = before.map((tier) => (random() < 0.2 ? 1 - tier : tier));

/** Weighted mean over the rows. */
function meanOf(value: (row: number) => number): number {
  return study.weights.reduce((sum, weight, row) => sum + weight * value(row), 0) / ROWS;
}

const at = (table: Float64Array | undefined, row: number, tier: number) => table?.[2 * row + tier] ?? Number.NaN;

function written(tiers: Uint8Array) {
  const tier = (row: number) => tiers[row] ?? 0;
  const gain = (row: number) => at(study.quality, row, 1) - at(study.quality, row, 0);
  return {
    quality: meanOf((row) => at(study.quality, row, tier(row))),
    misroute: meanOf((row) => (tier(row) === study.needs[row] ? 0 : 1)),
    weakShare: meanOf((row) => 1 - tier(row)),
    dollars: 1000 * meanOf((row) => at(study.dollars, row, tier(row))),
    overChance: meanOf((row) => gain(row) * tier(row)) - meanOf(gain) * meanOf(tier),
  };
}

describe("before and after", () => {
  const comparison = compared(study, before, after, { seed: 1, resamples: 500 });

  test.each(FIGURES)("%s is what its definition says", (name) => {
    const found = comparison.figures.find(({ figure }) => figure === name);
    expect(found?.before.value).toBeCloseTo(written(before)[name], 10);
    expect(found?.after.value).toBeCloseTo(written(after)[name], 10);
    expect(found?.change.value).toBeCloseTo(written(after)[name] - written(before)[name], 10);
    for (const { low, value, high } of [found?.before, found?.after, found?.change].flatMap((each) => each ?? [])) {
      expect([low < value, value < high]).toEqual([true, true]);
    }
  });

  test("counts the rows that go elsewhere", () => {
    expect(comparison.moved).toBe(before.filter((tier, row) => tier !== after[row]).length);
    expect(comparison.toStronger).toBe(before.filter((tier, row) => tier < (after[row] ?? 0)).length);
  });

  test("without a price there are no dollars, and without a change none", () => {
    const figures = compared({ ...study, dollars: undefined }, before, before, { seed: 1, resamples: 100 }).figures;
    expect(figures.map(({ figure, change }) => [figure, change.low, change.high])).toEqual([
      ["quality", 0, 0],
      ["misroute", 0, 0],
      ["weakShare", 0, 0],
      ["overChance", 0, 0],
    ]);
  });

  test("sending more to the dearer tier at random is no gain over chance, and intervals say so in 19 of 20 cases", () => {
    const covered = Array.from({ length: 60 }, (_, seed) => {
      const made = madeStudy(100 + seed);
      const draw = randomSource(500 + seed);
      const sent = Uint8Array.from({ length: ROWS }, () => (draw() < 0.6 ? 1 : 0));
      const found = compared(made, made.present, sent, { seed: 1, resamples: 200 }).figures.find(({ figure }) => figure === "overChance");
      return found !== undefined && found.change.low <= 0 && found.change.high >= 0;
    });
    expect(covered.filter((each) => each).length).toBeGreaterThanOrEqual(52);
  });
});
