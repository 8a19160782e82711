// The words of a text that could be keywords, in any language: as Unicode and ICU's dictionaries part them, so that Chinese, which has no
// spaces, has words too.
import { isStopWord, koreanStem } from "./stop-words.ts";

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: "word" });

/** A text's front tells what it is about; the rest of a long one costs more than it tells. */
const READ_CHARS = 20_000;
const MAX_CHARS = 40;
/** One letter of Chinese is in words of every kind; of other scripts, two. */
const LEAST_CHARS = 2;
const LEAST_LATIN_CHARS = 3;
const CHINESE = /^\p{Script=Han}+$/u;

/**
 * Each once, in lower case, stop words and numbers left out; of a Korean word with an ending its stem, too. The dictionaries lack new words
 * of Chinese, such as those for refactoring and microservice, and give them in parts, one of them a single letter: so a letter and what
 * stands beside it are taken for a word, too.
 */
export function wordsOf(text: string): ReadonlySet<string> {
  const words = new Set<string>();
  let before = ""; // of Chinese
  for (const { segment, isWordLike } of SEGMENTER.segment(text.slice(0, READ_CHARS))) {
    const word = segment.toLowerCase();
    const chinese = CHINESE.test(word) && !isStopWord(word) ? word : "";
    if (before !== "" && chinese !== "" && (before.length === 1 || chinese.length === 1)) add(words, before + chinese);
    before = chinese;
    if (isWordLike !== true) continue;
    add(words, word);
    const stem = koreanStem(word);
    if (stem !== undefined) add(words, stem);
  }
  return words;
}

function add(words: Set<string>, word: string): void {
  const chars = [...word].length;
  const least = /^[\p{Script=Latin}\p{N}'’._-]+$/u.test(word) ? LEAST_LATIN_CHARS : LEAST_CHARS;
  if (chars >= least && chars <= MAX_CHARS && /\p{L}/u.test(word) && !isStopWord(word)) words.add(word);
}
