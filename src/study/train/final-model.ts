// The model of the family that was chosen, trained on all rows and folded into the form that requests are scored with.

import type { FactTrees, GramWeights, LearnedModel } from "../../request/policy/learned/learned-model.ts";
import { FACT_NAMES } from "../../request/policy/learned/surface-facts.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { TREE_SETTINGS, trainTrees } from "./boosted-trees.ts";
import { costsUpTo, type Divisors, type FamilyRows, type FamilyScores, type LinearFamily, linearRows } from "./families.ts";
import { type LinearWeights, trainLogistic } from "./logistic.ts";
import type { TrainingRows } from "./training-rows.ts";

/** What makes a raw score. */
export type ModelParts = Pick<LearnedModel, "bias" | "grams" | "facts" | "trees">;

const WEIGHT_STEPS = 127;

export function trainFinal(rows: TrainingRows, { family, cost }: FamilyScores, divisors: Divisors, seed: number): ModelParts {
  switch (family) {
    case "linear facts":
    case "n-grams":
    case "n-grams and facts":
      return linearParts(rows, family, cost, seed, 1);
    case "trees on facts":
      return { bias: 0, grams: undefined, facts: undefined, trees: finalTrees(rows, 1) };
    case "n-grams averaged with trees":
      return { ...linearParts(rows, "n-grams", cost, seed, divisors.grams), trees: finalTrees(rows, divisors.trees) };
    case "length":
      throw new Error("invariant: length needs no model");
    default:
      return family satisfies never;
  }
}

function linearParts(rows: TrainingRows, family: LinearFamily, cost: number, seed: number, divisor: number): ModelParts {
  const chosen = Int32Array.from({ length: rows.count }, (_, row) => row);
  const input = linearRows(rows, family, chosen);
  let weights: LinearWeights = { columns: new Float32Array(0), dense: new Float64Array(0) };
  for (const fitted of trainLogistic(input, rows.positive, chosen, costsUpTo(cost), randomSource(seed))) weights = fitted;
  const { bias, facts } = factWeights(input, weights, divisor);
  return { bias, grams: family === "linear facts" ? undefined : gramWeights(input, weights, divisor), facts, trees: undefined };
}

/** Dense number k is (fact - mean) · factor: the factor goes into the weight and the mean into the bias. */
function factWeights({ means, factors, width }: FamilyRows, { dense }: LinearWeights, divisor: number) {
  let bias = dense[width - 1] ?? 0;
  const facts = factors.map((factor, k) => (factor * (dense[k] ?? 0)) / divisor);
  facts.forEach((weight, k) => {
    bias -= weight * divisor * (means[k] ?? 0);
  });
  return { bias: bias / divisor, facts: facts.length === FACT_NAMES.length ? facts : undefined };
}

/** In 255 steps between the largest weight and its negative. */
function gramWeights({ normScale }: FamilyRows, { columns }: LinearWeights, divisor: number): GramWeights {
  const largest = columns.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
  const weights = Int8Array.from(columns, (weight) => Math.round((weight / largest) * WEIGHT_STEPS));
  return { weights, scale: (largest / WEIGHT_STEPS) * (normScale / divisor) };
}

function finalTrees(rows: TrainingRows, divisor: number): FactTrees {
  const chosen = Int32Array.from({ length: rows.count }, (_, row) => row);
  const model = trainTrees(rows.facts, FACT_NAMES.length, rows.positive, chosen, TREE_SETTINGS);
  return { ...model, leaves: model.leaves.map((leaf) => leaf / divisor) };
}
