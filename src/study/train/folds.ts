// Splits rows into folds for cross-validation: clusters stay whole, and each fold gets its part of the rows that need strong.
import { shuffle } from "./shuffle.ts";

export const FOLDS = 5;

/** The fold of each row. `clusters`: the cluster of each row, see nearDuplicates. */
export function foldsOf(clusters: Int32Array, positive: Uint8Array, random: () => number): Uint8Array {
  const members = new Map<number, number[]>();
  clusters.forEach((cluster, row) => {
    const rows = members.get(cluster);
    if (rows === undefined) members.set(cluster, [row]);
    else rows.push(row);
  });
  const order = Int32Array.from(members.keys());
  shuffle(order, random);
  const sizes = new Float64Array(FOLDS);
  const positives = new Float64Array(FOLDS);
  const folds = new Uint8Array(clusters.length);
  let dealt = { size: 0, needing: new Float64Array(FOLDS), others: new Float64Array(FOLDS) };
  // Large clusters first, so that the small ones can even out; the shuffled order stands within a size.
  const bySize = [...order].sort((a, b) => (members.get(b)?.length ?? 0) - (members.get(a)?.length ?? 0));
  for (const cluster of bySize) {
    const rows = members.get(cluster) ?? [];
    const needing = rows.reduce((sum, row) => sum + (positive[row] ?? 0), 0);
    if (rows.length !== dealt.size) dealt = { size: rows.length, needing: new Float64Array(FOLDS), others: new Float64Array(FOLDS) };
    const own = needing > 0 ? dealt.needing : dealt.others;
    const fold = lightest([own, needing > 0 ? positives : sizes, sizes]);
    for (const row of rows) folds[row] = fold;
    own[fold] = (own[fold] ?? 0) + 1;
    sizes[fold] = (sizes[fold] ?? 0) + rows.length;
    positives[fold] = (positives[fold] ?? 0) + needing;
  }
  return folds;
}

/** By the first of the loads in which folds differ; the first of equals. */
function lightest(loads: readonly Float64Array[]): number {
  let best = 0;
  for (let fold = 1; fold < FOLDS; fold++) {
    const differing = loads.find((load) => load[fold] !== load[best]);
    if (differing !== undefined && (differing[fold] ?? 0) < (differing[best] ?? 0)) best = fold;
  }
  return best;
}

/** Rows and whole clusters of a fold that was left out: what is trained on shares no cluster with what is tested. */
export interface Split {
  readonly chosen: Int32Array; // to train on
  readonly tested: Int32Array;
}

/** For every fold that has rows. Clusters may lie across folds: what is like a tested row is not trained on. */
export function splitsOf(folds: Uint8Array, clusters: Int32Array): readonly Split[] {
  const splits: Split[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const tested = rowsIn(folds, fold);
    if (tested.length === 0) continue;
    const held = new Set(tested.map((row) => clusters[row] ?? row));
    splits.push({ tested, chosen: rowsOutside(folds, fold).filter((row) => !held.has(clusters[row] ?? row)) });
  }
  return splits;
}

/** The rows of every fold but this one, ascending. */
export function rowsOutside(folds: Uint8Array, fold: number): Int32Array {
  return Int32Array.from(folds.keys()).filter((row) => folds[row] !== fold);
}

/** The rows of this fold, ascending. */
export function rowsIn(folds: Uint8Array, fold: number): Int32Array {
  return Int32Array.from(folds.keys()).filter((row) => folds[row] === fold);
}
