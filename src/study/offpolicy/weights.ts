// How much each logged request says about another policy: 1 / its chance where that policy would have sent it to the tier it got, else
// nothing. And how many of its own these weights are worth.
import type { Units } from "./logged.ts";

export interface Weights {
  readonly of: Float64Array; // by row
  readonly cut: number; // rows whose weight was cut
}

/**
 * Horvitz and Thompson's weights. `target`: the tier of the policy judged, by row. A weight over `most` is cut to it: one request that came
 * by a chance of one in a million must not decide alone. What is cut is a bias, so `most` lies at the least chance that was dealt out.
 */
export function weightsFor(
  { taken, propensity }: { readonly taken: Uint8Array; readonly propensity: Float64Array },
  target: Uint8Array,
  most: number,
): Weights {
  const of = new Float64Array(taken.length);
  let cut = 0;
  for (let row = 0; row < taken.length; row++) {
    if (target[row] !== taken[row]) continue;
    const weight = 1 / (propensity[row] ?? 1);
    if (weight > most) cut++;
    of[row] = Math.min(weight, most);
  }
  return { of, cut };
}

/**
 * (Σw)² / Σw² over units, each with the weights of its requests: so many units that the policy itself had decided for would say as much
 * (Kish 1965). Counted in units, since the requests of one session tell much the same.
 */
export function effectiveUnits(weights: Float64Array, units: Units): number {
  const sums = new Float64Array(units.count);
  for (let row = 0; row < weights.length; row++) {
    const unit = units.of[row] ?? 0;
    sums[unit] = (sums[unit] ?? 0) + (weights[row] ?? 0);
  }
  let [sum, squares] = [0, 0];
  for (const weight of sums) {
    sum += weight;
    squares += weight * weight;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}

/** Below it an estimate is luck. */
export const LEAST_EFFECTIVE = 200;

/** Undefined: it is enough. `Infinity` where nothing logged says anything, and no time will mend it. */
export function moreDaysNeeded(effective: number, days: number): number | undefined {
  if (effective >= LEAST_EFFECTIVE) return undefined;
  return effective === 0 ? Number.POSITIVE_INFINITY : days * (LEAST_EFFECTIVE / effective - 1);
}
