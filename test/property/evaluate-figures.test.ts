import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { baselinesOf } from "../../src/study/evaluate/baselines.ts";
import { calibrationOf } from "../../src/study/evaluate/calibration.ts";
import { figuresOf } from "../../src/study/evaluate/figures.ts";
import { judge } from "../../src/study/evaluate/judge.ts";
import { randomSource } from "../../src/study/evaluate/random-source.ts";
import type { Baseline } from "../../src/study/evaluate/result.ts";
import {
  choices,
  gainOf,
  mean,
  meanCurve,
  meanHeight,
  misrouted,
  needsStrong,
  orders,
  recovered,
  sampleOf,
  sum,
  type TableRow,
  table,
  tableRow,
} from "./evaluate-oracle.ts";

const SETTINGS = { seed: 1, resamples: 2, shares: [] };
const byChars = (row: TableRow) => row.chars;
const gapOf = (rows: readonly TableRow[]) => sum(rows.map(gainOf));
/** US dollars: a row's cost on weak, and on strong. */
const cheap = ({ chars }: TableRow) => 0.1 * chars;
const dear = ({ chars }: TableRow) => 3 * chars + 1;

function baselines(rows: readonly TableRow[]): (name: Baseline["name"]) => Baseline {
  const judged = judge(sampleOf(rows), SETTINGS);
  const cost = {
    allWeak: sum(rows.map(cheap)),
    allStrong: sum(rows.map(dear)),
    extraOf: (at: number) => dear(rows[at] as TableRow) - cheap(rows[at] as TableRow),
  };
  const all = baselinesOf(judged, judged.policies[0]?.measures.weakShare ?? Number.NaN, "scores", cost);
  return (name) => all.find((baseline) => baseline.name === name) as Baseline;
}

function costOf(sent: readonly TableRow[], rows: readonly TableRow[]): number {
  return (1000 * sum(rows.map((row) => (sent.includes(row) ? dear(row) : cheap(row))))) / rows.length;
}

/** The quality of an answer by the tier that is chosen. */
function qualityWith(sent: readonly TableRow[], rows: readonly TableRow[]): number {
  return mean(rows.map((row) => (sent.includes(row) ? row.strong : row.weak)));
}

describe("figures of a policy", () => {
  test("are what their definitions say", () => {
    fc.assert(
      fc.property(table, (rows) => {
        const judged = judge(sampleOf(rows), SETTINGS);
        const figures = figuresOf(judged.policies[0] as NonNullable<(typeof judged.policies)[0]>, judged.totals, "scores", undefined);
        const sent = rows.filter((row) => row.sent);
        const tp = sent.filter(needsStrong).length;
        const fp = sent.length - tp;
        const fn = rows.filter(needsStrong).length - tp;
        const { labels, scores, weakShare } = figures;
        expect(labels.confusion).toEqual({
          truePositives: tp,
          falsePositives: fp,
          falseNegatives: fn,
          trueNegatives: rows.length - tp - fp - fn,
        });
        expect(weakShare.value).toBeCloseTo(1 - sent.length / rows.length, 12);
        expect(labels.misroute.value).toBeCloseTo(misrouted(sent, rows), 12);
        expect(labels.falseNegativeRate.value).toBeCloseTo(fn / rows.length, 12);
        expect(labels.falsePositiveRate.value).toBeCloseTo(fp / rows.length, 12);
        expectNumber(labels.precision?.value, tp / (tp + fp));
        expectNumber(labels.recall?.value, tp / (tp + fn));
        expectNumber(labels.f1?.value, (2 * tp) / (2 * tp + fp + fn));
        expectNumber(scores?.quality.value, qualityWith(sent, rows));
        expectNumber(scores?.qualityKept.value, qualityWith(sent, rows) / qualityWith(rows, rows) || 0);
        expectNumber(scores?.gapRecovered?.value, gapOf(rows) > 0 ? recovered(sent, rows) : Number.NaN);
      }),
    );
  });

  test("compare with random and length at the same share", () => {
    fc.assert(
      fc.property(table, (rows) => {
        const { measures } = judge(sampleOf(rows), SETTINGS).policies[0] as ReturnType<typeof judge>["policies"][0];
        const baseline = baselines(rows);
        const { random, length } = { random: baseline("random"), length: baseline("length") };
        expect(measures.misrouteOverRandom).toBeCloseTo(measures.misroute - random.misroute, 10);
        expect(measures.misrouteOverLength).toBeCloseTo(measures.misroute - length.misroute, 10);
        if (gapOf(rows) <= 0) return;
        expect(measures.gapOverRandom).toBeCloseTo(measures.gapRecovered - (random.gapRecovered ?? Number.NaN), 10);
        expect(measures.gapOverLength).toBeCloseTo(measures.gapRecovered - (length.gapRecovered ?? Number.NaN), 10);
        expect(measures.apgrOverRandom).toBeCloseTo(measures.apgr - 0.5, 10);
        expect(measures.apgrOverLength).toBeCloseTo(measures.apgr - (length.apgr ?? Number.NaN), 10);
      }),
    );
  });
});

/** NaN where the figure is undefined. */
function expectNumber(actual: number | undefined, expected: number): void {
  if (Number.isNaN(expected)) expect(actual).toBeUndefined();
  else expect(actual).toBeCloseTo(expected, 10);
}

describe("baselines at a policy's own share", () => {
  test("random is the mean over every choice of as many rows", () => {
    fc.assert(
      fc.property(table, (rows) => {
        const possible = choices(rows, rows.filter((row) => row.sent).length);
        const random = baselines(rows)("random");
        expectBaseline(random, possible, rows);
        if (gapOf(rows) > 0) expect(random.apgr).toBe(0.5);
      }),
    );
  });

  test("length is the mean over every order of equally long rows", () => {
    fc.assert(
      fc.property(table, (rows) => {
        const count = rows.filter((row) => row.sent).length;
        const length = baselines(rows)("length");
        expectBaseline(
          length,
          orders(rows, byChars).map((order) => order.slice(0, count)),
          rows,
        );
        if (gapOf(rows) > 0) expect(length.apgr).toBeCloseTo(meanHeight(meanCurve(rows, byChars)), 10);
      }),
    );
  });

  test("all to weak and all to strong are the ends", () => {
    fc.assert(
      fc.property(table, (rows) => {
        const baseline = baselines(rows);
        expectBaseline(baseline("all-weak"), [[]], rows);
        expectBaseline(baseline("all-strong"), [rows], rows);
      }),
    );
  });

  test("are what a simulation with many draws comes to", () => {
    const rows = fc.sample(tableRow, { numRuns: 200, seed: 7 });
    const sent = rows.filter((row) => row.sent).length;
    const random = randomSource(3);
    const shuffled = () => rows.map((row) => ({ row, at: random() })).sort((a, b) => a.at - b.at);
    const draws = Array.from({ length: 4000 }, () => shuffled().map(({ row }) => row));
    const longest = draws.map((order) => order.toSorted((a, b) => b.chars - a.chars).slice(0, sent));
    const baseline = baselines(rows);
    expectNear(
      baseline("random").gapRecovered,
      draws.map((order) => recovered(order.slice(0, sent), rows)),
    );
    expectNear(
      baseline("random").misroute,
      draws.map((order) => misrouted(order.slice(0, sent), rows)),
    );
    expectNear(
      baseline("length").gapRecovered,
      longest.map((chosen) => recovered(chosen, rows)),
    );
    expectNear(
      baseline("length").misroute,
      longest.map((chosen) => misrouted(chosen, rows)),
    );
  });
});

function expectBaseline(baseline: Baseline, possible: readonly (readonly TableRow[])[], rows: readonly TableRow[]): void {
  expect(baseline.misroute).toBeCloseTo(mean(possible.map((sent) => misrouted(sent, rows))), 10);
  expect(baseline.costPer1000).toBeCloseTo(mean(possible.map((sent) => costOf(sent, rows))), 6);
  if (gapOf(rows) <= 0) {
    expect(baseline.gapRecovered).toBeUndefined();
    return;
  }
  expect(baseline.gapRecovered).toBeCloseTo(mean(possible.map((sent) => recovered(sent, rows))), 10);
  expect(baseline.quality).toBeCloseTo(mean(possible.map((sent) => qualityWith(sent, rows))), 10);
}

/** Within five standard errors. */
function expectNear(value: number | undefined, drawn: readonly number[]): void {
  const middle = mean(drawn);
  const error = Math.sqrt(mean(drawn.map((one) => (one - middle) ** 2)) / drawn.length);
  expect(Math.abs((value ?? Number.NaN) - middle)).toBeLessThan(5 * error + 1e-9);
}

describe("calibration", () => {
  test("puts every row into one of ten bins of equal count, the least probable first", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.float({ min: 0, max: 1, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 60 }), (rows) => {
        const probabilities = Float32Array.from(rows, ([probability]) => probability);
        const gains = Float64Array.from(rows, ([, needs]) => Number(needs));
        const bins = calibrationOf(probabilities, gains);
        expect(bins).toHaveLength(Math.min(10, rows.length));
        const counts = bins.map((bin) => bin.rows);
        expect(sum(counts)).toBe(rows.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        expect(bins.map((bin) => bin.predicted)).toEqual(bins.map((bin) => bin.predicted).toSorted((a, b) => a - b));
        expect(sum(bins.map((bin) => bin.rows * bin.predicted))).toBeCloseTo(sum([...probabilities]), 4);
        expect(sum(bins.map((bin) => bin.rows * bin.observed))).toBeCloseTo(sum([...gains]), 8);
      }),
    );
  });
});
