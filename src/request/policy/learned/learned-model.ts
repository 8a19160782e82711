// What training leaves behind and scoring uses: weights, trees, calibration, and how the data looked.
import type { Scope } from "../../chat/facts.ts";
import type { TopicModel } from "./topics.ts";

/** What a row must show to count as "needs strong": that strong scored higher than weak, or that weak scored under 0.5. */
export const TRAINING_TARGETS = ["strong-gains", "weak-fails"] as const;
export type TrainingTarget = (typeof TRAINING_TARGETS)[number];

/** Adds scale · Σ weights[features] / sqrt(number of features). */
export interface GramWeights {
  readonly weights: Int8Array; // one a bucket
  readonly scale: number;
}

/** Regression trees of one depth, each a complete one: node n leads to 2n + 1, or to 2n + 2 where the fact is over the threshold. */
export interface FactTrees {
  readonly depth: number;
  readonly facts: Uint8Array; // 2^depth - 1 a tree: which fact is asked for
  readonly thresholds: Float64Array;
  readonly leaves: Float64Array; // 2^depth a tree; what they come to is added
}

/** What makes a raw score of a text: a bias and what is there of the rest, added up. */
export interface RawScore {
  readonly bias: number;
  readonly grams: GramWeights | undefined;
  readonly facts: Float64Array | undefined; // weights in the order of FACT_NAMES; of a model of another time, of as many as it names
  readonly trees: FactTrees | undefined;
  readonly vector?: Float32Array | undefined; // weights of the request's vector, one a dimension
}

/** One of the scores that a model adds up: weight · (raw - middle), or where it has a link, weight · (P - middle). */
export interface ModelPart extends RawScore {
  readonly link: Calibration | undefined;
  readonly middle: number; // its mean in training, so that moving the weight moves no text up or down by itself
  readonly near: number; // its weight for a text like those of the training
  readonly far: number; // for a text that is like none of them; between the two it moves with the share of known features
}

/** Which features the training rows had, so that it can be told how far a text is from them. */
export interface KnownFeatures {
  readonly bits: Uint8Array; // one a bucket
  readonly from: number; // with this share of known features, or less, a text is far
  readonly to: number; // from this share on it is near
}

/** P = 1 / (1 + exp(-(a · raw + b))). */
export interface Calibration {
  readonly a: number;
  readonly b: number;
}

/** What was found when the model was made, for whoever comes across the file later. */
export interface TrainingSummary {
  readonly rows: number;
  readonly positives: number; // rows that needed strong
  readonly target: TrainingTarget;
  readonly family: string;
  readonly apgr: number; // by cross-validation
  readonly lengthApgr: number; // of the text's length, on the same rows
  readonly withoutVector?: { readonly family: string; readonly apgr: number }; // where the model takes vectors
  readonly groupsApgr?: number; // with whole groups left out, where there are groups
  readonly advice: string;
  readonly forced: boolean; // written against the advice
  readonly fingerprint: string; // of all rows read
  readonly seed: number;
  readonly date: string; // as given to `train`
}

/** Tells of one tier whether it is enough. */
export interface ModelStep {
  readonly parts: readonly ModelPart[];
  readonly known: KnownFeatures | undefined; // undefined: every text is near
  readonly calibration: Calibration; // of what the parts add up to: P(a stronger tier is needed)
  readonly cut: number; // probability from which a request goes up
}

/** What is added to a step where the request's vector is there. */
export interface VectorStep {
  readonly base: number; // what the step's own parts count beside these, in their own units; 0: they say nothing
  readonly parts: readonly ModelPart[]; // of the vector
  readonly calibration: Calibration; // of what all of them add up to
  readonly cut: number;
}

/** Of a model that takes vectors, which it also scores without. */
export interface EmbeddingModel {
  readonly model: string; // whose vectors it was trained on
  readonly dimensions: number;
  readonly isCut: boolean; // the endpoint was asked for so many dimensions, as it must be again
  readonly steps: readonly (VectorStep | undefined)[]; // one for each of the model's; undefined: there a vector tells nothing
  readonly quantiles: readonly number[]; // as the model's own, with the vectors
}

/** The step of the cheapest tier, with what stands above it. */
export interface LearnedModel extends ModelStep {
  readonly id: string; // the first digits of the file's checksum: its version in headers and metrics
  readonly scope: Scope; // whose text it was trained on
  readonly readBytes: number; // how much of a long text is read, see TextReader
  readonly tiers: readonly string[]; // as the data name them, cheapest first; of a model for two tiers none
  readonly above: readonly ModelStep[]; // of the other tiers but the last, in their order
  readonly weakShare: number; // the share that `cut` was chosen for
  readonly quantiles: readonly number[]; // of the probabilities in cross-validation: 0 %, 1 % … 100 %
  readonly topics?: TopicModel | undefined; // undefined: it tells no topics
  readonly embedding?: EmbeddingModel | undefined; // undefined: it takes no vectors
  readonly seen: Uint8Array | undefined; // of SeenTexts: the texts of the training rows; undefined: not told
  readonly summary: TrainingSummary;
}

/** The probability under which a share of the training rows stays. */
export function cutForShare(quantiles: readonly number[], share: number): number {
  const place = Math.min(1, Math.max(0, share)) * (quantiles.length - 1);
  const below = Math.floor(place);
  const low = quantiles[below] ?? 0;
  return low + ((quantiles[below + 1] ?? low) - low) * (place - below);
}
