// Audit slice: a small share of the sessions gets its tier at random for a day, with the chance of it noted, so that what the other tier
// would have done can be known without bias. Never over what anything else holds a request to: then its chance is 1.
import { hashOfId } from "../policy/id-hash.ts";
import type { PolicyRequest, TierName, Verdict } from "../policy/policy.ts";
import { unitOf } from "../policy/unit.ts";
import type { Decision } from "../routing/decision.ts";
import { AUDIT } from "../routing/reasons.ts";

export interface AuditSettings {
  readonly share: number; // of the units, 0 to 1
  readonly nearThreshold: number; // the same, where a learned score lies near its threshold; at least `share`
  readonly salt: string; // another one draws other units; replicas need the same
}

export interface AuditGuard {
  /** The decision behind all guards; `tentative`: what would become of another one. */
  checked(picked: Decision, asked: AuditedRequest, guarded: AskGuards, tentative: AskGuards): Decision;
}

type AskGuards = (decision: Decision) => Decision;

export interface AuditedRequest {
  readonly request: PolicyRequest;
  readonly verdict: Verdict | undefined;
  readonly isGiven: boolean; // no policy was asked, or one server keeps what it refers to
  readonly mayBeHeld: boolean; // its session has a tier already, or a guard may move it: every tier is tried
}

/** How near to its threshold a learned score is near: there a mistake is likeliest, and there a policy is tuned. */
const NEAR = 0.05;
const DAY_MS = 86_400_000;
const HASHES = 2 ** 32;

/** `tiers`: cheap first, at least two; `now`: milliseconds since the epoch. A day is UTC's. */
export function auditGuard({ share, nearThreshold, salt }: AuditSettings, tiers: readonly TierName[], now: () => number): AuditGuard {
  const saltOf = dailySalt(salt);
  return {
    checked(picked, { request, verdict, isGiven, mayBeHeld }, guarded, tentative) {
      const own = guarded(picked);
      if (picked.propensity !== undefined) return own; // drawn already, by a policy that knows its chances
      const unit = isGiven ? undefined : unitOf(request);
      const others = (tier: TierName) => tentative(drawnDecision(picked, tier));
      const stands = unit !== undefined && own.tier === picked.tier && own.cannot === undefined;
      const isFree = stands && (!mayBeHeld || tiers.every((tier) => tier === own.tier || others(tier).tier === tier));
      if (!isFree) return { ...own, propensity: 1 };
      const isNear = verdict?.toCut !== undefined && Math.abs(verdict.toCut) <= NEAR;
      const chance = isNear ? nearThreshold : share;
      const [first, second] = hashOfId(unit, saltOf(Math.floor(now() / DAY_MS)));
      const ofOwn = 1 - chance * (1 - 1 / tiers.length);
      if (first / HASHES >= chance) return { ...own, propensity: ofOwn };
      const tier = tiers[Math.floor((second / HASHES) * tiers.length)];
      if (tier === undefined || tier === own.tier) return { ...own, propensity: ofOwn, audit: chance };
      return { ...others(tier), propensity: chance / tiers.length, audit: chance };
    },
  };
}

function drawnDecision({ policy, tier, reason, detail, score }: Decision, to: TierName): Decision {
  const wanted = detail === undefined ? { tier, reason } : { tier, reason, detail };
  const drawn = { tier: to, policy, reason: AUDIT.name, wanted };
  return score === undefined ? drawn : { ...drawn, score };
}

/** Who may choose his session's id must not be able to choose its tier for longer than a day. */
function dailySalt(salt: string): (day: number) => number {
  let known = -1;
  let hash = 0;
  return (day) => {
    if (day !== known) [hash] = hashOfId(`audit\n${salt}\n${day}`);
    known = day;
    return hash;
  };
}
