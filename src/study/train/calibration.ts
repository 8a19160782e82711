// Turns raw scores into probabilities (Platt scaling), and shows how far they can be believed.
import type { Calibration } from "../../request/policy/learned/learned-model.ts";
import { probability } from "../../request/policy/learned/score.ts";

/** Rows by predicted probability, lowest first, in bins of equal count. */
export interface ReliabilityBin {
  readonly rows: number;
  readonly predicted: number; // mean probability
  readonly observed: number; // share of positives
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  readonly expectedError: number; // mean distance of predicted and observed, by rows (ECE)
}

const BINS = 10;
const STEPS = 100;
const SMALL = 1e-10;

/**
 * Fits P = 1 / (1 + exp(-(a · raw + b))). Platt (1999), with his targets that keep a small set from certainty; Newton's method on the log
 * loss with step halving. `weights`: how much each row counts; without them all the same.
 */
export function fitCalibration(raw: ArrayLike<number>, targets: Float64Array | Uint8Array, weights?: Float64Array): Calibration {
  const weightOf = (row: number) => weights?.[row] ?? 1;
  let [positives, all] = [0, 0];
  for (let row = 0; row < targets.length; row++) {
    positives += weightOf(row) * (targets[row] ?? 0);
    all += weightOf(row);
  }
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (all - positives + 2);
  const target = (row: number) => low + (high - low) * (targets[row] ?? 0);
  let [a, b] = [0, Math.log((positives + 1) / (all - positives + 1))];
  const lossAt = (atA: number, atB: number) => logLoss(raw, target, weightOf, { a: atA, b: atB });
  let loss = lossAt(a, b);
  for (let step = 0; step < STEPS; step++) {
    let [slopeA, slopeB, aa, ab, bb] = [0, 0, SMALL, 0, SMALL];
    for (let row = 0; row < raw.length; row++) {
      const x = raw[row] ?? 0;
      const p = probability({ a, b }, x);
      const error = weightOf(row) * (target(row) - p);
      const weight = weightOf(row) * p * (1 - p);
      slopeA += error * x;
      slopeB += error;
      aa += weight * x * x;
      ab += weight * x;
      bb += weight;
    }
    const determinant = aa * bb - ab * ab;
    const moveA = (bb * slopeA - ab * slopeB) / determinant;
    const moveB = (aa * slopeB - ab * slopeA) / determinant;
    let size = 1;
    let next = lossAt(a + moveA, b + moveB);
    while (next > loss && size > SMALL) {
      size /= 2;
      next = lossAt(a + size * moveA, b + size * moveB);
    }
    if (!(loss - next > SMALL * Math.abs(loss))) break;
    [a, b, loss] = [a + size * moveA, b + size * moveB, next];
  }
  return { a, b };
}

type OfRow = (row: number) => number;

function logLoss(raw: ArrayLike<number>, target: OfRow, weightOf: OfRow, { a, b }: Calibration): number {
  let loss = 0;
  for (let row = 0; row < raw.length; row++) {
    const odds = a * (raw[row] ?? 0) + b;
    loss += weightOf(row) * (Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds))) - target(row) * odds);
  }
  return loss;
}

export function reliabilityOf(probabilities: Float64Array, positive: Uint8Array, weights?: Float64Array): Reliability {
  const weightOf = (row: number) => weights?.[row] ?? 1;
  const all = weights?.reduce((sum, weight) => sum + weight, 0) ?? positive.length;
  const order = Int32Array.from(probabilities.keys()).sort((a, b) => (probabilities[a] ?? 0) - (probabilities[b] ?? 0) || a - b);
  const bins: ReliabilityBin[] = [];
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const rows = order.subarray(Math.floor((bin * order.length) / BINS), Math.floor(((bin + 1) * order.length) / BINS));
    if (rows.length === 0) continue;
    const weight = rows.reduce((sum, row) => sum + weightOf(row), 0);
    const predicted = rows.reduce((sum, row) => sum + weightOf(row) * (probabilities[row] ?? 0), 0) / weight;
    const observed = rows.reduce((sum, row) => sum + weightOf(row) * (positive[row] ?? 0), 0) / weight;
    bins.push({ rows: rows.length, predicted, observed });
    error += (weight / all) * Math.abs(predicted - observed);
  }
  return { bins, expectedError: error };
}
