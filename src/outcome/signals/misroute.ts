// Signs that a request went to the wrong tier, and the one that an outcome alone gives. Signs, not proof: they say where to look.
import type { Outcome } from "../join/outcome.ts";

/**
 * - `repeat`: the same user or session asked nearly the same again soon after a weaker tier's answer
 * - `low-rating`: somebody rated a weaker tier's answer 1 or 2
 * - `cheap-strong`: a stronger tier served a short question, fast, and it cost something
 */
export const SIGNAL_KINDS = ["repeat", "cheap-strong", "low-rating"] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

/** About the request that may have gone wrong, with what was decided for it. */
export interface MisrouteSignal {
  readonly kind: SignalKind;
  readonly requestId: string;
  readonly tier: string;
  readonly policy: string;
  readonly reason: string;
}

// Production tuning guide, misroutes.
const MIN_COST_USD = 0.01;
const MAX_CHARS = 200;
const MAX_FIRST_BYTE_MS = 2000;

/** Whether a cheaper tier would probably have done. `cheapest`: the first tier. */
export function isCheapStrong({ decided, served, failure, cost }: Outcome, cheapest: string | undefined): boolean {
  if (failure !== undefined || decided?.measured === undefined || served?.firstByteMs === undefined || cost?.costUsd === undefined)
    return false;
  const { chars } = decided.measured; // 0: the policy reads no text
  return (
    decided.decision.tier !== cheapest &&
    served.tier === decided.decision.tier &&
    cost.costUsd > MIN_COST_USD &&
    chars > 0 &&
    chars < MAX_CHARS &&
    served.firstByteMs < MAX_FIRST_BYTE_MS
  );
}
