// How often the policy in force is wrong, from the audit slice: there and nowhere else it is seen what the other tier would have done.
// Unbiased: each audited request stands for 1 / its chance to be in the slice, and each tier taken for as many as there are tiers.
import { tooStrongBy, tooWeakBy } from "../../request/guard/audited-value.ts";
import type { Estimate } from "../evaluate/result.ts";
import { meanByUnit } from "./estimators.ts";
import type { Units } from "./logged.ts";

/** By row, of the audit slice alone. */
export interface Audited {
  readonly chance: Float64Array; // to be in the slice
  readonly wanted: Uint8Array; // the policy's tier
  readonly taken: Uint8Array;
  readonly good: Float64Array; // of the answer, 0 to 1; NaN: not known
  readonly units: Units;
  readonly tiers: number;
}

export interface MisrouteRate {
  readonly requests: number; // audited, with a known answer
  readonly all: Estimate;
  readonly tooWeak: number; // share of all requests: went below the last tier, and that one would have answered well where this did not
  readonly tooStrong: number; // went above the first, and that one would have done as well
}

/** Undefined: nothing is known of any. */
export function misrouteRate(audited: Audited): MisrouteRate | undefined {
  const { chance, good, units } = audited;
  const known = [...good.keys()].filter((row) => !Number.isNaN(good[row]));
  const population = known.reduce((sum, row) => sum + 1 / (chance[row] ?? 1), 0);
  if (known.length === 0) return undefined;
  const scale = known.length / population;
  const [weak, strong] = [share(audited, tooWeakBy, scale), share(audited, tooStrongBy, scale)];
  // The influence of a row on a weighted mean: its weight times how far it is from that mean.
  const mean = meanOf(weak) + meanOf(strong);
  const all = meanByUnit(
    weak.map((value, row) => mean + value + (strong[row] ?? 0) - (scale / (chance[row] ?? 1)) * mean),
    units,
  );
  return all && { requests: known.length, all: { ...all, value: mean }, tooWeak: meanOf(weak), tooStrong: meanOf(strong) };
}

type WrongBy = typeof tooWeakBy;

/** NaN where the answer is not known. */
function share({ chance, wanted, taken, good, tiers }: Audited, by: WrongBy, scale: number): Float64Array {
  return chance.map((of, row) => {
    const answer = { wanted: wanted[row] ?? 0, taken: taken[row] ?? 0, good: good[row] ?? Number.NaN };
    return Number.isNaN(answer.good) ? Number.NaN : (scale / of) * by(answer, tiers);
  });
}

function meanOf(values: Float64Array): number {
  let [sum, rows] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    rows++;
  }
  return rows === 0 ? Number.NaN : sum / rows;
}
