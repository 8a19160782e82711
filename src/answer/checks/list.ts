// The checks by name: what each has against an answer, what it must be told, and how it watches.
import type { Verifier } from "../verifier/verifier.ts";
import { type Weighing, watchVerifier } from "../verifier/watch.ts";
import type { Watch } from "./check.ts";
import { watchForm } from "./form.ts";
import { watchLanguage } from "./language.ts";
import { watchCutShort, watchEmpty, watchError, watchLogProb, watchTruncated } from "./plain-checks.ts";
import { watchRefusal } from "./refusal.ts";
import { watchRepetition } from "./repetition.ts";
import { watchToolCall } from "./tool-call.ts";

/** In the order in which they are asked: what is surest speaks first. */
export const CHECKS = {
  error: "an error in place of the answer, or in the middle of a stream, under status 200",
  "cut-short": "the server closed the answer before its end",
  truncated: "the model's tokens ran out: `finish_reason` length, `stop_reason` max_tokens, status incomplete",
  empty: "complete, and without a word or a call",
  tool: "a call of a tool that was not offered, or with arguments that are no JSON object or against its schema; none where one must be",
  form: "not the JSON, or not the JSON of the schema, that the request asks for",
  refusal: "the first sentence refuses or says that it does not know (English, Chinese, Korean), or the server says so",
  repetition: "the same again and again: of 128 sequences of four words too few are different",
  language: "in another language than it was asked in",
  logprob: "the mean log probability of its tokens, where the answer carries them, is low",
  verifier: "a verifier made by `sluice train --answers` finds it hardly right",
} as const;
export type CheckName = keyof typeof CHECKS;

/** One check of `accept`, with what it needs. */
export type CheckSettings =
  | { readonly check: Exclude<CheckName, "repetition" | "logprob" | "verifier"> }
  | { readonly check: "repetition"; readonly distinct: number } // the least share of different sequences, above 0, at most 1
  | { readonly check: "logprob"; readonly least: number } // natural logarithm, a token in the mean, at most 0
  | VerifierCheck;

export interface VerifierCheck {
  readonly check: "verifier";
  readonly verifier: Verifier;
  readonly threshold: number; // the least probability that it is right
  readonly weighing: Weighing;
}

/** Of the repetition check. How right it is: docs/answer-checks.md. */
export const DISTINCT = 0.5;

/** Those that need nothing to be told. */
export const DEFAULT_CHECKS: readonly CheckSettings[] = [
  { check: "error" },
  { check: "cut-short" },
  { check: "truncated" },
  { check: "empty" },
  { check: "tool" },
  { check: "form" },
  { check: "refusal" },
  { check: "repetition", distinct: DISTINCT },
  { check: "language" },
];

/** A watch of one answer. */
export function watchOf(settings: CheckSettings): Watch {
  switch (settings.check) {
    case "error":
      return watchError;
    case "cut-short":
      return watchCutShort;
    case "truncated":
      return watchTruncated;
    case "empty":
      return watchEmpty;
    case "tool":
      return watchToolCall();
    case "form":
      return watchForm;
    case "refusal":
      return watchRefusal;
    case "repetition":
      return watchRepetition(settings.distinct);
    case "language":
      return watchLanguage;
    case "logprob":
      return watchLogProb(settings.least);
    case "verifier":
      return watchVerifier(settings.verifier, settings.threshold, settings.weighing);
    default:
      return settings satisfies never;
  }
}
