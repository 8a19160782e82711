// How well tiers are, as people see it: of one process, or the worst that any of several says.
import type { CircuitState } from "../../request/guard/health/circuit.ts";
import type { TierFigures } from "../../request/guard/health/figures.ts";
import type { LiveHealth } from "./view.ts";

export function liveHealth(figures: readonly TierFigures[]): readonly LiveHealth[] {
  return figures.map(({ tier, breaker, latency }) => ({
    tier,
    breaker: breaker ?? null,
    levelMs: latency?.levelMs ?? null,
    predictedMs: latency?.p95Ms ?? null,
    late: latency?.slow ?? [],
  }));
}

/** Each hears of its own requests alone. */
export function worstHealth(all: readonly (readonly LiveHealth[])[]): readonly LiveHealth[] {
  const worst = new Map<string, LiveHealth>();
  for (const one of all.flat()) {
    const known = worst.get(one.tier);
    worst.set(one.tier, known === undefined ? one : worseOf(known, one));
  }
  return [...worst.values()];
}

const BADNESS: readonly (CircuitState | null)[] = [null, "closed", "half-open", "open"];

function worseOf(a: LiveHealth, b: LiveHealth): LiveHealth {
  const predicted = [a.predictedMs, b.predictedMs].filter((ms) => ms !== null);
  return {
    tier: a.tier,
    breaker: BADNESS.indexOf(a.breaker) >= BADNESS.indexOf(b.breaker) ? a.breaker : b.breaker,
    levelMs: a.levelMs ?? b.levelMs,
    predictedMs: predicted.length === 0 ? null : Math.max(...predicted),
    late: [...new Set([...a.late, ...b.late])],
  };
}
