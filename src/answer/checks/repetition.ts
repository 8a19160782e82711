// The repetition check: a model that has lost its way says the same again and again. Of the last words, too few sequences of four are
// different; or one character does not end.
import { SequenceCounts, WINDOW, WORD } from "../said/distinct.ts";
import type { Watch } from "./check.ts";

const LONGEST_RUN = 64; // of one letter or digit
const RUN = new RegExp(`([\\p{L}\\p{N}])\\1{${LONGEST_RUN - 1}}`, "u");

/** `distinct`: the least share of different sequences. Reads every word once, keeps WINDOW numbers. */
export function watchRepetition(distinct: number): Watch {
  const counts = new SequenceCounts();
  let read = 0;
  return ({ answer: { text } }, when) => {
    const whole = when === "growing" ? lastBreak(text) : text.length;
    if (whole <= read) return undefined;
    const news = text.slice(read, whole);
    if (RUN.test(text.slice(Math.max(0, read - LONGEST_RUN), whole))) return { bad: `one character ${LONGEST_RUN} times` };
    read = whole;
    for (const [word] of news.matchAll(WORD)) {
      const share = counts.add(word);
      if (share < distinct) return { bad: `of ${WINDOW} sequences of four words ${Math.round(share * WINDOW)} are different` };
    }
    return undefined;
  };
}

/** Behind the last character that is of no word, so that no word is read in two. A word that does not end is read all the same. */
function lastBreak(text: string): number {
  const { length } = text;
  for (let at = length; at > Math.max(0, length - LONGEST_RUN); at--) if (NO_WORD.test(text[at - 1] ?? "")) return at;
  return length;
}

const NO_WORD = /[^\p{L}\p{N}\p{Cs}]|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
