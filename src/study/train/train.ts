// The use case of `sluice train`: labelled examples in, a report and, where the labels support it, a model out. Pure: files, clock and
// terminal are the caller's. The same examples, settings and date give the same bytes.

import { SluiceError } from "../../errors.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import {
  type Calibration,
  cutForShare,
  type EmbeddingModel,
  type ModelStep,
  type TrainingSummary,
} from "../../request/policy/learned/learned-model.ts";
import type { NewModel } from "../../request/policy/learned/model-file.ts";
import { probability } from "../../request/policy/learned/score.ts";
import { SeenTexts } from "../../request/policy/learned/seen-texts.ts";
import { READ_BYTES } from "../../request/policy/learned/text-reader.ts";
import type { Example } from "../dataset/example.ts";
import { affordableResamples } from "../evaluate/bootstrap.ts";
import { populationOf } from "../evaluate/population.ts";
import { randomSource } from "../evaluate/random-source.ts";
import { adviceFor, adviceOn } from "./advice.ts";
import { fitCalibration, reliabilityOf } from "./calibration.ts";
import { embeddingChoice } from "./embedding-choice.ts";
import { compareFamilies, type FamilyScores } from "./families.ts";
import { trainFinal, trainVector } from "./final-model.ts";
import { FOLDS } from "./folds.ts";
import { estimateFamilies } from "./intervals.ts";
import { splitsFor } from "./left-out.ts";
import { nearDuplicates } from "./near-duplicates.ts";
import { quantilesOf } from "./quantiles.ts";
import { sentenceOf, type TrainingReport } from "./report.ts";
import type { TrainSettings } from "./settings.ts";
import { topicSets } from "./topic-sets.ts";
import { LEAST_TOPIC_ROWS, type Topics, trainTopics } from "./topics.ts";
import { collectRows, type Embed, rowsOfStep, type TrainingRows } from "./training-rows.ts";

/** Who hears of what goes on. */
export interface TrainListener {
  rows(read: number): void;
  models(done: number, of: number): void;
  refuse(example: Example, why: string): void; // an example that cannot be used: it is left out, unless this throws
}

export interface Trained {
  readonly report: TrainingReport;
  readonly model: NewModel | undefined; // undefined: the labels do not support one
  readonly told: Int32Array | undefined; // as `Topics` has it; undefined: the model shall tell no topics
}

/** Whose vectors are tried. */
export interface TrainEmbedding {
  readonly model: string;
  readonly dimensions: number | undefined; // asked for; undefined: as many as the model has
  readonly embed: Embed;
}

const RESAMPLES = 1000;
/** Of each kind, rows that need strong and rows that do not: fewer cannot be told apart in folds. */
const LEAST_OF_A_KIND = 2 * FOLDS;
const SMALLEST_GAP = 1e-9;

/** `scanner` is made for the scope. Throws `train-too-few` where no fold could tell anything. */
export async function train(
  examples: AsyncIterable<Example>,
  scanner: ChatScanner,
  settings: TrainSettings,
  listener: TrainListener,
  embedding?: TrainEmbedding,
): Promise<Trained> {
  const rows = await collectRows(examples, scanner, {
    ...settings,
    random: randomSource(settings.seed),
    onRow: listener.rows,
    refuse: listener.refuse,
    embed: embedding?.embed,
  });
  const clusters = nearDuplicates(rows.features);
  const steps = Math.max(1, rows.tiers.length - 1);
  const comes = everyRow(rows); // as the tiers below let rows pass by their text
  const comeWithVector = everyRow(rows);
  const trained = Array.from({ length: steps }, (_, step) => {
    const own = steps === 1 ? rows : rowsOfStep(rows, step, settings.target);
    const done = trainStep(own, { clusters, comes, comeWithVector, tier: rows.tiers[step] }, settings, listener);
    stay(comes, done.text);
    stay(comeWithVector, done.withVector ?? done.text);
    return done;
  });
  const [first, ...others] = trained;
  if (first === undefined) throw new Error("invariant: there is a step");
  const isMade = settings.force || trained.every(({ report }) => report.advice.use === "learned");
  const above = others.map(({ report }) => report);
  const topics = settings.topics === true ? topicsOf(rows, clusters, settings.seed) : undefined;
  const topicReport = topics && { topics: { ...topics.report, ...setsOf(rows, topics, first) } };
  const report: TrainingReport = { ...first.report, isMade, ...(above.length > 0 && { tiers: rows.tiers, above }), ...topicReport };
  if (!isMade) return { report, model: undefined, told: topics?.told };
  const { scope, weakShare } = settings;
  const seen = SeenTexts.forTexts(rows.count);
  for (const text of rows.texts) seen.add(text);
  const core = { scope, readBytes: READ_BYTES, tiers: rows.tiers, ...first.step(), above: others.map(({ step }) => step()) };
  const { quantiles } = first.text;
  const summary = summaryOf(rows, settings, report);
  const besides = { ...(topics && { topics: topics.model }), ...embeddingOf(rows, trained, embedding) };
  return { report, model: { ...core, weakShare, quantiles, ...besides, seen: seen.bytes, summary }, told: topics?.told };
}

function everyRow({ count }: TrainingRows): Uint8Array {
  return new Uint8Array(count).fill(1);
}

/** What is under the cut goes no further. */
function stay(comes: Uint8Array, { probabilities, cut }: FittedScores): void {
  probabilities.forEach((known, row) => {
    if (known < cut) comes[row] = 0;
  });
}

/** Nothing where vectors are not worth asking for. */
function embeddingOf(
  { vectors }: TrainingRows,
  steps: readonly ReturnType<typeof trainStep>[],
  embedding: TrainEmbedding | undefined,
): { readonly embedding?: EmbeddingModel } {
  const [first] = steps;
  if (first === undefined || vectors === undefined || embedding === undefined || steps.every(({ withVector }) => !withVector)) return {};
  const { quantiles } = first.withVector ?? first.text;
  const { model, dimensions } = embedding;
  const made = steps.map(({ vectorStep }) => vectorStep());
  return { embedding: { model, dimensions: vectors.width, isCut: dimensions !== undefined, steps: made, quantiles } };
}

interface StepRows {
  readonly clusters: Int32Array;
  readonly comes: Uint8Array; // 1: the row comes to this tier. Its cut is for the share of these, the model is of all
  readonly comeWithVector: Uint8Array; // the same where the tiers below know its vector
  readonly tier: string | undefined; // where there are more than two
}

/** What is found of one tier: whether it is enough. `step` trains what will say so of requests. */
function trainStep(rows: TrainingRows, stepRows: StepRows, settings: TrainSettings, listener: TrainListener) {
  const { clusters, comes, comeWithVector, tier } = stepRows;
  const { seed, newTopics, weakShare } = settings;
  requireBothKinds(rows, tier);
  requireGap(rows, tier);
  const splits = splitsFor(rows, clusters, randomSource(seed));
  const fitting = { rows, splits, seed, newTopics };
  const resampling = { seed, resamples: affordableResamples(RESAMPLES, rows.count) };
  const ofTexts = estimateFamilies(compareFamilies(fitting, listener.models), rows, resampling);
  const byText = adviceFor(ofTexts, rows, settings);
  const [length = byText.best] = ofTexts;
  const { vectors } = rows;
  const choice =
    vectors && embeddingChoice(fitting, vectors, { length, text: byText.best, force: settings.force }, resampling, listener.models);
  const taken = choice?.isTaken === true ? choice.best : undefined;
  const advice = taken === undefined ? byText : adviceOn(taken, length, rows, settings);
  const text = fittedTo(rows, byText.best.scored, comes, weakShare);
  const withVector = taken && fittedTo(rows, taken.scored, comeWithVector, weakShare);
  const { calibration, cut, probabilities } = withVector ?? text;
  const report: TrainingReport = {
    ...countsOf(rows, clusters),
    groups: splits.groups && rows.groupCount,
    settings,
    estimates: [...ofTexts, ...(choice?.estimates ?? [])],
    advice,
    ...(choice && { embedding: { ...choice, textCut: text.cut } }),
    isMade: advice.use === "learned",
    calibration,
    reliability: reliabilityOf(probabilities, rows.positive, rows.weights),
    cut,
  };
  return {
    report,
    text,
    withVector,
    step: (): ModelStep => ({ ...trainFinal(rows, text.scored, seed), calibration: text.calibration, cut: text.cut }),
    vectorStep: () => withVector && vectors && { ...trainVector(rows, vectors, withVector.scored, seed), calibration, cut },
  };
}

/** The scores of a family made into probabilities. */
interface FittedScores {
  readonly scored: FamilyScores;
  readonly calibration: Calibration;
  readonly probabilities: Float64Array; // of all rows
  readonly quantiles: readonly number[];
  readonly cut: number; // for the weak share of the rows that come
}

function fittedTo(rows: TrainingRows, scored: FamilyScores, comes: Uint8Array, weakShare: number): FittedScores {
  const left = scored.scores.plain;
  const calibration = fitCalibration(left, rows.positive, rows.weights);
  const probabilities = left.map((raw) => probability(calibration, raw));
  const quantiles = quantilesOf(probabilities, rows.weights);
  const here = (_: number, row: number) => comes[row] === 1;
  const cut = cutForShare(quantilesOf(probabilities.filter(here), rows.weights?.filter(here)), weakShare);
  return { scored, calibration, probabilities, quantiles, cut };
}

/** Of two tiers; of more a topic's set is not one tier or the other. */
function setsOf(rows: TrainingRows, { told, model }: Topics, { text, withVector = text }: ReturnType<typeof trainStep>) {
  if (rows.tiers.length > 0) return {};
  const isOver = (row: number) => (withVector.probabilities[row] ?? 0) >= withVector.cut;
  return { sets: topicSets({ gains: rows.gains, weights: rows.weights, told, names: model.names, isOver }) };
}

function topicsOf(rows: TrainingRows, clusters: Int32Array, seed: number): Topics {
  const topics = trainTopics(rows, clusters, seed);
  if (topics !== undefined) return topics;
  throw new SluiceError("train-no-topics", `of ${rows.count} rows fewer than two groups have ${LEAST_TOPIC_ROWS} rows or more`);
}

function requireBothKinds({ count, positive }: TrainingRows, tier: string | undefined): void {
  const positives = positive.reduce((sum, value) => sum + value, 0);
  if (positives >= LEAST_OF_A_KIND && count - positives >= LEAST_OF_A_KIND) return;
  throw new SluiceError(
    "train-too-few",
    `of ${count} rows ${positives} need ${stronger(tier)} and ${count - positives} do not: at least ${LEAST_OF_A_KIND} of each are needed`,
  );
}

function requireGap({ gains, weights }: TrainingRows, tier: string | undefined): void {
  const gain = gains.reduce((sum, value, row) => sum + value * (weights?.[row] ?? 1), 0) / gains.length;
  if (gain > SMALLEST_GAP) return;
  throw new SluiceError(
    "train-no-gap",
    `over ${gains.length} rows ${stronger(tier)} scores ${gain.toFixed(3)} over ${tier ?? "weak"} in the mean`,
  );
}

/** What stands above a tier, in words; without its name, of two. */
function stronger(tier: string | undefined): string {
  return tier === undefined ? "strong" : `the best tier above ${tier}`;
}

function countsOf(rows: TrainingRows, clusters: Int32Array) {
  const { count, read, truth, fingerprint } = rows;
  const positives = rows.positive.reduce((sum, value) => sum + value, 0);
  const needing = rows.positive.reduce((sum, value, row) => sum + value * (rows.weights?.[row] ?? 1), 0) / count;
  const worth = rows.weights && populationOf(rows.weights).worth;
  return { rows: count, read, truth, fingerprint, positives, needing, worth, clusters: new Set(clusters).size, folds: FOLDS };
}

function summaryOf(rows: TrainingRows, settings: TrainSettings, report: TrainingReport): TrainingSummary {
  const { target, seed, date } = settings;
  const { advice, estimates, above = [] } = report;
  return {
    rows: rows.count,
    positives: report.positives,
    target,
    family: advice.best.scored.family,
    apgr: advice.best.apgr.value,
    ...withoutVector(report),
    lengthApgr: estimates[0]?.apgr.value ?? Number.NaN,
    ...(advice.best.groups === undefined ? {} : { groupsApgr: advice.best.groups.apgr.value }),
    advice: sentenceOf(report),
    forced: [report, ...above].some(({ advice: { use }, embedding: by }) => use !== "learned" || (by?.isTaken === true && !by.isClear)),
    fingerprint: rows.fingerprint,
    seed,
    date,
  };
}

/** Of the first step, where the vector is weighed. */
function withoutVector({ embedding }: TrainingReport): Pick<TrainingSummary, "withoutVector"> {
  if (embedding?.isTaken !== true) return {};
  const { scored, apgr } = embedding.text;
  return { withoutVector: { family: scored.family, apgr: apgr.value } };
}
