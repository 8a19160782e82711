// The kinds of model that are compared, and what each scores on rows it was not trained on.

import { FACT_NAMES } from "../../request/policy/learned/surface-facts.ts";
import { BUCKETS } from "../../request/policy/learned/text-reader.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { apgr } from "../evaluate/curve.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { TREE_SETTINGS, trainTrees } from "./boosted-trees.ts";
import { FOLDS, rowsIn, rowsOutside } from "./folds.ts";
import { type LinearRows, rawScore, trainLogistic } from "./logistic.ts";
import type { TrainingRows } from "./training-rows.ts";

/** From the simplest to the richest. The first is no model: what every other has to beat. */
export const FAMILIES = [
  "length",
  "linear facts",
  "trees on facts",
  "n-grams",
  "n-grams and facts",
  "n-grams averaged with trees",
] as const;
export type Family = (typeof FAMILIES)[number];
export type LinearFamily = "linear facts" | "n-grams" | "n-grams and facts";

/** What errors cost beside the penalty on weights. With 10, n-grams learn the rows by heart and rank others worse. */
const COSTS = [0.03, 0.1, 0.3, 1, 3] as const;

export interface FamilyScores {
  readonly family: Family;
  readonly scores: Float64Array; // by row, from models that have not seen the row's cluster
  readonly apgr: number;
  readonly setting: string; // what cross-validation chose, for the report
  readonly cost: number; // of a linear family
}

/** Says which of how many models is being trained. */
export type Progress = (done: number, of: number) => void;

/** `folds`: of each row, see foldsOf. */
export function compareFamilies(rows: TrainingRows, folds: Uint8Array, seed: number, onProgress: Progress): readonly FamilyScores[] {
  const linear = ["linear facts", "n-grams", "n-grams and facts"] as const;
  const all = (linear.length + 1) * FOLDS;
  let done = 0;
  const progress = () => onProgress(++done, all);
  const fitted = linear.map((family) => bestCost(rows, folds, family, seed, progress));
  const trees = treesOnFacts(rows, folds, progress);
  const grams = fitted.find(({ family }) => family === "n-grams");
  const averaged = grams === undefined ? [] : [average(rows, grams, trees)];
  const length = scored(rows, "length", rows.chars, "", 0);
  return [length, ...fitted, trees, ...averaged].sort((a, b) => FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family));
}

function scored(rows: TrainingRows, family: Family, scores: Float64Array, setting: string, cost: number): FamilyScores {
  return { family, scores, apgr: apgr(scores, rows.gains) ?? Number.NaN, setting, cost };
}

function bestCost(rows: TrainingRows, folds: Uint8Array, family: LinearFamily, seed: number, progress: () => void): FamilyScores {
  const tried = COSTS.map(() => new Float64Array(rows.count));
  for (let fold = 0; fold < FOLDS; fold++) {
    const tested = rowsIn(folds, fold);
    const chosen = rowsOutside(folds, fold);
    const input = linearRows(rows, family, chosen);
    let at = 0;
    for (const weights of trainLogistic(input, rows.positive, chosen, COSTS, randomSource(seed))) {
      for (const row of tested) tried[at]?.fill(rawScore(input, row, weights), row, row + 1);
      at++;
    }
    progress();
  }
  return best(tried.map((scores, at) => scored(rows, family, scores, `C ${COSTS[at]}`, COSTS[at] ?? 0)));
}

/** The costs on the way to the one that was chosen: a fit begins where the one before ended. */
export function costsUpTo(cost: number): readonly number[] {
  return COSTS.filter((tried) => tried <= cost);
}

function treesOnFacts(rows: TrainingRows, folds: Uint8Array, progress: () => void): FamilyScores {
  const width = FACT_NAMES.length;
  const scores = new Float64Array(rows.count);
  for (let fold = 0; fold < FOLDS; fold++) {
    const model = trainTrees(rows.facts, width, rows.positive, rowsOutside(folds, fold), TREE_SETTINGS);
    for (const row of rowsIn(folds, fold)) scores[row] = treeScore(model, rows.facts, row * width);
    progress();
  }
  return scored(rows, "trees on facts", scores, `${TREE_SETTINGS.trees} trees`, 0);
}

/** What trees count beside n-grams, each in units of its own spread. In full they weigh too much: .667 instead of .672 on MMLU. */
const TREES_BESIDE_GRAMS = 0.5;

/** What each part of the average is divided by. */
export interface Divisors {
  readonly grams: number;
  readonly trees: number;
}

export function divisorsOf(families: readonly FamilyScores[]): Divisors {
  const spreadOf = (family: Family) => spread(families.find((scored) => scored.family === family)?.scores ?? new Float64Array(0));
  return { grams: spreadOf("n-grams"), trees: spreadOf("trees on facts") / TREES_BESIDE_GRAMS };
}

function average(rows: TrainingRows, grams: FamilyScores, trees: FamilyScores): FamilyScores {
  const by = divisorsOf([grams, trees]);
  const scores = grams.scores.map((score, row) => score / by.grams + (trees.scores[row] ?? 0) / by.trees);
  return scored(rows, "n-grams averaged with trees", scores, `${grams.setting}, ${trees.setting}`, grams.cost);
}

/** The first of equals: the simplest. */
function best(tried: readonly FamilyScores[]): FamilyScores {
  return tried.reduce((a, b) => (b.apgr > a.apgr ? b : a));
}

/** Standard deviation; 1 where there is none. */
function spread(scores: Float64Array): number {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length) || 1;
}

/** How much the facts, which have a spread of 1, weigh beside the n-grams, whose rows have a length of about 1. */
const FACTS_BESIDE_GRAMS = 0.3;

export interface FamilyRows extends LinearRows {
  readonly means: Float64Array; // of the facts; dense number k is (fact - means[k]) · factors[k], and behind them stands a constant 1
  readonly factors: Float64Array;
  readonly normScale: number; // norms are normScale / sqrt(number of features)
}

/** As a fit to the rows `chosen` sees them; the others stand beside them to be scored. */
export function linearRows(rows: TrainingRows, family: LinearFamily, chosen: Int32Array): FamilyRows {
  const hasGrams = family !== "linear facts";
  const facts = family === "n-grams" ? 0 : FACT_NAMES.length;
  const squares = hasGrams ? squaredWeights(rows, chosen) : new Float32Array(0);
  const columns = hasGrams ? rows.features : [];
  const { means, factors } = standardised(rows, facts, hasGrams ? FACTS_BESIDE_GRAMS : 1);
  const width = facts + 1;
  const dense = new Float64Array(rows.count * width);
  for (let row = 0; row < rows.count; row++) {
    for (let k = 0; k < facts; k++)
      dense[row * width + k] = ((rows.facts[row * FACT_NAMES.length + k] ?? 0) - (means[k] ?? 0)) * (factors[k] ?? 0);
    dense[row * width + facts] = 1;
  }
  const normScale = hasGrams ? meanLengthOne(columns, squares) : 0;
  const norms = Float64Array.from({ length: rows.count }, (_, row) => normScale / Math.sqrt(Math.max(1, columns[row]?.length ?? 0)));
  return { columns, norms, squares, dense, width, means, factors, normScale };
}

/** Added to the squared ratio of every feature, so that those which tell nothing alone still count a little. */
const LEAST_SQUARE = 0.5;

/**
 * How much more often a feature is in rows that need strong than in others: the squared naive Bayes log ratio, smoothed. Source: Wang and
 * Manning, "Baselines and bigrams: simple, good sentiment and topic classification" (2012). By cross-validation the area under the routing
 * curve on MMLU is .004 to .008 above that of tf-idf weights and of none; on MMLU-Pro it is the same.
 */
function squaredWeights({ features, positive }: TrainingRows, chosen: Int32Array): Float32Array {
  const needing = new Float32Array(BUCKETS);
  const others = new Float32Array(BUCKETS);
  let positives = 0;
  for (const row of chosen) {
    const holders = positive[row] === 1 ? needing : others;
    positives += positive[row] ?? 0;
    for (const feature of features[row] ?? []) holders[feature] = (holders[feature] ?? 0) + 1;
  }
  const share = positives / chosen.length; // of one imagined holder, each kind of row gets its share
  const fallback = Math.log(positives + 1) - Math.log(chosen.length - positives + 1);
  return needing.map((count, feature) => {
    const ratio = Math.log((count + share) / ((others[feature] ?? 0) + 1 - share)) - fallback;
    return ratio * ratio + LEAST_SQUARE;
  });
}

/** What makes rows of norm scale / sqrt(number of features) one long in the mean. */
function meanLengthOne(columns: readonly Int32Array[], squares: Float32Array): number {
  let sum = 0;
  for (const own of columns) sum += own.reduce((squared, column) => squared + (squares[column] ?? 0), 0) / Math.max(1, own.length);
  return sum === 0 ? 1 : Math.sqrt(columns.length / sum);
}

function standardised({ facts, count }: TrainingRows, width: number, factor: number) {
  const means = new Float64Array(width);
  const factors = new Float64Array(width);
  for (let k = 0; k < width; k++) {
    const values = Float64Array.from({ length: count }, (_, row) => facts[row * FACT_NAMES.length + k] ?? 0);
    means[k] = values.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - (means[k] ?? 0)) ** 2, 0) / count);
    factors[k] = deviation > 1e-12 ? factor / deviation : 0;
  }
  return { means, factors };
}
