// The use case of `sluice train`: labelled examples in, a report and, where the labels support it, a model out. Pure: files, clock and
// terminal are the caller's. The same examples, settings and date give the same bytes.

import { SluiceError } from "../../errors.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import { cutForShare } from "../../request/policy/learned/learned-model.ts";
import type { NewModel } from "../../request/policy/learned/model-file.ts";
import { probability } from "../../request/policy/learned/score.ts";
import { SeenTexts } from "../../request/policy/learned/seen-texts.ts";
import { READ_BYTES } from "../../request/policy/learned/text-reader.ts";
import type { Example } from "../dataset/example.ts";
import { affordableResamples } from "../evaluate/bootstrap.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { type Advice, adviceFor } from "./advice.ts";
import { fitCalibration, reliabilityOf } from "./calibration.ts";
import { compareFamilies } from "./families.ts";
import { trainFinal } from "./final-model.ts";
import { FOLDS } from "./folds.ts";
import { estimateFamilies, type FamilyEstimate } from "./intervals.ts";
import { splitsFor } from "./left-out.ts";
import { nearDuplicates } from "./near-duplicates.ts";
import type { TrainingReport } from "./report.ts";
import type { TrainSettings } from "./settings.ts";
import { collectRows, type TrainingRows } from "./training-rows.ts";

/** Who hears of what goes on. */
export interface TrainListener {
  rows(read: number): void;
  models(done: number, of: number): void;
  refuse(example: Example, why: string): void; // an example that cannot be used: it is left out, unless this throws
}

export interface Trained {
  readonly report: TrainingReport;
  readonly model: NewModel | undefined; // undefined: the labels do not support one
}

const RESAMPLES = 1000;
/** Of each kind, rows that need strong and rows that do not: fewer cannot be told apart in folds. */
const LEAST_OF_A_KIND = 2 * FOLDS;
const QUANTILES = 100;
const SMALLEST_GAP = 1e-9;

/** `scanner` is made for the scope. Throws `train-too-few` where no fold could tell anything. */
export async function train(
  examples: AsyncIterable<Example>,
  scanner: ChatScanner,
  settings: TrainSettings,
  listener: TrainListener,
): Promise<Trained> {
  const { seed } = settings;
  const rows = await collectRows(examples, scanner, {
    ...settings,
    random: randomSource(seed),
    onRow: listener.rows,
    refuse: listener.refuse,
  });
  requireBothKinds(rows);
  requireGap(rows);
  const clusters = nearDuplicates(rows.features);
  const splits = splitsFor(rows, clusters, randomSource(seed));
  const { newTopics } = settings;
  const families = compareFamilies({ rows, splits, seed, newTopics }, listener.models);
  const estimates = estimateFamilies(families, rows, { seed, resamples: affordableResamples(RESAMPLES, rows.count) });
  const advice = adviceFor(estimates, rows.gains, settings);
  const { scored } = advice.best;
  const left = scored.scores.plain;
  const calibration = fitCalibration(left, rows.positive);
  const probabilities = left.map((raw) => probability(calibration, raw));
  const quantiles = quantilesOf(probabilities);
  const cut = cutForShare(quantiles, settings.weakShare);
  const isMade = advice.use === "learned" || settings.force;
  const report: TrainingReport = {
    ...countsOf(rows, clusters),
    groups: splits.groups && rows.groupCount,
    settings,
    estimates,
    advice,
    isMade,
    calibration,
    reliability: reliabilityOf(probabilities, rows.positive),
    cut,
  };
  if (!isMade) return { report, model: undefined };
  const core = trainFinal(rows, scored, seed);
  const summary = summaryOf(rows, settings, estimates, advice);
  const { scope, weakShare } = settings;
  const seen = SeenTexts.forTexts(rows.count);
  for (const text of rows.texts) seen.add(text);
  return { report, model: { scope, readBytes: READ_BYTES, ...core, calibration, weakShare, cut, quantiles, seen: seen.bytes, summary } };
}

function requireBothKinds({ count, positive }: TrainingRows): void {
  const positives = positive.reduce((sum, value) => sum + value, 0);
  if (positives >= LEAST_OF_A_KIND && count - positives >= LEAST_OF_A_KIND) return;
  throw new SluiceError(
    "train-too-few",
    `of ${count} rows ${positives} need strong and ${count - positives} do not: at least ${LEAST_OF_A_KIND} of each are needed`,
  );
}

function requireGap({ gains }: TrainingRows): void {
  const gain = gains.reduce((sum, value) => sum + value, 0) / gains.length;
  if (gain > SMALLEST_GAP) return;
  throw new SluiceError("train-no-gap", `over ${gains.length} rows strong scores ${gain.toFixed(3)} over weak in the mean`);
}

function countsOf(rows: TrainingRows, clusters: Int32Array) {
  const { count, read, truth, fingerprint } = rows;
  const positives = rows.positive.reduce((sum, value) => sum + value, 0);
  return { rows: count, read, truth, fingerprint, positives, clusters: new Set(clusters).size, folds: FOLDS };
}

function summaryOf(rows: TrainingRows, settings: TrainSettings, estimates: readonly FamilyEstimate[], advice: Advice) {
  const { target, seed, date } = settings;
  return {
    rows: rows.count,
    positives: rows.positive.reduce((sum, value) => sum + value, 0),
    target,
    family: advice.best.scored.family,
    apgr: advice.best.apgr.value,
    lengthApgr: estimates[0]?.apgr.value ?? Number.NaN,
    ...(advice.best.groups === undefined ? {} : { groupsApgr: advice.best.groups.apgr.value }),
    advice: advice.sentence,
    forced: advice.use !== "learned",
    fingerprint: rows.fingerprint,
    seed,
    date,
  };
}

/** At 0 %, 1 % … 100 %, each between the two nearest values. */
function quantilesOf(values: Float64Array): number[] {
  const sorted = [...values.slice().sort()];
  return Array.from({ length: QUANTILES + 1 }, (_, percent) => cutForShare(sorted, percent / QUANTILES));
}
