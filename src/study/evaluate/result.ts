// What an evaluation comes to: the figures of every policy beside its baselines, ready to be printed, drawn or gated. All shares, rates
// and qualities are fractions of 1; all intervals are 95 % bootstrap intervals.
import type { About, NextStep } from "./about.ts";

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Strong is the positive class. A row needs strong when its label says so, or when the strong tier scored higher than the weak one. */
export interface Confusion {
  readonly truePositives: number; // went to strong and needed it
  readonly falsePositives: number; // went to strong, weak would have done
  readonly falseNegatives: number; // went to weak, needed strong
  readonly trueNegatives: number;
}

export interface LabelFigures {
  readonly confusion: Confusion;
  readonly precision: Estimate | undefined; // undefined: nothing went to strong
  readonly recall: Estimate | undefined; // undefined: nothing needed strong
  readonly f1: Estimate | undefined;
  readonly misroute: Estimate; // (FN + FP) / all
  readonly falseNegativeRate: Estimate; // FN / all
  readonly falsePositiveRate: Estimate; // FP / all
}

/** Of rows with scores. The gap is the mean quality of all-strong less that of all-weak. */
export interface ScoreFigures {
  readonly quality: Estimate; // mean score of the tier chosen
  readonly qualityKept: Estimate; // of all-strong's
  readonly gapRecovered: Estimate | undefined; // PGR; undefined where strong is not better than weak
  readonly apgr: Estimate | undefined; // area under the curve of PGR over the strong share, all thresholds; 0.5 for random
  readonly strongFor50: Estimate | undefined; // least share of strong that recovers 50 % of the gap
  readonly strongFor80: Estimate | undefined;
}

export interface Figures {
  readonly rows: number;
  readonly weakShare: Estimate;
  readonly labels: LabelFigures;
  readonly scores: ScoreFigures | undefined; // undefined: the rows carry labels
  readonly costPer1000: number | undefined; // US dollars; undefined: a tier's price is not known
}

/** Something to compare with, at the policy's own weak share: exact expectations, no draws. */
export interface Baseline {
  readonly name: "all-weak" | "all-strong" | "random" | "length";
  readonly weakShare: number;
  readonly misroute: number;
  readonly quality: number | undefined;
  readonly gapRecovered: number | undefined;
  readonly apgr: number | undefined;
  readonly costPer1000: number | undefined;
}

/** The policy's figure less the baseline's on the same resampled rows: an interval clear of 0 is evidence. Of misroutes less is better. */
export interface Comparison {
  readonly with: "random" | "length";
  readonly figure: "gapRecovered" | "apgr" | "misroute";
  readonly difference: Estimate;
}

/** The best that one tier alone does for what the policy costs; no routing at all. Of misroutes less is better. */
export interface SingleTier {
  readonly tier: string; // its name
  readonly baseline: "all-weak" | "all-strong"; // which of them it is
  readonly figure: "quality" | "misroute"; // of rows with scores, and with labels
  readonly difference: Estimate; // the policy's figure less the tier's, on the same resampled rows
  readonly evidence: Evidence; // for the policy, against the tier
  readonly sentence: string;
}

export const EVIDENCE = ["better", "none", "worse"] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** The same policy on a part of the rows. */
export interface Slice {
  readonly name: string; // group, or script: latin, han, hangul, cyrillic, other
  readonly rows: number;
  readonly weakShare: number;
  readonly misroute: Estimate;
  readonly gapRecovered: Estimate | undefined;
  readonly apgr: Estimate | undefined;
}

/** One point of the cost-quality curve: what sending this share to strong, in the order of the policy's scores, comes to. */
export interface CurvePoint {
  readonly strongShare: number;
  readonly gapRecovered: number; // for labels: the share of the rows that needed strong which got it
  readonly low: number;
  readonly high: number;
}

/** What happens to the rows whose decision would change without this keyword. */
export interface KeywordEffect {
  readonly keyword: string;
  readonly found: number; // rows that hold it
  readonly decisive: number; // rows that it alone sends to strong
  readonly helped: number; // of these, rows that needed strong
  readonly hurt: number; // of these, rows that did not
  readonly misrouteChange: number; // of the whole misroute rate, were the keyword left out; negative: better without it
}

/** Of a policy whose scores are probabilities: rows by predicted probability that strong is needed, in ten bins of equal count. */
export interface CalibrationBin {
  readonly rows: number;
  readonly predicted: number; // mean
  readonly observed: number; // share that needed strong
}

/** How often a policy decides otherwise when a prompt is only written otherwise. */
export interface Flips {
  readonly kind: "spaces" | "case" | "typo"; // what was changed: spaces doubled, capitals, or one letter of one word
  readonly rows: number; // that have something to change
  readonly share: Estimate; // of these, that go to another tier then; the interval is Wilson's
  readonly toStrong: number; // rows
  readonly toWeak: number;
}

export interface Misroute {
  readonly place: string; // file and line
  readonly kind: "FN" | "FP";
  readonly excerpt: string; // the front of the last user message, at most 200 characters
  readonly reason: string;
  readonly score: number;
  readonly loss: number; // of quality, against the other tier; 0 where strong was merely not needed
}

export interface PolicyResult {
  readonly name: string; // as asked for
  readonly id: string; // name and version
  readonly figures: Figures;
  readonly baselines: readonly Baseline[];
  readonly comparisons: readonly Comparison[]; // the figure that decides stands first
  readonly trainedOn: number; // of these rows; of more than a few the figures are flattery, and no evidence
  readonly moved: number; // rows that went to another tier than it decided for, which cannot take them
  readonly evidence: Evidence; // against random at the same share
  readonly verdict: string; // one sentence with the figures in it
  readonly single: SingleTier | undefined; // undefined: the policy itself sends everything to one tier
  /** Misroutes of at most 5 % and 60 to 70 % weak, judged together. */
  readonly goals: { readonly misrouteMet: boolean; readonly shareMet: boolean; readonly sentence: string };
  readonly byGroup: readonly Slice[];
  readonly byLanguage: readonly Slice[];
  readonly curve: readonly CurvePoint[]; // at most 101 points
  readonly keywords: readonly KeywordEffect[]; // empty for policies without keywords
  readonly calibration: readonly CalibrationBin[]; // empty for policies whose score is no probability
  readonly worst: readonly Misroute[]; // at most 20
  readonly robust: readonly Flips[]; // empty without --robust
}

/** One setting of a grid. */
export interface SweepPoint {
  readonly policy: string;
  readonly setting: string; // `maxChars 500, keywords zh+ko`
  readonly weakShare: number;
  readonly misroute: number;
  readonly gapRecovered: number | undefined;
  readonly costPer1000: number | undefined;
  readonly onFront: boolean; // no other setting is at least as good in both cost (or weak share) and quality, and better in one
}

export interface GateCheck {
  readonly condition: string; // as written
  readonly policy: string;
  readonly met: boolean;
  readonly figure: string; // `misroute 0.31 [0.29–0.33]`
}

/** Of rows that were drawn with known chances: shares, means and costs are those of all requests they stand for, not of the rows. */
export interface Population {
  readonly requests: number; // Horvitz and Thompson's estimate of how many there are: the sum of the weights
  readonly worth: number; // so many rows drawn alike would tell as much (Kish)
}

export interface EvaluationResult {
  readonly files: readonly string[];
  readonly rows: number;
  readonly population?: Population | undefined; // undefined: each row stands for itself
  readonly skipped: number; // bad rows, with --skip-bad
  readonly truth: "labels" | "scores";
  readonly neededStrong: number; // share
  readonly allWeakQuality: number | undefined;
  readonly allStrongQuality: number | undefined;
  readonly resamples: number;
  readonly seed: number;
  readonly warnings: readonly string[]; // sample sizes, tiers that were counted as strong, missing prices
  readonly policies: readonly PolicyResult[];
  readonly sweep: readonly SweepPoint[]; // settings that come to the same once; empty without --sweep
  readonly gate: readonly GateCheck[]; // empty without --gate
  readonly about?: About; // with the next, set by who ran it
  readonly next?: readonly NextStep[];
}
