// What a tier's answer to a request is expected to be worth, learned from the log itself: a ridge regression for each tier on a few facts.
// It may be wrong: the doubly robust estimator only needs it to be near, and corrects it with what was seen.
import type { Predicted } from "./estimators.ts";
import type { Logged } from "./logged.ts";

/** Of standardised features, in rows: a tier that few requests went to is expected to give about its mean. */
const RIDGE = 10;
/** A row's expectation is learned from the other units alone, else a model that has learned its rows by heart would vouch for itself. */
const FOLDS = 2;

/** `values`: by row, NaN where not known; `target`: the tier of the policy judged. */
export function predictedValues(logged: Logged, values: Float64Array, target: Uint8Array): Predicted {
  const { rows, tiers, taken, units, features } = logged;
  const scaled = standardised(features, rows);
  const [least, most] = rangeOf(values);
  const predicted = { taken: new Float64Array(rows), target: new Float64Array(rows) };
  for (let fold = 0; fold < FOLDS; fold++) {
    const isLearned = (row: number) => (units.of[row] ?? 0) % FOLDS !== fold && !Number.isNaN(values[row]);
    const models = modelsOfTiers({ scaled, width: features.width, tiers, taken, values }, isLearned);
    const expected = (row: number, tier: number) => {
      const model = models[tier];
      if (model === undefined) throw new Error("invariant: every tier has a model");
      return Math.min(most, Math.max(least, valueAt(model, scaled, row, features.width)));
    };
    for (let row = 0; row < rows; row++) {
      if ((units.of[row] ?? 0) % FOLDS !== fold) continue;
      predicted.taken[row] = expected(row, taken[row] ?? 0);
      predicted.target[row] = target[row] === taken[row] ? (predicted.taken[row] ?? 0) : expected(row, target[row] ?? 0);
    }
  }
  return predicted;
}

interface Fitted {
  readonly scaled: Float64Array;
  readonly width: number;
  readonly tiers: number;
  readonly taken: Uint8Array;
  readonly values: Float64Array;
}

/** The last weight is the constant, which is not shrunk. A tier nobody went to is expected to do as all together. */
function modelsOfTiers(fitted: Fitted, isLearned: (row: number) => boolean): readonly Float64Array[] {
  const { tiers, width, taken, values } = fitted;
  const size = width + 1;
  const moments = Array.from({ length: tiers }, () => ({ squares: new Float64Array(size * size), sums: new Float64Array(size), rows: 0 }));
  let [all, rows] = [0, 0];
  for (let row = 0; row < taken.length; row++) {
    if (!isLearned(row)) continue;
    const moment = moments[taken[row] ?? 0];
    const value = values[row] ?? 0;
    all += value;
    rows++;
    if (moment !== undefined) addRow(moment, fitted, row, value);
  }
  const mean = rows === 0 ? 0 : all / rows;
  return moments.map((moment) => (moment.rows === 0 ? new Float64Array(size).fill(mean, width) : ridge(moment, width)));
}

interface Moment {
  readonly squares: Float64Array; // lower triangle by rows
  readonly sums: Float64Array;
  rows: number;
}

function addRow(moment: Moment, { scaled, width }: Fitted, row: number, value: number): void {
  const size = width + 1;
  moment.rows++;
  for (let i = 0; i < size; i++) {
    const x = i === width ? 1 : (scaled[row * width + i] ?? 0);
    moment.sums[i] = (moment.sums[i] ?? 0) + x * value;
    for (let j = 0; j <= i; j++) {
      const y = j === width ? 1 : (scaled[row * width + j] ?? 0);
      moment.squares[i * size + j] = (moment.squares[i * size + j] ?? 0) + x * y;
    }
  }
}

/** Solves (X'X + λ) w = X'y by Cholesky's decomposition, in place. */
function ridge({ squares, sums }: Moment, width: number): Float64Array {
  const size = width + 1;
  for (let i = 0; i < width; i++) squares[i * size + i] = (squares[i * size + i] ?? 0) + RIDGE;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = squares[i * size + j] ?? 0;
      for (let k = 0; k < j; k++) rest -= (squares[i * size + k] ?? 0) * (squares[j * size + k] ?? 0);
      squares[i * size + j] = i === j ? Math.sqrt(Math.max(rest, 1e-9)) : rest / (squares[j * size + j] ?? 1);
    }
  }
  const weights = Float64Array.from(sums);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) weights[i] = (weights[i] ?? 0) - (squares[i * size + k] ?? 0) * (weights[k] ?? 0);
    weights[i] = (weights[i] ?? 0) / (squares[i * size + i] ?? 1);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) weights[i] = (weights[i] ?? 0) - (squares[k * size + i] ?? 0) * (weights[k] ?? 0);
    weights[i] = (weights[i] ?? 0) / (squares[i * size + i] ?? 1);
  }
  return weights;
}

function valueAt(model: Float64Array, scaled: Float64Array, row: number, width: number): number {
  let value = model[width] ?? 0;
  for (let k = 0; k < width; k++) value += (model[k] ?? 0) * (scaled[row * width + k] ?? 0);
  return value;
}

/** Each feature with mean 0 and deviation 1; one that never changes becomes 0. */
function standardised({ values, width }: Logged["features"], rows: number): Float64Array {
  const scaled = new Float64Array(rows * width);
  for (let k = 0; k < width; k++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const value = values[row * width + k] ?? 0;
      sum += value;
      squares += value * value;
    }
    const mean = sum / Math.max(1, rows);
    const deviation = Math.sqrt(Math.max(0, squares / Math.max(1, rows) - mean * mean));
    if (deviation < 1e-9) continue;
    for (let row = 0; row < rows; row++) scaled[row * width + k] = ((values[row * width + k] ?? 0) - mean) / deviation;
  }
  return scaled;
}

function rangeOf(values: Float64Array): readonly [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? [0, 0] : [least, most];
}
