// Which row that is already there a new one is nearly the same as. Two rows are alike where their last question and their whole text each
// share three quarters of their pieces, and all else is equal. In memory are the signatures of the last rows alone, so it does not grow.

/** Rows that a newcomer is compared with: the last so many that were kept. About 60 MB. */
export const COMPARED_ROWS = 1 << 17;

const HASHES = 64; // for each of the two texts
const BANDS = 16;
const IN_A_BAND = HASHES / BANDS; // two texts of likeness 0.75 share a band with a chance of 0.998, of 0.5 with 0.64
const LEAST_EQUAL = Math.ceil(0.75 * HASHES);
const SLOTS = 1 << 17; // of a band; the last row that came there stays
const PIECE = 5; // characters
const END_CHARS = 3000; // of a longer text its front and its back are compared
const MOST_LONGER = 1.2;

export interface Text {
  readonly said: string; // the last thing the user said; where there is none, the whole
  readonly all: string; // the whole conversation
  readonly rest: number; // a hash of all else that must be equal
}

export class Alike {
  readonly #signatures = new Uint16Array(2 * HASHES * COMPARED_ROWS);
  readonly #lengths = new Uint32Array(2 * COMPARED_ROWS);
  readonly #rests = new Uint32Array(COMPARED_ROWS);
  readonly #rows = new Int32Array(COMPARED_ROWS).fill(-1);
  readonly #bands = new Int32Array(BANDS * SLOTS).fill(-1); // places in the columns above
  readonly #own = new Uint16Array(2 * HASHES);
  readonly #hashes = new Int32Array(HASHES);
  #next = 0;

  /** The number of a row that is nearly the same; undefined: there is none, and this one is remembered as `row`. */
  find(text: Text, row: number): number | undefined {
    this.#signBoth(text);
    const found = this.#search(text);
    if (found === undefined) this.#keep(text, row);
    return found;
  }

  remember(text: Text, row: number): void {
    this.#signBoth(text);
    this.#keep(text, row);
  }

  #signBoth({ said, all }: Text): void {
    this.#sign(said, 0);
    if (all === said) this.#own.copyWithin(HASHES, 0, HASHES);
    else this.#sign(all, HASHES);
  }

  #keep({ said, all, rest }: Text, row: number): void {
    const place = this.#next;
    this.#next = (place + 1) % COMPARED_ROWS;
    this.#signatures.set(this.#own, 2 * HASHES * place);
    this.#lengths.set([said.length, all.length], 2 * place);
    this.#rests[place] = rest;
    this.#rows[place] = row;
    for (let band = 0; band < BANDS; band++) this.#bands[this.#slot(band)] = place;
  }

  #search(text: Text): number | undefined {
    for (let band = 0; band < BANDS; band++) {
      const place = this.#bands[this.#slot(band)] ?? -1;
      if (place >= 0 && this.#isAlike(text, place)) return this.#rows[place];
    }
    return undefined;
  }

  #isAlike({ said, all, rest }: Text, place: number): boolean {
    if (this.#rests[place] !== rest) return false;
    const [saidLength, allLength] = [this.#lengths[2 * place] ?? 0, this.#lengths[2 * place + 1] ?? 0];
    if (!areAsLong(said.length, saidLength) || !areAsLong(all.length, allLength)) return false;
    return this.#shares(place, 0) && this.#shares(place, HASHES);
  }

  #shares(place: number, from: number): boolean {
    const at = 2 * HASHES * place;
    let equal = 0;
    for (let hash = from; hash < from + HASHES; hash++) if (this.#own[hash] === this.#signatures[at + hash]) equal++;
    return equal >= LEAST_EQUAL;
  }

  /** Of the last question: its band of hashes. */
  #slot(band: number): number {
    let key = 0;
    for (let hash = band * IN_A_BAND; hash < (band + 1) * IN_A_BAND; hash++) key = Math.imul(key ^ (this.#own[hash] ?? 0), 0x9e3779b1) + 1;
    return band * SLOTS + ((key ^ (key >>> 15)) & (SLOTS - 1));
  }

  /** MinHash: the least of each hash over the pieces, 16 bits of it. The hashes of a piece are a walk with a step of its own. */
  #sign(text: string, from: number): void {
    const hashes = this.#hashes.fill(0x7fffffff);
    const short = text.length <= 2 * END_CHARS ? text : `${text.slice(0, END_CHARS)}\n${text.slice(-END_CHARS)}`;
    const pieces = ` ${short.toLowerCase().replaceAll(/\s+/g, " ").trim()} `;
    const count = Math.max(1, pieces.length - PIECE + 1);
    for (let at = 0; at < count; at++) {
      const piece = pieceHash(pieces, at, Math.min(at + PIECE, pieces.length));
      const step = Math.imul(piece ^ (piece >>> 16), 0x85ebca6b) | 1;
      let value = Math.imul(piece ^ (piece >>> 13), 0xc2b2ae35);
      for (let hash = 0; hash < HASHES; hash++) {
        value = (value + step) | 0;
        if (value < (hashes[hash] ?? 0)) hashes[hash] = value;
      }
    }
    for (let hash = 0; hash < HASHES; hash++) this.#own[from + hash] = (hashes[hash] ?? 0) & 0xffff;
  }
}

function pieceHash(text: string, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

function areAsLong(a: number, b: number): boolean {
  return Math.max(a, b) <= MOST_LONGER * Math.min(a, b) + 1;
}
