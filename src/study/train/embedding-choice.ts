// Whether vectors are worth asking for: only where they make the best model of the text clearly better.
import type { Estimate } from "../evaluate/result.ts";
import { embeddingFamilies } from "./embedding-families.ts";
import type { FamilyScores } from "./families.ts";
import { estimateFamilies, type FamilyEstimate, type Resampling } from "./intervals.ts";
import { safeOnNewTopics } from "./left-out.ts";
import type { Fitting } from "./parts.ts";
import type { RowVectors } from "./training-rows.ts";

export interface EmbeddingChoice {
  readonly estimates: readonly FamilyEstimate[]; // of the families that weigh the vector
  readonly best: FamilyEstimate; // of them
  readonly text: FamilyEstimate; // the best without it
  readonly overText: Estimate; // APGR of the one less that of the other
  readonly isClear: boolean; // by its 95 % interval
  readonly isTaken: boolean;
}

/** `length` and `text`: as they were estimated. Taken is what is clearly better, and as safe on new topics; by force what is ahead. */
export function embeddingChoice(
  fitting: Omit<Fitting, "progress">,
  vectors: RowVectors,
  { length, text, force }: { readonly length: FamilyEstimate; readonly text: FamilyEstimate; readonly force: boolean },
  resampling: Resampling,
  onProgress: (done: number, of: number) => void,
): EmbeddingChoice {
  const { rows, newTopics } = fitting;
  const tried = embeddingFamilies(fitting, vectors, text.scored, onProgress);
  const over = (base: FamilyScores) => estimateFamilies([base, ...tried], rows, resampling).slice(1);
  const estimates = over(length.scored);
  const safe = safeOnNewTopics(estimates, ({ scored }) => scored.worth, length.scored.worth, newTopics);
  const [first, ...others] = safe;
  if (first === undefined) throw new Error("invariant: something is as safe as it gets");
  const best = others.reduce((most, each) => (each.scored.worth.expected > most.scored.worth.expected ? each : most), first);
  const overText = over(text.scored)[estimates.indexOf(best)]?.overLength;
  if (overText === undefined) throw new Error("invariant: what is estimated once is twice");
  const isAhead = best.scored.worth.expected > text.scored.worth.expected;
  const isClear = isAhead && overText.low > 0;
  return { estimates, best, text, overText, isClear, isTaken: isClear || (force && isAhead) };
}
