// A policy with the guard behind it that keeps requests from tiers that cannot take them, as in the filter: evaluated as it would serve.
import type { RequestFacts } from "../../request/chat/facts.ts";
import { type Asks, askedBits } from "../../request/guard/abilities.ts";
import type { CanGuard } from "../../request/guard/can.ts";
import type { Policy, TierName, Verdict } from "../../request/policy/policy.ts";
import { decisionOf } from "../../request/routing/decision.ts";
import { CANNOT_REASONS } from "../../request/routing/reasons.ts";

/** What the request asks of a tier, as far as its facts go. */
export function asksIn(facts: RequestFacts): Asks {
  return { bits: askedBits(facts), inputTokens: facts.inputTokens, answerTokens: facts.maxTokens };
}

/** `defaultTier`: where the policy abstains. */
export function ablePolicy(policy: Policy, can: CanGuard | undefined, defaultTier: TierName): Policy {
  if (can === undefined) return policy;
  return {
    ...policy,
    decide(request) {
      const verdict = policy.decide(request);
      const decision = decisionOf(verdict, "", defaultTier);
      const { tier, reason, detail } = can.checked(decision, asksIn(request.facts));
      return tier === decision.tier ? verdict : { ...verdict, tier, reason, ...(detail === undefined ? {} : { detail }) };
    },
  };
}

const MOVED: ReadonlySet<string> = new Set(CANNOT_REASONS.map(({ name }) => name));

/** The guard chose another tier. */
export function isMoved(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && MOVED.has(verdict.reason);
}
