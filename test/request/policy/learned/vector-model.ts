// A small model for tests that takes vectors of two numbers: the first weighs for strong, beside the words of `modelOf`.
import type { LearnedModel } from "../../../../src/request/policy/learned/learned-model.ts";
import { modelOf } from "./model-of.ts";

export const WIDTH = 2;

/** Without its vector as `modelOf`; with it P is about 0.98 for [1, 0] and 0.02 for [-1, 0], whatever the words. */
export function vectorModelOf(words: readonly string[], base = 0, changes: Partial<LearnedModel> = {}): LearnedModel {
  const part = { bias: 0, grams: undefined, facts: undefined, trees: undefined, link: undefined, middle: 0, near: 1, far: 1 };
  const step = { base, parts: [{ ...part, vector: Float32Array.of(4, 0) }], calibration: { a: 1, b: 0 }, cut: 0.4 };
  const quantiles = Array.from({ length: 101 }, (_, percent) => percent / 100);
  return modelOf(words, { embedding: { model: "small", dimensions: WIDTH, isCut: false, steps: [step], quantiles }, ...changes });
}
