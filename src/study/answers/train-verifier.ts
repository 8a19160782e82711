// The use case of `sluice train --answers`: labelled answers in, a report and, where they support one, a verifier out. Pure: files, clock
// and terminal are the caller's. The same answers, settings and date give the same bytes.

import { askingCostRatio } from "../../answer/verifier/asking-cost.ts";
import type { NewVerifier } from "../../answer/verifier/verifier-file.ts";
import { SluiceError } from "../../errors.ts";
import { probability } from "../../request/policy/learned/score.ts";
import type { AnsweredExample } from "../dataset/example.ts";
import { fitCalibration, type Reliability, reliabilityOf } from "../train/calibration.ts";
import { FOLDS } from "../train/folds.ts";
import { type AgainstRandom, againstRandom } from "./against-random.ts";
import { type AnswerListener, type AnswerRows, collectAnswers } from "./answer-rows.ts";
import { askingCosts } from "./asking-costs.ts";
import { foldScores, type Progress } from "./folds.ts";
import { trainVerifierTrees } from "./verifier-trees.ts";

export interface VerifierSettings {
  readonly share: number; // of answers, that the threshold is chosen to send on
  readonly seed: number;
  readonly date: string; // written into the file
  readonly force: boolean; // make one against the advice
}

export interface VerifierListener extends AnswerListener {
  readonly models: Progress;
}

/** Orders of answers that are compared with escalation at random, by how many of the answers are asked again. */
export interface Compared {
  readonly verifier: AgainstRandom; // in plain folds
  readonly both: AgainstRandom; // what a check has something against first, then by the verifier
  readonly leftOut: AgainstRandom | undefined; // by the verifier, with whole groups left out
  readonly bothLeftOut: AgainstRandom | undefined;
  readonly length: AgainstRandom; // long answers first: what needs no verifier
}

export interface VerifierReport {
  readonly rows: number;
  readonly wrong: number;
  readonly flagged: readonly FlaggedRows[]; // by check, the one that spoke first
  readonly gain: number; // of asking again, in the mean of all
  readonly groups: number;
  readonly clusters: number;
  readonly fingerprint: string;
  readonly settings: VerifierSettings;
  readonly compared: Compared;
  readonly beatsRandom: boolean;
  readonly isMade: boolean;
  readonly threshold: number;
  readonly weighedThreshold: number; // where it is weighed by what asking again costs
  readonly reliability: Reliability; // of the probability of being wrong
}

/** What a check has something against. */
export interface FlaggedRows {
  readonly check: string;
  readonly rows: number;
  readonly wrong: number;
  readonly gain: number; // of asking again, in the mean
}

export interface TrainedVerifier {
  readonly report: VerifierReport;
  readonly verifier: NewVerifier | undefined; // undefined: the answers do not support one
}

const LEAST_OF_A_KIND = 2 * FOLDS;
const MOST_P = 0.01;
const CHANCE = 0.5;

/** Throws `train-too-few` where no fold could tell anything, `train-no-gap` where strong is no better. */
export async function trainVerifier(
  examples: AsyncIterable<AnsweredExample>,
  settings: VerifierSettings,
  listener: VerifierListener,
): Promise<TrainedVerifier> {
  const rows = await collectAnswers(examples, listener);
  const wrong = rows.wrong.reduce((sum, each) => sum + each, 0);
  require(rows, wrong);
  const { seed, share, date, force } = settings;
  const { plain, leftOut, groups, clusters } = foldScores(rows, seed, listener.models);
  const against = (scores: Float64Array) => againstRandom(scores, rows.gains, seed);
  const compared: Compared = {
    verifier: against(plain),
    both: against(checksFirst(rows, plain)),
    leftOut: leftOut && against(leftOut),
    bothLeftOut: leftOut && against(checksFirst(rows, leftOut)),
    length: against(rows.weakChars),
  };
  const calibration = fitCalibration(plain, rows.wrong);
  const probabilities = plain.map((raw) => probability(calibration, raw));
  const threshold = 1 - quantile(probabilities, 1 - share);
  const costs = askingCosts(rows);
  const weighed = probabilities.map(
    (wrongly, row) => wrongly / askingCostRatio(costs, rows.weakChars[row] ?? 0, rows.askedChars[row] ?? 0),
  );
  const weighedThreshold = 1 - quantile(weighed, 1 - share);
  const beatsRandom = compared.verifier.apgr.low > CHANCE && compared.verifier.p < MOST_P;
  const isMade = beatsRandom || force;
  const report: VerifierReport = {
    rows: rows.count,
    wrong,
    flagged: flaggedOf(rows),
    gain: mean(rows.gains),
    groups,
    clusters,
    fingerprint: rows.fingerprint,
    settings,
    compared,
    beatsRandom,
    isMade,
    threshold,
    weighedThreshold,
    reliability: reliabilityOf(probabilities, rows.wrong),
  };
  if (!isMade) return { report, verifier: undefined };
  const trees = trainVerifierTrees(rows, Int32Array.from(rows.wrong.keys()));
  const summary = {
    rows: rows.count,
    wrong,
    apgr: compared.verifier.apgr.value,
    apgrLeftOut: compared.leftOut?.apgr.value,
    fingerprint: rows.fingerprint,
    seed,
    date,
  };
  return { report, verifier: { trees, calibration, share, threshold, weighedThreshold, costs, summary } };
}

/** What a check speaks against goes up before everything else, in the order of the verifier. */
export function checksFirst({ flagged }: Pick<AnswerRows, "flagged">, scores: Float64Array): Float64Array {
  const most = scores.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  return scores.map((score, row) => score + (flagged[row] ?? 0) * 3 * most);
}

function require({ count, gains }: AnswerRows, wrong: number): void {
  if (wrong < LEAST_OF_A_KIND || count - wrong < LEAST_OF_A_KIND) {
    const few = `of ${count} answers ${wrong} are wrong and ${count - wrong} right: at least ${LEAST_OF_A_KIND} of each are needed`;
    throw new SluiceError("train-too-few", few);
  }
  const gain = mean(gains);
  if (!(gain > 0)) throw new SluiceError("train-no-gap", `over ${count} rows strong scores ${gain.toFixed(3)} over weak in the mean`);
}

function flaggedOf({ reasons, wrong, gains }: AnswerRows): readonly FlaggedRows[] {
  const found = [...new Set(reasons)].filter((reason) => reason !== undefined);
  return found.sort().map((check) => {
    const at = [...reasons.keys()].filter((row) => reasons[row] === check);
    return {
      check,
      rows: at.length,
      wrong: at.reduce((sum, row) => sum + (wrong[row] ?? 0), 0),
      gain: mean(Float64Array.from(at, (row) => gains[row] ?? 0)),
    };
  });
}

function mean(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
