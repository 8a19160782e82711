// How often answers that would have been given were wrong, at most, by those of them that were compared with the model's own: a bound that
// holds whenever it is looked at, not only once.

/** Beta(1, RARITY) is what is believed of the share before: it is small. Costs a tenth more comparisons than looking once would. */
const RARITY = 1000;
const STEPS = 50; // of halving: to 1e-15

/**
 * The largest share that `wrong` of `compared` leaves open at confidence 1 − alpha. The likelihood averaged over the prior, by that of a
 * share p, is a martingale under p, and is ever over 1/alpha with probability alpha at most (Ville; Robbins 1970).
 */
export function errorBound(wrong: number, compared: number, alpha = 0.05): number {
  let logMixture = Math.log(RARITY);
  for (let factor = 2; factor <= wrong; factor++) logMixture += Math.log(factor);
  for (let factor = compared - wrong; factor <= compared; factor++) logMixture -= Math.log(RARITY + factor);
  const isOpen = (share: number) => {
    const logLikelihood = (wrong === 0 ? 0 : wrong * Math.log(share)) + (compared - wrong) * Math.log1p(-share);
    return logMixture - logLikelihood < Math.log(1 / alpha);
  };
  let [low, high] = [compared === 0 ? 1 : wrong / compared, 1];
  if (low === 1) return 1;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (isOpen(middle)) low = middle;
    else high = middle;
  }
  return high;
}
