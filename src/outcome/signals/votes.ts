// One vote a minute: nobody's repeats or ratings make more signals than that, however many requests they send. Pure, in a table of fixed
// size that no sender can fill.

export interface Votes {
  /** Whether this one counts. `voter`: a hash; undefined: nobody says, and nobody is held back. `now`: milliseconds, monotonic. */
  counts(voter: number | undefined, now: number): boolean;
}

const MINUTE_MS = 60_000;
/** Voters fall into these by their hash. Two in one share a minute: of a thousand who vote in the same one, thirty lose their vote. */
const SLOT_BITS = 14;

export function oneVoteAMinute(): Votes {
  const lastAt = new Float64Array(1 << SLOT_BITS).fill(Number.NEGATIVE_INFINITY);
  return {
    counts(voter, now) {
      if (voter === undefined) return true;
      const slot = voter >>> (32 - SLOT_BITS);
      if (now - (lastAt[slot] ?? 0) < MINUTE_MS) return false;
      lastAt[slot] = now;
      return true;
    },
  };
}
