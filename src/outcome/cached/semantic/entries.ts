// Questions whose answers were kept, by their embeddings: found by likeness among those of the same place. All vectors lie in one block;
// each of a place is looked at, but left as soon as it is too far off to matter.
import type { Question } from "../../../request/cache/veto/question.ts";
import type { Comparison } from "./entry-trust.ts";

export interface SemanticEntry {
  readonly key: string; // of its answer
  readonly place: string;
  readonly question: Question;
  readonly row: number; // of its vector
  comparisons: readonly Comparison[]; // the newest last
}

export interface Near {
  readonly entry: SemanticEntry;
  readonly similarity: number; // cosine
}

/** Parts of a vector between two looks at how far off it is. */
const STRIDE = 16;
const FIRST_ROWS = 64;

export class SemanticEntries {
  readonly #most: () => number;
  readonly #entries = new Map<string, SemanticEntry>(); // by key, the longest unused first
  readonly #places = new Map<string, Set<SemanticEntry>>();
  readonly #free: number[] = [];
  #vectors = new Float32Array(0);
  #dimensions = 0;
  #rows = 0; // that were ever taken

  constructor(most: () => number) {
    this.#most = most;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** `vector` is of length 1. Of a question that is known only the vector is new. */
  add({ key, place, question }: Pick<SemanticEntry, "key" | "place" | "question">, vector: Float32Array): void {
    if (vector.length !== this.#dimensions) this.clear(vector.length);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#vectors.set(vector, known.row * this.#dimensions);
      return this.used(known);
    }
    while (this.#entries.size >= Math.max(1, this.#most())) this.#removeOldest();
    const entry = { key, place, question, row: this.#takenRow(), comparisons: [] };
    this.#vectors.set(vector, entry.row * this.#dimensions);
    this.#entries.set(key, entry);
    const others = this.#places.get(place);
    if (others === undefined) this.#places.set(place, new Set([entry]));
    else others.add(entry);
  }

  used(entry: SemanticEntry): void {
    if (this.#entries.delete(entry.key)) this.#entries.set(entry.key, entry);
  }

  /** Those at least so alike, the most alike first. */
  nearest(place: string, vector: Float32Array, least: number, count: number): readonly Near[] {
    if (vector.length !== this.#dimensions) return [];
    const far = 2 - 2 * least; // the square of the distance of vectors of length 1
    const near: Near[] = [];
    for (const entry of this.#places.get(place) ?? []) {
      const distance = this.#distance(entry.row, vector, far);
      if (distance <= far) near.push({ entry, similarity: 1 - distance / 2 });
    }
    return near.sort((a, b) => b.similarity - a.similarity).slice(0, count);
  }

  /** Of another model's vectors nothing is kept. */
  clear(dimensions = 0): void {
    this.#entries.clear();
    this.#places.clear();
    this.#free.length = 0;
    this.#rows = 0;
    this.#dimensions = dimensions;
    this.#vectors = new Float32Array(FIRST_ROWS * dimensions);
  }

  /** Squared; more than `far` where it is more, whatever it is. */
  #distance(row: number, vector: Float32Array, far: number): number {
    const [vectors, end] = [this.#vectors, vector.length];
    const from = row * end;
    let sum = 0;
    for (let at = 0; at < end; ) {
      const stop = Math.min(end, at + STRIDE);
      for (; at < stop; at++) {
        const off = (vectors[from + at] ?? 0) - (vector[at] ?? 0);
        sum += off * off;
      }
      if (sum > far) return sum;
    }
    return sum;
  }

  #takenRow(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const row = this.#rows++;
    if ((row + 1) * this.#dimensions > this.#vectors.length) {
      const larger = new Float32Array(2 * this.#vectors.length);
      larger.set(this.#vectors);
      this.#vectors = larger;
    }
    return row;
  }

  #removeOldest(): void {
    const [entry] = this.#entries.values();
    if (entry === undefined) return;
    this.#entries.delete(entry.key);
    this.#free.push(entry.row);
    const others = this.#places.get(entry.place);
    others?.delete(entry);
    if (others?.size === 0) this.#places.delete(entry.place);
  }
}
