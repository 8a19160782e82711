// Says which policy the labels support, in words that can be acted on. The learned policy is advised only where cross-validation shows it
// clear of length and of chance: not where it is merely ahead, and for topics like these only where it is not clear of them with whole
// groups left out.
import { curveOf, rankingOf, recoveredAt } from "../evaluate/curve.ts";
import type { Estimate } from "../evaluate/result.ts";
import type { FamilyScores } from "./families.ts";
import type { FamilyEstimate, Figures } from "./intervals.ts";
import { safeOnNewTopics } from "./left-out.ts";
import type { TrainingRows } from "./training-rows.ts";

export type Advised = "learned" | "length" | "none";

/** Where the learned policy holds. Unknown: there were no groups to leave out. */
export type Reach = "any topic" | "topics like these only" | "unknown";

export interface Advice {
  readonly use: Advised;
  readonly reach: Reach; // of the best learned family
  readonly best: FamilyEstimate; // of the learned families
  readonly recovered: RecoveredShares;
  readonly sentence: string;
}

/** Shares of the gap between the tiers that are recovered at the target weak share. */
export interface RecoveredShares {
  readonly learned: number; // by the best learned family
  readonly length: number;
  readonly chance: number;
}

/** Labels of one's own from which n-grams are usually safely above length. */
export const USUAL_LABELS = 1000;
/**
 * Of the area under the curve: within it folds cannot tell families apart, and where new topics are to be expected the last is taken, which
 * leans least on words alone.
 */
const AS_GOOD = 0.005;
const CHANCE = 0.5;
/** From this share of new topics on, what holds for topics like these only is no advice. */
export const MOSTLY_NEW = 0.5;

export interface AdviceSettings {
  readonly weakShare: number;
  readonly newTopics: number; // share of the traffic
}

type GainingRows = Pick<TrainingRows, "gains" | "weights">;

/** `estimates` are in the order of FAMILIES: length first. */
export function adviceFor(estimates: readonly FamilyEstimate[], rows: GainingRows, { weakShare, newTopics }: AdviceSettings): Advice {
  const [length, ...learned] = estimates;
  if (length === undefined || learned.length === 0) throw new Error("invariant: length and at least one learned family are compared");
  const safe = safeOnNewTopics(learned, ({ scored }) => scored.worth, length.scored.worth, newTopics);
  const most = Math.max(...safe.map(({ scored }) => scored.worth.expected));
  const enough = most - (newTopics > 0 ? AS_GOOD : 0);
  const best = safe.findLast(({ scored }) => scored.worth.expected >= enough) ?? length;
  return adviceOn(best, length, rows, { weakShare, newTopics });
}

/** `best`: of the learned families. */
export function adviceOn(
  best: FamilyEstimate,
  length: FamilyEstimate,
  rows: GainingRows,
  { weakShare, newTopics }: AdviceSettings,
): Advice {
  const reach = reachOf(best);
  const isAnswered = reach !== "topics like these only" || newTopics < MOSTLY_NEW;
  const use = isClear(best) && isAnswered ? "learned" : length.apgr.low > CHANCE ? "length" : "none";
  const recovered = {
    learned: recoveredBy(best.scored, rows, weakShare),
    length: recoveredBy(length.scored, rows, weakShare),
    chance: 1 - weakShare,
  };
  return { use, reach, best, recovered, sentence: sentenceFor(use, reach, best, rows.gains.length) };
}

function reachOf({ groups }: FamilyEstimate): Reach {
  if (groups === undefined) return "unknown";
  return isClear(groups) ? "any topic" : "topics like these only";
}

/** Of length and of chance, both by its 95 % interval. */
function isClear({ apgr, overLength }: Figures): boolean {
  return apgr.low > CHANCE && overLength.low > 0;
}

function recoveredBy({ scores }: FamilyScores, { gains, weights }: GainingRows, weakShare: number): number {
  const curve = curveOf(rankingOf(scores.plain), gains, weights);
  return curve === undefined ? Number.NaN : recoveredAt(curve, 1 - weakShare);
}

function sentenceFor(use: Advised, reach: Reach, { scored, apgr, overLength, groups }: FamilyEstimate, labels: number): string {
  const usual = USUAL_LABELS.toLocaleString("en-US");
  const figures = `APGR ${shown(apgr)}, ${signed(overLength)} over length`;
  const isFew = labels < USUAL_LABELS;
  if (use === "learned") {
    const only = reach === "topics like these only" ? " for topics like these only" : "";
    const unseen = groups === undefined ? "" : `; on topics left out APGR ${shown(groups.apgr)}, ${signed(groups.overLength)} over length`;
    return `Use the learned policy (${scored.family})${only}: ${figures}${unseen}.${isFew ? ` Train again from ${usual} labels.` : ""}`;
  }
  const what =
    use === "length"
      ? "Keep a length threshold: no policy beats length"
      : "Keep the simplest policy: none is clear of both length and chance";
  const more = isFew ? `about ${usual} are usually needed` : "these prompts may not tell which tier is needed";
  return `${what} on ${labels.toLocaleString("en-US")} labels; ${more}. The best, ${scored.family}: ${figures}.`;
}

/** `.665 [.643 to .686]` */
export function shown({ value, low, high }: Estimate): string {
  return `${fraction(value)} [${fraction(low)} to ${fraction(high)}]`;
}

/** `+.092 [+.063 to +.120]` */
export function signed({ value, low, high }: Estimate): string {
  const sign = (figure: number) => `${figure < 0 ? "−" : "+"}${fraction(Math.abs(figure))}`;
  return `${sign(value)} [${sign(low)} to ${sign(high)}]`;
}

function fraction(value: number): string {
  return value.toFixed(3).replace(/^0/, "");
}
