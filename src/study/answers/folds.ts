// What a verifier says of answers it was not trained on: in plain folds, near-duplicate questions together, and with whole groups of
// questions left out, which is what it will say of topics that are new.
import { ANSWER_FACTS } from "../../answer/verifier/answer-facts.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { FOLDS, foldsOf, rowsIn, rowsOutside } from "../train/folds.ts";
import { nearDuplicates } from "../train/near-duplicates.ts";
import type { AnswerRows } from "./answer-rows.ts";
import { trainVerifierTrees } from "./verifier-trees.ts";

/** Fewer groups say little about new ones. */
const LEAST_GROUPS = 3;
/** Of more groups several are left out together. */
const MOST_FOLDS = 20;

export interface FoldScores {
  readonly plain: Float64Array;
  readonly leftOut: Float64Array | undefined; // undefined: there are too few groups
  readonly groups: number;
  readonly clusters: number; // of near-duplicate questions
}

/** Says which of how many models is being trained. */
export type Progress = (done: number, of: number) => void;

export function foldScores(rows: AnswerRows, seed: number, onProgress: Progress): FoldScores {
  const clusters = nearDuplicates(rows.questions);
  const plain = foldsOf(clusters, rows.wrong, randomSource(seed));
  const names = [...new Set(rows.groups)];
  const all = FOLDS + (names.length < LEAST_GROUPS ? 0 : Math.min(names.length, MOST_FOLDS));
  let done = 0;
  const scores = (folds: Uint8Array, count: number) => {
    const found = new Float64Array(rows.count);
    for (let fold = 0; fold < count; fold++) {
      const trees = trainVerifierTrees(rows, rowsOutside(folds, fold));
      for (const row of rowsIn(folds, fold)) found[row] = treeScore(trees, rows.facts, row * ANSWER_FACTS.length);
      onProgress(++done, all);
    }
    return found;
  };
  const byGroup = Uint8Array.from(rows.groups, (group) => names.indexOf(group) % MOST_FOLDS);
  return {
    plain: scores(plain, FOLDS),
    leftOut: names.length < LEAST_GROUPS ? undefined : scores(byGroup, Math.min(names.length, MOST_FOLDS)),
    groups: names.length,
    clusters: new Set(clusters).size,
  };
}
