// How well tiers are: what outcomes say of it is remembered, and whoever runs sluice is told when a breaker moves or a tier becomes late.
import type { Config } from "../config/config.ts";
import { type TiersHealth, useHealth } from "../config/health-guards.ts";
import type { Outcome } from "../outcome/join/outcome.ts";
import { reportHealth } from "../outcome/join/tier-health.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import { type BreakerOf, breakers } from "../request/guard/health/breakers.ts";
import type { CircuitState } from "../request/guard/health/circuit.ts";
import { type TierFigures, tierFigures } from "../request/guard/health/figures.ts";
import { latencies } from "../request/guard/health/latencies.ts";

export interface WatchedHealth extends TiersHealth {
  takesEffect(config: Config): void;
  outcome(outcome: Outcome): void;
  figures(): readonly TierFigures[];
}

export function watchedHealth(metrics: Metrics, log: Logger): WatchedHealth {
  const { random } = Math;
  const now = () => performance.now();
  const onBreaker = ({ kind, name }: BreakerOf, to: CircuitState) => {
    if (to === "open") metrics.breakerOpened(kind, name);
    const fields = { [kind]: name };
    if (to === "open") log.warn(fields, "fails too often: its requests go to a substitute");
    else if (to === "half-open") log.info(fields, "is tried again with a few requests");
    else log.info(fields, "has healed: its requests go there again");
  };
  const onLevel = (tier: string, tokens: string, to: "slow" | "well", p95Ms: number | undefined) => {
    const fields = { tier, tokens, p95Ms: p95Ms === undefined ? undefined : Math.round(p95Ms) };
    if (to === "slow") log.warn(fields, "answers prompts of this size later than its level allows: they go to another tier");
    else log.info(fields, "prompts of this size go to this tier again");
  };
  const health: TiersHealth = {
    breakers: breakers({ now, random, onChange: onBreaker }),
    latencies: latencies({ now, random, onChange: onLevel }),
  };
  let tiers: readonly string[] = [];
  const figures = () => tierFigures(tiers, health.breakers, health.latencies);
  metrics.tiersAre(figures);
  return {
    ...health,
    takesEffect(config) {
      tiers = config.tiers.map(({ name }) => name);
      useHealth(config, health);
    },
    outcome: (outcome) => reportHealth(health, outcome, { epochMs: Date.now(), monotonicMs: now() }),
    figures,
  };
}
