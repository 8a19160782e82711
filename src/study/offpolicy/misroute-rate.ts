// How often the policy in force is wrong, from the audit slice: there and nowhere else it is seen what the other tier would have done.
// Unbiased: each audited request stands for 1 / its chance to be in the slice, and each tier taken for as many as there are tiers.
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
  const [weak, strong] = [share(audited, tooWeak, scale), share(audited, tooStrong, scale)];
  // The influence of a row on a weighted mean: its weight times how far it is from that mean.
  const mean = meanOf(weak) + meanOf(strong);
  const all = meanByUnit(
    weak.map((value, row) => mean + value + (strong[row] ?? 0) - (scale / (chance[row] ?? 1)) * mean),
    units,
  );
  return all && { requests: known.length, all: { ...all, value: mean }, tooWeak: meanOf(weak), tooStrong: meanOf(strong) };
}

type Wrong = (audited: Audited, row: number) => number;

function share(audited: Audited, wrong: Wrong, scale: number): Float64Array {
  return audited.chance.map((chance, row) => (scale / chance) * wrong(audited, row));
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

/** What the last tier does better than the one wanted, whichever of the two was drawn. */
const tooWeak: Wrong = ({ wanted, taken, good, tiers }, row) => {
  const value = good[row] ?? Number.NaN;
  if (wanted[row] === tiers - 1 || Number.isNaN(value)) return 0 * value;
  if (taken[row] === tiers - 1) return tiers * value;
  return taken[row] === wanted[row] ? -tiers * value : 0;
};

/** 1, less what the tier wanted does better than the first. */
const tooStrong: Wrong = ({ wanted, taken, good, tiers }, row) => {
  const value = good[row] ?? Number.NaN;
  if (wanted[row] === 0 || Number.isNaN(value)) return 0 * value;
  if (taken[row] === 0) return 1 + tiers * value;
  return taken[row] === wanted[row] ? 1 - tiers * value : 1;
};
