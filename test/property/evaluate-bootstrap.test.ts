import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { affordableResamples } from "../../src/study/evaluate/bootstrap.ts";
import { judge } from "../../src/study/evaluate/judge.ts";
import { drawRows, randomSource } from "../../src/study/evaluate/random-source.ts";
import { gainOf, mean, misrouted, needsStrong, recovered, sampleOf, sum, type TableRow, tableRow } from "./evaluate-oracle.ts";

const RESAMPLES = 60;
const SHARES = [0, 0.3, 1];

/** The rows of each resample, written out. */
function resamplesOf(rows: readonly TableRow[], seed: number): readonly (readonly TableRow[])[] {
  const random = randomSource(seed);
  const times = new Uint8Array(rows.length);
  return Array.from({ length: RESAMPLES }, () => {
    drawRows(random, times);
    // A copy of its own for each time a row was drawn: rows are told apart by being themselves.
    return rows.flatMap((row, at) => Array.from({ length: times[at] ?? 0 }, () => ({ ...row })));
  });
}

/** At a number of rows that may fall between two rows, or into a tie: the mean over its orders is the tie's own mean. */
function recoveredBy(rows: readonly TableRow[], key: (row: TableRow) => number, share: number): number {
  const wanted = share * rows.length;
  const keys = [...new Set(rows.map(key))].sort((a, b) => b - a);
  let [passed, gained] = [0, 0];
  for (const value of keys) {
    const tie = rows.filter((row) => key(row) === value);
    gained += mean(tie.map(gainOf)) * Math.max(0, Math.min(tie.length, wanted - passed));
    passed += tie.length;
  }
  return gained / sum(rows.map(gainOf));
}

function areaBy(rows: readonly TableRow[], key: (row: TableRow) => number): number {
  const steps = 2 * rows.length; // every tie begins and ends on a step
  return mean(
    Array.from({ length: steps }, (_, at) => (recoveredBy(rows, key, at / steps) + recoveredBy(rows, key, (at + 1) / steps)) / 2),
  );
}

function measured(rows: readonly TableRow[]) {
  const sent = rows.filter((row) => row.sent);
  const share = sent.length / rows.length;
  const hasGap = sum(rows.map(gainOf)) > 1e-9;
  const ofGap = (value: () => number) => (hasGap ? value() : Number.NaN);
  const tp = sent.filter(needsStrong).length;
  const apgr = ofGap(() => areaBy(rows, (row) => row.score));
  return {
    weakShare: 1 - share,
    misroute: misrouted(sent, rows),
    precision: tp / sent.length,
    recall: tp / rows.filter(needsStrong).length,
    gapRecovered: ofGap(() => recovered(sent, rows)),
    apgr,
    gapOverRandom: ofGap(() => recovered(sent, rows) - share),
    gapOverLength: ofGap(() => recovered(sent, rows) - recoveredBy(rows, (row) => row.chars, share)),
    apgrOverLength: apgr - ofGap(() => areaBy(rows, (row) => row.chars)),
    curve: SHARES.map((at) => ofGap(() => recoveredBy(rows, (row) => row.score, at))),
  };
}

/** The value below which a fraction of the numbers lies, by counting steps between neighbours. */
function quantile(numbers: readonly number[], fraction: number): number {
  const sorted = numbers.filter((number) => !Number.isNaN(number)).toSorted((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const steps = fraction * (sorted.length - 1);
  const at = Math.min(Math.floor(steps), sorted.length - 2);
  if (at < 0) return sorted[0] ?? Number.NaN;
  const [low, high] = [sorted[at] ?? 0, sorted[at + 1] ?? 0];
  return low * (1 - (steps - at)) + high * (steps - at);
}

describe("bootstrap intervals", () => {
  test("are those of measuring every resample by itself, differences on the same rows", () => {
    fc.assert(
      fc.property(fc.array(tableRow, { minLength: 2, maxLength: 12 }), fc.nat(1000), (rows, seed) => {
        const { intervals } = judge(sampleOf(rows), { seed, resamples: RESAMPLES, shares: SHARES }).policies[0] as ReturnType<
          typeof judge
        >["policies"][0];
        const { curve, measures } = collected(resamplesOf(rows, seed).map(measured));
        for (const [name, values] of Object.entries(measures)) expectInterval(intervals.measures[name as "misroute"], values);
        for (const [at, values] of curve.entries()) expectInterval(intervals.curve[at], values);
      }),
      { numRuns: 30 },
    );
  });

  test("are the same for the same seed, others for another, and wider for fewer rows", () => {
    const rows = fc.sample(tableRow, { numRuns: 400, seed: 5 });
    const interval = (some: readonly TableRow[], seed: number) =>
      judge(sampleOf(some), { seed, resamples: 200, shares: [] }).policies[0]?.intervals.measures.misroute ?? { low: 0, high: 0 };
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(interval(rows, 1)).toEqual(interval(rows, 1));
    expect(interval(rows, 2)).not.toEqual(interval(rows, 1));
    expect(width(interval(rows.slice(0, 50), 1))).toBeGreaterThan(width(interval(rows, 1)));
  });

  test("hold the true figure about 95 times in 100", () => {
    const random = randomSource(11);
    const trueMisroute = 0.3;
    const rows = () =>
      Array.from({ length: 150 }, () => ({ weak: 0, strong: random() < trueMisroute ? 1 : 0, score: 0, chars: 1, sent: false }));
    const held = Array.from({ length: 300 }, (_, seed) => {
      const { low, high } = judge(sampleOf(rows()), { seed, resamples: 200, shares: [] }).policies[0]?.intervals.measures.misroute ?? {
        low: 1,
        high: 0,
      };
      return low <= trueMisroute && trueMisroute <= high;
    }).filter(Boolean).length;
    expect(held / 300).toBeGreaterThan(0.9);
    expect(held / 300).toBeLessThan(0.985);
  });

  test("of a long ranking, whose neighbours are joined, differ by less than they tell", () => {
    const random = randomSource(2);
    const rows = Array.from({ length: 3000 }, (_, at) => ({
      weak: 0,
      strong: random() < 0.2 + at / 6000 ? 1 : 0,
      score: at,
      chars: 1,
      sent: false,
    }));
    const judged = judge(sampleOf(rows), { seed: 1, resamples: 40, shares: [] }).policies[0];
    const areas = resamplesOf(rows, 1)
      .slice(0, 40)
      .map((resample) => exactArea(resample));
    expect(judged?.intervals.measures.apgr.low).toBeCloseTo(quantile(areas, 0.025), 4);
    expect(judged?.intervals.measures.apgr.high).toBeCloseTo(quantile(areas, 0.975), 4);
  });
});

/** Of rows without equal scores but copies, which are equal in all. */
function exactArea(rows: readonly TableRow[]): number {
  let [gained, area] = [0, 0];
  for (const row of rows.toSorted((a, b) => b.score - a.score)) {
    area += gained + gainOf(row) / 2;
    gained += gainOf(row);
  }
  return area / gained / rows.length;
}

/** By measure, its value in every resample. */
function collected(all: readonly ReturnType<typeof measured>[]) {
  const names = Object.keys(all[0] ?? {}).filter((name) => name !== "curve") as "misroute"[];
  return {
    measures: Object.fromEntries(names.map((name) => [name, all.map((one) => one[name])])),
    curve: SHARES.map((_, at) => all.map(({ curve }) => curve[at] ?? Number.NaN)),
  };
}

function expectInterval(interval: { readonly low: number; readonly high: number } | undefined, values: readonly number[]): void {
  const [low, high] = [quantile(values, 0.025), quantile(values, 0.975)];
  if (Number.isNaN(low)) {
    expect(interval?.low).toBeNaN();
    return;
  }
  expect(interval?.low).toBeCloseTo(low, 9);
  expect(interval?.high).toBeCloseTo(high, 9);
}

describe("the number of resamples", () => {
  test.each([
    [1_000, 10_000, 1_000],
    [1_000, 400_000, 1_000],
    [1_000, 1_000_000, 400],
    [1_000, 50_000_000, 200],
    [50, 50_000_000, 50],
  ])("of %i asked for with %i rows is %i", (asked, rows, expected) => {
    expect(affordableResamples(asked, rows)).toBe(expected);
  });
});
