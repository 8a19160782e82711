// Topics for which one tier is suggested: where strong gains more or less than usual on what the score sends elsewhere, and nowhere else.
import { describe, expect, test } from "vitest";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { topicSets } from "../../../src/study/train/topic-sets.ts";

const NAMES = ["law", "chat", "code"];

/** 900 rows, a third of each topic; strong gains 1 with the chance of the topic, half of each are sent to strong. */
function rowsWith(
  chances: readonly number[],
  { seed = 1, weights, rows = 900 }: { seed?: number; weights?: Float64Array; rows?: number } = {},
) {
  const random = randomSource(seed);
  const told = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const gains = Float64Array.from(told, (topic) => (random() < (chances[topic] ?? 0) ? 1 : 0));
  return { gains, told, weights, names: NAMES, isOver: (row: number) => row % 2 === 0 };
}

const found = (rows: Parameters<typeof topicSets>[0]) => topicSets(rows).map(({ topic, tier }) => `${topic}: ${tier}`);

describe("a topic's one tier is suggested", () => {
  test("as strong where it gains more than usual on what goes to weak, as weak where it gains less on what goes to strong", () => {
    expect(found(rowsWith([0.8, 0.05, 0.4])).sort()).toEqual(["chat: weak", "law: strong"]);
  });

  test("with what it would move, and what strong gains there and in all", () => {
    const rows = rowsWith([0.8, 0.05, 0.4]);
    const law = topicSets(rows).find(({ topic }) => topic === "law");
    const moved = [...rows.gains].filter((_, row) => row % 3 === 0 && row % 2 === 1);
    const mean = (of: readonly number[]) => of.reduce((sum, gain) => sum + gain, 0) / of.length;
    expect(law?.rows).toBe(150);
    expect(law?.gain).toBeCloseTo(mean(moved), 9);
    expect(law?.usual).toBeCloseTo(mean([...rows.gains]), 9);
  });

  test("not where the score sends all of it there anyway", () => {
    const { isOver, ...rows } = rowsWith([0.8, 0.05, 0.4]);
    expect(found({ ...rows, isOver: (row) => row % 3 !== 1 && (row % 3 === 0 || isOver(row)) })).toEqual([]);
  });

  test("not of a topic with few rows that would move, nor of rows about nothing that can be told", () => {
    expect(found(rowsWith([1, 0, 0.5], { rows: 90 }))).toEqual([]); // 15 each
    const rows = rowsWith([0.8, 0.05, 0.4]);
    expect(found({ ...rows, told: rows.told.map(() => -1) })).toEqual([]);
  });

  test("by what rows stand for: of rows that hardly count nothing is learned", () => {
    const rows = rowsWith([0.8, 0.3, 0.3]);
    const weights = rows.gains.map((gain, row) => (row % 3 === 0 && gain === 1 ? 0.05 : 1));
    expect(found(rows)).toContain("law: strong");
    expect(found({ ...rows, weights })).not.toContain("law: strong");
  });

  test("in at most one in twenty sets of rows in which topics say nothing", () => {
    const sets = Array.from({ length: 400 }, (_, seed) => topicSets(rowsWith([0.3, 0.3, 0.3], { seed: seed + 1 })));
    expect(sets.filter((found) => found.length > 0).length).toBeLessThanOrEqual(30); // 20 expected at most, and three standard deviations
  });
});
