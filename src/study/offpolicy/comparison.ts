// Two policies on the same logged requests: how often they agree, what the second costs and, where chances were logged, what it does to
// quality; in all and by slice, with intervals by session.
import type { Estimate } from "../evaluate/result.ts";
import { type ComparisonVerdict, comparisonVerdict } from "./comparison-verdict.ts";
import { differenceOf, meanByUnit } from "./estimators.ts";
import { type Units, unitsOf } from "./logged.ts";
import type { Pairs, SlicedBy } from "./pairs.ts";
import { effectiveUnits, LEAST_EFFECTIVE, weightsFor } from "./weights.ts";

export interface LogComparison {
  readonly requests: number;
  readonly sessions: number;
  readonly days: number;
  readonly all: Compared;
  readonly quality: QualityChange;
  readonly slices: readonly SliceCompared[];
  readonly verdict: ComparisonVerdict;
}

export interface Compared {
  readonly agreement: Estimate;
  readonly up: Estimate; // share that goes to a stronger tier
  readonly down: Estimate;
  readonly strongBefore: Estimate; // share above the first tier
  readonly strongAfter: Estimate;
  readonly costBefore: number | undefined; // US dollars for 1,000 requests; undefined: a price is not known
  readonly costChange: Estimate | undefined;
}

export interface SliceCompared extends Compared {
  readonly by: string; // turn, script, length, or the name of a header
  readonly name: string;
  readonly requests: number;
}

/** `unknown`: no chances are logged; `too-little`: they say too little yet. */
export type QualityChange =
  | { readonly kind: "unknown" }
  | { readonly kind: "too-little"; readonly effective: number }
  | { readonly kind: "known"; readonly change: Estimate; readonly effective: number };

const MOST_WEIGHT = 10_000;

export function logComparison(pairs: Pairs): LogComparison {
  const units = unitsOf(pairs.unit.values());
  const all = compared(pairs, units, () => true);
  const quality = qualityChange(pairs, units);
  return {
    requests: pairs.rows,
    sessions: units.count,
    days: pairs.days,
    all,
    quality,
    slices: pairs.slices.flatMap((sliced) => slicesBy(pairs, units, sliced)),
    verdict: comparisonVerdict({ all, quality, days: pairs.days }),
  };
}

function slicesBy(pairs: Pairs, units: Units, sliced: SlicedBy): readonly SliceCompared[] {
  const { by, names } = sliced;
  const of = sliced.of.values();
  const slices = names.map((name, index) => {
    const isOf = (row: number) => of[row] === index;
    const requests = of.reduce((count, slice) => count + Number(slice === index), 0);
    return { by, name, requests, ...compared(pairs, units, isOf) };
  });
  return slices.length < 2 ? [] : slices.toSorted((a, b) => b.requests - a.requests);
}

function compared(pairs: Pairs, units: Units, isOf: (row: number) => boolean): Compared {
  const [before, after] = [pairs.before.values(), pairs.after.values()];
  const [costBefore, costAfter] = [pairs.costBefore.values(), pairs.costAfter.values()];
  const mean = (of: (row: number) => number) =>
    meanByUnit(
      Float64Array.from(before, (_, row) => (isOf(row) ? of(row) : Number.NaN)),
      units,
    );
  const share = (of: (first: number, second: number) => boolean): Estimate =>
    mean((row) => Number(of(before[row] ?? 0, after[row] ?? 0))) ?? { value: 0, low: 0, high: 1 };
  return {
    agreement: share((first, second) => first === second),
    up: share((first, second) => second > first),
    down: share((first, second) => second < first),
    strongBefore: share((first) => first > 0),
    strongAfter: share((_, second) => second > 0),
    costBefore: mean((row) => 1000 * (costBefore[row] ?? Number.NaN))?.value,
    costChange: mean((row) => 1000 * ((costAfter[row] ?? Number.NaN) - (costBefore[row] ?? Number.NaN))),
  };
}

function qualityChange(pairs: Pairs, units: Units): QualityChange {
  const propensity = pairs.propensity.values();
  const taken = pairs.taken.values();
  const isLogged = propensity.some((chance) => !Number.isNaN(chance) && chance < 1);
  if (!isLogged) return { kind: "unknown" };
  const values = Float64Array.from(pairs.rewards, (reward, row) => (Number.isNaN(propensity[row]) ? Number.NaN : reward));
  const chances = propensity.map((chance) => (Number.isNaN(chance) ? 1 : chance));
  // Where something held the request, both would have come to the tier that it went to.
  const held = (target: Uint8Array) => target.map((tier, row) => (propensity[row] === 1 ? (taken[row] ?? tier) : tier));
  const weights = (target: Uint8Array) => weightsFor({ taken, propensity: chances }, held(target), MOST_WEIGHT).of;
  const [before, after] = [weights(pairs.before.values()), weights(pairs.after.values())];
  const counted = (of: Float64Array) => of.map((weight, row) => (Number.isNaN(values[row]) ? 0 : weight));
  const effective = Math.min(effectiveUnits(counted(before), units), effectiveUnits(counted(after), units));
  const change = differenceOf({ values, units, before, after });
  return change === undefined || effective < LEAST_EFFECTIVE ? { kind: "too-little", effective } : { kind: "known", change, effective };
}
