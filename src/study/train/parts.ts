// The fits that families are put together from: one kind of model for one target, scored on rows it has not seen, and fitted to all rows.

import { FACT_NAMES } from "../../request/policy/learned/surface-facts.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { TREE_SETTINGS, trainAveragedTrees } from "./boosted-trees.ts";
import { type LeftOut, leftOut, type Splits, worthOf } from "./left-out.ts";
import { type LinearKind, linearRows } from "./linear-rows.ts";
import { rawScore, trainLogistic } from "./logistic.ts";
import type { TrainingRows } from "./training-rows.ts";

export type PartKind = "length" | "trees" | LinearKind;
/** What is fitted: that strong is better than weak (or as the target says), or that it is worse. */
export type Side = "better" | "worse";

export interface Part {
  readonly kind: PartKind;
  readonly side: Side;
  readonly cost: number; // of a linear kind
  readonly scores: LeftOut;
}

/** What errors cost beside the penalty on weights. With 10, n-grams learn the rows by heart and rank others worse. */
const COSTS = [0.03, 0.1, 0.3, 1, 3] as const;

/** What all parts are fitted with. */
export interface Fitting {
  readonly rows: TrainingRows;
  readonly splits: Splits;
  readonly seed: number;
  readonly newTopics: number; // share of the traffic
  readonly progress: () => void; // a model has been trained
}

export function targetOf(rows: TrainingRows, side: Side): Uint8Array {
  return side === "better" ? rows.positive : rows.worse;
}

/** The length itself: nothing is fitted. */
export function lengthPart({ rows, splits }: Fitting): Part {
  return { kind: "length", side: "better", cost: 0, scores: lengthScores(rows, splits) };
}

export function lengthScores({ chars }: TrainingRows, { groups }: Splits): LeftOut {
  const scores = chars.map(Math.log1p);
  return { plain: scores, groups: groups && scores };
}

export function treesPart({ rows, splits, seed, progress }: Fitting, side: Side): Part {
  const width = FACT_NAMES.length;
  const scores = leftOut(rows.count, splits, ({ chosen, tested }, into) => {
    const model = trainAveragedTrees(rows.facts, width, targetOf(rows, side), chosen, TREE_SETTINGS, randomSource(seed), rows.weights);
    for (const row of tested) into[row] = treeScore(model, rows.facts, row * width);
    progress();
  });
  return { kind: "trees", side, cost: 0, scores };
}

/** At the cost that ranks best; the first of equals. */
export function linearPart({ rows, splits, seed, newTopics, progress }: Fitting, kind: LinearKind, side: Side): Part {
  const target = targetOf(rows, side);
  const tried = COSTS.map(() => ({ plain: new Float64Array(rows.count), groups: splits.groups && new Float64Array(rows.count) }));
  for (const part of ["plain", "groups"] as const) {
    for (const { chosen, tested } of splits[part] ?? []) {
      const input = linearRows(rows, target, kind, chosen);
      let at = 0;
      for (const weights of trainLogistic(input, target, chosen, COSTS, randomSource(seed))) {
        const scores = tried[at++]?.[part] ?? NOTHING;
        for (const row of tested) scores[row] = rawScore(input, row, weights);
      }
      progress();
    }
  }
  const told = { gains: side === "better" ? rows.gains : Float64Array.from(rows.worse), weights: rows.weights };
  const parts = tried.map((scores, at): Part => ({ kind, side, cost: COSTS[at] ?? 0, scores }));
  return best(parts, ({ scores }) => worthOf(scores, told, newTopics).expected);
}

const NOTHING = new Float64Array(0);

/** The costs on the way to the one that was chosen: a fit begins where the one before ended. */
export function costsUpTo(cost: number): readonly number[] {
  return COSTS.filter((tried) => tried <= cost);
}

/** How many models are trained for a linear or a trees part. */
export function modelsOf({ plain, groups }: Splits): number {
  return plain.length + (groups?.length ?? 0);
}

/** The first of equals. */
export function best<Item>(items: readonly Item[], worth: (item: Item) => number): Item {
  const worths = items.map(worth);
  const at = worths.reduce((found, value, item) => (value > (worths[found] ?? Number.NaN) ? item : found), 0);
  const item = items[at];
  if (item === undefined) throw new Error("invariant: there is something to choose from");
  return item;
}
