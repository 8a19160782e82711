// Cheapest policy: the cheapest tier whose answer is predicted to be good enough. Others predict: a learned policy by its probability, any
// other by its tier, which is taken for good enough with all above it. Whether a tier answers in time is the guards' business: they stay
// among the tiers that are good enough.
import { unionOfNeeds } from "./needs.ts";
import type { Link, Policy, PolicyRequest, TierName, Verdict } from "./policy.ts";
import { wantedByEach } from "./vectors-wanted.ts";

export interface CheapestSettings {
  readonly by: readonly string[]; // names of the policies that predict
  readonly atLeast: number; // quality that is good enough: the probability that the tier's answer is
  readonly tiers: readonly TierName[]; // cheap first
}

export const CHEAPEST_REASON = "cheapest";

const UNKNOWN = -1;

/**
 * Abstains where all that predict do; else there is one, since the last tier is good enough for whoever predicts. What they would set in
 * the body does not count: it was meant for their own tier.
 */
export function cheapestPolicy({ atLeast, tiers }: CheapestSettings, links: readonly Link[]): Policy {
  const quality = new Float64Array(tiers.length);
  const isAbove = new Uint8Array(tiers.length);
  const named = tiersNamed(tiers);
  return {
    needs: unionOfNeeds(links.map(({ policy }) => policy.needs)),
    links,
    ...wantedByEach(links, "of all"),
    hasSeen: (request) => links.some(({ policy }) => policy.hasSeen?.(request) === true),
    decide(request) {
      if (!predicted(request)) return undefined;
      const suffice = named(sufficing());
      const [tier] = suffice;
      if (tier === undefined) throw new Error("invariant: the last tier is good enough");
      const verdict: Verdict = { tier, reason: CHEAPEST_REASON, suffice };
      const [first = UNKNOWN] = quality;
      return first === UNKNOWN ? verdict : { ...verdict, score: 1 - first };
    },
    signals: (request) => links.flatMap(({ policy }) => policy.signals(request)),
  };

  /** Fills `quality`. False: nobody had an opinion. */
  function predicted(request: PolicyRequest): boolean {
    quality.fill(UNKNOWN);
    isAbove.fill(0);
    let isKnown = false;
    for (const { policy } of links) {
      const verdict = policy.decide(request);
      if (verdict === undefined) continue;
      isKnown = true;
      const { score } = verdict;
      const { predicts } = policy;
      if (predicts !== undefined && score !== undefined) take(tiers.indexOf(predicts.under), tiers.indexOf(predicts.over), 1 - score);
      else take(0, tiers.indexOf(verdict.tier), 0);
    }
    for (let at = 0; at < tiers.length; at++) if (quality[at] === UNKNOWN && isAbove[at] === 1) quality[at] = 1;
    return isKnown;
  }

  /** Tiers from `under` on are this good, and from `over` on good for sure, unless another knows better. */
  function take(under: number, over: number, good: number): void {
    for (let at = under; at < over; at++) quality[at] = Math.max(quality[at] ?? UNKNOWN, good);
    for (let at = over; at < tiers.length; at++) isAbove[at] = 1;
  }

  /** A bit for each tier, the first is 1. */
  function sufficing(): number {
    let bits = 0;
    for (let at = 0; at < tiers.length; at++) if ((quality[at] ?? UNKNOWN) >= atLeast) bits |= 1 << at;
    return bits;
  }
}

/** The names by their bits, each list made once: few ever come. */
function tiersNamed(tiers: readonly TierName[]): (bits: number) => readonly TierName[] {
  const made = new Map<number, readonly TierName[]>();
  return (bits) => {
    const before = made.get(bits);
    if (before !== undefined) return before;
    const names = tiers.filter((_, at) => (bits & (1 << at)) !== 0);
    made.set(bits, names);
    return names;
  };
}
