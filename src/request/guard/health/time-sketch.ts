// How long something took, as a distribution that forgets: a histogram whose borders grow by 8 %, so that a quantile read from it is at
// most 4 % off, from 1 ms to 15 minutes. A sample weighs half as much after every half-life.

const GROWTH = 1.08;
const PER_LOG = 1 / Math.log(GROWTH);
const BUCKETS = 180; // the last holds all that took longer: 15 minutes and more
const MAX_WEIGHT = 1e12; // of the newest sample, before all are scaled down

export interface TimeSketch {
  add(ms: number, nowMs: number): void;
  /** How many samples it stands for now, each with what is left of its weight. */
  weight(nowMs: number): number;
  /** Of these, how many took longer: to one bucket's width. */
  weightOver(ms: number, nowMs: number): number;
  /** In milliseconds. Undefined: there are no samples. */
  quantile(share: number): number | undefined;
  clear(): void;
}

export function timeSketch(halfLifeMs: number): TimeSketch {
  const buckets = new Float64Array(BUCKETS); // in units of a sample that came at `zeroMs`
  let sum = 0;
  let zeroMs: number | undefined;

  /** What a sample weighs that comes now. Grows with time, instead of all others shrinking. */
  const weightAt = (nowMs: number): number => {
    zeroMs ??= nowMs;
    const weight = 2 ** ((nowMs - zeroMs) / halfLifeMs);
    if (weight <= MAX_WEIGHT) return weight;
    for (let at = 0; at < BUCKETS; at++) buckets[at] = (buckets[at] ?? 0) / weight;
    sum /= weight;
    zeroMs = nowMs;
    return 1;
  };

  return {
    add(ms, nowMs) {
      const weight = weightAt(nowMs);
      const at = bucketOf(ms);
      buckets[at] = (buckets[at] ?? 0) + weight;
      sum += weight;
    },
    weight: (nowMs) => sum / weightAt(nowMs),
    weightOver(ms, nowMs) {
      let over = 0;
      for (let at = bucketOf(ms) + 1; at < BUCKETS; at++) over += buckets[at] ?? 0;
      return over / weightAt(nowMs);
    },
    quantile(share) {
      if (sum === 0) return undefined;
      let below = 0;
      for (let at = 0; at < BUCKETS; at++) {
        below += buckets[at] ?? 0;
        if (below >= share * sum * (1 - 1e-9)) return middleOf(at);
      }
      return middleOf(BUCKETS - 1);
    },
    clear() {
      buckets.fill(0);
      sum = 0;
      zeroMs = undefined;
    },
  };
}

/** The bucket of number n reaches from GROWTH ** (n - 1), not included, to GROWTH ** n. */
function bucketOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(ms) * PER_LOG));
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : GROWTH ** (bucket - 0.5);
}
