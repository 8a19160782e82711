// What training leaves behind and scoring uses: weights, calibration, and how the data looked.
import type { Scope } from "../../chat/facts.ts";

/** P(strong needed) of a request = logistic(a · raw + b), where raw is the model's own sum. */
export interface Calibration {
  readonly a: number;
  readonly b: number;
}

/** What `train` found, for those who come across the file later. */
export interface TrainingSummary {
  readonly rows: number;
  readonly positives: number; // rows that needed strong
  readonly target: "strong-gains" | "weak-fails";
  readonly apgr: number; // by cross-validation
  readonly lengthApgr: number; // of text length, on the same rows
  readonly advice: string;
  readonly forced: boolean; // written against the advice
  readonly fingerprint: string; // of the rows trained on
  readonly date: string; // as given to `train`
}

export interface LearnedModel {
  readonly id: string; // first digits of the file's checksum: the version in metrics and headers
  readonly scope: Scope; // whose text it was trained on
  readonly calibration: Calibration;
  readonly weakShare: number; // the share the cut was chosen for
  readonly quantiles: readonly number[]; // of the calibrated scores in cross-validation: 0 %, 1 % … 100 %
  readonly summary: TrainingSummary;
}
