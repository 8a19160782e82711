// Trains what tells the topic of a text: multinomial logistic regression over the features that tell most, on the rows' groups. How well
// it tells them is measured on rows that it has not seen.
import { BUCKETS } from "../../request/policy/learned/text-reader.ts";
import {
  MAX_TOPIC_FEATURES,
  MAX_TOPICS,
  OTHER_TOPIC,
  placesOf,
  TOPICS_A_FEATURE,
  type TopicModel,
} from "../../request/policy/learned/topics.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { foldsOf, splitsOf } from "./folds.ts";
import { shuffle } from "./shuffle.ts";
import type { TopicSet } from "./topic-sets.ts";
import type { TrainingRows } from "./training-rows.ts";

/** Of rows that a model has not seen; shares of the requests that rows with a topic stand for. */
export interface TopicReport {
  readonly topics: readonly { readonly name: string; readonly rows: number }[]; // most rows first
  readonly rows: number; // that have one of them
  readonly right: number; // share whose likeliest topic is theirs
  readonly largest: number; // share of the largest topic: what saying always the same would have right
  readonly told: number; // share of which a topic is likely enough to be told
  readonly rightTold: number; // of these
  readonly sets?: readonly TopicSet[]; // topics for which one tier would do better; undefined: there are more than two tiers
}

export interface Topics {
  readonly model: TopicModel;
  readonly report: TopicReport;
  readonly told: Int32Array; // by row, of a model that has not seen it: the number of its topic; -1: none is likely enough
}

/** Rows of one group, for it to be a topic. */
export const LEAST_TOPIC_ROWS = 20;
/** Of one there is nothing to tell. */
export const LEAST_TOPICS = 2;
/** A topic is told where it is likelier than all others together. */
const LEAST_LIKELY = 0.5;
const LEAST_MET = 3; // rows with a feature
const PASSES = 4; // with 8 the share that is right is .003 higher
const RATE = 0.5;
const PENALTY = 1e-4;
const FIRST_SQUARE = 0.01;
const BIAS_RATE = 0.05;
const WEIGHT_STEPS = 127;

type TopicRows = Pick<TrainingRows, "count" | "features" | "groups" | "groupNames" | "weights">;

/** Undefined: fewer than `LEAST_TOPICS` groups have rows enough. */
export function trainTopics(rows: TopicRows, clusters: Int32Array, seed: number): Topics | undefined {
  const names = topicNames(Array.from(rows.groups, (group) => rows.groupNames[group]));
  if (names.length < LEAST_TOPICS) return undefined;
  const topics = rows.groups.map((group) => names.indexOf(rows.groupNames[group] ?? ""));
  const all = Int32Array.from({ length: rows.count }, (_, row) => row).filter((row) => (topics[row] ?? -1) >= 0);
  const scores = new Float64Array(rows.count * names.length);
  for (const { chosen, tested } of splitsOf(foldsOf(clusters, new Uint8Array(rows.count), randomSource(seed)), clusters)) {
    const chosenRows = chosen.filter((row) => (topics[row] ?? -1) >= 0);
    const model = fitted(rows, { topics, names, sharpness: 1 }, chosenRows, seed);
    for (const row of tested) scores.set(scoresOf(model, placesOf(model.bits), rows.features[row] ?? NONE), row * names.length);
  }
  const sharpness = bestSharpness(scores, topics, all, names.length);
  const report = reportOf(rows, { topics, names, sharpness }, scores, all);
  const told = Int32Array.from(topics, (_, row) => toldOf(likelihoods(scores, row, names.length, sharpness)));
  return { model: fitted(rows, { topics, names, sharpness }, all, seed), report, told };
}

const NONE = new Int32Array(0);

/** Of the rows' groups those with most rows; a group that is called as what is none is none. */
export function topicNames(groups: readonly (string | undefined)[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of groups) if (name !== undefined && name !== OTHER_TOPIC) counts.set(name, (counts.get(name) ?? 0) + 1);
  const enough = [...counts].filter(([, rows]) => rows >= LEAST_TOPIC_ROWS).toSorted(([, a], [, b]) => b - a);
  return enough.slice(0, MAX_TOPICS).map(([name]) => name);
}

interface Told {
  readonly topics: Int32Array; // by row; -1: none
  readonly names: readonly string[];
  readonly sharpness: number; // what scores are multiplied with, so that probabilities can be believed
}

/**
 * By stochastic gradient descent with a rate for each weight. Source: Duchi, Hazan and Singer, "Adaptive subgradient methods", JMLR 12
 * (2011). Of held-out rows of MMLU's 42 largest subjects .73 are right, of MMLU-Pro's 11 categories .85 (with all weights of a feature .78
 * and .85, in five times the time); naive Bayes over the same features has .23 and .52.
 */
function fitted({ features }: TopicRows, { topics, names, sharpness }: Told, chosen: Int32Array, seed: number): TopicModel {
  const width = names.length;
  const bits = tellingFeatures(features, topics, width, chosen);
  const places = placesOf(bits);
  const present = new Map(Array.from(chosen, (row) => [row, askedIn(bits, places, features[row] ?? NONE)]));
  const asked = bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
  const weights = new Float64Array(asked * width);
  const squares = new Float64Array(asked * width).fill(FIRST_SQUARE);
  const biases = new Float64Array(width);
  const slopes = new Float64Array(width);
  const random = randomSource(seed);
  const order = chosen.slice();
  for (let pass = 0; pass < PASSES; pass++) {
    shuffle(order, random);
    for (const row of order) {
      const own = present.get(row) ?? NONE;
      const norm = 1 / Math.sqrt(Math.max(1, own.length));
      slopes.set(biases);
      for (const place of own) for (let k = 0; k < width; k++) slopes[k] = (slopes[k] ?? 0) + norm * (weights[place * width + k] ?? 0);
      softmax(slopes);
      const topic = topics[row] ?? 0;
      slopes[topic] = (slopes[topic] ?? 0) - 1;
      for (let k = 0; k < width; k++) biases[k] = (biases[k] ?? 0) - BIAS_RATE * (slopes[k] ?? 0);
      for (const place of own) {
        for (let at = place * width, k = 0; k < width; at++, k++) {
          const slope = norm * (slopes[k] ?? 0) + PENALTY * (weights[at] ?? 0);
          const square = (squares[at] ?? 0) + slope * slope;
          squares[at] = square;
          weights[at] = (weights[at] ?? 0) - (RATE * slope) / Math.sqrt(square);
        }
      }
    }
  }
  return { names, bits, ...spokenFor(weights, width, sharpness), biases: biases.map((bias) => sharpness * bias), least: LEAST_LIKELY };
}

/** Of each feature the weights that matter most: the farthest from the middle one, which stands for all others. */
function spokenFor(weights: Float64Array, width: number, sharpness: number): Pick<TopicModel, "spoken" | "weights" | "scale"> {
  const features = weights.length / width;
  const spoken = new Uint8Array(features * TOPICS_A_FEATURE);
  const kept = new Float64Array(features * TOPICS_A_FEATURE);
  const order = Int32Array.from({ length: width }, (_, topic) => topic);
  for (let feature = 0; feature < features; feature++) {
    const own = weights.subarray(feature * width, (feature + 1) * width);
    const middle = own.slice().sort()[width >> 1] ?? 0;
    const far = (topic: number) => Math.abs((own[topic] ?? 0) - middle);
    const most = order.toSorted((a, b) => far(b) - far(a) || a - b).subarray(0, TOPICS_A_FEATURE);
    most.forEach((topic, at) => {
      spoken[feature * TOPICS_A_FEATURE + at] = topic;
      kept[feature * TOPICS_A_FEATURE + at] = (own[topic] ?? 0) - middle;
    });
  }
  const largest = kept.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
  const steps = Int8Array.from(kept, (weight) => Math.round((weight / largest) * WEIGHT_STEPS));
  return { spoken, weights: steps, scale: (sharpness * largest) / WEIGHT_STEPS };
}

function askedIn(bits: Uint8Array, places: Uint16Array, features: Int32Array): Int32Array {
  const isAsked = (bucket: number) => (((bits[bucket >>> 3] ?? 0) >>> (bucket & 7)) & 1) === 1;
  return features.filter(isAsked).map((bucket) => places[bucket] ?? 0);
}

/** In place. */
function softmax(scores: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > most) most = score;
  let all = 0;
  for (let k = 0; k < scores.length; k++) {
    scores[k] = Math.exp((scores[k] ?? 0) - most);
    all += scores[k] ?? 0;
  }
  for (let k = 0; k < scores.length; k++) scores[k] = (scores[k] ?? 0) / all;
}

/** Those whose being there tells most of the topic: the log-likelihood ratio G² of the table of feature and topic. As bits by bucket. */
function tellingFeatures(features: readonly Int32Array[], topics: Int32Array, width: number, chosen: Int32Array): Uint8Array {
  const met = new Uint32Array(BUCKETS);
  const sizes = new Float64Array(width);
  for (const row of chosen) {
    const topic = topics[row] ?? 0;
    sizes[topic] = (sizes[topic] ?? 0) + 1;
    for (const bucket of features[row] ?? NONE) met[bucket] = (met[bucket] ?? 0) + 1;
  }
  const candidates = Int32Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter((bucket) => (met[bucket] ?? 0) >= LEAST_MET);
  const numbers = new Int32Array(BUCKETS).fill(-1);
  candidates.forEach((bucket, at) => {
    numbers[bucket] = at;
  });
  const counts = new Uint32Array(candidates.length * width);
  for (const row of chosen) {
    for (const bucket of features[row] ?? NONE) {
      const at = (numbers[bucket] ?? -1) * width + (topics[row] ?? 0);
      if (at >= 0 && numbers[bucket] !== -1) counts[at] = (counts[at] ?? 0) + 1;
    }
  }
  const ratios = Float64Array.from(candidates, (bucket, at) => likelihoodRatio(counts, at * width, met[bucket] ?? 0, sizes, chosen.length));
  const order = Int32Array.from(candidates.keys()).sort((a, b) => (ratios[b] ?? 0) - (ratios[a] ?? 0) || a - b);
  const bits = new Uint8Array(BUCKETS / 8);
  for (const at of order.subarray(0, MAX_TOPIC_FEATURES)) {
    const bucket = candidates[at] ?? 0;
    bits[bucket >>> 3] = (bits[bucket >>> 3] ?? 0) | (1 << (bucket & 7));
  }
  return bits;
}

/** Half of G². */
function likelihoodRatio(counts: Uint32Array, first: number, met: number, sizes: Float64Array, all: number): number {
  let sum = 0;
  for (let topic = 0; topic < sizes.length; topic++) {
    const [holds, size] = [counts[first + topic] ?? 0, sizes[topic] ?? 0];
    if (holds > 0) sum += holds * Math.log((holds * all) / (met * size));
    if (holds < size) sum += (size - holds) * Math.log(((size - holds) * all) / ((all - met) * size));
  }
  return sum;
}

function scoresOf({ bits, spoken, weights, scale, biases }: TopicModel, places: Uint16Array, features: Int32Array): Float64Array {
  const own = askedIn(bits, places, features);
  const norm = scale / Math.sqrt(Math.max(1, own.length));
  const scores = biases.slice();
  for (const place of own) {
    for (let at = place * TOPICS_A_FEATURE; at < (place + 1) * TOPICS_A_FEATURE; at++) {
      const topic = spoken[at] ?? 0;
      scores[topic] = (scores[topic] ?? 0) + norm * (weights[at] ?? 0);
    }
  }
  return scores;
}

/** Of a row of steps the one with which held-out topics are likeliest (temperature scaling: Guo et al. 2017). */
function bestSharpness(scores: Float64Array, topics: Int32Array, rows: Int32Array, width: number): number {
  let [best, most] = [1, Number.NEGATIVE_INFINITY];
  for (let step = -10; step <= 10; step++) {
    const sharpness = 1.15 ** step;
    let likelihood = 0;
    for (const row of rows) likelihood += Math.log(Math.max(1e-300, likelihoods(scores, row, width, sharpness)[topics[row] ?? 0] ?? 0));
    if (likelihood > most) [best, most] = [sharpness, likelihood];
  }
  return best;
}

function likelihoods(scores: Float64Array, row: number, width: number, sharpness: number): Float64Array {
  const own = scores.slice(row * width, (row + 1) * width).map((score) => sharpness * score);
  softmax(own);
  return own;
}

/** Its number; -1: none is likely enough. */
function toldOf(likelihoods: Float64Array): number {
  const best = likeliest(likelihoods);
  return (likelihoods[best] ?? 0) >= LEAST_LIKELY ? best : -1;
}

function likeliest(likelihoods: Float64Array): number {
  return likelihoods.reduce((most, value, k) => (value > (likelihoods[most] ?? 0) ? k : most), 0);
}

function reportOf({ weights }: TopicRows, { topics, names, sharpness }: Told, scores: Float64Array, rows: Int32Array): TopicReport {
  const stands = names.map(() => 0);
  const counts = names.map(() => 0);
  let [all, right, told, rightTold] = [0, 0, 0, 0];
  for (const row of rows) {
    const weight = weights?.[row] ?? 1;
    const topic = topics[row] ?? 0;
    const own = likelihoods(scores, row, names.length, sharpness);
    const best = likeliest(own);
    const isTold = toldOf(own) >= 0;
    stands[topic] = (stands[topic] ?? 0) + weight;
    counts[topic] = (counts[topic] ?? 0) + 1;
    all += weight;
    if (best === topic) right += weight;
    if (isTold) told += weight;
    if (isTold && best === topic) rightTold += weight;
  }
  return {
    topics: names.map((name, topic) => ({ name, rows: counts[topic] ?? 0 })),
    rows: rows.length,
    right: right / all,
    largest: Math.max(...stands) / all,
    told: told / all,
    rightTold: told === 0 ? Number.NaN : rightTold / told,
  };
}
