// The fits that families are put together from: one kind of model for one target, scored on rows it has not seen, and fitted to all rows.

import { FACT_NAMES } from "../../request/policy/learned/surface-facts.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { TREE_SETTINGS, trainAveragedTrees } from "./boosted-trees.ts";
import type { Split } from "./folds.ts";
import { type LeftOut, leftOut, type Splits } from "./left-out.ts";
import { type LinearKind, linearRows } from "./linear-rows.ts";
import { type LinearRows, rawScore, trainLogistic } from "./logistic.ts";
import type { TrainingRows } from "./training-rows.ts";

export type PartKind = "length" | "trees" | LinearKind | "embedding";
/** What is fitted: that strong is better than weak (or as the target says), or that it is worse. */
export type Side = "better" | "worse";

export interface Part {
  readonly kind: PartKind;
  readonly side: Side;
  readonly cost: number; // of a linear kind
  readonly grams: number; // of a linear kind, see LinearFit
  readonly scores: LeftOut;
}

/** What errors cost beside the penalty on weights. With 10, n-grams learn the rows by heart and rank others worse. */
const COSTS = [0.03, 0.1, 0.3, 1, 3] as const;

/**
 * What the squares of character grams count beside those of words and pairs. With less of them two-sided n-grams with trees have .004 more
 * on MMLU, and as much with subjects left out; MMLU-Pro has .005 less. So both are tried.
 */
export const GRAM_WEIGHTS = [1, 0.3] as const;

/** What all parts are fitted with. */
export interface Fitting {
  readonly rows: TrainingRows;
  readonly splits: Splits;
  readonly seed: number;
  readonly newTopics: number; // share of the traffic
  readonly progress: () => void; // a model has been trained
}

export function targetOf(rows: TrainingRows, side: Side): Float64Array {
  return side === "better" ? rows.better : rows.worse;
}

/** The length itself: nothing is fitted. */
export function lengthPart({ rows, splits }: Fitting): Part {
  return { kind: "length", side: "better", cost: 0, grams: 1, scores: lengthScores(rows, splits) };
}

export function lengthScores({ chars }: TrainingRows, { groups }: Splits): LeftOut {
  const scores = chars.map(Math.log1p);
  return { plain: scores, groups: groups && scores };
}

export function treesPart({ rows, splits, seed, progress }: Fitting, side: Side): Part {
  const width = FACT_NAMES.length;
  const scores = leftOut(rows.count, splits, ({ chosen, tested }, into) => {
    const model = trainAveragedTrees(rows.facts, width, targetOf(rows, side), chosen, TREE_SETTINGS, randomSource(seed), rows.weights);
    score(rows, { chosen, tested }, into, (row) => treeScore(model, rows.facts, row * width));
    progress();
  });
  return { kind: "trees", side, cost: 0, grams: 1, scores };
}

export function linearParts(fitting: Fitting, kind: LinearKind, side: Side, grams = 1): readonly Part[] {
  const { rows } = fitting;
  const target = targetOf(rows, side);
  return partsAtCosts(fitting, { kind, side, grams }, (chosen) => linearRows(rows, { kind, target, grams }, chosen));
}

/** One for each cost: which ranks best depends on what stands beside it. `inputOf`: as a fit to the rows chosen sees them. */
export function partsAtCosts(
  { rows, splits, seed, progress }: Fitting,
  part: Pick<Part, "kind" | "side" | "grams">,
  inputOf: (chosen: Int32Array) => LinearRows,
): readonly Part[] {
  const target = targetOf(rows, part.side);
  const tried = COSTS.map(() => ({ plain: new Float64Array(rows.count), groups: splits.groups && new Float64Array(rows.count) }));
  for (const left of ["plain", "groups"] as const) {
    for (const { chosen, tested } of splits[left] ?? []) {
      const input = inputOf(chosen);
      let at = 0;
      for (const weights of trainLogistic(input, target, chosen, COSTS, randomSource(seed))) {
        score(rows, { chosen, tested }, tried[at++]?.[left] ?? NOTHING, (row) => rawScore(input, row, weights));
      }
      progress();
    }
  }
  return tried.map((scores, at) => ({ ...part, cost: COSTS[at] ?? 0, scores }));
}

/** Fills in what a model says of the rows tested, from its level on. */
function score(rows: TrainingRows, { chosen, tested }: Split, into: Float64Array, raw: (row: number) => number): void {
  const level = levelOf(rows, chosen, raw);
  for (const row of tested) into[row] = raw(row) - level;
}

/**
 * What a model says in the mean of the rows it was trained on. Scores are counted from there: models of several folds, put into one
 * ranking, otherwise differ by how often the rows they were trained on need strong, which is the less the more those left out do. A model
 * in use has one level for all. Where groups have rates drawn at random and nothing can be told of those left out, .500, the area is .437
 * to .474 on the texts of a mix of tasks, and from the level on .493 to .499. Source: Forman and Scholz, "Apples-to-apples in
 * cross-validation studies", SIGKDD Explorations 12 (2010).
 */
export function levelOf({ weights }: Pick<TrainingRows, "weights">, chosen: Int32Array, raw: (row: number) => number): number {
  let [sum, all] = [0, 0];
  for (const row of chosen) {
    const weight = weights?.[row] ?? 1;
    sum += weight * raw(row);
    all += weight;
  }
  return sum / all;
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
