// What rows that were drawn stand for.
import type { Population } from "./result.ts";

/** (Σw)² / Σw² rows: see Kish 1965. */
export function populationOf(weights: Float64Array): Population {
  let [sum, squares] = [0, 0];
  for (const weight of weights) {
    sum += weight;
    squares += weight * weight;
  }
  return { requests: sum, worth: (sum * sum) / squares };
}
