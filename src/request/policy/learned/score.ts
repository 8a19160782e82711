// Scores a request with a model: the probability that it needs strong.
import type { RequestFacts } from "../../chat/facts.ts";
import type { Calibration, GramWeights, LearnedModel } from "./learned-model.ts";
import { FACT_NAMES, surfaceFacts } from "./surface-facts.ts";
import type { TextReader } from "./text-reader.ts";
import { treeScore } from "./trees.ts";

/** `reader` has just read the request's text in the model's scope. `scratch` holds the facts afterwards. */
export function scoreRead(model: LearnedModel, reader: TextReader, request: RequestFacts, scratch: Float64Array): number {
  let raw = model.bias;
  if (model.grams !== undefined) raw += gramScore(model.grams, reader);
  if (model.facts !== undefined || model.trees !== undefined) {
    surfaceFacts(reader, request, model.scope, scratch);
    if (model.facts !== undefined) {
      for (let fact = 0; fact < FACT_NAMES.length; fact++) raw += (model.facts[fact] ?? 0) * (scratch[fact] ?? 0);
    }
    if (model.trees !== undefined) raw += treeScore(model.trees, scratch);
  }
  return probability(model.calibration, raw);
}

export function probability({ a, b }: Calibration, raw: number): number {
  return 1 / (1 + Math.exp(-(a * raw + b)));
}

function gramScore({ weights, scale }: GramWeights, { buckets, count }: TextReader): number {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += weights[buckets[at] ?? 0] ?? 0;
  return count === 0 ? 0 : (scale * sum) / Math.sqrt(count);
}
