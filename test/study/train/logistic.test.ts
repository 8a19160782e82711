import { describe, expect, test } from "vitest";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { type LinearRows, type LinearWeights, rawScore, trainLogistic } from "../../../src/study/train/logistic.ts";

const ROWS = 400;
const COLUMNS = 30;

/** Rows whose first two columns and whose dense number tell the label, with noise. */
function sampleRows(kind: "labels" | "shares" = "labels"): { rows: LinearRows; target: Float64Array } {
  const random = randomSource(5);
  const columns = Array.from({ length: ROWS }, () =>
    Int32Array.from({ length: COLUMNS }, (_, column) => column).filter(() => random() < 0.3),
  );
  const squares = Float32Array.from({ length: COLUMNS }, () => 0.5 + random());
  const norms = Float64Array.from(columns, (own) => 1 / Math.sqrt(Math.max(1, own.length)));
  const dense = Float64Array.from({ length: 2 * ROWS }, (_, at) => (at % 2 === 0 ? random() - 0.5 : 1));
  const target = Float64Array.from(columns, (own, row) => {
    const odds = (own.includes(0) ? 1.5 : 0) - (own.includes(1) ? 1.5 : 0) + 2 * (dense[2 * row] ?? 0);
    const probability = 1 / (1 + Math.exp(-odds));
    return kind === "shares" ? probability * random() : Number(random() < probability);
  });
  return { rows: { columns, norms, squares, dense, width: 2, offset: -0.7 }, target };
}

/** The row as a plain vector, for the check below. */
function vectorOf({ columns, norms, squares, dense, width }: LinearRows, row: number): number[] {
  const vector = new Array<number>(COLUMNS + width).fill(0);
  for (const column of columns[row] ?? []) vector[column] = Math.sqrt(squares[column] ?? 0) * (norms[row] ?? 0);
  for (let k = 0; k < width; k++) vector[COLUMNS + k] = dense[row * width + k] ?? 0;
  return vector;
}

/** The penalised log loss that training minimises, computed from its definition by plain gradient descent over plain vectors. */
function byGradientDescent(rows: LinearRows, target: Float64Array, cost: number): number[] {
  const vectors = Array.from({ length: ROWS }, (_, row) => vectorOf(rows, row));
  const weights = new Array<number>(COLUMNS + rows.width).fill(0);
  for (let step = 0; step < 4000; step++) {
    const slope = weights.slice();
    vectors.forEach((vector, row) => {
      const score = vector.reduce((sum, value, k) => sum + value * (weights[k] ?? 0), rows.offset);
      const pull = cost * (1 / (1 + Math.exp(-score)) - (target[row] ?? 0));
      vector.forEach((value, k) => {
        slope[k] = (slope[k] ?? 0) + pull * value;
      });
    });
    slope.forEach((value, k) => {
      weights[k] = (weights[k] ?? 0) - 0.005 * value;
    });
  }
  return weights;
}

/** At the last of the costs, on the way through all of them. */
function fitted(rows: LinearRows, target: Float64Array, chosen: Int32Array, costs: readonly number[]): LinearWeights {
  return (
    [...trainLogistic(rows, target, chosen, costs, randomSource(1))].at(-1) ?? {
      columns: new Float32Array(0),
      dense: new Float64Array(0),
    }
  );
}

describe("logistic regression", () => {
  test.each([
    ["at once", [0.03], "labels"],
    ["at once", [1], "labels"],
    ["from a smaller cost", [0.1, 1], "labels"],
    ["at once", [1], "shares"],
    ["from a smaller cost", [0.1, 1], "shares"],
  ] as const)("finds the minimum that plain gradient descent finds, %s (C %o) of %s", (_how, costs, kind) => {
    const cost = costs.at(-1) ?? 0;
    const { rows, target } = sampleRows(kind);
    const all = Int32Array.from({ length: ROWS }, (_, row) => row);
    const found = fitted(rows, target, all, costs);
    const expected = byGradientDescent(rows, target, cost);
    for (let row = 0; row < 50; row++) {
      const score = vectorOf(rows, row).reduce((sum, value, k) => sum + value * (expected[k] ?? 0), rows.offset);
      expect(Math.abs(rawScore(rows, row, found) - score)).toBeLessThan(0.1);
    }
  });

  test("learns nothing from rows that were not chosen", () => {
    const { rows, target } = sampleRows();
    const half = Int32Array.from({ length: ROWS / 2 }, (_, row) => row);
    const found = fitted(rows, target, half, [0.3, 1]);
    const others = target.map((value, row) => (row < ROWS / 2 ? value : 1 - value));
    expect(fitted(rows, others, half, [0.3, 1])).toEqual(found);
  });
});
