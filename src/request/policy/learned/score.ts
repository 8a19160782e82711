// Scores a request with a model: the probability that it needs strong.
import type { RequestFacts, Scope } from "../../chat/facts.ts";
import type { Calibration, GramWeights, KnownFeatures, ModelStep, RawScore } from "./learned-model.ts";
import { surfaceFacts } from "./surface-facts.ts";
import type { TextReader } from "./text-reader.ts";
import { treeScore } from "./trees.ts";

/**
 * `reader` has just read the request's text in `scope`, the model's. `scratch` holds the facts afterwards, where a part asks for them.
 * `vector`: what parts of a vector weigh; without it they say nothing.
 */
export function scoreRead(
  model: ModelStep,
  scope: Scope,
  reader: TextReader,
  request: RequestFacts,
  scratch: Float64Array,
  vector?: Float32Array,
): number {
  let areMeasured = false;
  const nearness = model.known === undefined ? 1 : nearnessOf(model.known, knownShare(model.known.bits, reader.buckets, reader.count));
  let sum = 0;
  for (const part of model.parts) {
    const weight = part.far + nearness * (part.near - part.far);
    if (weight === 0) continue;
    if (!areMeasured && (part.facts !== undefined || part.trees !== undefined)) {
      surfaceFacts(reader, request, scope, scratch);
      areMeasured = true;
    }
    const raw = rawScore(part, reader, scratch, vector);
    sum += weight * ((part.link === undefined ? raw : probability(part.link, raw)) - part.middle);
  }
  return probability(model.calibration, sum);
}

export function probability({ a, b }: Calibration, raw: number): number {
  return 1 / (1 + Math.exp(-(a * raw + b)));
}

/** The share of the features that training met; 1 for a text without any. */
export function knownShare(bits: Uint8Array, features: Int32Array, count: number): number {
  let known = 0;
  for (let at = 0; at < count; at++) {
    const feature = features[at] ?? 0;
    known += ((bits[feature >>> 3] ?? 0) >>> (feature & 7)) & 1;
  }
  return count === 0 ? 1 : known / count;
}

/** From 0, far from the training rows, to 1, among them. */
export function nearnessOf({ from, to }: Pick<KnownFeatures, "from" | "to">, share: number): number {
  return Math.min(1, Math.max(0, (share - from) / (to - from)));
}

function rawScore(part: RawScore, reader: TextReader, values: Float64Array, vector: Float32Array | undefined): number {
  const { bias, grams, facts, trees } = part;
  let raw = bias;
  if (grams !== undefined) raw += gramScore(grams, reader);
  if (facts !== undefined) for (let fact = 0; fact < facts.length; fact++) raw += (facts[fact] ?? 0) * (values[fact] ?? 0);
  if (trees !== undefined) raw += treeScore(trees, values);
  if (part.vector !== undefined && vector !== undefined) raw += product(part.vector, vector);
  return raw;
}

function product(weights: Float32Array, vector: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at++) sum += (weights[at] ?? 0) * (vector[at] ?? 0);
  return sum;
}

function gramScore({ weights, scale }: GramWeights, { buckets, count }: TextReader): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += weights[buckets[at] ?? 0] ?? 0;
  return count === 0 ? 0 : (scale * sum) / Math.sqrt(count);
}
