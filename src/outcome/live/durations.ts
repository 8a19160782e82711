// Durations counted by size, each bin a tenth wider than the one before: quantiles within 5 %, sums by addition, and a fixed size.

const STEP = Math.log(1.1);
const BINS = 142; // up to 12 minutes; longer ones count as that

export type Durations = Uint32Array;

export function noDurations(): Durations {
  return new Uint32Array(BINS);
}

export function addDuration(durations: Durations, ms: number): void {
  const bin = ms < 1 ? 0 : Math.min(BINS - 1, 1 + Math.floor(Math.log(ms) / STEP));
  durations[bin] = (durations[bin] ?? 0) + 1;
}

export function addDurations(to: Durations, from: Durations): void {
  for (let bin = 0; bin < BINS; bin++) to[bin] = (to[bin] ?? 0) + (from[bin] ?? 0);
}

/** Milliseconds: the middle of the bin that holds the quantile (0 to 1). Undefined: nothing was counted. */
export function quantile(durations: Durations, share: number): number | undefined {
  const count = durations.reduce((sum, each) => sum + each, 0);
  if (count === 0) return undefined;
  const rank = Math.max(1, Math.ceil(share * count));
  let below = 0;
  const bin = durations.findIndex((each) => {
    below += each;
    return below >= rank;
  });
  return bin === 0 ? 0.5 : Math.exp((bin - 0.5) * STEP);
}
