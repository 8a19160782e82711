// How dear it is to ask the strong tier again, as far as the weak one's answer tells: long answers are answered at length again. An answer
// whose repair costs twice as much should be twice as surely wrong.

/** Learned from rows that hold both tiers' answers. */
export interface AskingCosts {
  readonly upTo: readonly number[]; // characters of the weak tier's answer, ascending
  readonly chars: readonly number[]; // that the strong tier then answers in the mean; one more, for what is longer
  readonly mean: number; // cost of all rows in the mean, in characters of an answer
}

/** A token of a question usually costs a quarter of one of an answer. */
export const ASKED_SHARE = 0.25;

/** In characters of an answer. */
export function askingCost({ upTo, chars }: Omit<AskingCosts, "mean">, answerChars: number, askedChars: number): number {
  let bin = 0;
  while (bin < upTo.length && answerChars > (upTo[bin] ?? 0)) bin++;
  return ASKED_SHARE * askedChars + (chars[bin] ?? 0);
}

/** To the mean; 1 where nothing is known. */
export function askingCostRatio(costs: AskingCosts | undefined, answerChars: number, askedChars: number): number {
  return costs === undefined ? 1 : askingCost(costs, answerChars, askedChars) / costs.mean;
}
