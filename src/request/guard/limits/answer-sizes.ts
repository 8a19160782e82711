// How long a tier's answers are, learned from those that were counted: what a request is expected to come to, and what is held back for it
// until its answer has come. Counts by size in steps of a fifth, halved now and then, so that the last thousand or two tell.

export interface AnswerSizes {
  observe(tokens: number): void;
  /** Tokens that 95 % of the answers stay within. */
  p95(): number;
  mean(): number;
}

/** Until so many answers were counted, nothing is known. */
const MIN_ANSWERS = 20;
/** As long as nothing is known: a long page. */
const ASSUMED = { p95: 1000, mean: 400 };

const STEP = Math.log(1.2);
const SIZES = 80; // the last is two million tokens
const HALVED_AT = 2048; // answers
const READ_AGAIN = 64; // answers between two readings of the quantile

export function createAnswerSizes(): AnswerSizes {
  const counts = new Float64Array(SIZES);
  let answers = 0;
  let tokensOfAll = 0;
  let p95 = ASSUMED.p95;
  let unread = 0;
  return {
    observe(tokens) {
      const size = Math.min(SIZES - 1, Math.ceil(Math.log(Math.max(1, tokens)) / STEP));
      counts[size] = (counts[size] ?? 0) + 1;
      answers++;
      tokensOfAll += tokens;
      if (answers >= HALVED_AT) {
        for (let at = 0; at < SIZES; at++) counts[at] = (counts[at] ?? 0) / 2;
        answers /= 2;
        tokensOfAll /= 2;
      }
      if (++unread < READ_AGAIN && answers > MIN_ANSWERS + READ_AGAIN) return;
      unread = 0;
      if (answers >= MIN_ANSWERS) p95 = quantile(counts, 0.95 * answers);
    },
    p95: () => p95,
    mean: () => (answers < MIN_ANSWERS ? ASSUMED.mean : tokensOfAll / answers),
  };
}

/** The upper border of the size that holds the `rank`th answer. */
function quantile(counts: Float64Array, rank: number): number {
  let below = 0;
  for (let size = 0; size < SIZES; size++) {
    below += counts[size] ?? 0;
    if (below >= rank) return Math.ceil(Math.exp(size * STEP));
  }
  return Math.ceil(Math.exp((SIZES - 1) * STEP));
}
