// A column of numbers that grows as rows are read: a few bytes a row, where an array of objects would take hundreds. It grows in place, in
// address space set aside for it: a larger copy for every growth would leave its own size behind, in every column.

export type NumberArray = Float64Array | Float32Array | Uint32Array | Uint16Array | Uint8Array;

export interface NumberKind<T extends NumberArray> {
  readonly bytes: number; // an element
  readonly view: (buffer: ArrayBuffer, length: number) => T;
}

/** Elements. Memory is taken as the column grows; the most is address space alone. */
const FIRST = 65_536;
const STEP = 1 << 20;
const MOST = 1 << 28;

export class Column<T extends NumberArray> {
  readonly #kind: NumberKind<T>;
  readonly #buffer: ArrayBuffer;
  #view: T;
  #length = 0;
  #values: T | undefined; // all so far, once they were asked for

  constructor(kind: NumberKind<T>) {
    this.#kind = kind;
    this.#buffer = new ArrayBuffer(FIRST * kind.bytes, { maxByteLength: MOST * kind.bytes });
    this.#view = kind.view(this.#buffer, FIRST);
  }

  push(value: number): void {
    if (this.#length === this.#view.length) {
      const grown = this.#length + STEP;
      this.#buffer.resize(grown * this.#kind.bytes);
      this.#view = this.#kind.view(this.#buffer, grown);
    }
    this.#view[this.#length++] = value;
  }

  get length(): number {
    return this.#length;
  }

  /** All values, as they stand; a later push leaves what was given as it was. */
  values(): T {
    if (this.#values?.length !== this.#length) this.#values = this.#kind.view(this.#buffer, this.#length);
    return this.#values;
  }
}

export const float64: NumberKind<Float64Array> = { bytes: 8, view: (buffer, length) => new Float64Array(buffer, 0, length) };
export const float32: NumberKind<Float32Array> = { bytes: 4, view: (buffer, length) => new Float32Array(buffer, 0, length) };
export const uint32: NumberKind<Uint32Array> = { bytes: 4, view: (buffer, length) => new Uint32Array(buffer, 0, length) };
export const uint16: NumberKind<Uint16Array> = { bytes: 2, view: (buffer, length) => new Uint16Array(buffer, 0, length) };
export const uint8: NumberKind<Uint8Array> = { bytes: 1, view: (buffer, length) => new Uint8Array(buffer, 0, length) };
