// How far rows are from those of a training: the share of their features that it met. By it weight moves from words to facts and length.
import { knownShare } from "../../request/policy/learned/score.ts";
import { BUCKETS } from "../../request/policy/learned/text-reader.ts";
import { type LeftOut, leftOut, type Splits } from "./left-out.ts";
import type { TrainingRows } from "./training-rows.ts";

const BITS = 8;

/** A bit for each feature of the rows chosen: 32 KiB. */
export function knownBits({ features }: Pick<TrainingRows, "features">, chosen: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(BUCKETS / BITS);
  for (const row of chosen) {
    for (const feature of features[row] ?? []) bits[feature >>> 3] = (bits[feature >>> 3] ?? 0) | (1 << (feature & 7));
  }
  return bits;
}

/** Of each row, the share that a training without it, or without its group, met. */
export function knownShares(rows: TrainingRows, splits: Splits): LeftOut {
  return leftOut(rows.count, splits, ({ chosen, tested }, into) => {
    const bits = knownBits(rows, chosen);
    for (const row of tested) {
      const own = rows.features[row] ?? NONE;
      into[row] = knownShare(bits, own, own.length);
    }
  });
}

const NONE = new Int32Array(0);

/** From which share of known features to which weight moves. */
export interface Band {
  readonly from: number;
  readonly to: number;
}

/** [percentile of the shares with groups left out, percentile of the plain ones]: from rarely far to mostly in between. */
const BAND_PERCENTILES = [
  [0.05, 0.5],
  [0.25, 0.5],
  [0.5, 0.9],
] as const;

/** Those in which something can move. */
export function bandsOf({ plain, groups }: LeftOut): readonly Band[] {
  if (groups === undefined) return [];
  const near = plain.slice().sort();
  const far = groups.slice().sort();
  const at = (sorted: Float64Array, share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return BAND_PERCENTILES.map(([low, high]) => ({ from: at(far, low), to: at(near, high) })).filter(({ from, to }) => from < to);
}
