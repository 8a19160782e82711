// How alike the words of two texts are. Where one has another number, or a negation more, they are not, however many words they share.
import { WORD } from "../said/distinct.ts";

const NUMBER = /\d+(?:[.,]\d+)*/g;
const NEGATION = /\b(?:not|no|never|none|without|cannot)\b|n['’]t\b|[不没沒无無非]|(?:않|없|아니|못)/gi;
const END = "\n"; // in front of the first word and behind the last: else an order of two would not tell

/** Twice the pairs of neighbouring words that both have, by all pairs (Dice): 0 to 1. */
export function similarity(one: string, two: string): number {
  const isVetoed = counted(one, NUMBER) !== counted(two, NUMBER) || counted(one, NEGATION, "not") !== counted(two, NEGATION, "not");
  if (isVetoed) return 0;
  const [pairs, others] = [pairsOf(one), pairsOf(two)];
  const left = new Map<string, number>();
  for (const pair of pairs) left.set(pair, (left.get(pair) ?? 0) + 1);
  let shared = 0;
  for (const pair of others) {
    const count = left.get(pair) ?? 0;
    if (count === 0) continue;
    left.set(pair, count - 1);
    shared++;
  }
  return (2 * shared) / (pairs.length + others.length);
}

function pairsOf(text: string): readonly string[] {
  const words = [END, ...(text.toLowerCase().match(WORD) ?? []), END];
  return words.slice(1).map((word, at) => `${words[at]} ${word}`);
}

/** `as`: what each counts as; where it is not given, as itself. */
function counted(text: string, pattern: RegExp, as?: string): string {
  return (text.match(pattern) ?? [])
    .map((found) => as ?? found.replaceAll(",", ""))
    .toSorted()
    .join(" ");
}
