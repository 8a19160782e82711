// The guards behind `can.ts`, and what one of them made of a decision.
import type { TierName } from "../policy/policy.ts";

/** In the order they are asked. */
export const GUARDS = ["quota", "budget", "breaker", "latency"] as const;
export type GuardName = (typeof GUARDS)[number];

/** What one guard made of a decision. */
export interface GuardChange {
  readonly by: GuardName;
  readonly from: TierName;
  readonly to: TierName;
}
