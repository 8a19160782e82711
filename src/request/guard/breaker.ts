// Guard: a request meant for a tier that fails goes to its substitute at once, but for the few that are let through to see whether it has
// healed. Behind the capabilities; health/breakers.ts knows which tiers fail. Where no tier is well that can take it, the decision stands.
import { BREAKER } from "../routing/reasons.ts";
import { type Guard, isGoodEnough, mayGoTo, movedBy } from "./guard.ts";
import type { Breakers } from "./health/breakers.ts";
import { otherProvidersFirst, type SubstitutableTier } from "./substitutes.ts";

/** Tiers cheap first. Probes are drawn as requests are asked about: whoever asks about one that is not sent wastes a draw, no more. */
export function breakerGuard(tiers: readonly SubstitutableTier[], breakers: Pick<Breakers, "areClosed" | "isWell" | "drawsProbe">): Guard {
  const substitutes = otherProvidersFirst(tiers);
  return {
    name: "breaker",
    checked(decision, { verdict, isLocked }) {
      if (breakers.areClosed || isLocked) return decision;
      if (breakers.isWell(decision.tier)) return decision;
      const others = substitutes.get(decision.tier) ?? [];
      const isFit = (tier: string) => mayGoTo(decision, tier) && breakers.isWell(tier);
      const to = others.find((tier) => isFit(tier) && isGoodEnough(verdict, tier)) ?? others.find(isFit);
      if (to === undefined || breakers.drawsProbe(decision.tier)) return decision;
      return movedBy("breaker", decision, { tier: to, reason: BREAKER.name, detail: decision.tier });
    },
  };
}
