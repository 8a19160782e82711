// How far an answer is trusted to serve what is worded otherwise: per entry, the probability that it is right as a logistic function of
// similarity, learnt from comparisons with the model's own answers. After vCache (Schroeder et al. 2025, arXiv:2502.03771), whose rule
// for when to ask anyway is kept; in place of its confidence band from few points stands a posterior, whose prior all entries make.

export interface Comparison {
  readonly similarity: number;
  readonly agrees: boolean;
}

/** So many of its own an entry needs before it serves at all. */
export const LEAST_COMPARISONS = 6;
/** More say nothing new, and the oldest may be out of date. */
export const MOST_COMPARISONS = 48;

const LEAST_SIMILARITY = 0.95;
const STEP = 0.001; // similarities are rounded down to it
const BINS = 51;
const MIDPOINTS = Array.from({ length: 34 }, (_, at) => 0.92 + at * 0.003); // where the probability is a half; over 1: it never serves
const SLOPES = [50, 100, 200, 400, 800];
const CURVES = MIDPOINTS.flatMap((midpoint) => SLOPES.map((slope) => ({ midpoint, slope })));
/** By similarity, then by curve. */
const RIGHT = Array.from({ length: BINS }, (_, bin) =>
  Float64Array.from(CURVES, ({ midpoint, slope }) => 1 / (1 + Math.exp(-slope * (LEAST_SIMILARITY + bin * STEP - midpoint)))),
);
const LOG_RIGHT = RIGHT.map((row) => row.map((share) => Math.log(Math.max(share, 1e-12))));
const LOG_WRONG = RIGHT.map((row) => row.map((share) => Math.log(Math.max(1 - share, 1e-12))));
/** The curves by what they say of a similarity, the least first. */
const RISING = RIGHT.map((row) => Int32Array.from(CURVES.keys()).sort((a, b) => (row[a] ?? 0) - (row[b] ?? 0)));
/** Confidences that are tried for the best bound. */
const EPSILONS = [0.001, 0.002, 0.004, 0.008, 0.02, 0.05, 0.1, 0.2];
/** Entries that the flat prior counts for. */
const FLAT_ENTRIES = 4;

function binOf(similarity: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor((similarity - LEAST_SIMILARITY) / STEP + 1e-9)));
}

export class EntryTrust {
  readonly #pool = new Float64Array(CURVES.length); // the posteriors of all entries that have comparisons
  #pooled = 0;

  /** The probability with which the model is to be asked anyway, so that at most `maxError` of such requests get a wrong answer. */
  exploring(comparisons: readonly Comparison[], similarity: number, maxError: number): number {
    if (comparisons.length < LEAST_COMPARISONS) return 1;
    const weights = this.#posterior(comparisons);
    const bin = binOf(similarity);
    const [shares, rising] = [RIGHT[bin], RISING[bin]];
    let least = 1;
    let [at, below] = [0, 0];
    const weightAt = () => weights[rising?.[at] ?? 0] ?? 0;
    for (const epsilon of EPSILONS) {
      while (at < CURVES.length - 1 && below + weightAt() < epsilon) {
        below += weightAt();
        at++;
      }
      const right = (1 - epsilon) * (shares?.[rising?.[at] ?? 0] ?? 0);
      least = Math.min(least, 1 - maxError / Math.max(1 - right, maxError));
    }
    return least;
  }

  /** An entry has been compared once more: what all entries say is what the next one begins with. */
  learn(before: readonly Comparison[], after: readonly Comparison[]): void {
    const [was, is] = [before.length === 0 ? undefined : this.#posterior(before), this.#posterior(after)];
    for (const [at, weight] of is.entries()) this.#pool[at] = Math.max(0, (this.#pool[at] ?? 0) + weight - (was?.[at] ?? 0));
    if (was === undefined) this.#pooled++;
  }

  #posterior(comparisons: readonly Comparison[]): Float64Array {
    const weights = new Float64Array(CURVES.length);
    const known = FLAT_ENTRIES + this.#pooled;
    for (let at = 0; at < weights.length; at++) weights[at] = Math.log((FLAT_ENTRIES / CURVES.length + (this.#pool[at] ?? 0)) / known);
    for (const { similarity, agrees } of comparisons) {
      const logs = (agrees ? LOG_RIGHT : LOG_WRONG)[binOf(similarity)];
      for (let at = 0; at < weights.length; at++) weights[at] = (weights[at] ?? 0) + (logs?.[at] ?? 0);
    }
    let [most, sum] = [Number.NEGATIVE_INFINITY, 0];
    for (const log of weights) most = Math.max(most, log);
    for (let at = 0; at < weights.length; at++) {
      const weight = Math.exp((weights[at] ?? 0) - most);
      weights[at] = weight;
      sum += weight;
    }
    for (let at = 0; at < weights.length; at++) weights[at] = (weights[at] ?? 0) / sum;
    return weights;
  }
}
