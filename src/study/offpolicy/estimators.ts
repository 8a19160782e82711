// What a policy would have come to, from requests that another one decided: three estimators of a mean, each with its 95 % interval by
// unit. Sources: Horvitz and Thompson 1952 (IPS); Swaminathan and Joachims 2015 (SNIPS); Dudík, Langford and Li 2011 (doubly robust).
import type { Estimate } from "../evaluate/result.ts";
import type { Units } from "./logged.ts";

export interface Estimates {
  readonly ips: Estimate;
  readonly snips: Estimate; // the headline: of bounded values it is bounded, and it forgives weights that do not add up
  readonly doublyRobust: Estimate;
}

/** Of one quantity, by row. A value that is not known is NaN: its row counts nowhere. */
export interface Observed {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  readonly units: Units;
  readonly predicted: Predicted;
}

/** What a model of the quantity expects, which no row of the same unit has taught it. */
export interface Predicted {
  readonly taken: Float64Array; // with the tier taken
  readonly target: Float64Array; // with the tier of the policy judged
}

/** Of a two-sided 95 % interval of the normal distribution. */
const Z = 1.96;

/** Undefined: no value is known, or no weight is over 0. */
export function estimatesOf(observed: Observed): Estimates | undefined {
  const { rows, weight, weighted } = totals(observed);
  if (rows === 0 || weight === 0) return undefined;
  const { values, weights, predicted } = observed;
  const meanWeight = weight / rows;
  const snips = weighted / weight;
  const robust = (row: number) =>
    at(predicted.target, row) + (at(weights, row) === 0 ? 0 : at(weights, row) * (at(values, row) - at(predicted.taken, row)));
  return {
    ips: meanOver(observed, rows, (row) => at(weights, row) * at(values, row)),
    snips: {
      value: snips,
      ...around(
        snips,
        halfWidth(observed, rows, (row) => (at(weights, row) * (at(values, row) - snips)) / meanWeight),
      ),
    },
    doublyRobust: meanOver(observed, rows, robust),
  };
}

/** How far the policy judged would have come from the mean of what was seen: on the same requests, so that what they share drops out. */
export function changeOf(observed: Observed): Estimate | undefined {
  const { rows, weight, weighted, seen } = totals(observed);
  if (rows === 0 || weight === 0) return undefined;
  const { values, weights } = observed;
  const [meanWeight, snips, mean] = [weight / rows, weighted / weight, seen / rows];
  const influence = (row: number) => (at(weights, row) * (at(values, row) - snips)) / meanWeight - (at(values, row) - mean);
  return { value: snips - mean, ...around(snips - mean, halfWidth(observed, rows, influence)) };
}

/** Of one quantity under two policies, by the weights of each. */
export interface ObservedTwice extends Pick<Observed, "values" | "units"> {
  readonly before: Float64Array; // weights
  readonly after: Float64Array;
}

/** How far the second comes from the first: on the same requests. Where both go the same way they differ by nothing, whatever was seen. */
export function differenceOf({ values, units, before, after }: ObservedTwice): Estimate | undefined {
  const [first, second] = [before, after].map((weights) => totals({ values, weights }));
  if (first === undefined || second === undefined || first.weight === 0 || second.weight === 0) return undefined;
  const { rows } = first;
  const [meanBefore, meanAfter] = [first.weighted / first.weight, second.weighted / second.weight];
  const of = (weights: Float64Array, row: number, mean: number, weight: number) =>
    (at(weights, row) * (at(values, row) - mean) * rows) / weight;
  const influence = (row: number) => of(after, row, meanAfter, second.weight) - of(before, row, meanBefore, first.weight);
  const value = meanAfter - meanBefore;
  return { value, ...around(value, halfWidth({ values, units }, rows, influence)) };
}

/** A mean over rows with its interval by unit, where nothing is weighted. */
export function meanByUnit(values: Float64Array, units: Units): Estimate | undefined {
  let [rows, sum] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    rows++;
    sum += value;
  }
  if (rows === 0) return undefined;
  const mean = sum / rows;
  return {
    value: mean,
    ...around(
      mean,
      halfWidth({ values, units }, rows, (row) => at(values, row) - mean),
    ),
  };
}

function meanOver(observed: Observed, rows: number, of: (row: number) => number): Estimate {
  const { values } = observed;
  let sum = 0;
  for (let row = 0; row < values.length; row++) if (!Number.isNaN(values[row])) sum += of(row);
  const mean = sum / rows;
  return {
    value: mean,
    ...around(
      mean,
      halfWidth(observed, rows, (row) => of(row) - mean),
    ),
  };
}

function totals({ values, weights }: Pick<Observed, "values" | "weights">) {
  let [rows, weight, weighted, seen] = [0, 0, 0, 0];
  for (let row = 0; row < values.length; row++) {
    const value = at(values, row);
    if (Number.isNaN(value)) continue;
    rows++;
    weight += at(weights, row);
    weighted += at(weights, row) * value;
    seen += value;
  }
  return { rows, weight, weighted, seen };
}

/**
 * Of a 95 % interval: the influence of each unit on a mean is the sum of its rows', and units are independent. The delete-one jackknife
 * over units gives the same to first order, at as many passes as there are units. NaN with one unit: nothing can be said.
 */
function halfWidth({ values, units }: Pick<Observed, "values" | "units">, rows: number, influence: (row: number) => number): number {
  const sums = new Float64Array(units.count);
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row])) continue;
    const unit = units.of[row] ?? 0;
    sums[unit] = (sums[unit] ?? 0) + influence(row);
  }
  let [squares, fourths] = [0, 0];
  for (const sum of sums) {
    squares += sum ** 2;
    fourths += sum ** 4;
  }
  if (units.count < 2) return Number.NaN;
  return fourths === 0 ? 0 : (studentsT(squares ** 2 / fourths) * Math.sqrt(squares)) / rows;
}

/**
 * The two-sided 95 % quantile of Student's t, by its expansion in the degrees of freedom (Fisher and Cornish 1960). These are the units
 * that carry the variance, (Σs²)² / Σs⁴: where a few heavy ones do, it is known no better than from so few.
 */
function studentsT(degrees: number): number {
  return Z + (Z ** 3 + Z) / (4 * degrees) + (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * degrees ** 2);
}

function around(value: number, half: number): { readonly low: number; readonly high: number } {
  return { low: value - half, high: value + half };
}

function at(values: Float64Array, row: number): number {
  return values[row] ?? Number.NaN;
}
