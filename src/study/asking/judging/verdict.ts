// What a judge said of a pair, once in each order, and what that comes to: who is better only where both looks agree. Pure.
import { MAX_SCORE } from "./judge-prompt.ts";

/** Scores from 0 to 1. */
export interface AB {
  readonly a: number;
  readonly b: number;
}

/** The last scores it writes. Undefined: it gave none. */
export function readScores(text: string): AB | undefined {
  const [a, b] = [lastScore(text, "A"), lastScore(text, "B")];
  return a === undefined || b === undefined ? undefined : { a: a / MAX_SCORE, b: b / MAX_SCORE };
}

function lastScore(text: string, name: string): number | undefined {
  const found = [...text.matchAll(new RegExp(`"${name}"\\s*:\\s*"?(-?\\d+(?:\\.\\d+)?)`, "g"))].at(-1)?.[1];
  const score = Number(found);
  return found !== undefined && score >= 0 && score <= MAX_SCORE ? score : undefined;
}

/** One look at a challenger and the tier it is held against: the scores of each. */
export type Look = readonly [challenger: number, base: number];

/** The challenger was shown first in the first look, second in the second. */
export type Looks = readonly [first: Look, second: Look];

export type Better = "challenger" | "base" | "tie";

export interface PairVerdict {
  readonly better: Better;
  readonly challenger: number; // its score, the mean of both looks; of a tie both have the same
  readonly base: number;
}

/** Disagreement is a tie: what the order decides, the answers do not. */
export function pairVerdict([first, second]: Looks): PairVerdict {
  const better = betterIn(first) === betterIn(second) ? betterIn(first) : "tie";
  const challenger = (first[0] + second[0]) / 2;
  const base = (first[1] + second[1]) / 2;
  if (better !== "tie") return { better, challenger, base };
  const both = (challenger + base) / 2;
  return { better, challenger: both, base: both };
}

export function betterIn([challenger, base]: Look): Better {
  return challenger > base ? "challenger" : base > challenger ? "base" : "tie";
}
