// Fixed policy: every request to one tier. The baselines all-weak and all-strong, and the simplest end of a chain.
import { NO_NEEDS, type Policy, type TierName, type Verdict } from "./policy.ts";

export interface FixedSettings {
  readonly tier: TierName;
}

/** Never abstains. */
export function fixedPolicy({ tier }: FixedSettings): Policy {
  const verdict: Verdict = { tier, reason: "fixed" };
  return { needs: NO_NEEDS, decide: () => verdict, signals: () => [] };
}
