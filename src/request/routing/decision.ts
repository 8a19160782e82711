// What was decided for one request, and the request headers that say so.
import type { GuardChange } from "../guard/guard-change.ts";
import type { SessionReason } from "../guard/session-rule.ts";
import type { TierName, Verdict } from "../policy/policy.ts";
import type { Arm } from "../rollout/assignment.ts";
import { ABSTAINED, TOKEN_COUNT, type UnroutedReason } from "./reasons.ts";

export interface Decision {
  readonly tier: TierName;
  readonly policy: string; // name and version, `main@v7`; in a chain with the link's behind a slash; `none` when no policy was asked
  readonly reason: string;
  readonly detail?: string; // the keyword or the rule that matched
  readonly score?: number; // of a policy that has one, in its own unit
  readonly linkScore?: number; // in a chain, of the policy that decided: not to be compared with another's
  readonly propensity?: number; // of a randomised policy: the probability with which this tier was chosen; none where a guard chose another
  readonly audit?: number; // of the audit slice: the chance with which it came into it
  readonly arm?: Arm; // while a rollout runs
  readonly shadow?: Shadow; // while a candidate is watched
  readonly wanted?: Wanted; // where a guard has chosen another tier
  readonly inSession?: InSession; // where the session changes its tier, or was to, before another guard was asked
  readonly changes?: readonly GuardChange[]; // by guards behind the capabilities', in their order. Never empty
  readonly cached?: Cached; // the client got an answer that was kept, and no tier was asked
  readonly refused?: Refused; // the client is told so at once, and no tier is asked
  readonly cascade?: readonly TierName[]; // the tiers asked in turn until an answer is good enough; `tier` is the first
  readonly shaped?: string; // the tier, the rule or the band whose instructions were added to the body
  readonly cannot?: readonly TierName[]; // tiers that cannot take the request, in their order: no fallback may go there. Never empty
}

/** What a policy whose word does not count would have decided for the same request. */
export interface Shadow {
  readonly policy: string; // name and version
  readonly tier: TierName; // behind the same guards
  readonly reason: string;
}

/** What was decided before a guard chose another tier. */
export type Wanted = Pick<Decision, "tier" | "reason" | "detail">;

/** Why no tier has room. */
export interface Refused {
  readonly message: string; // for the client
  readonly retryAfterSeconds: number; // until there is room again
}

/** What an answer that was kept had cost when a tier gave it. */
export interface Cached {
  readonly ageSeconds: number;
  readonly model: string; // that gave it; empty: it did not say
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly savedUsd: number | undefined; // US dollars; undefined: not known
  readonly similarity?: number; // to the question that it answers, where it was asked in other words
}

/** How it stands to the session's last action. */
export interface InSession {
  readonly reason: SessionReason;
  readonly last: TierName; // served that action
  readonly gainUsd?: number; // of going to the wanted tier instead of staying; none where it was not asked
}

export const TIER_HEADER = "x-sluice-tier";
export const POLICY_HEADER = "x-sluice-policy";
export const REASON_HEADER = "x-sluice-reason";
/** Only where there are such: the tiers that cannot take the request, `weak` or `weak,mid`. Routes without a fallback to them match it. */
export const CANNOT_HEADER = "x-sluice-cannot";
/** Only where there are such: the parameters put in front of the body, `temperature,max_tokens`: another tier's attempt takes them out. */
export const PARAMS_HEADER = "x-sluice-params";
/** Only where answers are judged: the tiers asked in turn, `weak,strong`. Routes to clusters with the filter that judges match it. */
export const CASCADE_HEADER = "x-sluice-cascade";
/** Only where instructions were added: whose, and where they stand in the body (shape-ranges.ts): another tier's attempt takes them out. */
export const SHAPED_HEADER = "x-sluice-shaped";
/** While a rollout runs: `stable` or `candidate`. */
export const ARM_HEADER = "x-sluice-arm";
/** Of a request whose answer may be kept: the name by which whoever sees the answer knows it. */
export const FLIGHT_HEADER = "x-sluice-flight";
/** Of an answer: `hit`, it was kept from before; `semantic`, it answers the same in other words. */
export const CACHE_HEADER = "x-sluice-cache";
/** Nobody but sluice may speak under this prefix: what a client sends in it is overwritten or removed. */
export const HEADER_PREFIX = "x-sluice-";

export const NO_POLICY = "none";

/** What a policy said, or that it abstained: the default tier takes those requests. */
export function decisionOf(verdict: Verdict | undefined, policyId: string, defaultTier: TierName): Decision {
  if (verdict === undefined) return { tier: defaultTier, policy: policyId, reason: ABSTAINED.name };
  const { tier, reason, detail, score, linkScore, propensity, link } = verdict;
  return {
    tier,
    policy: link === undefined ? policyId : `${policyId}/${link}`,
    reason,
    ...(detail === undefined ? {} : { detail }),
    ...(score === undefined ? {} : { score }),
    ...(linkScore === undefined ? {} : { linkScore }),
    ...(propensity === undefined ? {} : { propensity }),
  };
}

/** Of a request that only counts tokens: the tier of its chat, whose reason becomes the detail. */
export function countingDecision(decision: Decision): Decision {
  const { tier, policy, reason, detail, wanted, changes, cannot } = decision;
  return {
    tier,
    policy,
    reason: TOKEN_COUNT.name,
    detail: detail === undefined ? reason : `${reason}:${detail}`,
    ...(wanted === undefined ? {} : { wanted }),
    ...(changes === undefined ? {} : { changes }),
    ...(cannot === undefined ? {} : { cannot }),
  };
}

/** No policy was asked: the default tier. */
export function unrouted(tier: TierName, reason: UnroutedReason): Decision {
  return { tier, policy: NO_POLICY, reason };
}

/** The headers of a decision. Detail is percent-encoded, so a keyword of any script is a legal header value. */
export function decisionHeaders(decision: Decision): [name: string, value: string][] {
  const { tier, policy, reason, detail, arm, cannot, cascade } = decision;
  const headers: [name: string, value: string][] = [
    [TIER_HEADER, tier],
    [POLICY_HEADER, policy],
    [REASON_HEADER, detail === undefined ? reason : `${reason}:${encodeURIComponent(detail)}`],
  ];
  if (arm !== undefined) headers.push([ARM_HEADER, arm]);
  if (cannot !== undefined) headers.push([CANNOT_HEADER, cannot.join(",")]);
  if (cascade !== undefined) headers.push([CASCADE_HEADER, cascade.join(",")]);
  return headers;
}

/** Of the client's header names under our prefix, those that are not overwritten by what is set. */
export function headersToRemove(clientNames: readonly string[], set: readonly (readonly [name: string, value: string])[]): string[] {
  return clientNames.filter((name) => !set.some(([own]) => own === name));
}

export function paramsHeader(names: readonly string[]): [name: string, value: string] {
  return [PARAMS_HEADER, names.map(encodeURIComponent).join(",")];
}

/** Empty: they are not ours. */
export function namesInParamsHeader(value: string): readonly string[] {
  try {
    return value.split(",").map(decodeURIComponent);
  } catch {
    return [];
  }
}
