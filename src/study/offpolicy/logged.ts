// Requests that were logged with the chance of the tier they got, by column: what any policy can be judged on.

export interface Logged {
  readonly rows: number;
  readonly tiers: number; // how many there are; in the columns they are indices, cheap first
  readonly taken: Uint8Array; // the tier each request went to
  readonly propensity: Float64Array; // the chance with which it was chosen, over 0
  readonly units: Units;
  readonly features: Features;
}

/** Requests of one session, or of one user, are no independent evidence: each is of one unit, and intervals count units. */
export interface Units {
  readonly of: Uint32Array; // by row, from 0
  readonly count: number;
}

/** What a model of rewards sees of each request: `width` numbers a row. */
export interface Features {
  readonly values: Float64Array | Float32Array;
  readonly width: number;
}

/** Numbered in the order they are met. */
export function unitsOf(ids: ArrayLike<number>): Units {
  const numbers = new Map<number, number>();
  const of = new Uint32Array(ids.length);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] ?? 0;
    const known = numbers.get(id);
    if (known === undefined) numbers.set(id, numbers.size);
    of[row] = known ?? numbers.size - 1;
  }
  return { of, count: numbers.size };
}
