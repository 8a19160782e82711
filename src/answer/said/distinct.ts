// How many of a text's last sequences of four words are different: what a loop shows in.

export const WINDOW = 128; // sequences that are compared
const ORDER = 4;
/** A word, or one character of the scripts that are written without spaces. */
export const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}]+/gu;

/** The smallest share of different sequences that a text has in a window; 1 of a short one. */
export function leastDistinct(text: string): number {
  const counts = new SequenceCounts();
  let least = 1;
  for (const [word] of text.matchAll(WORD)) least = Math.min(least, counts.add(word));
  return least;
}

/** Keeps WINDOW numbers. */
export class SequenceCounts {
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
