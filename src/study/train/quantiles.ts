// The percentiles of a training's probabilities, from which a cut is read for a share of the requests.
import { cutForShare } from "../../request/policy/learned/learned-model.ts";

const QUANTILES = 100;

/** At 0 %, 1 % … 100 %, each between the two nearest values; of rows with weights, of what they stand for. */
export function quantilesOf(values: Float64Array, weights?: Float64Array): number[] {
  const percents = Array.from({ length: QUANTILES + 1 }, (_, percent) => percent / QUANTILES);
  if (weights !== undefined) return weightedQuantiles(values, weights, percents);
  const sorted = [...values.slice().sort()];
  return percents.map((percent) => cutForShare(sorted, percent));
}

/** Each value stands in the middle of what it stands for. */
function weightedQuantiles(values: Float64Array, weights: Float64Array, percents: readonly number[]): number[] {
  const order = Int32Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const at = new Float64Array(order.length);
  let passed = 0;
  order.forEach((row, place) => {
    const weight = weights[row] ?? 0;
    at[place] = (passed + weight / 2) / all;
    passed += weight;
  });
  const valueAt = (place: number) => values[order[place] ?? 0] ?? 0;
  let next = 0;
  return percents.map((percent) => {
    while (next < order.length && (at[next] ?? 0) < percent) next++;
    if (next === 0) return valueAt(0);
    if (next === order.length) return valueAt(order.length - 1);
    const [below, above] = [at[next - 1] ?? 0, at[next] ?? 0];
    return valueAt(next - 1) + ((valueAt(next) - valueAt(next - 1)) * (percent - below)) / (above - below);
  });
}
