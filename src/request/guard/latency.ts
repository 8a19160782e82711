// Guard: a request goes to no tier that is known to answer its like too late, where another is not known to; but for the one in a hundred
// that is to see. The last guard, and a veto only: it never chooses the fastest. health/latencies.ts knows which tiers are late.
import { SLO } from "../routing/reasons.ts";
import { type Guard, type HasRoom, isGoodEnough, mayGoTo, movedBy } from "./guard.ts";
import type { Breakers } from "./health/breakers.ts";
import type { Latencies } from "./health/latencies.ts";
import { type SubstitutableTier, substitutesOf } from "./substitutes.ts";

export interface LatencyGuardDeps {
  readonly tiers: readonly SubstitutableTier[]; // cheap first
  readonly latencies: Pick<Latencies, "areWell" | "isSlow" | "drawsProbe">;
  readonly breakers: Pick<Breakers, "isWell">;
  readonly hasRoom: HasRoom;
}

/**
 * Never a tier that the policy knows not to be good enough. What a breaker lets through to see whether a tier has healed is let alone: else
 * it would never learn.
 */
export function latencyGuard({ tiers, latencies, breakers, hasRoom }: LatencyGuardDeps): Guard {
  const substitutes = substitutesOf(tiers);
  return {
    name: "latency",
    checked(decision, { request, verdict, isLocked, isTentative }) {
      if (latencies.areWell || isLocked || decision.refused !== undefined) return decision;
      const { facts } = request;
      if (!latencies.isSlow(decision.tier, facts) || !breakers.isWell(decision.tier)) return decision;
      const isWell = (tier: string) => breakers.isWell(tier) && !latencies.isSlow(tier, facts);
      const isFit = (tier: string) => mayGoTo(decision, tier) && isGoodEnough(verdict, tier) && isWell(tier) && hasRoom(tier, request);
      const to = substitutes.get(decision.tier)?.find(isFit);
      if (to === undefined || (isTentative !== true && latencies.drawsProbe(decision.tier))) return decision;
      return movedBy("latency", decision, { tier: to, reason: SLO.name, detail: decision.tier });
    },
  };
}
