// Guard: a request meant for a tier that fails goes to its substitute at once, but for the few that are let through to see whether it has
// healed. Behind the capabilities; health/breakers.ts knows which tiers fail. Where no tier is well that can take it, the decision stands.
import { BREAKER } from "../routing/reasons.ts";
import { type Guard, type HasRoom, isGoodEnough, mayGoTo, movedBy } from "./guard.ts";
import type { Breakers } from "./health/breakers.ts";
import { otherProvidersFirst, type SubstitutableTier } from "./substitutes.ts";

export interface BreakerGuardDeps {
  readonly tiers: readonly SubstitutableTier[]; // cheap first
  readonly breakers: Pick<Breakers, "areClosed" | "isWell" | "drawsProbe">;
  readonly hasRoom: HasRoom;
}

/** Probes are drawn as requests are asked about, once for each that is sent. */
export function breakerGuard({ tiers, breakers, hasRoom }: BreakerGuardDeps): Guard {
  const substitutes = otherProvidersFirst(tiers);
  return {
    name: "breaker",
    checked(decision, { request, verdict, isLocked, isTentative }) {
      if (breakers.areClosed || isLocked || decision.refused !== undefined) return decision;
      if (breakers.isWell(decision.tier)) return decision;
      const others = substitutes.get(decision.tier) ?? [];
      const isFit = (tier: string) => mayGoTo(decision, tier) && breakers.isWell(tier) && hasRoom(tier, request);
      const to = others.find((tier) => isGoodEnough(verdict, tier) && isFit(tier)) ?? others.find(isFit);
      if (to === undefined || (isTentative !== true && breakers.drawsProbe(decision.tier))) return decision;
      return movedBy("breaker", decision, { tier: to, reason: BREAKER.name, detail: decision.tier });
    },
  };
}
