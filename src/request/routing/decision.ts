// What was decided for one request, and the request headers that say so.
import type { TierName, Verdict } from "../policy/policy.ts";
import { ABSTAINED, TOKEN_COUNT, type UnroutedReason } from "./reasons.ts";

export interface Decision {
  readonly tier: TierName;
  readonly policy: string; // name and version, `main@v7`; in a chain with the link's behind a slash; `none` when no policy was asked
  readonly reason: string;
  readonly detail?: string; // the keyword or the rule that matched
  readonly score?: number; // of a policy that has one, in its own unit
  readonly propensity?: number; // of a randomised policy: the probability with which this tier was chosen
}

export const TIER_HEADER = "x-sluice-tier";
export const POLICY_HEADER = "x-sluice-policy";
export const REASON_HEADER = "x-sluice-reason";
/** Nobody but sluice may speak under this prefix: what a client sends in it is overwritten or removed. */
export const HEADER_PREFIX = "x-sluice-";

export const NO_POLICY = "none";

/** What a policy said, or that it abstained: the default tier takes those requests. */
export function decisionOf(verdict: Verdict | undefined, policyId: string, defaultTier: TierName): Decision {
  if (verdict === undefined) return { tier: defaultTier, policy: policyId, reason: ABSTAINED.name };
  const { tier, reason, detail, score, propensity, link } = verdict;
  return {
    tier,
    policy: link === undefined ? policyId : `${policyId}/${link}`,
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(score === undefined ? {} : { score }),
    ...(propensity === undefined ? {} : { propensity }),
  };
}

/** Of a request that only counts tokens: the tier of its chat, whose reason becomes the detail. */
export function countingDecision(decision: Decision): Decision {
  const { tier, policy, reason, detail } = decision;
  return { tier, policy, reason: TOKEN_COUNT.name, detail: detail === undefined ? reason : `${reason}:${detail}` };
}

/** No policy was asked: the default tier. */
export function unrouted(tier: TierName, reason: UnroutedReason): Decision {
  return { tier, policy: NO_POLICY, reason };
}

/** The headers of a decision. Detail is percent-encoded, so a keyword of any script is a legal header value. */
export function decisionHeaders(decision: Decision): [name: string, value: string][] {
  const { tier, policy, reason, detail } = decision;
  return [
    [TIER_HEADER, tier],
    [POLICY_HEADER, policy],
    [REASON_HEADER, detail === undefined ? reason : `${reason}:${encodeURIComponent(detail)}`],
  ];
}

/** Of the client's header names under our prefix, those that a decision's own headers do not overwrite. */
export function headersToRemove(clientNames: readonly string[]): string[] {
  return clientNames.filter((name) => name !== TIER_HEADER && name !== POLICY_HEADER && name !== REASON_HEADER);
}
