// The exact bound of a share (Clopper and Pearson 1934), from above.

const STEPS = 60; // of halving

/** The share of which so few or fewer hits in `n` come with probability `alpha` only: at confidence 1 − alpha the true one is under it. */
export function upperBound(hits: number, n: number, alpha = 0.05): number {
  if (hits >= n) return 1;
  let [low, high] = [hits / n, 1];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (atMost(hits, n, middle) > alpha) low = middle;
    else high = middle;
  }
  return high;
}

/** The probability of `hits` or fewer. */
function atMost(hits: number, n: number, share: number): number {
  const [logHit, logMiss] = [Math.log(share), Math.log1p(-share)];
  let logWays = 0;
  let sum = 0;
  for (let count = 0; count <= hits; count++) {
    sum += Math.exp(logWays + (count === 0 ? 0 : count * logHit) + (n - count) * logMiss);
    logWays += Math.log(n - count) - Math.log(count + 1);
  }
  return sum;
}
