// What many outcomes have in common is written once, and copied from then on: bytes by the values they are made of. Few kinds of requests
// are most of the traffic, so the last ones are kept in a list, a new one in front, and one that is asked for moves up.

export type Value = string | number | boolean | undefined;

interface Kept {
  readonly values: readonly Value[];
  readonly bytes: Uint8Array;
}

/** Values may be a client's own: others then push each other out, and cost their writing and this search. */
const MAX_KEPT = 32;

export class RecurringBytes {
  readonly #kept: Kept[] = [];

  /** As many values each time. */
  find(values: readonly Value[]): Uint8Array | undefined {
    const kept = this.#kept;
    for (let index = 0; index < kept.length; index++) {
      const one = kept[index];
      if (one === undefined || !areSame(one.values, values)) continue;
      const before = kept[index - 1];
      if (before !== undefined) {
        kept[index - 1] = one;
        kept[index] = before;
      }
      return one.bytes;
    }
    return undefined;
  }

  /** The bytes are copied. */
  keep(values: readonly Value[], bytes: Uint8Array): void {
    if (this.#kept.length === MAX_KEPT) this.#kept.pop();
    this.#kept.unshift({ values, bytes: Uint8Array.from(bytes) }); // not a Buffer, which takes twice as long to be copied
  }
}

function areSame(some: readonly Value[], others: readonly Value[]): boolean {
  for (let index = 0; index < some.length; index++) if (some[index] !== others[index]) return false;
  return true;
}
