// Evidence for and against harm, from counts alone, exact however often it is looked at. Of all harmful events, both arms together, each is
// the candidate's with a probability that only its share and the margin decide; nothing else need be known of the traffic.
//
// Source: the mixture martingale of Ville (1939) and Robbins (1970), for a Bernoulli probability with a uniform prior on one side of θ₀:
//
//     E(k, n) = ∫ θ^k (1−θ)^(n−k) dθ / (1−θ₀), over θ from θ₀ to 1, divided by θ₀^k (1−θ₀)^(n−k)
//
// While the probability is θ₀ or less, E is a nonnegative supermartingale that starts at 1, so it ever reaches 1/α with probability α at
// most (Ville's inequality). Everything is in natural logarithms: E itself overflows.

/** Of a harmful event: that it is the candidate's, where the candidate is worse by exactly the margin. `margin` .5: half as often again. */
export function candidatesPart(share: number, margin: number): number {
  const weight = share * (1 + margin);
  return weight / (weight + 1 - share);
}

/** That the candidate harms more often than is allowed: `k` of `n` harmful events were its own. */
export function harm(k: number, n: number, share: number, allowed: number): number {
  return logEvidence(k, n, candidatesPart(share, allowed));
}

/** The mirror image: that it harms less often than the margin says. */
export function harmExcluded(k: number, n: number, share: number, margin: number): number {
  return rateBelow(k, n, candidatesPart(share, margin));
}

/** That an event of which `k` of `n` cases are known is rarer than `rate`. */
export function rateBelow(k: number, n: number, rate: number): number {
  return logEvidence(n - k, n, 1 - rate);
}

/** What evidence must reach so that it does so wrongly with probability `alpha`, shared out evenly among `claims` (Bonferroni). */
export function evidenceNeeded(alpha: number, claims: number): number {
  return Math.log(claims / alpha);
}

/**
 * ln E(k, n) that the probability is over `p`. Below the mean the integral is one continued fraction, and all powers cancel; above it is
 * the whole Beta function less the other tail, where one less a small number loses nothing.
 */
export function logEvidence(k: number, n: number, p: number): number {
  if (n === 0) return 0;
  const q = 1 - p;
  const [hits, misses] = [k + 1, n - k + 1];
  if (q < (misses + 1) / (n + 4)) return Math.log((p * betaFraction(misses, hits, q)) / misses);
  const whole = -Math.log(n + 1) - logBinomial(k, n, p);
  const tail = Math.log((p * q * betaFraction(hits, misses, p)) / hits);
  return whole + Math.log1p(-Math.exp(tail - whole)) - Math.log(q);
}

const ENOUGH = 1e-16; // a factor that differs from 1 by less changes nothing
const MOST_STEPS = 1_000_000; // a few √n are needed
const TINY = 1e-300;

/** h in ∫ t^(a−1) (1−t)^(b−1) dt from 0 to x = x^a (1−x)^b h / a, for x below the mean (DLMF 8.17.22; evaluated after Lentz). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= MOST_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d);
    c = nonzero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d);
    c = nonzero(1 + odd / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) <= ENOUGH) return h;
  }
  throw new Error(`invariant: the continued fraction of the beta function ends: a ${a}, b ${b}, x ${x}`);
}

function nonzero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** ln of the binomial probability of k hits in n, without the large terms that cancel (Loader 2000). */
export function logBinomial(k: number, n: number, p: number): number {
  if (k === 0) return n * Math.log1p(-p);
  if (k === n) return n * Math.log(p);
  const errors = stirlingError(n) - stirlingError(k) - stirlingError(n - k);
  const deviance = devianceOf(k, n * p) + devianceOf(n - k, n * (1 - p));
  return errors - deviance + 0.5 * Math.log(n / (2 * Math.PI * k * (n - k)));
}

const HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);
const SMALL_ERRORS = Float64Array.from({ length: 16 }, (_, n) => {
  let factorial = 1;
  for (let factor = 2; factor <= n; factor++) factorial *= factor;
  return n === 0 ? 0 : Math.log(factorial) - (n + 0.5) * Math.log(n) + n - HALF_LOG_2_PI;
});

/** What Stirling's formula for ln n! lacks. */
function stirlingError(n: number): number {
  if (n < SMALL_ERRORS.length) return SMALL_ERRORS[n] ?? 0;
  const s = 1 / (n * n);
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - s / 1188) * s) * s) * s) / n;
}

/** x ln(x/mean) + mean − x, by a series where the two are close. */
function devianceOf(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let term = 2 * x * v;
  for (let odd = 3; ; odd += 2) {
    term *= v * v;
    const next = sum + term / odd;
    if (next === sum) return sum;
    sum = next;
  }
}
