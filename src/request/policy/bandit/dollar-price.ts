// What a US dollar is worth in quality: fixed, or moved so that a request costs what a budget has for it. Behind the request path.

/** How much of its logarithm a request moves that costs twice what it may: over- and underspending is mended within some 200 requests. */
const STEP = 0.005;
/** A dear request counts as this many times what it may cost: one alone moves the price by 5 %. */
const MOST_TIMES = 10;
const [LEAST, MOST] = [0.01, 10_000];

export interface DollarPrice {
  /** In quality, from 0. */
  now(): number;
  spent(costUsd: number): void;
}

/**
 * Dual mirror descent with the entropy as its mirror (Balseiro, Lu, Mirrokni: Dual mirror descent for online allocation problems, ICML
 * 2020), which is adaptive pacing (Balseiro, Gur: Management Science 65, 2019) on the logarithm: λ ← λ · exp(η · (cost − b) / b), with b
 * what a request may cost on average, between bounds. It rises while too much is spent, and falls while too little is.
 */
export function dollarPrice(first: number, usdPerRequest: number | undefined): DollarPrice {
  if (usdPerRequest === undefined) return { now: () => first, spent() {} };
  let price = Math.min(MOST, Math.max(LEAST, first));
  return {
    now: () => price,
    spent(costUsd) {
      const over = Math.min(MOST_TIMES, costUsd / usdPerRequest) - 1;
      price = Math.min(MOST, Math.max(LEAST, price * Math.exp(STEP * over)));
    },
  };
}
