// The model of the family that was chosen, trained on all rows and folded into the form that requests are scored with.
import type { GramWeights, ModelPart, ModelStep, RawScore } from "../../request/policy/learned/learned-model.ts";
import { FACT_NAMES } from "../../request/policy/learned/surface-facts.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { TREE_SETTINGS, trainAveragedTrees } from "./boosted-trees.ts";
import type { FamilyScores, PlacedPart } from "./families.ts";
import { knownBits } from "./known-features.ts";
import { type FamilyRows, type LinearFit, linearRows } from "./linear-rows.ts";
import { type LinearWeights, rawScore, trainLogistic } from "./logistic.ts";
import { costsUpTo, levelOf, type Part, targetOf } from "./parts.ts";
import type { TrainingRows } from "./training-rows.ts";

/** What scores a request, before calibration. */
export type ModelCore = Pick<ModelStep, "parts" | "known">;

const WEIGHT_STEPS = 127;

export function trainFinal(rows: TrainingRows, { parts, band }: Pick<FamilyScores, "parts" | "band">, seed: number): ModelCore {
  const all = Int32Array.from({ length: rows.count }, (_, row) => row);
  return {
    parts: parts.map((placed) => finalPart(rows, placed, all, seed)),
    known: band && { bits: knownBits(rows, all), ...band },
  };
}

function finalPart(rows: TrainingRows, { part, link, middle, near, far }: PlacedPart, all: Int32Array, seed: number): ModelPart {
  return { ...rawScoreOf(rows, part, all, seed), link, middle, near, far };
}

const NOTHING: RawScore = { bias: 0, grams: undefined, facts: undefined, trees: undefined };

function rawScoreOf(rows: TrainingRows, { kind, side, cost, grams }: Part, all: Int32Array, seed: number): RawScore {
  switch (kind) {
    case "length":
      return { ...NOTHING, facts: Float64Array.from(FACT_NAMES, (name) => (name === "log-chars" ? 1 : 0)) };
    case "trees":
      return treesScore(rows, targetOf(rows, side), all, seed);
    case "linear facts":
    case "n-grams":
    case "n-grams and facts":
      return linearScore(rows, { kind, target: targetOf(rows, side), grams }, cost, all, seed);
    default:
      return kind satisfies never;
  }
}

function linearScore(rows: TrainingRows, fit: LinearFit, cost: number, all: Int32Array, seed: number): RawScore {
  const input = linearRows(rows, fit, all);
  let weights: LinearWeights = { columns: new Float32Array(0), dense: new Float64Array(0) };
  for (const fitted of trainLogistic(input, fit.target, all, costsUpTo(cost), randomSource(seed))) weights = fitted;
  const { bias, facts } = factWeights(input, weights);
  const level = levelOf(rows, all, (row) => rawScore(input, row, weights));
  return { ...NOTHING, bias: bias - level, facts, grams: fit.kind === "linear facts" ? undefined : gramWeights(input, weights) };
}

/** Dense number k is (fact - mean) · factor: the factor goes into the weight and the mean into the bias. */
function factWeights({ means, factors, width, offset }: FamilyRows, { dense }: LinearWeights) {
  let bias = offset + (dense[width - 1] ?? 0);
  const facts = factors.map((factor, k) => factor * (dense[k] ?? 0));
  facts.forEach((weight, k) => {
    bias -= weight * (means[k] ?? 0);
  });
  return { bias, facts: facts.length === FACT_NAMES.length ? facts : undefined };
}

/** In 255 steps between the largest weight and its negative. */
function gramWeights({ normScale }: FamilyRows, { columns }: LinearWeights): GramWeights {
  const largest = columns.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
  const weights = Int8Array.from(columns, (weight) => Math.round((weight / largest) * WEIGHT_STEPS));
  return { weights, scale: (largest / WEIGHT_STEPS) * normScale };
}

function treesScore(rows: TrainingRows, target: Float64Array, all: Int32Array, seed: number): RawScore {
  const width = FACT_NAMES.length;
  const trees = trainAveragedTrees(rows.facts, width, target, all, TREE_SETTINGS, randomSource(seed), rows.weights);
  return { ...NOTHING, bias: -levelOf(rows, all, (row) => treeScore(trees, rows.facts, row * width)), trees };
}
