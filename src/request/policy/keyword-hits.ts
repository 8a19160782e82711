// Which of the scanner's hits count for a policy that takes keywords as whole words: it may be asked for more by others, and judges the
// borders of words by ASCII alone.
import { type Scope, textIn } from "../chat/facts.ts";
import { WHOLE_WORD } from "./conditions.ts";
import type { PolicyRequest } from "./policy.ts";
import { isJudged, type WordTest, wordsIn, wordTest } from "./word-borders.ts";

/** Whether one of the words, which the scanner found in the text of the scope, counts. For other words: false. */
export type HitTest = (hit: string, request: PolicyRequest) => boolean;

export function hitTest(words: readonly string[], scope: Scope, wholeWords: boolean): HitTest {
  const known = new Set(words);
  const borders = new Map<string, WordTest | undefined>(); // made at a word's first hit: nine thousand at once take 22 ms of a reload
  const bordersOf = (word: string) => {
    if (!borders.has(word)) borders.set(word, wholeWords ? wordTest(word, WHOLE_WORD) : undefined);
    return borders.get(word);
  };
  return (hit, request) => {
    if (!known.has(hit)) return false;
    const stands = bordersOf(hit);
    return stands === undefined || isJudged(hit, WHOLE_WORD, textIn(request.facts, scope), request) || stands(wordsIn(request, scope));
  };
}
