import { describe, expect, test } from "vitest";
import { treeScore } from "../../../src/request/policy/learned/trees.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { TREE_SETTINGS, trainTrees } from "../../../src/study/train/boosted-trees.ts";

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
});
