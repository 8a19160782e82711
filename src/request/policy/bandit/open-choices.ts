// The bandit's last choices, whose rewards may still come: what was known of each request, in memory that is taken once and never grows.

/** At 50 requests a second those of eleven minutes. */
export const MAX_OPEN = 32_768;

export interface OpenChoice {
  readonly slot: number;
  readonly arm: number;
}

export class OpenChoices {
  readonly #features: Float32Array;
  readonly #size: number;
  readonly #ids: (string | undefined)[] = new Array<string | undefined>(MAX_OPEN).fill(undefined);
  readonly #slots = new Map<string, number>();
  readonly #arms = new Uint8Array(MAX_OPEN);
  readonly #qualities = new Float32Array(MAX_OPEN); // NaN: nobody has said
  readonly #learnedAt = new Float64Array(MAX_OPEN); // NaN: its outcome is not known
  #next = 0;

  constructor(size: number) {
    this.#size = size;
    this.#features = new Float32Array(MAX_OPEN * size);
  }

  /** On the request path. The oldest makes room. */
  add(requestId: string, arm: number, x: Float64Array): void {
    const again = this.#slots.get(requestId);
    const slot = again ?? this.#next;
    if (again === undefined) {
      const oldest = this.#ids[slot];
      if (oldest !== undefined) this.#slots.delete(oldest);
      this.#ids[slot] = requestId;
      this.#slots.set(requestId, slot);
      this.#next = (slot + 1) % MAX_OPEN;
    }
    this.#arms[slot] = arm;
    this.#qualities[slot] = Number.NaN;
    this.#learnedAt[slot] = Number.NaN;
    this.#features.set(x, slot * this.#size);
  }

  find(requestId: string): OpenChoice | undefined {
    const slot = this.#slots.get(requestId);
    return slot === undefined ? undefined : { slot, arm: this.#arms[slot] ?? 0 };
  }

  read(slot: number, x: Float64Array): void {
    for (let i = 0; i < this.#size; i++) x[i] = this.#features[slot * this.#size + i] ?? 0;
  }

  /** Undefined: nobody has said. */
  quality(slot: number): number | undefined {
    const quality = this.#qualities[slot] ?? Number.NaN;
    return Number.isNaN(quality) ? undefined : quality;
  }

  setQuality(slot: number, quality: number): void {
    this.#qualities[slot] = quality;
  }

  /** Undefined: its outcome is not known. */
  learnedAt(slot: number): number | undefined {
    const at = this.#learnedAt[slot] ?? Number.NaN;
    return Number.isNaN(at) ? undefined : at;
  }

  setLearnedAt(slot: number, at: number): void {
    this.#learnedAt[slot] = at;
  }
}
