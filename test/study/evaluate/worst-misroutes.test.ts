import { describe, expect, test } from "vitest";
import { type Candidate, WorstMisroutes } from "../../../src/study/evaluate/worst-misroutes.ts";

function offerAll(candidates: readonly Candidate[]) {
  const worst = new WorstMisroutes();
  let told = 0;
  for (const candidate of candidates)
    worst.offer(candidate, () => {
      told++;
      return { place: `f:${candidate.row}`, excerpt: "", reason: "" };
    });
  return { list: worst.list(), told };
}

const candidate = (kind: Candidate["kind"], row: number, loss: number, score: number): Candidate => ({ kind, row, loss, score });

describe("the worst misroutes", () => {
  test("are those that lose the most quality, then those the policy was surest of", () => {
    const { list } = offerAll([
      candidate("FN", 1, 0.5, 0.1),
      candidate("FN", 2, 1, 0.4),
      candidate("FP", 3, 0, 0.6),
      candidate("FN", 4, 1, 0.2),
      candidate("FP", 5, 0, 0.9),
      candidate("FP", 6, 0.25, 0.7),
    ]);
    expect(list.map(({ place }) => place)).toEqual(["f:4", "f:2", "f:1", "f:6", "f:5", "f:3"]);
    expect(list[0]).toEqual({ kind: "FN", loss: 1, score: 0.2, place: "f:4", excerpt: "", reason: "" });
  });

  test.each([
    [100, 100, 10, 10],
    [100, 3, 17, 3],
    [2, 100, 2, 18],
    [100, 0, 20, 0],
    [4, 5, 4, 5],
  ])("of %i missed and %i needless ones are %i and %i", (missed, needless, shownMissed, shownNeedless) => {
    const many = (kind: Candidate["kind"], count: number) => Array.from({ length: count }, (_, row) => candidate(kind, row, row, 0));
    const { list } = offerAll([...many("FN", missed), ...many("FP", needless)]);
    expect(list.filter(({ kind }) => kind === "FN")).toHaveLength(shownMissed);
    expect(list.filter(({ kind }) => kind === "FP")).toHaveLength(shownNeedless);
    expect(list[0]?.loss).toBe(shownMissed === 0 ? needless - 1 : missed - 1);
  });

  test("of equals come from all over the file, and only those kept are read out", () => {
    const { list, told } = offerAll(Array.from({ length: 10_000 }, (_, row) => candidate("FN", row, 1, 0)));
    const rows = list.map(({ place }) => Number(place.slice(2)));
    expect(rows.filter((row) => row < 5000).length).toBeGreaterThan(3);
    expect(rows.filter((row) => row >= 5000).length).toBeGreaterThan(3);
    expect(told).toBeLessThan(500);
  });
});
