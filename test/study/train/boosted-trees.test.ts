import { describe, expect, test } from "vitest";
import type { FactTrees } from "../../../src/request/policy/learned/learned-model.ts";
import { treeScore } from "../../../src/request/policy/learned/trees.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { RUNS, TREE_SETTINGS, trainAveragedTrees, trainTrees } from "../../../src/study/train/boosted-trees.ts";

const ROWS = 2000;
/** Of two facts, a part would often be none. */
const WHOLE = { ...TREE_SETTINGS, factShare: 1 };

/** Two numbers a row; positive where exactly one of them is over one half: no sum of the two can tell. */
function exclusiveOr() {
  const random = randomSource(3);
  const values = Float64Array.from({ length: 2 * ROWS }, () => random());
  const positive = Uint8Array.from({ length: ROWS }, (_, row) =>
    (values[2 * row] ?? 0) > 0.5 !== (values[2 * row + 1] ?? 0) > 0.5 ? 1 : 0,
  );
  return { values, positive, all: Int32Array.from({ length: ROWS }, (_, row) => row) };
}

describe("boosted trees", () => {
  test("tell what no sum of the facts could, on rows they have not seen", () => {
    const { values, positive, all } = exclusiveOr();
    const model = trainTrees(values, 2, positive, all.subarray(0, ROWS / 2), WHOLE, randomSource(1));
    const right = all.subarray(ROWS / 2).filter((row) => treeScore(model, values, 2 * row) > 0 === (positive[row] === 1));
    expect(right.length / (ROWS / 2)).toBeGreaterThan(0.93);
  });

  test("give the log odds of the rows where no fact tells anything", () => {
    const { all } = exclusiveOr();
    const positive = all.map((row) => (row % 4 === 0 ? 1 : 0));
    const model = trainTrees(new Float64Array(2 * ROWS), 2, Uint8Array.from(positive), all, TREE_SETTINGS, randomSource(1));
    expect(treeScore(model, Float64Array.of(0, 0))).toBeCloseTo(Math.log(1 / 3), 1);
  });

  test("of several runs say the mean of what each says, and are nearer the truth than any run", () => {
    const random = randomSource(5);
    const width = 6;
    const values = Float64Array.from({ length: width * ROWS }, () => random());
    const truth = Float64Array.from({ length: ROWS }, (_, row) => 2 * ((values[width * row] ?? 0) + (values[width * row + 1] ?? 0) - 1));
    const positive = Uint8Array.from(truth, (logOdds) => (random() < 1 / (1 + Math.exp(-logOdds)) ? 1 : 0));
    const chosen = Int32Array.from({ length: ROWS / 2 }, (_, row) => row);
    const scores = (model: FactTrees) => Array.from({ length: ROWS / 2 }, (_, at) => treeScore(model, values, width * (ROWS / 2 + at)));
    const error = (told: readonly number[]) => told.reduce((sum, score, at) => sum + (score - (truth[ROWS / 2 + at] ?? 0)) ** 2, 0);
    const source = randomSource(1);
    const single = Array.from({ length: RUNS }, () => scores(trainTrees(values, width, positive, chosen, TREE_SETTINGS, source)));
    const averaged = scores(trainAveragedTrees(values, width, positive, chosen, TREE_SETTINGS, randomSource(1)));
    averaged.forEach((score, at) => {
      expect(score).toBeCloseTo(single.reduce((sum, told) => sum + (told[at] ?? 0), 0) / RUNS, 9);
    });
    expect(error(averaged)).toBeLessThan(Math.min(...single.map(error)));
  });
});
