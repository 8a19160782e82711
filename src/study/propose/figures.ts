// Before and after, with 95 % intervals: every resample draws near-duplicates together and measures both policies on the same rows.
import { percentileInterval } from "../evaluate/bootstrap.ts";
import { drawRows, randomSource } from "../evaluate/random-source.ts";
import type { Estimate } from "../evaluate/result.ts";
import type { Studied } from "./studied.ts";

export const FIGURES = ["quality", "misroute", "weakShare", "dollars", "overChance"] as const;
export type FigureName = (typeof FIGURES)[number];

/** One figure of the requests that the rows stand for. */
export interface BeforeAfter {
  readonly figure: FigureName;
  readonly before: Estimate;
  readonly after: Estimate;
  readonly change: Estimate;
}

export interface Comparison {
  readonly figures: readonly BeforeAfter[]; // without dollars where a price is not known
  readonly moved: number; // rows that go elsewhere
  readonly toStronger: number; // of these
}

export interface FigureSettings {
  readonly together?: Int32Array; // numbers of the rows that are drawn together; without: of near-duplicates
  readonly seed: number;
  readonly resamples: number;
}

/** Sums over the rows of a cluster, or of all. */
const SUMS = 9;
// Weight, gap, the gap's spend; then of the policy: quality, misroutes, weak, dollars, quality over the first tier's, spend.
type Sums = Float64Array;

export function compared(
  studied: Studied,
  before: Uint8Array,
  after: Uint8Array,
  { seed, resamples, together }: FigureSettings,
): Comparison {
  const clusters = numbered(together ?? studied.clusters);
  const tables = [clusterSums(studied, clusters, before), clusterSums(studied, clusters, after)] as const;
  const once = new Uint8Array(clusters.count).fill(1);
  const sums = new Float64Array(SUMS);
  const whole = tables.map((table) => figuresOf(total(table, once, sums)));
  const draws = FIGURES.map(() => [0, 1, 2].map(() => new Float64Array(resamples)));
  const random = randomSource(seed);
  const times = new Uint8Array(clusters.count);
  for (let resample = 0; resample < resamples; resample++) {
    drawRows(random, times);
    const [a, b] = [figuresOf(total(tables[0], times, sums)), figuresOf(total(tables[1], times, sums))];
    FIGURES.forEach((name, at) => {
      draws[at]?.[0]?.fill(a[name], resample, resample + 1);
      draws[at]?.[1]?.fill(b[name], resample, resample + 1);
      draws[at]?.[2]?.fill(b[name] - a[name], resample, resample + 1);
    });
  }
  const figures = FIGURES.flatMap((figure, at): readonly BeforeAfter[] => {
    if (figure === "dollars" && studied.dollars === undefined) return [];
    const [first, second] = [whole[0]?.[figure] ?? 0, whole[1]?.[figure] ?? 0];
    const estimate = (value: number, kind: number): Estimate => ({
      value,
      ...percentileInterval(draws[at]?.[kind] ?? new Float64Array(0)),
    });
    return [{ figure, before: estimate(first, 0), after: estimate(second, 1), change: estimate(second - first, 2) }];
  });
  const moved = before.filter((tier, row) => tier !== after[row]).length;
  return { figures, moved, toStronger: before.filter((tier, row) => tier < (after[row] ?? 0)).length };
}

function numbered(clusters: Int32Array): { readonly of: Int32Array; readonly count: number } {
  const numbers = new Map<number, number>();
  const of = clusters.map((cluster) => {
    const number = numbers.get(cluster) ?? numbers.size;
    numbers.set(cluster, number);
    return number;
  });
  return { of, count: numbers.size };
}

/** A cluster after the other. */
function clusterSums(studied: Studied, clusters: { readonly of: Int32Array; readonly count: number }, tiers: Uint8Array): Float64Array {
  const sums = new Float64Array(clusters.count * SUMS);
  tiers.forEach((tier, row) => {
    const first = row * studied.tiers;
    const [last, chosen] = [first + studied.tiers - 1, first + tier];
    const of = (table: Float64Array | undefined, at: number) => table?.[at] ?? 0;
    const { quality, spend, dollars } = studied;
    const values = [
      1,
      of(quality, last) - of(quality, first),
      of(spend, last) - of(spend, first),
      of(quality, chosen),
      studied.needs[row] === (tier > 0 ? 1 : 0) ? 0 : 1,
      tier === 0 ? 1 : 0,
      of(dollars, chosen),
      of(quality, chosen) - of(quality, first),
      of(spend, chosen) - of(spend, first),
    ];
    const into = (clusters.of[row] ?? 0) * SUMS;
    values.forEach((value, at) => {
      sums[into + at] = (sums[into + at] ?? 0) + value * (studied.weights[row] ?? 0);
    });
  });
  return sums;
}

/** Of the clusters, each as often as it was drawn, into `all`. */
function total(table: Float64Array, times: Uint8Array, all: Sums): Sums {
  all.fill(0);
  for (let cluster = 0; cluster < times.length; cluster++) {
    const drawn = times[cluster] ?? 0;
    if (drawn === 0) continue;
    const from = cluster * SUMS;
    for (let at = 0; at < SUMS; at++) all[at] = (all[at] ?? 0) + drawn * (table[from + at] ?? 0);
  }
  return all;
}

function figuresOf(sums: Sums): Readonly<Record<FigureName, number>> {
  const [weight = 0, gap = 0, gapSpend = 0, quality = 0, misroutes = 0, weak = 0, dollars = 0, gained = 0, spent = 0] = sums;
  return {
    quality: quality / weight,
    misroute: misroutes / weight,
    weakShare: weak / weight,
    dollars: (1000 * dollars) / weight,
    overChance: (gained - (gapSpend === 0 ? 0 : gap / gapSpend) * spent) / weight,
  };
}
