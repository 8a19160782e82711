// A newly trained policy as a kind of change: trained as `sluice train` does it, and proposed only where that advises it.
import { isUtf8 } from "node:buffer";
import { SluiceError } from "../../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../../request/chat/scanner.ts";
import { encodeModel, MAX_TIERS, parseModel } from "../../request/policy/learned/model-file.ts";
import { learnedPolicy } from "../../request/policy/learned/policy.ts";
import { probability } from "../../request/policy/learned/score.ts";
import type { Policy } from "../../request/policy/policy.ts";
import type { Example } from "../dataset/example.ts";
import { sentenceOf, type TrainingReport } from "../train/report.ts";
import { type Trained, type TrainListener, train } from "../train/train.ts";
import { MAX_ROWS } from "../train/training-rows.ts";
import { decisionsOf, type Place, reachedRows } from "./asked-rows.ts";
import type { Family, FamilyStudy } from "./families.ts";
import type { Studied } from "./studied.ts";

export interface LearnedFamilySettings {
  readonly studied: Studied;
  readonly place: Place;
  readonly before: readonly Policy[]; // of a chain: asked first, and kept
  readonly weakShare: number; // the share that the model's cut is chosen for
  readonly newTopics: number; // share of the traffic that is of topics not among the rows
  readonly seed: number;
  readonly date: string;
  readonly listener: TrainListener;
}

/** As `sluice train` without more being said. */
const TRAINED_ON = { scope: "all", target: "strong-gains", force: false, maxRows: MAX_ROWS } as const;

/** What training itself says of labels that are too few, or say that strong is no better: nothing is learned from them. */
const UNTEACHABLE: ReadonlySet<string> = new Set(["train-too-few", "train-no-gap"]);

export function learnedFamily(settings: LearnedFamilySettings): Family {
  return { name: "learned", study: (rows) => study(settings, rows) };
}

/** Training scores each row by models that have not seen it: these decide for `held`. */
async function study(settings: LearnedFamilySettings, rows: Int32Array): Promise<FamilyStudy> {
  const { studied, place, before } = settings;
  const held = studied.base.slice();
  const trained = await trainedOn(settings, rows);
  if (trained?.model === undefined) return { fitted: undefined, held };
  const { model, report } = trained;
  const ladder = model.tiers.length > 0 ? { tiers: place.tiers } : {};
  rows.forEach((row, at) => {
    held[row] = heldTier(report, at, place.tiers.length - 1);
  });
  const policy = learnedPolicy({
    model: parseModel(encodeModel(model)),
    threshold: model.cut,
    weakShare: model.weakShare,
    minThreshold: undefined,
    maxThreshold: undefined,
    minConfidence: 0.5,
    unsure: "up",
    under: place.tiers[0] ?? "",
    over: place.tiers.at(-1) ?? "",
    ...ladder,
    highest: place.tiers.at(-1) ?? "",
  });
  const tiers = decisionsOf(studied.rows, policy, place);
  reachedRows(studied.rows, before, place).forEach((reached, row) => {
    if (reached === 1) return;
    tiers[row] = studied.base[row] ?? 0;
    held[row] = studied.base[row] ?? 0;
  });
  return { fitted: { tiers, change: { kind: "learned", model, advice: sentenceOf(report) } }, held };
}

/** The cheapest tier that is enough by models that have not seen the row. */
function heldTier({ above = [], ...first }: TrainingReport, row: number, last: number): number {
  const steps = [first, ...above];
  const enough = steps.findIndex(({ advice, calibration, cut }) => {
    const { plain } = advice.best.scored.scores;
    return probability(calibration, plain[row] ?? 0) < cut;
  });
  return enough < 0 ? last : enough;
}

/** With a score for each tier where rows tell of more than two; where that cannot be learned, for the first and the last alone. */
async function trainedOn(settings: LearnedFamilySettings, rows: Int32Array): Promise<Trained | undefined> {
  const { studied, place } = settings;
  if (tellsOfMore(studied) && studied.tiers <= MAX_TIERS) {
    const trained = await trainedFrom(settings, examplesOf(studied, rows, place.tiers));
    if (trained?.model !== undefined) return trained;
  }
  return trainedFrom(settings, examplesOf(studied, rows, []));
}

/** A tier between the first and the last answers unlike the last, somewhere. */
function tellsOfMore({ rows, tiers, quality }: Studied): boolean {
  return rows.some((_, row) => {
    const own = quality.subarray(row * tiers, (row + 1) * tiers);
    return own.subarray(1, -1).some((value) => value !== own[tiers - 1]);
  });
}

async function trainedFrom({ place, ...settings }: LearnedFamilySettings, examples: AsyncIterable<Example>): Promise<Trained | undefined> {
  const { scope } = TRAINED_ON;
  const { envelopes } = place;
  const scanner = new ChatScanner({ keywords: [], scopes: [scope], params: [], envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  try {
    return await train(examples, scanner, { ...TRAINED_ON, ...settings }, settings.listener);
  } catch (error) {
    if (error instanceof SluiceError && UNTEACHABLE.has(error.code)) return undefined;
    throw error;
  }
}

/** `named`: of the tiers, where training shall know of each. */
async function* examplesOf(
  { rows, tiers, quality, weights }: Studied,
  chosen: Int32Array,
  named: readonly string[],
): AsyncGenerator<Example> {
  const areDrawn = weights.some((weight) => weight !== 1);
  for (const at of chosen) {
    const row = rows[at];
    if (row === undefined) continue;
    const { body, path, group, place } = row;
    const each = Object.fromEntries(named.map((tier, place) => [tier, quality[at * tiers + place] ?? 0]));
    const scores = { weak: quality[at * tiers] ?? 0, strong: quality[at * tiers + tiers - 1] ?? 0 };
    const truth = { kind: "scores", ...scores, ...(named.length > 0 && { tiers: each }) } as const;
    yield { body, path, group, place, truth, ...(areDrawn && { weight: weights[at] ?? 1 }) };
  }
}
