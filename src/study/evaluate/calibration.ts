// Calibration of a policy whose score is the probability that strong is needed: what it predicts beside what is so.
import { rankingOf } from "./curve.ts";
import type { CalibrationBin } from "./result.ts";

const BINS = 10;

/** Bins of equal count, lowest probability first; fewer where there are fewer rows. */
export function calibrationOf(probabilities: ArrayLike<number>, gains: Float64Array, weights?: Float64Array): readonly CalibrationBin[] {
  const order = rankingOf(probabilities).order.reverse();
  const bins = Math.min(BINS, order.length);
  return Array.from({ length: bins }, (_, bin) => {
    const rows = order.subarray(Math.floor((bin * order.length) / bins), Math.floor(((bin + 1) * order.length) / bins));
    let [predicted, observed, all] = [0, 0, 0];
    for (const row of rows) {
      const weight = weights === undefined ? 1 : (weights[row] ?? 0);
      predicted += weight * (probabilities[row] ?? 0);
      if ((gains[row] ?? 0) > 0) observed += weight;
      all += weight;
    }
    return { rows: rows.length, predicted: predicted / all, observed: observed / all };
  });
}
