// The model of the family that was chosen, trained on all rows and folded into the form that requests are scored with.
import { randomSource } from "../evaluate/random-source.ts";
import type { FactTrees, GramWeights, LearnedModel } from "../policy/learned/learned-model.ts";
import { FACT_NAMES } from "../policy/learned/surface-facts.ts";
import { TREE_SETTINGS, trainTrees } from "./boosted-trees.ts";
import { costsUpTo, type Family, type FamilyRows, type FamilyScores, type LinearFamily, linearRows } from "./families.ts";
import { type LinearWeights, trainLogistic } from "./logistic.ts";
import type { TrainingRows } from "./training-rows.ts";

/** What makes a raw score. */
export type ModelParts = Pick<LearnedModel, "bias" | "grams" | "facts" | "trees">;

/** Divides the parts of an average: the spread of each one's scores in cross-validation. */
export interface Spreads {
  readonly grams: number;
  readonly trees: number;
}

const WEIGHT_STEPS = 127;

export function trainFinal(rows: TrainingRows, { family, cost, trees }: FamilyScores, spreads: Spreads, seed: number): ModelParts {
  switch (family) {
    case "linear facts":
    case "n-grams":
    case "n-grams and facts":
      return linearParts(rows, family, cost, seed, 1);
    case "trees on facts":
      return { bias: 0, grams: undefined, facts: undefined, trees: finalTrees(rows, trees, 1) };
    case "n-grams averaged with trees":
      return { ...linearParts(rows, "n-grams", cost, seed, spreads.grams), trees: finalTrees(rows, trees, spreads.trees) };
    case "length":
      throw new Error("invariant: length needs no model");
    default:
      return family satisfies never;
  }
}

function linearParts(rows: TrainingRows, family: LinearFamily, cost: number, seed: number, spread: number): ModelParts {
  const input = linearRows(rows, family);
  const chosen = Int32Array.from({ length: rows.count }, (_, row) => row);
  let weights: LinearWeights = { columns: new Float32Array(0), dense: new Float64Array(0) };
  for (const fitted of trainLogistic(input, rows.positive, chosen, costsUpTo(cost), randomSource(seed))) weights = fitted;
  const { bias, facts } = factWeights(input, weights, spread);
  return { bias, grams: family === "linear facts" ? undefined : gramWeights(input, weights, spread), facts, trees: undefined };
}

/** Dense number k is (fact - mean) · factor: the factor goes into the weight and the mean into the bias. */
function factWeights({ means, factors, width }: FamilyRows, { dense }: LinearWeights, spread: number) {
  let bias = dense[width - 1] ?? 0;
  const facts = factors.map((factor, k) => (factor * (dense[k] ?? 0)) / spread);
  facts.forEach((weight, k) => {
    bias -= weight * spread * (means[k] ?? 0);
  });
  return { bias: bias / spread, facts: facts.length === FACT_NAMES.length ? facts : undefined };
}

/** In 255 steps between the largest weight and its negative. */
function gramWeights({ normScale }: FamilyRows, { columns }: LinearWeights, spread: number): GramWeights {
  const largest = columns.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
  const weights = Int8Array.from(columns, (weight) => Math.round((weight / largest) * WEIGHT_STEPS));
  return { weights, scale: (largest / WEIGHT_STEPS) * (normScale / spread) };
}

function finalTrees(rows: TrainingRows, trees: number, spread: number): FactTrees {
  const chosen = Int32Array.from({ length: rows.count }, (_, row) => row);
  const model = trainTrees(rows.facts, FACT_NAMES.length, rows.positive, chosen, { ...TREE_SETTINGS, trees });
  return { ...model, leaves: model.leaves.map((leaf) => leaf / spread) };
}

/** The spreads of an average's parts; other families have no use for them. */
export function spreadsOf(families: readonly FamilyScores[], spread: (scores: Float64Array) => number): Spreads {
  const of = (family: Family) => spread(families.find((scored) => scored.family === family)?.scores ?? new Float64Array([0, 1]));
  return { grams: of("n-grams"), trees: of("trees on facts") };
}
