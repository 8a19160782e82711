// From a configuration to the guards that keep requests away from tiers that fail, or are late; and to what their memories must know of it.
import { breakerGuard } from "../request/guard/breaker.ts";
import { type Guard, ROOM_EVERYWHERE } from "../request/guard/guard.ts";
import type { Breakers } from "../request/guard/health/breakers.ts";
import type { CircuitSettings } from "../request/guard/health/circuit.ts";
import type { Latencies } from "../request/guard/health/latencies.ts";
import { latencyGuard } from "../request/guard/latency.ts";
import { BREAKER_DEFAULTS } from "./capabilities/breaker.ts";
import type { Config } from "./config.ts";

/** What is known of how well tiers are. It outlives a reload. */
export interface TiersHealth {
  readonly breakers: Breakers;
  readonly latencies: Latencies;
}

/** In their order; those that are off are left out. */
export function healthGuards(config: Config, { breakers, latencies }: TiersHealth, hasRoom = ROOM_EVERYWHERE): readonly Guard[] {
  const { tiers } = config;
  return [
    ...(breakerSettings(config) === undefined ? [] : [breakerGuard({ tiers, breakers, hasRoom })]),
    ...(tiers.some(({ slo }) => slo.firstByteMs !== undefined) ? [latencyGuard({ tiers, latencies, breakers, hasRoom })] : []),
  ];
}

/** The configuration takes effect. */
export function useHealth(config: Config, { breakers, latencies }: TiersHealth): void {
  breakers.use(breakerSettings(config), config.tiers);
  latencies.use(config.tiers.map(({ name, slo }) => ({ name, firstByteMs: slo.firstByteMs })));
}

/** Undefined: there are no breakers. */
export function breakerSettings({ breaker, tiers }: Config): CircuitSettings | undefined {
  if (breaker !== undefined || tiers.every(({ substitute }) => substitute === undefined)) return breaker;
  return BREAKER_DEFAULTS;
}
