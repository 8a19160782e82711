// A small model for tests: words that were named weigh for strong, all else nothing.
import type { LearnedModel, ModelPart } from "../../../../src/request/policy/learned/learned-model.ts";
import { BUCKETS, READ_BYTES, TextReader } from "../../../../src/request/policy/learned/text-reader.ts";

/** P is about 0.05 without any of the words and about 0.95 for a text that is one of them. */
export function modelOf(words: readonly string[], changes: Partial<LearnedModel> = {}, part: Partial<ModelPart> = {}): LearnedModel {
  const weights = new Int8Array(BUCKETS);
  const reader = new TextReader();
  for (const word of words) {
    reader.read(new TextEncoder().encode(word));
    for (const bucket of reader.buckets.subarray(0, reader.count)) weights[bucket] = 127;
  }
  return {
    id: "00000000",
    scope: "all",
    readBytes: READ_BYTES,
    parts: [
      {
        bias: -3,
        grams: { weights, scale: 6 / 127 / 2 },
        facts: undefined,
        trees: undefined,
        link: undefined,
        middle: 0,
        near: 1,
        far: 1,
        ...part,
      },
    ],
    known: undefined,
    tiers: [],
    above: [],
    calibration: { a: 1, b: 0 },
    weakShare: 0.65,
    cut: 0.5,
    quantiles: Array.from({ length: 101 }, (_, percent) => percent / 100),
    seen: undefined,
    summary: {
      rows: 2000,
      positives: 500,
      target: "strong-gains",
      family: "n-grams",
      apgr: 0.66,
      lengthApgr: 0.57,
      advice: "Use the learned policy.",
      forced: false,
      fingerprint: "0123456789abcdef",
      seed: 1,
      date: "2026-01-31",
    },
    ...changes,
  };
}
