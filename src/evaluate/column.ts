// A column of numbers that grows as rows are read: a few bytes a row, where an array of objects would take hundreds. It grows by blocks: a
// larger copy for every growth would leave twice its size behind for the garbage collector, in every column.

export type NumberArray = Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array;

const BLOCK = 65_536;

export class Column<T extends NumberArray> {
  readonly #make: (length: number) => T;
  readonly #full: T[] = [];
  #last: T;
  #inLast = 0;
  #inFull = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#last = make(BLOCK);
  }

  push(value: number): void {
    if (this.#inLast === BLOCK) {
      this.#full.push(this.#last);
      this.#inFull += BLOCK;
      this.#last = this.#make(BLOCK);
      this.#inLast = 0;
    }
    this.#last[this.#inLast++] = value;
  }

  get length(): number {
    return this.#inFull + this.#inLast;
  }

  /** All values in one piece, which takes the place of the blocks; pushing goes on behind it. */
  values(): T {
    if (this.#inLast === 0 && this.#full.length === 1 && this.#full[0] !== undefined) return this.#full[0];
    const values = this.#make(this.length);
    let at = 0;
    for (const block of [...this.#full, this.#last.subarray(0, this.#inLast)]) {
      values.set(block, at);
      at += block.length;
    }
    this.#full.length = 0;
    this.#full.push(values);
    this.#inFull = at;
    this.#inLast = 0;
    return values;
  }
}

export const float64 = (length: number) => new Float64Array(length);
export const float32 = (length: number) => new Float32Array(length);
export const uint32 = (length: number) => new Uint32Array(length);
export const uint16 = (length: number) => new Uint16Array(length);
export const uint8 = (length: number) => new Uint8Array(length);
