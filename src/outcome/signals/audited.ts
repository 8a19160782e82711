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

/** What may be wrong: a tier too weak, one stronger than needed, and either. */
export type Way = "any" | "too-weak" | "too-strong";

/** The same as sums that never fall, for counters: what was added and what was taken away again, each for itself. */
export interface AuditedCounts {
  readonly requests: number;
  readonly w: number;
  readonly ww: number;
  readonly wrong: Readonly<Record<Way, { readonly plus: WrongSums; readonly minus: WrongSums }>>;
}

/** As in AuditedSums. */
export interface WrongSums {
  readonly wz: number;
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
  counts(): AuditedCounts;
}

/** The last ones, of which something may be said later. */
const REMEMBERED = 10_000;
const NOTHING: AuditedSums = { requests: 0, w: 0, wz: 0, ww: 0, wwz: 0, wwzz: 0 };
const NO_WRONG: WrongSums = { wz: 0, wwz: 0, wwzz: 0 };
const NO_COUNTS = { plus: NO_WRONG, minus: NO_WRONG };
const SUMS = ["wz", "wwz", "wwzz"] as const;

interface Counted {
  readonly answer: AuditedAnswer;
  readonly tiers: number;
  readonly w: number;
}

export function createAudited(): Audited {
  const good = recentIds<Counted | undefined>(REMEMBERED);
  let counts: AuditedCounts = { requests: 0, w: 0, ww: 0, wrong: { any: NO_COUNTS, "too-weak": NO_COUNTS, "too-strong": NO_COUNTS } };
  return {
    outcome({ requestId, decided, served, failure }, tiers) {
      const { audit, tier, wanted, reason } = decided?.decision ?? {};
      if (audit === undefined || served === undefined) return;
      const value = goodness(served.status, failure);
      const taken = tiers.indexOf(tier ?? "");
      const answer = { wanted: reason === "audit" && wanted !== undefined ? tiers.indexOf(wanted.tier) : taken, taken, good: value ?? 0 };
      if (value === undefined || taken < 0 || answer.wanted < 0) return;
      const counted = { answer, tiers: tiers.length, w: 1 / audit };
      const { requests, w, ww, wrong } = counts;
      counts = { requests: requests + 1, w: w + counted.w, ww: ww + counted.w ** 2, wrong: moved(wrong, undefined, counted) };
      if (value === 1) good.set(requestId, counted);
    },
    bad(requestId) {
      const counted = good.get(requestId);
      if (counted === undefined) return;
      good.set(requestId, undefined);
      counts = { ...counts, wrong: moved(counts.wrong, counted, { ...counted, answer: { ...counted.answer, good: 0 } }) };
    },
    sums: () => sumsOf(counts),
    counts: () => counts,
  };
}

function sumsOf({ wrong, ...counted }: AuditedCounts): AuditedSums {
  const { plus, minus } = wrong.any;
  return { ...counted, wz: plus.wz - minus.wz, wwz: plus.wwz - minus.wwz, wwzz: plus.wwzz - minus.wwzz };
}

/** `before`: what it was taken for until now. */
function moved(wrong: AuditedCounts["wrong"], before: Counted | undefined, after: Counted): AuditedCounts["wrong"] {
  const of = (way: Way) => {
    const [was, is] = [before === undefined ? NO_WRONG : wrongOf(before, way), wrongOf(after, way)];
    const [plus, minus] = [{ ...wrong[way].plus }, { ...wrong[way].minus }];
    for (const sum of SUMS) {
      const change = is[sum] - was[sum];
      if (change > 0) plus[sum] += change;
      else minus[sum] -= change;
    }
    return { plus, minus };
  };
  return { any: of("any"), "too-weak": of("too-weak"), "too-strong": of("too-strong") };
}

function wrongOf({ answer, tiers, w }: Counted, way: Way): WrongSums {
  const weak = way === "too-strong" ? 0 : tooWeakBy(answer, tiers);
  const z = weak + (way === "too-weak" ? 0 : tooStrongBy(answer, tiers));
  return { wz: w * z, wwz: w * w * z, wwzz: w * w * z * z };
}

/** Undefined: what the client did wrong says nothing of a tier. */
function goodness(status: number, failure: Outcome["failure"]): 0 | 1 | undefined {
  if (failure !== undefined || status === 0 || status === 429 || status >= 500) return 0;
  return status >= 400 ? undefined : 1;
}

function added(a: AuditedSums, b: AuditedSums): AuditedSums {
  return {
    requests: a.requests + b.requests,
    w: a.w + b.w,
    wz: a.wz + b.wz,
    ww: a.ww + b.ww,
    wwz: a.wwz + b.wwz,
    wwzz: a.wwzz + b.wwzz,
  };
}

/** Fewer tell nothing: the interval would be wider than the question. */
const LEAST_REQUESTS = 30;
const Z = 1.96;

/** Of one process or of several. Undefined: too few were audited. */
export function auditedRate(all: readonly AuditedSums[]): AuditedRate | undefined {
  const { requests, w, wz, ww, wwz, wwzz } = all.reduce((sum, each) => added(sum, each), NOTHING);
  if (requests < LEAST_REQUESTS) return undefined;
  const misroutes = wz / w;
  // Of a weighted mean: Σw²(z − mean)² / (Σw)².
  const half = (Z * Math.sqrt(Math.max(0, wwzz - 2 * misroutes * wwz + misroutes ** 2 * ww))) / w;
  return { requests, misroutes, low: Math.max(0, misroutes - half), high: Math.min(1, misroutes + half) };
}
