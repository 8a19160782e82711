// A proposal: from labelled and rated rows to a change that holds on rows it was not chosen on, or to none.
import type { TierPrice } from "../evaluate/cost.ts";
import { MOSTLY_NEW, type Reach } from "../train/advice.ts";
import type { TrainListener } from "../train/train.ts";
import type { Place } from "./asked-rows.ts";
import { nestedChoice } from "./choice.ts";
import { type Change, FAMILIES, type Family, type FamilyName } from "./families.ts";
import { type Comparison, compared, type FigureName } from "./figures.ts";
import type { ReadRows } from "./labelled-rows.ts";
import { type LearnedSeat, learnedFamily } from "./learned-family.ts";
import { type RatedRule, type RuledPolicy, rulesFamily } from "./rules.ts";
import { type Studied, studiedRows } from "./studied.ts";
import { type ThresholdSeat, thresholdFamilies } from "./threshold-families.ts";

export interface ProposalSettings {
  readonly place: Place;
  readonly prices: readonly TierPrice[]; // of every tier, cheap first
  readonly outputTokens: number;
  readonly present: RuledPolicy; // in force
  readonly base: RuledPolicy; // the same with the tiers of its rules mended
  readonly seat: ThresholdSeat | undefined; // of `base`
  readonly learned: LearnedSeat | undefined; // where a trained policy would stand, in `base`; undefined: it has no place
  readonly mended: readonly RatedRule[];
  readonly families: readonly FamilyName[]; // kinds of changes to try
  readonly weakShare: number | undefined; // of the first tier: a trained policy's, and the least that thresholds leave it
  readonly newTopics: number; // share of the traffic that is of topics not among the rows
  readonly seed: number;
  readonly resamples: number;
  readonly date: string;
}

export interface ProposalListener {
  step(done: number, of: number): void;
  training: TrainListener;
}

/** What the labels are. */
export interface LabelCounts {
  readonly read: number;
  readonly labelled: number; // and read
  readonly effective: number; // as many rows of one weight would tell as much
  readonly needs: number; // share of the requests for which a dearer tier answers better
  readonly truth: ReadRows["truth"];
  readonly drawn: boolean;
  readonly otherTruth: number;
  readonly beyond: number;
  readonly rated: number;
}

/** A kind of change on rows that it was not fitted to. */
export interface FamilyResult {
  readonly family: FamilyName;
  readonly comparison: Comparison;
  readonly unseen: Comparison | undefined; // on whole groups left out, which are drawn whole for its intervals
  readonly isChosen: boolean;
}

/** What the change is worth on topics that are not among the labels. */
export interface UnseenTopics {
  readonly groups: number; // of the labels: whole ones were left out
  readonly comparison: Comparison; // of the policy in force and the change; groups are drawn whole
  readonly reach: Exclude<Reach, "unknown">;
}

export interface Proposal {
  readonly use: "change" | "nothing";
  readonly why: Why;
  readonly labels: LabelCounts;
  readonly comparison: Comparison | undefined; // of the present policy and the one proposed; undefined: too few labels
  readonly unseen: UnseenTopics | undefined; // undefined: there are no groups to leave out, or nothing is changed
  readonly families: readonly FamilyResult[];
  readonly chosen: FamilyName | undefined; // by all rows
  readonly picks: readonly (FamilyName | undefined)[]; // by each fold's others
  readonly change: Change | undefined; // undefined: none but the rules' tiers, if any
  readonly mended: readonly RatedRule[];
  readonly contradicted: boolean; // the labels say that the rules' tiers, mended by their ratings, are worse
}

/** What the verdict rests on. */
export type Why = "proven" | "ratings" | "too-few-labels" | "none-found" | "not-proven" | "too-few-moved" | "known-topics-only";

/** Rows drawn over all resamples of one comparison: with many rows fewer resamples tell an interval well enough. */
const DRAW_BUDGET = 10_000_000;
const LEAST_RESAMPLES = 400;
const LEAST_LABELS = 100;
const LEAST_OF_A_KIND = 10;
const LEAST_MOVED = 20;
/** Of the first tier, where nobody says otherwise: the lower end of the 60 to 70 % to aim at. */
const LEAST_WEAK = 0.6;
/** Shares of weak that a trained policy's cut can be chosen for sensibly; beyond them it has next to nothing to decide. */
const TRAINABLE = { low: 0.2, high: 0.95, otherwise: 0.65 } as const;

export async function propose(rows: ReadRows, settings: ProposalSettings, listener: ProposalListener): Promise<Proposal> {
  const { place, prices, outputTokens, present, base, mended, seed, resamples } = settings;
  const studied = studiedRows(rows.labelled, { place, prices, outputTokens, present: present.policy, base: base.policy });
  const labels = countsOf(rows, studied);
  const nothing = {
    labels,
    unseen: undefined,
    families: [],
    chosen: undefined,
    picks: [],
    change: undefined,
    mended,
    contradicted: false,
  } as const;
  const byRatings = mended.length > 0;
  if (isTooFew(studied)) {
    return { ...nothing, use: byRatings ? "change" : "nothing", why: byRatings ? "ratings" : "too-few-labels", comparison: undefined };
  }
  const affordable = Math.min(resamples, Math.max(LEAST_RESAMPLES, Math.floor(DRAW_BUDGET / studied.rows.length)));
  const compare = (before: Uint8Array, after: Uint8Array) => compared(studied, before, after, { seed, resamples: affordable });
  const onUnseen = (after: Uint8Array) => compared(studied, studied.base, after, { seed, resamples: affordable, together: studied.groups });
  const mending = compare(studied.present, studied.base);
  if (byRatings && changeOf(mending, "overChance").high < 0) {
    return { ...nothing, use: "nothing", why: "not-proven", comparison: mending, contradicted: true };
  }
  const tried = familiesOf(studied, settings, listener);
  const found = await nestedChoice(studied, tried, { seed, onStep: listener.step });
  const families = tried.map(({ name: family }, at): FamilyResult => {
    const unseen = found.groups?.byFamily[at];
    return {
      family,
      comparison: compare(studied.base, found.plain.byFamily[at] ?? studied.base),
      unseen: unseen && onUnseen(unseen),
      isChosen: family === found.family,
    };
  });
  const beyond = compare(studied.base, found.plain.chosen);
  const comparison = byRatings ? compare(studied.present, found.plain.chosen) : beyond;
  const unseen = found.groups && unseenTopics(studied, onUnseen(found.groups.chosen));
  const common = { ...nothing, unseen, families, chosen: found.family, picks: found.picks };
  const why = whyOf(found.family, beyond, unseen, settings.newTopics);
  if (why === "proven") return { ...common, use: "change", why, comparison, change: found.fitted?.change };
  return byRatings ? { ...common, use: "change", why: "ratings", comparison: mending } : { ...common, use: "nothing", why, comparison };
}

function whyOf(chosen: FamilyName | undefined, comparison: Comparison, unseen: UnseenTopics | undefined, newTopics: number): Why {
  if (chosen === undefined) return "none-found";
  if (comparison.moved < LEAST_MOVED) return "too-few-moved";
  if (!isProven(comparison)) return "not-proven";
  return unseen?.reach === "topics like these only" && newTopics >= MOSTLY_NEW ? "known-topics-only" : "proven";
}

function isProven(comparison: Comparison): boolean {
  return changeOf(comparison, "overChance").low > 0;
}

function unseenTopics({ groups }: Studied, comparison: Comparison): UnseenTopics {
  return { groups: new Set(groups).size, comparison, reach: isProven(comparison) ? "any topic" : "topics like these only" };
}

export function changeOf({ figures }: Comparison, name: FigureName) {
  const found = figures.find(({ figure }) => figure === name);
  if (found === undefined) throw new Error(`invariant: ${name} is measured of every comparison`);
  return found.change;
}

function isTooFew({ rows, needs }: Studied): boolean {
  const needing = needs.filter((value) => value === 1).length;
  return rows.length < LEAST_LABELS || needing < LEAST_OF_A_KIND || rows.length - needing < LEAST_OF_A_KIND;
}

function countsOf({ read, truth, drawn, otherTruth, beyond, rated }: ReadRows, { rows, weights, needs }: Studied): LabelCounts {
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const needing = weights.reduce((sum, weight, row) => sum + weight * (needs[row] ?? 0), 0);
  const count = rows.length;
  const effective = count === 0 ? 0 : (count * count) / squares; // Kish's; weights are 1 in the mean
  return {
    read,
    labelled: count,
    effective,
    needs: count === 0 ? 0 : needing / count,
    truth,
    drawn,
    otherTruth,
    beyond,
    rated: rated.length,
  };
}

function familiesOf(studied: Studied, settings: ProposalSettings, listener: ProposalListener): readonly Family[] {
  const { place, seat, learned, base, seed, date, families, newTopics } = settings;
  const weakShare = settings.weakShare ?? presentShare(studied);
  const all = [
    ...thresholdFamilies({ studied, place, seat, seed, leastWeak: settings.weakShare ?? LEAST_WEAK }),
    ...rulesFamily(studied, base, place),
    ...(learned === undefined
      ? []
      : [learnedFamily({ studied, place, seat: learned, weakShare, newTopics, seed, date, listener: listener.training })]),
  ];
  return all.filter(({ name }) => families.includes(name)).toSorted((a, b) => FAMILIES.indexOf(a.name) - FAMILIES.indexOf(b.name));
}

/** Of the policy in force, where a trained one can hold it. */
function presentShare({ present, weights }: Studied): number {
  const weak = present.reduce((sum, tier, row) => sum + (tier === 0 ? (weights[row] ?? 0) : 0), 0) / present.length;
  return weak >= TRAINABLE.low && weak <= TRAINABLE.high ? Number(weak.toFixed(2)) : TRAINABLE.otherwise;
}
