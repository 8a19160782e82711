import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apgr, areaUnder, curveOf, leastShareFor, rankingOf, recoveredAt, sumAt } from "../../src/study/evaluate/curve.ts";
import { onFront } from "../../src/study/evaluate/pareto.ts";
import { firstShare, gainOf, mean, meanCurve, meanHeight, orders, sum, type TableRow, table } from "./evaluate-oracle.ts";

const byScore = (row: TableRow) => row.score;
const scoresOf = (rows: readonly TableRow[]) => rows.map(byScore);
const gainsOf = (rows: readonly TableRow[]) => rows.map(gainOf);
const withGap = table.filter((rows) => sum(gainsOf(rows)) > 0);

function curve(rows: readonly TableRow[]) {
  const found = curveOf(rankingOf(scoresOf(rows)), gainsOf(rows));
  if (found === undefined) throw new Error("there is a gap, so there is a curve");
  return found;
}

describe("the routing curve", () => {
  test("is the mean over all orders of tied rows, at every number of rows", () => {
    fc.assert(
      fc.property(withGap, (rows) => {
        const expected = meanCurve(rows, byScore);
        for (const [count, height] of expected.entries()) expect(recoveredAt(curve(rows), count / rows.length)).toBeCloseTo(height, 10);
      }),
    );
  });

  test("has the area of the mean curve", () => {
    fc.assert(
      fc.property(withGap, (rows) => {
        expect(apgr(scoresOf(rows), gainsOf(rows))).toBeCloseTo(meanHeight(meanCurve(rows, byScore)), 10);
      }),
    );
  });

  test("tells the least share of strong for 50 and 80 per cent of the gap", () => {
    fc.assert(
      fc.property(withGap, fc.constantFrom(0.5, 0.8), (rows, wanted) => {
        expect(leastShareFor(curve(rows), wanted)).toBeCloseTo(firstShare(meanCurve(rows, byScore), wanted), 9);
      }),
    );
  });

  test("is there exactly where the gains add up to more than nothing", () => {
    fc.assert(
      fc.property(table, (rows) => {
        expect(curveOf(rankingOf(scoresOf(rows)), gainsOf(rows)) !== undefined).toBe(sum(gainsOf(rows)) > 1e-9);
      }),
    );
  });

  test("sums any quantity over the rows that go up, in the mean over all orders", () => {
    fc.assert(
      fc.property(table, fc.nat(6), (rows, wanted) => {
        const count = Math.min(wanted, rows.length);
        const expected = mean(orders(rows, byScore).map((order) => sum(order.slice(0, count).map(({ chars }) => chars))));
        expect(sumAt(rankingOf(scoresOf(rows)), (row) => rows[row]?.chars ?? 0, count / rows.length)).toBeCloseTo(expected, 8);
      }),
    );
  });

  test("of two outcomes goes in straight lines through its point", () => {
    fc.assert(
      fc.property(withGap, (rows) => {
        const sent = rows.filter((row) => row.sent);
        const [share, height] = [sent.length / rows.length, sum(gainsOf(sent)) / sum(gainsOf(rows))];
        const two = curveOf(rankingOf(rows.map((row) => Number(row.sent))), gainsOf(rows));
        expect(two === undefined ? 0 : areaUnder(two)).toBeCloseTo((share * height + (1 - share) * (height + 1)) / 2, 10);
      }),
    );
  });
});

describe("a ranking", () => {
  test("holds every row once, highest score first, rows of equal score in one tie and in their own order", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, Number.NaN))), (scores) => {
        const { order, ends } = rankingOf(scores);
        const value = (row: number) => (Number.isNaN(scores[row]) ? Number.NEGATIVE_INFINITY : (scores[row] ?? 0));
        const expected = scores.map((_, row) => row).sort((a, b) => (value(a) === value(b) ? a - b : value(b) > value(a) ? 1 : -1));
        expect([...order]).toEqual(expected);
        const last = expected.flatMap((row, at) =>
          at + 1 < expected.length && value(row) === value(expected[at + 1] ?? 0) ? [] : [at + 1],
        );
        expect([...ends]).toEqual(last);
      }),
    );
  });
});

describe("the Pareto front", () => {
  test("holds what no other offer beats", () => {
    const offer = fc.record({ cost: fc.nat(5), quality: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(offer), (offers) => {
        const expected = offers.map(
          (one) =>
            !offers.some(
              (other) => other.cost <= one.cost && other.quality >= one.quality && (other.cost < one.cost || other.quality > one.quality),
            ),
        );
        expect(onFront(offers)).toEqual(expected);
      }),
    );
  });
});
