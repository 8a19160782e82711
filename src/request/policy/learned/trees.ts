// Evaluates boosted regression trees on facts.
import type { FactTrees } from "./learned-model.ts";

/** The sum of the leaves that `facts` (from `offset` on) lead to, added up. */
export function treeScore({ depth, facts, thresholds, leaves }: FactTrees, values: Float64Array, offset = 0): number {
  const leafCount = 1 << depth;
  const splits = leafCount - 1;
  const trees = leaves.length >> depth;
  let sum = 0;
  for (let tree = 0; tree < trees; tree++) {
    let node = 0;
    for (let level = 0; level < depth; level++) {
      const at = tree * splits + node;
      const isRight = (values[offset + (facts[at] ?? 0)] ?? 0) > (thresholds[at] ?? 0);
      node = 2 * node + 1 + Number(isRight); // no branch, which would be guessed wrong every other time: 4 µs instead of 11 for 400 trees
    }
    sum += leaves[tree * leafCount + node - splits] ?? 0;
  }
  return sum;
}
