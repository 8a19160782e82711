// Evidence that the candidate costs more on average than the margin allows, or that it does not, exact however often it is looked at: bets
// on each unit's cost, at several stakes at once. Nothing is assumed of how costs are spread but that they lie between 0 and a cap.
//
// Source: Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting", with the fixed stakes of its section B.
// A unit of cost c (of the cap, so 0 to 1) that went to the candidate with probability s has
//
//     z = c/s where it is the candidate's, −(1+m)·c/(1−s) where it is the stable arm's
//
// whose mean is μ_candidate − (1+m)·μ_stable. While that is 0 or less, the product of 1 + λz is a supermartingale for every λ that keeps it
// positive; so is the mean of such products, which needs no λ to be chosen. That the margin is excluded is a bet on −z. The logarithms of
// the products are sums over units, so replicas merge by adding.

/** Stakes, as parts of the greatest possible: a small one for a small difference. */
const STAKES = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625] as const;

/** ln of each stake's product, as numbers that may be added to another's. */
export interface Bets {
  readonly over: number[]; // on the candidate's mean being over what is allowed
  readonly under: number[]; // on its being under the margin
}

export function noBets(): Bets {
  return { over: STAKES.map(() => 0), under: STAKES.map(() => 0) };
}

export interface MeanSettings {
  readonly share: number; // of the candidate, over 0 and under 1
  readonly allowed: number; // .1: a tenth more
  readonly margin: number;
}

/** `part`: the unit's cost, of the cap; what is beyond 0 and 1 counts as these. Changes `bets`: there is one for every unit that ends. */
export function bet({ over, under }: Bets, isCandidate: boolean, part: number, { share, allowed, margin }: MeanSettings): void {
  const c = Math.min(1, Math.max(0, part));
  const own = isCandidate ? c / share : 0;
  const other = isCandidate ? 0 : c / (1 - share);
  const forOver = own - (1 + allowed) * other;
  const forUnder = (1 + margin) * other - own;
  const mostOver = (1 - share) / (1 + allowed); // with it 1 + λz is 0 for the dearest unit of the stable arm
  for (let at = 0; at < STAKES.length; at++) {
    const stake = STAKES[at] ?? 0;
    over[at] = (over[at] ?? 0) + Math.log1p(stake * mostOver * forOver);
    under[at] = (under[at] ?? 0) + Math.log1p(stake * share * forUnder);
  }
}

/** ln of the evidence that the candidate's mean is over what is allowed. `times`: as if so many times the same had been seen. */
export function dearer({ over }: Bets, times = 1): number {
  return logMeanExp(over, times);
}

/** ln of the evidence that it is under the margin. */
export function dearerExcluded({ under }: Bets, times = 1): number {
  return logMeanExp(under, times);
}

/** Without overflow. */
function logMeanExp(values: readonly number[], times: number): number {
  const most = Math.max(...values);
  let sum = 0;
  for (const value of values) sum += Math.exp(times * (value - most));
  return times * most + Math.log(sum / values.length);
}
