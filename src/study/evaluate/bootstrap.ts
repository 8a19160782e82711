// 95 % bootstrap intervals. Every resample draws rows with replacement once and measures all policies and baselines on them, so that a
// difference between two of them is taken on the same rows.
import { type Curve, recoveredAt } from "./curve.ts";
import { MEASURES, type Measure, type Measures, measuresOf, type Totals } from "./measures.ts";
import { drawRows, randomSource } from "./random-source.ts";
import type { Sample } from "./sample.ts";
import type { Counted, TieTally } from "./tie-tally.ts";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Of one policy. */
export interface Intervals {
  readonly measures: Readonly<Record<Measure, Interval>>;
  readonly curve: readonly Interval[]; // at the shares asked for
}

export interface BootstrapSettings {
  readonly seed: number;
  readonly resamples: number;
  readonly shares: readonly number[]; // of strong, where the curve gets its band
}

/** What counts a sample's resampled rows: one for each policy's scores, and one for the length. */
export interface Tallies {
  readonly policies: readonly TieTally[];
  readonly length: TieTally;
}

/** Rows drawn over all resamples: about 15 s for five policies. */
const DRAW_BUDGET = 400_000_000;
const LEAST_RESAMPLES = 200;

/** How many resamples this many rows get: with many, the intervals are so narrow that fewer resamples tell them well enough. */
export function affordableResamples(asked: number, rows: number): number {
  return Math.min(asked, Math.max(LEAST_RESAMPLES, Math.floor(DRAW_BUDGET / rows)));
}

export function bootstrap(sample: Sample, { policies, length }: Tallies, settings: BootstrapSettings): readonly Intervals[] {
  const { seed, resamples, shares } = settings;
  const studied = policies.map((tally) => ({
    tally,
    measured: new Draws(MEASURES.length, resamples),
    curve: new Draws(shares.length, resamples),
  }));
  const random = randomSource(seed);
  const times = new Uint8Array(sample.rows);
  const weigh = weigher(sample);
  for (let resample = 0; resample < resamples; resample++) {
    drawRows(random, times);
    const counted = weigh(times);
    const totals = totalsOf(sample, counted);
    length.count(counted, sample.gains);
    const lengthCurves = { gap: length.gapCurve(), recall: length.recallCurve() };
    for (const { tally, measured, curve } of studied) {
      const sent = tally.count(counted, sample.gains);
      const own = tally.gapCurve();
      keepMeasures(measured, resample, measuresOf(totals, sent, own, lengthCurves));
      keepCurve(curve, resample, shares, own);
    }
  }
  return studied.map(({ measured, curve }) => {
    const intervals = measured.intervals();
    const measures = Object.fromEntries(MEASURES.map((measure, at) => [measure, intervals[at]])) as Record<Measure, Interval>;
    return { measures, curve: curve.intervals() };
  });
}

/**
 * How much each row counts in a resample: as often as it was drawn, times what it stands for. Shares are then of the sum of these (Hájek):
 * the resamples differ in it as the samples do that might have been drawn.
 */
function weigher({ rows, weights }: Sample): (times: Uint8Array) => Counted {
  if (weights === undefined) return (times) => times;
  const counted = new Float64Array(rows);
  return (times) => {
    for (let row = 0; row < rows; row++) counted[row] = (times[row] ?? 0) * (weights[row] ?? 0);
    return counted;
  };
}

/** Over the rows, each counted as much as is said. */
export function totalsOf({ rows, weak, gains, weights }: Sample, times: Counted): Totals {
  let [needs, quality, gap] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const drawn = times[row] ?? 0;
    const gain = gains[row] ?? 0;
    if (gain > 0) needs += drawn;
    quality += drawn * (weak[row] ?? 0);
    gap += drawn * gain;
  }
  return { rows: weights === undefined ? rows : sumOf(times), needs, weak: quality, gap };
}

export function sumOf(numbers: Counted): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

function keepMeasures(draws: Draws, resample: number, measures: Measures): void {
  for (let at = 0; at < MEASURES.length; at++) draws.keep(at, resample, measures[MEASURES[at] as Measure]);
}

function keepCurve(draws: Draws, resample: number, shares: readonly number[], curve: Curve | undefined): void {
  for (let at = 0; at < shares.length; at++)
    draws.keep(at, resample, curve === undefined ? Number.NaN : recoveredAt(curve, shares[at] ?? 0));
}

/** Some quantities, each as every resample measured it. */
class Draws {
  readonly #quantities: readonly Float64Array[];

  constructor(quantities: number, resamples: number) {
    this.#quantities = Array.from({ length: quantities }, () => new Float64Array(resamples));
  }

  keep(quantity: number, resample: number, value: number): void {
    const values = this.#quantities[quantity];
    if (values !== undefined) values[resample] = value;
  }

  /** Sorts the draws. */
  intervals(): readonly Interval[] {
    return this.#quantities.map(percentileInterval);
  }
}

/** From the 2.5th to the 97.5th percentile. Resamples in which the quantity is undefined (NaN) are left out. */
export function percentileInterval(draws: Float64Array): Interval {
  const sorted = draws.filter((value) => !Number.isNaN(value)).sort();
  return { low: percentile(sorted, 0.025), high: percentile(sorted, 0.975) };
}

/** Between the two nearest values, linearly. */
function percentile(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (place - below);
}
