// A policy may name the cascade in the place of a tier: then the first of the cascade's tiers is asked, and its answer judged.
import type { Policy, TierName, Verdict } from "./policy.ts";

/** In the place of a tier. No tier has this name where there is a cascade. */
export const CASCADE = "cascade";

/** `first`: the tier that is asked first. All but the name stays what the policy said. */
export function cascadingPolicy(policy: Policy, first: TierName): CascadingPolicy {
  const ofTier = (name: TierName) => (name === CASCADE ? first : name);
  const { predicts } = policy;
  return {
    ...policy,
    inner: policy,
    ...(predicts && { predicts: { under: ofTier(predicts.under), over: ofTier(predicts.over) } }),
    decide(request) {
      const verdict = policy.decide(request);
      return verdict?.tier === CASCADE ? cascaded(verdict, first) : verdict;
    },
  };
}

interface CascadingPolicy extends Policy {
  readonly inner: Policy;
}

/** The policy itself, whose verdicts name the cascade. */
export function withoutCascade(policy: Policy): Policy {
  return "inner" in policy ? (policy as CascadingPolicy).inner : policy;
}

function cascaded(verdict: Verdict, first: TierName): Verdict {
  return { ...verdict, tier: first, cascade: true };
}
