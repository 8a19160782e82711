// Whether the split is the one that was asked for. Where it is not (one arm fails open, a retry changes arms, a proxy keeps a header), the
// arms differ in more than the policy, and no comparison means anything. Watched all the time, so it is no χ² with a p-value, which would
// sooner or later fall under any bound, but the evidence of the same family as the guards'.
import { logBinomial } from "./evidence.ts";

/** A split that is right is called broken in one of a thousand rollouts, however long they are watched. */
export const SPLIT_ALPHA = 0.001;

/**
 * ln of the evidence that the candidate's part of the units is not `share`, on either side: a uniform prior over all parts,
 *
 *     ∫ θ^k (1−θ)^(n−k) dθ / (s^k (1−s)^(n−k)) = 1 / ((n+1) · P(k of n at s))
 *
 * (Robbins 1970; for splits of experiments Lindon and Malek 2022, "Anytime-valid inference for multinomial count data").
 */
export function splitEvidence(candidate: number, stable: number, share: number): number {
  const n = candidate + stable;
  if (n === 0) return 0;
  return -Math.log(n + 1) - logBinomial(candidate, n, share);
}

export type Split = "fine" | "broken";

export function splitOf(candidate: number, stable: number, share: number): Split {
  return splitEvidence(candidate, stable, share) >= -Math.log(SPLIT_ALPHA) ? "broken" : "fine";
}
