// Which of the scanner's hits count for a policy that takes keywords as whole words: it may be asked for more by others, and judges the
// borders of words by ASCII alone.
import { type Scope, textIn } from "../chat/facts.ts";
import { WHOLE_WORD } from "./conditions.ts";
import type { PolicyRequest } from "./policy.ts";
import { isJudged, wordsIn, wordTest } from "./word-borders.ts";

/** Whether one of the words, which the scanner found in the text of the scope, counts. For other words: false. */
export type HitTest = (hit: string, request: PolicyRequest) => boolean;

export function hitTest(words: readonly string[], scope: Scope, wholeWords: boolean): HitTest {
  const borders = new Map(words.map((word) => [word, wholeWords ? wordTest(word, WHOLE_WORD) : undefined]));
  return (hit, request) => {
    if (!borders.has(hit)) return false;
    const stands = borders.get(hit);
    return stands === undefined || isJudged(hit, WHOLE_WORD, textIn(request.facts, scope), request) || stands(wordsIn(request, scope));
  };
}
