// Which texts a model was trained on, a bit or four for each (a Bloom filter): on those an evaluation would flatter it. No text can be read
// out of it.
import { contentHash } from "./checksum.ts";

const BITS_A_TEXT = 16;
const PROBES = 4;
const MIN_BYTES = 1 << 7;
/** Beyond, more texts that were never seen are taken for seen: 1 in 100 at 100,000 texts, 1 in 400 at 65,000. */
const MAX_BYTES = 1 << 17;

export class SeenTexts {
  readonly bytes: Uint8Array; // their number a power of two

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Empty, with room for a number of texts. */
  static forTexts(count: number): SeenTexts {
    let bytes = MIN_BYTES;
    while (bytes < MAX_BYTES && 8 * bytes < BITS_A_TEXT * count) bytes *= 2;
    return new SeenTexts(new Uint8Array(bytes));
  }

  add(text: TextHash): void {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(text, probe);
      this.bytes[bit >> 3] = (this.bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  /** False: never added. True: added, but for one text in about 400. */
  has(text: TextHash): boolean {
    for (let probe = 0; probe < PROBES; probe++) {
      const bit = this.#bit(text, probe);
      if (((this.bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  /** Each probe steps on by the second hash, made odd so that it meets every bit. */
  #bit({ first, second }: TextHash, probe: number): number {
    return ((first + Math.imul(probe, second | 1)) >>> 0) & (8 * this.bytes.length - 1);
  }
}

/** A text as it is remembered: two independent hashes of 32 bits. */
export interface TextHash {
  readonly first: number;
  readonly second: number;
}

const [FIRST_SEED, SECOND_SEED] = [0x51ce, 0x7e47];

export function textHash(text: Uint8Array): TextHash {
  return { first: contentHash(text, FIRST_SEED), second: contentHash(text, SECOND_SEED) };
}
