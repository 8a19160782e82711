// Measures every policy on a sample: the exact figures of the data, and the intervals around them.
import { bootstrap, type Intervals, totalsOf } from "./bootstrap.ts";
import { type Curve, curveOf, type Ranking, rankingOf, recoveredAt } from "./curve.ts";
import { type Curves, type Measure, type Measures, measuresOf, type Sent, type Totals } from "./measures.ts";
import type { Estimate } from "./result.ts";
import type { PolicyColumns, Sample } from "./sample.ts";
import { TieTally } from "./tie-tally.ts";

export interface Judged {
  readonly totals: Totals;
  readonly length: { readonly ranking: Ranking; readonly curves: Curves };
  readonly policies: readonly JudgedPolicy[];
}

export interface JudgedPolicy {
  readonly measures: Measures;
  readonly intervals: Intervals;
  readonly sent: Sent;
  readonly curve: readonly number[] | undefined; // of the gap recovered, at the shares asked for; undefined: no gap
}

export interface JudgeSettings {
  readonly seed: number;
  readonly resamples: number;
  readonly shares: readonly number[]; // of strong, where the curve is wanted
}

/** Takes rows × policies × resamples steps. One ranking at a time is kept beside the length's: with millions of rows they are large. */
export function judge(sample: Sample, settings: JudgeSettings): Judged {
  const { rows, gains, weights } = sample;
  const totals = totalsOf(sample, weights ?? new Uint8Array(rows).fill(1));
  const ranking = rankingOf(sample.chars);
  const curves: Curves = { gap: curveOf(ranking, gains, weights), recall: curveOf(ranking, needsOf(gains), weights) };
  const studied = sample.policies.map((policy) => study(policy, sample, totals, curves, settings.shares));
  const tallies = { policies: studied.map(({ tally }) => tally), length: new TieTally(ranking, NO_TIERS, gains) };
  const intervals = bootstrap(sample, tallies, settings);
  const policies = studied.map(({ measures, sent, curve }, at) => ({ measures, sent, curve, intervals: intervalsAt(intervals, at) }));
  return { totals, length: { ranking, curves }, policies };
}

const NO_TIERS: readonly number[] = [];

function study(policy: PolicyColumns, sample: Sample, totals: Totals, length: Curves, shares: readonly number[]) {
  const ranking = rankingOf(policy.scores);
  const own: Curve | undefined = curveOf(ranking, sample.gains, sample.weights);
  const sent = sentBy(policy, sample);
  return {
    measures: measuresOf(totals, sent, own, length),
    sent,
    curve: own === undefined ? undefined : shares.map((share) => recoveredAt(own, share)),
    tally: new TieTally(ranking, policy.tiers, sample.gains),
  };
}

function sentBy({ tiers }: PolicyColumns, { gains, weights }: Sample): Sent {
  let [rows, needs, gained] = [0, 0, 0];
  for (let row = 0; row < tiers.length; row++) {
    if (tiers[row] === 0) continue;
    const gain = gains[row] ?? 0;
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    rows += weight;
    if (gain > 0) needs += weight;
    gained += weight * gain;
  }
  return { rows, needs, gained };
}

/** 1 where strong is needed. */
export function needsOf(gains: Float64Array): Uint8Array {
  const needs = new Uint8Array(gains.length);
  for (let row = 0; row < gains.length; row++) needs[row] = (gains[row] ?? 0) > 0 ? 1 : 0;
  return needs;
}

function intervalsAt(intervals: readonly Intervals[], at: number): Intervals {
  const found = intervals[at];
  if (found === undefined) throw new Error("invariant: every policy has its intervals");
  return found;
}

/** Undefined where the data does not define it. An interval that no resample defines is the value alone. */
export function estimateOf({ measures, intervals }: JudgedPolicy, measure: Measure): Estimate | undefined {
  const value = measures[measure];
  if (Number.isNaN(value)) return undefined;
  const { low, high } = intervals.measures[measure];
  return Number.isNaN(low) ? { value, low: value, high: value } : { value, low, high };
}

/** Of a measure that every non-empty sample defines. */
export function certainEstimate(
  judged: JudgedPolicy,
  measure: "weakShare" | "misroute" | "falseNegativeRate" | "falsePositiveRate",
): Estimate {
  const estimate = estimateOf(judged, measure);
  if (estimate === undefined) throw new Error(`invariant: ${measure} is defined on rows`);
  return estimate;
}
