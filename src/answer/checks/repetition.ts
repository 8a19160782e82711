// The repetition check: a model that has lost its way says the same again and again. Of the last words, too few sequences of four are
// different; or one character does not end.
import type { Watch } from "./check.ts";

const WINDOW = 128; // sequences of four words that are compared
const ORDER = 4;
const LONGEST_RUN = 64; // of one letter or digit
/** A word, or one character of the scripts that are written without spaces. */
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}]+/gu;
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

/** The smallest share of different sequences that a text has in a window; 1 of a short one. */
export function leastDistinct(text: string): number {
  const counts = new SequenceCounts();
  let least = 1;
  for (const [word] of text.matchAll(WORD)) least = Math.min(least, counts.add(word));
  return least;
}

class SequenceCounts {
  readonly #ring = new Int32Array(WINDOW);
  readonly #counts = new Map<number, number>();
  readonly #last: number[] = []; // hashes of the last words
  #seen = 0;

  /** The share of different sequences, 1 before the window is full. */
  add(word: string): number {
    this.#last.push(hashOf(word));
    if (this.#last.length < ORDER) return 1;
    let sequence = 0;
    for (const hash of this.#last) sequence = (Math.imul(sequence, 31) + hash) | 0;
    this.#last.shift();
    const at = this.#seen % WINDOW;
    if (this.#seen >= WINDOW) this.#forget(this.#ring[at] ?? 0);
    this.#ring[at] = sequence;
    this.#counts.set(sequence, (this.#counts.get(sequence) ?? 0) + 1);
    this.#seen++;
    return this.#seen < WINDOW ? 1 : this.#counts.size / WINDOW;
  }

  #forget(sequence: number): void {
    const count = this.#counts.get(sequence) ?? 0;
    if (count <= 1) this.#counts.delete(sequence);
    else this.#counts.set(sequence, count - 1);
  }
}

function hashOf(word: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash ^ (hash >>> 15);
}
