// What the guards behind `can.ts` are: pure functions from a decision and what is known of its request to a decision, with a reason. They
// stand in one order, quota, budget, breaker, latency; each sees what those before it have made of the policy's choice.
import type { PolicyRequest, TierName, Verdict } from "../policy/policy.ts";
import type { Decision } from "../routing/decision.ts";
import type { GuardName } from "./guard-change.ts";

export interface Guard {
  readonly name: GuardName;
  /** On the request path: gives back the decision itself where it stands. State is read, not changed. */
  checked(decision: Decision, guarded: Guarded): Decision;
}

/** What guards are told of a request beside its decision. Holds until the next request. */
export interface Guarded {
  readonly request: PolicyRequest;
  readonly verdict: Verdict | undefined; // undefined: the policy was not asked, or abstained
  readonly isLocked: boolean; // another tier would answer it with an error: a tool loop, or what one server keeps
  readonly isTentative?: true; // what would become of a decision that is not the one in force: nothing is tried with it
}

export interface Instead {
  readonly tier: TierName;
  readonly reason: string;
  readonly detail?: string;
}

/**
 * Another tier instead of the one decided. The first `wanted` stays, since it is what the policy said; the chance of a randomised policy
 * was another tier's.
 */
export function movedBy(by: GuardName, decision: Decision, { tier, reason, detail }: Instead): Decision {
  const { propensity: _, detail: before, changes = [], wanted, ...rest } = decision;
  const { tier: from, reason: why } = decision;
  const first = wanted ?? (before === undefined ? { tier: from, reason: why } : { tier: from, reason: why, detail: before });
  const moved = { ...rest, tier, reason, wanted: first, changes: [...changes, { by, from, to: tier }] };
  return detail === undefined ? moved : { ...moved, detail };
}

/** Whether a guard may move the request there: not to a tier that cannot take it. */
export function mayGoTo({ cannot }: Decision, tier: TierName): boolean {
  return cannot === undefined || !cannot.includes(tier);
}

/** Whether the policy, where it knows, takes the tier's answer for good enough. */
export function isGoodEnough(verdict: Verdict | undefined, tier: TierName): boolean {
  return verdict?.suffice === undefined || verdict.suffice.includes(tier);
}

/** Whether the limits of a tier leave room for the request: a guard behind theirs must not send it where they would not. */
export type HasRoom = (tier: TierName, request: PolicyRequest) => boolean;

export const ROOM_EVERYWHERE: HasRoom = () => true;
