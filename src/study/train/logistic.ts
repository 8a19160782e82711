// Logistic regression with an L2 penalty over sparse rows, by coordinate descent in the dual: a few passes over the rows are enough.
import { shuffle } from "./shuffle.ts";

/** Rows of features that are there or not, and of a few numbers beside them. */
export interface LinearRows {
  readonly columns: readonly Int32Array[]; // by row; a column that is there counts as sqrt(squares[column]) · norms[row]
  readonly norms: Float64Array; // by row
  readonly squares: Float32Array; // by column
  readonly dense: Float64Array | Float32Array; // `width` numbers a row
  readonly width: number;
  readonly offset: number; // the raw score of a row that has nothing: log odds of the target
  readonly weights?: Float64Array | undefined; // by row: how much it counts, 1 in the mean; without them all the same
}

/** A row's raw score is offset + norms[row] · Σ columns[its columns] + Σ dense[k] · its k-th number. */
export interface LinearWeights {
  readonly columns: Float32Array; // the columns' own weights are folded in
  readonly dense: Float64Array;
}

const PASSES = 40; // at most
const TOLERANCE = 0.3; // of the dual's gradient: with 0.1 the area under the routing curve is the same within .001, at 1.5 times the work
const NEWTON_STEPS = 50;
const NEWTON_TOLERANCE = 1e-3;
const LEAST_DUAL = 1e-12; // of the cost

/**
 * Fits the log odds of `target` (by row, from 0 to 1) on the rows `chosen`, once for each cost, ascending, and hands over the weights,
 * which hold until the next. A cost is C: what an error costs beside the penalty. Each fit starts where the one before ended. Source: Yu,
 * Huang and Lin, "Dual coordinate descent methods for logistic regression and maximum entropy models", Machine Learning 85 (2011),
 * algorithm 5; with target t and dual d a row's share in the weights is d - C · (1 - t), which for t = 1 is theirs, and for t = 0 its
 * mirror image.
 */
export function* trainLogistic(
  rows: LinearRows,
  target: Float64Array,
  chosen: Int32Array,
  costs: readonly number[],
  random: () => number,
): Generator<LinearWeights> {
  const weights = { columns: new Float32Array(rows.squares.length), dense: new Float64Array(rows.width) };
  const duals = new Float64Array(target.length); // each one's other half is the cost less this
  const lengths = new Float64Array(target.length);
  const order = chosen.slice();
  const [first = 1] = costs;
  for (const row of order) {
    lengths[row] = squaredLength(rows, row);
    const most = first * weightOf(rows, row);
    const away = most * (1 - (target[row] ?? 0));
    const least = Math.min(0.001 * most, 1e-8);
    duals[row] = Math.min(Math.max(away, least), most - least);
    add(weights, rows, row, (duals[row] ?? 0) - away);
  }
  let before = first;
  for (const cost of costs) {
    // As near to the new optimum as the fit before came to its own.
    for (const values of [weights.columns, weights.dense, duals]) multiply(values, cost / before);
    descend(rows, order, cost, { weights, duals, lengths }, random);
    yield weights;
    before = cost;
  }
}

interface Fit {
  readonly weights: LinearWeights;
  readonly duals: Float64Array;
  readonly lengths: Float64Array; // squared, of each row
}

function descend(rows: LinearRows, order: Int32Array, cost: number, fit: Fit, random: () => number): void {
  const { weights, duals, lengths } = fit;
  for (let pass = 0; pass < PASSES; pass++) {
    shuffle(order, random);
    let steepest = 0;
    for (const row of order) {
      const old = duals[row] ?? 0;
      const { dual, gradient } = dualStep(old, cost * weightOf(rows, row), lengths[row] ?? 0, rawScore(rows, row, weights));
      if (gradient > steepest) steepest = gradient;
      if (dual === old) continue;
      duals[row] = dual;
      add(weights, rows, row, dual - old);
    }
    if (steepest < TOLERANCE) break;
  }
}

function multiply(values: Float32Array | Float64Array, factor: number): void {
  for (let at = 0; at < values.length; at++) values[at] = (values[at] ?? 0) * factor;
}

export function rawScore({ columns, norms, dense, width, offset }: LinearRows, row: number, weights: LinearWeights): number {
  let sum = 0;
  const present = columns[row] ?? NONE;
  for (let k = 0; k < present.length; k++) sum += weights.columns[present[k] ?? 0] ?? 0;
  sum = offset + sum * (norms[row] ?? 0);
  for (let k = 0; k < width; k++) sum += (weights.dense[k] ?? 0) * (dense[row * width + k] ?? 0);
  return sum;
}

const NONE = new Int32Array(0);

function weightOf({ weights }: LinearRows, row: number): number {
  return weights?.[row] ?? 1;
}

function add(weights: LinearWeights, { columns, norms, squares, dense, width }: LinearRows, row: number, amount: number): void {
  const step = amount * (norms[row] ?? 0);
  const present = columns[row] ?? NONE;
  for (let k = 0; k < present.length; k++) {
    const column = present[k] ?? 0;
    weights.columns[column] = (weights.columns[column] ?? 0) + step * (squares[column] ?? 0);
  }
  for (let k = 0; k < width; k++) weights.dense[k] = (weights.dense[k] ?? 0) + amount * (dense[row * width + k] ?? 0);
}

function squaredLength({ columns, norms, squares, dense, width }: LinearRows, row: number): number {
  let sum = 0;
  for (const column of columns[row] ?? NONE) sum += squares[column] ?? 0;
  sum *= (norms[row] ?? 0) ** 2;
  for (let k = 0; k < width; k++) sum += (dense[row * width + k] ?? 0) ** 2;
  return sum;
}

/** Newton's method on one pair of dual variables, which add up to `cost`: on the one that is the smaller at the optimum. */
function dualStep(old: number, cost: number, length: number, margin: number): { dual: number; gradient: number } {
  const flipped = 0.5 * length * (cost - 2 * old) + margin < 0;
  const sign = flipped ? -1 : 1;
  const from = flipped ? cost - old : old;
  const slope = (at: number) => length * (at - from) + sign * margin + Math.log(at / (cost - at));
  let at = cost - from < 0.5 * cost ? 0.1 * from : from;
  let gradient = slope(at);
  const first = Math.abs(gradient);
  for (let step = 0; step < NEWTON_STEPS && Math.abs(gradient) >= NEWTON_TOLERANCE; step++) {
    const next = at - gradient / (length + cost / (cost - at) / at);
    at = next <= 0 ? 0.1 * at : next;
    gradient = slope(at);
  }
  at = Math.max(at, LEAST_DUAL * cost); // of one nearer to its bound nothing would be left when it is taken from the cost
  return { dual: flipped ? cost - at : at, gradient: first };
}
