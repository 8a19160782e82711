// A column of numbers that grows as rows are read: a few bytes a row, where an array of objects would take hundreds.

export type NumberArray = Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array;

const FIRST_CAPACITY = 1024;
const GROWTH = 1.5;

export class Column<T extends NumberArray> {
  readonly #make: (capacity: number) => T;
  #values: T;
  #length = 0;

  constructor(make: (capacity: number) => T) {
    this.#make = make;
    this.#values = make(FIRST_CAPACITY);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = this.#make(Math.ceil(this.#length * GROWTH));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  get length(): number {
    return this.#length;
  }

  /** A view, until the next push. */
  values(): T {
    return this.#values.subarray(0, this.#length) as T;
  }
}

export const float64 = (capacity: number) => new Float64Array(capacity);
export const float32 = (capacity: number) => new Float32Array(capacity);
export const uint32 = (capacity: number) => new Uint32Array(capacity);
export const uint16 = (capacity: number) => new Uint16Array(capacity);
export const uint8 = (capacity: number) => new Uint8Array(capacity);
