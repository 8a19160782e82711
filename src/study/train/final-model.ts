// The model of the family that was chosen, trained on all rows and folded into the form that requests are scored with.
import type { GramWeights, ModelPart, ModelStep, RawScore, VectorStep } from "../../request/policy/learned/learned-model.ts";
import { FACT_NAMES } from "../../request/policy/learned/surface-facts.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { TREE_SETTINGS, trainAveragedTrees } from "./boosted-trees.ts";
import { type CentredRows, centred, fitInput } from "./embedding-families.ts";
import type { FamilyScores, PlacedPart } from "./families.ts";
import { knownBits } from "./known-features.ts";
import { type FamilyRows, type LinearFit, linearRows } from "./linear-rows.ts";
import { type LinearRows, type LinearWeights, rawScore, trainLogistic } from "./logistic.ts";
import { costsUpTo, levelOf, type Part, targetOf } from "./parts.ts";
import type { RowVectors, TrainingRows } from "./training-rows.ts";

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

/** What is added where a request's vector is there, before calibration. */
export function trainVector(
  rows: TrainingRows,
  vectors: RowVectors,
  { parts, beside }: Pick<FamilyScores, "parts" | "beside">,
  seed: number,
): Pick<VectorStep, "base" | "parts"> {
  const all = Int32Array.from({ length: rows.count }, (_, row) => row);
  const seen = centred(rows, vectors);
  const placed = parts.map(({ part, ...rest }): ModelPart => ({ ...vectorScore(rows, seen, part, all, seed), ...rest }));
  return { base: beside?.weight ?? 0, parts: placed };
}

/** The centring goes into weights and bias, so that a vector is weighed as it comes. */
function vectorScore(rows: TrainingRows, seen: CentredRows, { side, cost }: Part, all: Int32Array, seed: number): RawScore {
  const input = fitInput(rows, seen, side, all);
  const { means, factor, width, offset } = input;
  const { dense } = lastFit(input, targetOf(rows, side), costsUpTo(cost), all, seed);
  const vector = Float32Array.from(means, (_, k) => factor * (dense[k] ?? 0));
  const level = levelOf(rows, all, (row) => rawScore(input, row, { columns: NO_COLUMNS, dense }));
  const bias = means.reduce((sum, mean, k) => sum - mean * (vector[k] ?? 0), offset + (dense[width - 1] ?? 0) - level);
  return { ...NOTHING, bias, vector };
}

const NO_COLUMNS = new Float32Array(0);

function lastFit(input: LinearRows, target: Float64Array, costs: readonly number[], all: Int32Array, seed: number): LinearWeights {
  let weights: LinearWeights = { columns: NO_COLUMNS, dense: new Float64Array(0) };
  for (const fitted of trainLogistic(input, target, all, costs, randomSource(seed))) weights = fitted;
  return weights;
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
    case "embedding":
      throw new Error("invariant: a vector's part stands beside a model of the text");
    default:
      return kind satisfies never;
  }
}

function linearScore(rows: TrainingRows, fit: LinearFit, cost: number, all: Int32Array, seed: number): RawScore {
  const input = linearRows(rows, fit, all);
  const weights = lastFit(input, fit.target, costsUpTo(cost), all, seed);
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
