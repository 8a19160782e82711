// ADWIN (Bifet and Gavaldà, 2007): notices when the mean of a stream of noughts and ones has changed, by a window that grows while it has
// not and drops its old part when it has. Kept as buckets whose sizes double, so in logarithmic memory. No clock and no randomness.

export interface MeanChange {
  readonly from: number;
  readonly to: number;
  readonly values: number; // that the new mean was found in
}

export interface AdwinSettings {
  readonly delta: number; // the chance to see a change where there is none
  readonly block: number; // values that are taken in at once: a cut falls between blocks, and the cost on them
}

/** Buckets of one size; one more, and the two oldest become one of the next. */
const MOST_OF_A_SIZE = 5;
/** Parts smaller than so many values prove nothing. */
const LEAST_VALUES = 32;

export class Adwin {
  readonly #settings: AdwinSettings;
  readonly #sizes: number[][] = [[]]; // sums of the buckets of each size, the oldest first
  #inBlock = 0;
  #sumOfBlock = 0;
  #values = 0;
  #sum = 0;

  constructor(settings: AdwinSettings) {
    this.#settings = settings;
  }

  /** Of what has not changed since. */
  get values(): number {
    return this.#values;
  }

  get mean(): number {
    return this.#values === 0 ? 0 : this.#sum / this.#values;
  }

  /** Most calls are an addition; one in `block` looks for a change, which is a few hundred steps at most. */
  add(value: 0 | 1): MeanChange | undefined {
    this.#sumOfBlock += value;
    if (++this.#inBlock < this.#settings.block) return undefined;
    this.#takeIn(this.#sumOfBlock);
    this.#inBlock = 0;
    this.#sumOfBlock = 0;
    let found: MeanChange | undefined;
    for (let change = this.#cut(); change !== undefined; change = this.#cut()) {
      found = { ...change, from: found?.from ?? change.from };
      this.#dropOldest();
    }
    return found;
  }

  /** Begins anew. */
  forget(): void {
    this.#sizes.length = 0;
    this.#sizes.push([]);
    this.#inBlock = 0;
    this.#sumOfBlock = 0;
    this.#values = 0;
    this.#sum = 0;
  }

  #takeIn(sum: number): void {
    this.#values += this.#settings.block;
    this.#sum += sum;
    this.#sizes[0]?.push(sum);
    for (let size = 0; ; size++) {
      const buckets = this.#sizes[size] ?? [];
      if (buckets.length <= MOST_OF_A_SIZE) return;
      const both = (buckets.shift() ?? 0) + (buckets.shift() ?? 0);
      const next = this.#sizes[size + 1];
      if (next === undefined) this.#sizes.push([both]);
      else next.push(both);
    }
  }

  /** The first place from the old end at which the means of both sides differ by more than chance explains. */
  #cut(): MeanChange | undefined {
    const { delta, block } = this.#settings;
    if (this.#values < 2 * LEAST_VALUES) return undefined;
    const confidence = Math.log((2 * Math.log(this.#values)) / delta);
    const variance = this.mean * (1 - this.mean);
    let [old, oldSum] = [0, 0];
    for (let size = this.#sizes.length - 1; size >= 0; size--) {
      for (const sum of this.#sizes[size] ?? []) {
        old += block * 2 ** size;
        oldSum += sum;
        const recent = this.#values - old;
        if (recent < LEAST_VALUES) return undefined;
        if (old < LEAST_VALUES) continue;
        const inverse = 1 / old + 1 / recent;
        const bound = Math.sqrt(2 * inverse * variance * confidence) + (2 / 3) * inverse * confidence;
        const [from, to] = [oldSum / old, (this.#sum - oldSum) / recent];
        if (Math.abs(from - to) > bound) return { from, to, values: recent };
      }
    }
    return undefined;
  }

  #dropOldest(): void {
    const size = this.#sizes.length - 1;
    const buckets = this.#sizes[size] ?? [];
    this.#values -= this.#settings.block * 2 ** size;
    this.#sum -= buckets.shift() ?? 0;
    if (buckets.length === 0 && size > 0) this.#sizes.pop();
  }
}
