// Outcomes of the audit slice, as tests want them.
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { outcomeOf } from "../live/sample.ts";

export const TIERS = ["weak", "strong"];
let made = 0;

/** Of the slice: the policy wanted one tier, and this one was drawn. */
export function auditedOutcome(wanted: string, taken: string, isGood: boolean, chance = 0.1): Outcome {
  const outcome = outcomeOf(taken, {});
  const moved = wanted === taken ? { reason: "rule" } : { reason: "audit", wanted: { tier: wanted, reason: "rule" } };
  const decision = { tier: taken, policy: "main@1", audit: chance, ...moved };
  return {
    ...outcome,
    requestId: `audited-${made++}`,
    decided: { decision, measured: undefined },
    failure: isGood ? undefined : "error",
  };
}
