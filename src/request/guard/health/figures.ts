// How well each tier is, for metrics and for people.
import type { TierName } from "../../policy/policy.ts";
import type { Breakers } from "./breakers.ts";
import type { CircuitState } from "./circuit.ts";
import type { Latencies, TierLatency } from "./latencies.ts";

export interface TierFigures {
  readonly tier: TierName;
  readonly breaker: CircuitState | undefined; // undefined: it has none
  readonly latency: TierLatency | undefined; // undefined: it has no level
}

/** Of tiers with a breaker or a level. */
export function tierFigures(
  tiers: readonly TierName[],
  breakers: Pick<Breakers, "stateOf">,
  latencies: Pick<Latencies, "tiers">,
): readonly TierFigures[] {
  const levelled = latencies.tiers();
  return tiers
    .map((tier) => ({ tier, breaker: breakers.stateOf(tier), latency: levelled.find((one) => one.tier === tier) }))
    .filter(({ breaker, latency }) => breaker !== undefined || latency !== undefined);
}
