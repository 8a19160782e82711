// How often the policy in force is wrong, as the audit slice shows it while it runs: sums that can be added up over processes, and the rate
// they come to. `sluice evaluate --log` tells the same of a log, with intervals by session.
import { type AuditedAnswer, tooStrongBy, tooWeakBy } from "../../request/guard/audited-value.ts";
import type { Outcome } from "../join/outcome.ts";
import { recentIds } from "./recent-ids.ts";

/** Of w, 1 / a request's chance to be audited, and z, by how much it was wrong. */
export interface AuditedSums {
  readonly requests: number;
  readonly w: number;
  readonly wz: number;
  readonly ww: number;
  readonly wwz: number;
  readonly wwzz: number;
}

/** A share with its 95 % interval, by request. */
export interface AuditedRate {
  readonly requests: number;
  readonly misroutes: number;
  readonly low: number;
  readonly high: number;
}

export interface Audited {
  /** `tiers`: cheap first. */
  outcome(outcome: Outcome, tiers: readonly string[]): void;
  /** Somebody says that the answer was bad. */
  bad(requestId: string): void;
  sums(): AuditedSums;
}

/** The last ones, of which something may be said later. */
const REMEMBERED = 10_000;
const NOTHING: AuditedSums = { requests: 0, w: 0, wz: 0, ww: 0, wwz: 0, wwzz: 0 };

interface Counted {
  readonly answer: AuditedAnswer;
  readonly tiers: number;
  readonly w: number;
}

export function createAudited(): Audited {
  const good = recentIds<Counted | undefined>(REMEMBERED);
  let sums = NOTHING;
  return {
    outcome({ requestId, decided, served, failure }, tiers) {
      const { audit, tier, wanted, reason } = decided?.decision ?? {};
      if (audit === undefined || served === undefined) return;
      const value = goodness(served.status, failure);
      const taken = tiers.indexOf(tier ?? "");
      const answer = { wanted: reason === "audit" && wanted !== undefined ? tiers.indexOf(wanted.tier) : taken, taken, good: value ?? 0 };
      if (value === undefined || taken < 0 || answer.wanted < 0) return;
      const counted = { answer, tiers: tiers.length, w: 1 / audit };
      sums = added(sums, sumsOf(counted), 1);
      if (value === 1) good.set(requestId, counted);
    },
    bad(requestId) {
      const counted = good.get(requestId);
      if (counted === undefined) return;
      good.set(requestId, undefined);
      sums = added(sums, sumsOf(counted), -1);
      sums = added(sums, sumsOf({ ...counted, answer: { ...counted.answer, good: 0 } }), 1);
    },
    sums: () => sums,
  };
}

/** Undefined: what the client did wrong says nothing of a tier. */
function goodness(status: number, failure: Outcome["failure"]): 0 | 1 | undefined {
  if (failure !== undefined || status === 0 || status === 429 || status >= 500) return 0;
  return status >= 400 ? undefined : 1;
}

function sumsOf({ answer, tiers, w }: Counted): AuditedSums {
  const z = tooWeakBy(answer, tiers) + tooStrongBy(answer, tiers);
  return { requests: 1, w, wz: w * z, ww: w * w, wwz: w * w * z, wwzz: w * w * z * z };
}

function added(a: AuditedSums, b: AuditedSums, times: 1 | -1): AuditedSums {
  return {
    requests: a.requests + times * b.requests,
    w: a.w + times * b.w,
    wz: a.wz + times * b.wz,
    ww: a.ww + times * b.ww,
    wwz: a.wwz + times * b.wwz,
    wwzz: a.wwzz + times * b.wwzz,
  };
}

/** Fewer tell nothing: the interval would be wider than the question. */
const LEAST_REQUESTS = 30;
const Z = 1.96;

/** Of one process or of several. Undefined: too few were audited. */
export function auditedRate(all: readonly AuditedSums[]): AuditedRate | undefined {
  const { requests, w, wz, ww, wwz, wwzz } = all.reduce((sum, each) => added(sum, each, 1), NOTHING);
  if (requests < LEAST_REQUESTS) return undefined;
  const misroutes = wz / w;
  // Of a weighted mean: Σw²(z − mean)² / (Σw)².
  const half = (Z * Math.sqrt(Math.max(0, wwzz - 2 * misroutes * wwz + misroutes ** 2 * ww))) / w;
  return { requests, misroutes, low: Math.max(0, misroutes - half), high: Math.min(1, misroutes + half) };
}
