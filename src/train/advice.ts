// Says which policy the labels support, in a sentence that can be acted on. The learned policy is advised only where cross-validation shows
// it clear of length and of chance: not where it is merely ahead.
import type { Estimate } from "../evaluate/result.ts";
import { FAMILIES } from "./families.ts";
import type { FamilyEstimate } from "./intervals.ts";

export type Advised = "learned" | "length" | "none";

export interface Advice {
  readonly use: Advised;
  readonly best: FamilyEstimate; // of the learned families
  readonly sentence: string;
}

/** Labels of one's own from which n-grams are usually safely above length. */
export const USUAL_LABELS = 1000;
/** Of the area under the curve: within it the simpler family is as good. */
const AS_GOOD = 0.002;
const CHANCE = 0.5;

/** `estimates` begins with length. */
export function adviceFor(estimates: readonly FamilyEstimate[], labels: number): Advice {
  const [length, ...learned] = estimates;
  if (length === undefined || learned.length === 0) throw new Error("invariant: length and at least one learned family are compared");
  const best = simplestOfBest(learned);
  const { apgr, overLength, scored } = best;
  const counted = `${labels.toLocaleString("en-US")} labels`;
  if (apgr.low > CHANCE && overLength.low > 0) {
    const few = labels < USUAL_LABELS ? ` With so few labels, look again when there are ${USUAL_LABELS.toLocaleString("en-US")}.` : "";
    const sentence = `Use the learned policy (${scored.family}): APGR ${shown(apgr)}, ${signed(overLength)} over length.${few}`;
    return { use: "learned", best, sentence };
  }
  const ahead = `the best, ${scored.family}, has APGR ${shown(apgr)}, ${signed(overLength)} over length`;
  const more =
    labels < USUAL_LABELS
      ? `about ${USUAL_LABELS.toLocaleString("en-US")} are usually needed`
      : "more labels like these may not help: the prompts may not tell";
  if (length.apgr.low > CHANCE) {
    return { use: "length", best, sentence: `Keep length: ${counted}: no policy beats length (${ahead}); ${more}.` };
  }
  return {
    use: "none",
    best,
    sentence: `Keep the simplest policy: ${counted}: none is clear of both chance and length (${ahead}); ${more}.`,
  };
}

function simplestOfBest(learned: readonly FamilyEstimate[]): FamilyEstimate {
  const most = Math.max(...learned.map(({ apgr }) => apgr.value));
  const good = learned.filter(({ apgr }) => apgr.value >= most - AS_GOOD);
  return good.reduce((a, b) => (FAMILIES.indexOf(a.scored.family) <= FAMILIES.indexOf(b.scored.family) ? a : b));
}

/** `.665 [.643–.686]` */
export function shown({ value, low, high }: Estimate): string {
  return `${fraction(value)} [${fraction(low)}–${fraction(high)}]`;
}

/** `+.092 [+.063–+.120]` */
export function signed({ value, low, high }: Estimate): string {
  const sign = (figure: number) => `${figure < 0 ? "−" : "+"}${fraction(Math.abs(figure))}`;
  return `${sign(value)} [${sign(low)} to ${sign(high)}]`;
}

function fraction(value: number): string {
  return value.toFixed(3).replace(/^0/, "");
}
