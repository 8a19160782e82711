// Every number that is computed of a policy, from counts alone, so that the data and each of its resamples go the same way.
import { areaUnder, type Curve, leastShareFor, recoveredAt } from "./curve.ts";

/** Sums over the rows. */
export interface Totals {
  readonly rows: number;
  readonly needs: number; // rows that need strong
  readonly weak: number; // quality of all-weak
  readonly gap: number; // what all-strong adds to it
}

/** Sums over the rows that a policy sends to strong. */
export interface Sent {
  readonly rows: number;
  readonly needs: number; // true positives
  readonly gained: number; // quality that strong adds on them
}

/** How the rows fall in the order of some score. Undefined: no gap, or nothing needs strong. */
export interface Curves {
  readonly gap: Curve | undefined;
  readonly recall: Curve | undefined;
}

export const MEASURES = [
  "weakShare",
  "misroute",
  "falseNegativeRate",
  "falsePositiveRate",
  "precision",
  "recall",
  "f1",
  "quality",
  "qualityKept",
  "gapRecovered",
  "apgr",
  "strongFor50",
  "strongFor80",
  // The policy's figure less the baseline's, at the policy's own weak share.
  "gapOverRandom",
  "gapOverLength",
  "apgrOverRandom",
  "apgrOverLength",
  "misrouteOverRandom",
  "misrouteOverLength",
  // The same less what one tier alone comes to.
  "qualityOverWeak",
  "qualityOverStrong",
  "misrouteOverWeak",
  "misrouteOverStrong",
] as const;
export type Measure = (typeof MEASURES)[number];

/** NaN: undefined on these rows. */
export type Measures = Readonly<Record<Measure, number>>;

export function measuresOf(totals: Totals, sent: Sent, own: Curve | undefined, length: Curves): Measures {
  const { rows, needs, weak, gap } = totals;
  const falsePositives = sent.rows - sent.needs;
  const falseNegatives = needs - sent.needs;
  const strongShare = sent.rows / rows;
  const misroute = (falsePositives + falseNegatives) / rows;
  const gapRecovered = own === undefined ? Number.NaN : sent.gained / gap;
  const apgr = own === undefined ? Number.NaN : areaUnder(own);
  return {
    weakShare: 1 - strongShare,
    misroute,
    falseNegativeRate: falseNegatives / rows,
    falsePositiveRate: falsePositives / rows,
    precision: sent.needs / sent.rows,
    recall: sent.needs / needs,
    f1: (2 * sent.needs) / (sent.rows + needs),
    quality: (weak + sent.gained) / rows,
    qualityKept: (weak + sent.gained) / (weak + gap),
    gapRecovered,
    apgr,
    strongFor50: own === undefined ? Number.NaN : leastShareFor(own, 0.5),
    strongFor80: own === undefined ? Number.NaN : leastShareFor(own, 0.8),
    gapOverRandom: gapRecovered - strongShare,
    gapOverLength: gapRecovered - (length.gap === undefined ? Number.NaN : recoveredAt(length.gap, strongShare)),
    apgrOverRandom: apgr - RANDOM_APGR,
    apgrOverLength: apgr - (length.gap === undefined ? Number.NaN : areaUnder(length.gap)),
    misrouteOverRandom: misroute - misrouteAt(strongShare, needs / rows, strongShare),
    misrouteOverLength: misroute - misrouteAt(strongShare, needs / rows, recallAt(length.recall, strongShare)),
    qualityOverWeak: sent.gained / rows,
    qualityOverStrong: (sent.gained - gap) / rows,
    misrouteOverWeak: misroute - misrouteAt(0, needs / rows, 0),
    misrouteOverStrong: misroute - misrouteAt(1, needs / rows, 1),
  };
}

export const RANDOM_APGR = 0.5;

/** The misroute rate where `strongShare` of the rows goes to strong and reaches `recall` of those that need it. */
export function misrouteAt(strongShare: number, needsShare: number, recall: number): number {
  const truePositives = needsShare * recall;
  return needsShare - truePositives + (strongShare - truePositives);
}

/** Where nothing needs strong any recall will do: it is multiplied by 0. */
export function recallAt(recall: Curve | undefined, strongShare: number): number {
  return recall === undefined ? 0 : recoveredAt(recall, strongShare);
}
