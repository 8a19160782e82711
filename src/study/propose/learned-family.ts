// A newly trained policy as a kind of change: trained as `sluice train` does it, and proposed only where that advises it.
import { isUtf8 } from "node:buffer";
import { SluiceError } from "../../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../../request/chat/scanner.ts";
import { CASCADE, cascadingPolicy } from "../../request/policy/cascading.ts";
import { encodeModel, MAX_TIERS, type NewModel, parseModel } from "../../request/policy/learned/model-file.ts";
import { learnedPolicy } from "../../request/policy/learned/policy.ts";
import { probability } from "../../request/policy/learned/score.ts";
import { tierInSet } from "../../request/policy/learned/topic-tiers.ts";
import { OTHER_TOPIC } from "../../request/policy/learned/topics.ts";
import type { Policy, TierName } from "../../request/policy/policy.ts";
import type { Example } from "../dataset/example.ts";
import { sentenceOf, type TrainingReport } from "../train/report.ts";
import { LEAST_TOPICS, topicNames } from "../train/topics.ts";
import { type Trained, type TrainListener, train } from "../train/train.ts";
import { MAX_ROWS } from "../train/training-rows.ts";
import { decisionsOf, type Place, reachedRows, tierIndex } from "./asked-rows.ts";
import type { Family, FamilyStudy, UnusedTiers } from "./families.ts";
import { type KeptSettings, keptSettings, type OldSettings } from "./kept-settings.ts";
import type { Studied } from "./studied.ts";

/** Where a trained policy would stand. */
export interface LearnedSeat {
  readonly before: readonly Policy[]; // of a chain: asked first, and kept
  readonly old: OldSettings; // of the learned policy that stands there now; of another kind of policy nothing
}

export interface LearnedFamilySettings {
  readonly studied: Studied;
  readonly place: Place;
  readonly seat: LearnedSeat;
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
  const { studied, place, seat } = settings;
  const held = studied.base.slice();
  const trained = await trainedOn(settings, rows);
  if (trained?.model === undefined) return { fitted: undefined, held };
  const { model, report } = trained;
  const kept = keptSettings(seat.old, model.topics?.names ?? []);
  const inSet = kept.topics && tierInSet(kept.topics);
  rows.forEach((row, at) => {
    const tier = heldTier(report, at, place.tiers);
    const topic = model.topics?.names[trained.told?.[at] ?? -1] ?? OTHER_TOPIC;
    held[row] = tierIndex({ tier: servedFirst(inSet?.(topic, tier) ?? tier, place), reason: "held" }, place);
  });
  const tiers = decisionsOf(studied.rows, policyOf(model, kept, place), place);
  reachedRows(studied.rows, seat.before, place).forEach((reached, row) => {
    if (reached === 1) return;
    tiers[row] = studied.base[row] ?? 0;
    held[row] = studied.base[row] ?? 0;
  });
  return {
    fitted: { tiers, change: { kind: "learned", model, advice: sentenceOf(report), kept, unused: unusedTiers(settings, model) } },
    held,
  };
}

/** As it is written into the configuration, but that it keeps to the cut of training. */
function policyOf(model: NewModel, { leftOut: _, ...kept }: KeptSettings, place: Place): Policy {
  const [under = "", over = under] = [place.tiers[0], place.tiers.at(-1)];
  const policy = learnedPolicy({
    model: parseModel(encodeModel(model)),
    threshold: model.cut,
    weakShare: model.weakShare,
    minThreshold: undefined,
    maxThreshold: undefined,
    minConfidence: 0.5,
    unsure: "up",
    under,
    over,
    ...(model.tiers.length > 0 && { tiers: place.tiers }),
    highest: over,
    ...kept,
  });
  return place.cascadeFirst === undefined ? policy : cascadingPolicy(policy, place.cascadeFirst);
}

function servedFirst(tier: TierName, { cascadeFirst = tier }: Place): TierName {
  return tier === CASCADE ? cascadeFirst : tier;
}

/** The cheapest tier that is enough by models that have not seen the row. */
function heldTier({ above = [], ...first }: TrainingReport, row: number, tiers: readonly TierName[]): TierName {
  const steps = [first, ...above];
  const enough = steps.findIndex(({ advice, calibration, cut }) => {
    const { plain } = advice.best.scored.scores;
    return probability(calibration, plain[row] ?? 0) < cut;
  });
  return (enough < 0 ? tiers.at(-1) : tiers[enough]) ?? "";
}

function unusedTiers({ studied, place }: LearnedFamilySettings, model: NewModel): UnusedTiers | undefined {
  const tiers = place.tiers.slice(1, -1);
  if (tiers.length === 0 || model.tiers.length > 0) return undefined;
  return { tiers, why: !tellsOfMore(studied) ? "no-scores" : studied.tiers > MAX_TIERS ? "too-many" : "not-advised" };
}

/** With a score for each tier where rows tell of more than two; where that cannot be learned, for the first and the last alone. */
async function trainedOn(settings: LearnedFamilySettings, rows: Int32Array): Promise<Trained | undefined> {
  const { studied, place } = settings;
  if (tellsOfMore(studied) && studied.tiers <= MAX_TIERS) {
    const trained = await trainedFrom(settings, rows, place.tiers);
    if (trained?.model !== undefined) return trained;
  }
  return trainedFrom(settings, rows, []);
}

/** A tier between the first and the last answers unlike the last, somewhere. */
function tellsOfMore({ rows, tiers, quality }: Studied): boolean {
  return rows.some((_, row) => {
    const own = quality.subarray(row * tiers, (row + 1) * tiers);
    return own.subarray(1, -1).some((value) => value !== own[tiers - 1]);
  });
}

async function trainedFrom(
  { place, studied, seat, ...settings }: LearnedFamilySettings,
  rows: Int32Array,
  named: readonly string[],
): Promise<Trained | undefined> {
  const { scope } = TRAINED_ON;
  const examples = examplesOf(studied, rows, named);
  const topics = seat.old.topics !== undefined && tellTopics(studied, rows);
  const { envelopes } = place;
  const scanner = new ChatScanner({ keywords: [], scopes: [scope], params: [], envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  try {
    return await train(examples, scanner, { ...TRAINED_ON, ...settings, topics }, settings.listener);
  } catch (error) {
    if (error instanceof SluiceError && UNTEACHABLE.has(error.code)) return undefined;
    throw error;
  }
}

/** Groups are large enough to be told as topics. */
function tellTopics({ rows }: Studied, chosen: Int32Array): boolean {
  return topicNames(Array.from(chosen, (row) => rows[row]?.group)).length >= LEAST_TOPICS;
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
