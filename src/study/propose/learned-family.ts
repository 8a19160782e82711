// A newly trained policy as a kind of change: trained as `sluice train` does it, and proposed only where that advises it.
import { isUtf8 } from "node:buffer";
import { SluiceError } from "../../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../../request/chat/scanner.ts";
import { encodeModel, parseModel } from "../../request/policy/learned/model-file.ts";
import { learnedPolicy } from "../../request/policy/learned/policy.ts";
import { probability } from "../../request/policy/learned/score.ts";
import type { Policy } from "../../request/policy/policy.ts";
import type { Example } from "../dataset/example.ts";
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
  const { plain } = report.advice.best.scored.scores;
  rows.forEach((row, at) => {
    held[row] = probability(report.calibration, plain[at] ?? 0) >= model.cut ? place.tiers.length - 1 : 0;
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
    highest: place.tiers.at(-1) ?? "",
  });
  const tiers = decisionsOf(studied.rows, policy, place);
  reachedRows(studied.rows, before, place).forEach((reached, row) => {
    if (reached === 1) return;
    tiers[row] = studied.base[row] ?? 0;
    held[row] = studied.base[row] ?? 0;
  });
  return { fitted: { tiers, change: { kind: "learned", model, advice: report.advice.sentence } }, held };
}

async function trainedOn({ studied, place, ...settings }: LearnedFamilySettings, rows: Int32Array): Promise<Trained | undefined> {
  const { scope } = TRAINED_ON;
  const { envelopes } = place;
  const scanner = new ChatScanner({ keywords: [], scopes: [scope], params: [], envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  try {
    return await train(examplesOf(studied, rows), scanner, { ...TRAINED_ON, ...settings }, settings.listener);
  } catch (error) {
    if (error instanceof SluiceError && UNTEACHABLE.has(error.code)) return undefined;
    throw error;
  }
}

async function* examplesOf({ rows, tiers, quality, weights }: Studied, chosen: Int32Array): AsyncGenerator<Example> {
  const areDrawn = weights.some((weight) => weight !== 1);
  for (const at of chosen) {
    const row = rows[at];
    if (row === undefined) continue;
    const { body, path, group, place } = row;
    const truth = { kind: "scores", weak: quality[at * tiers] ?? 0, strong: quality[at * tiers + tiers - 1] ?? 0 } as const;
    yield { body, path, group, place, truth, ...(areDrawn && { weight: weights[at] ?? 1 }) };
  }
}
