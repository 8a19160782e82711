// Quotas and budgets as metrics: how each stands, read when the metrics are asked for, and what they made of requests.
import { Counter, Gauge, type Registry } from "prom-client";
import type { LimitStanding } from "../../request/guard/limits/book.ts";
import { type Limit, MICRO_DOLLARS } from "../../request/guard/limits/limit.ts";
import { askedGauge } from "./asked-gauge.ts";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createTally } from "./tally.ts";

export interface LimitMetrics {
  /** Asked whenever the metrics are read. */
  limitsStand(limits: () => readonly Limit[], standings: () => readonly LimitStanding[]): void;
  limitDegraded(by: string, from: string, to: string): void;
  limitRefused(limit: string): void;
  limitMarked(limit: string, share: string): void;
  limitUnpriced(limit: string): void;
  limitSettled(basis: "exact" | "estimated" | "failed" | "cached" | "unknown" | "unheard"): void;
  limitStoreIsUp(up: 0 | 1): void;
  limitChargesLost(charges: number): void;
  ledgerFile(result: "read" | "bad" | "written" | "failed"): void;
}

const SHOWN_SCOPES = 20;
const OTHER = "other";

export function limitMetrics(registry: Registry): LimitMetrics {
  const described = ({ name, help }: MetricDescription) => ({ name, help, registers: [registry] });
  const lost = new Counter(described(METRICS.limitChargesLost));
  let up: Gauge | undefined; // where there is a store
  return {
    limitStoreIsUp(value) {
      up ??= new Gauge(described(METRICS.limitStoreUp));
      up.set(value);
    },
    limitChargesLost: (charges) => lost.inc(charges),
    limitsStand: (limits, standings) => gauges(registry, limits, standings),
    limitDegraded: createTally(registry, METRICS.limitDegraded),
    limitRefused: createTally(registry, METRICS.limitRefused),
    limitMarked: createTally(registry, METRICS.limitMarks),
    limitUnpriced: createTally(registry, METRICS.limitUnpriced),
    limitSettled: createTally(registry, METRICS.limitSettled),
    ledgerFile: createTally(registry, METRICS.ledgerFile),
  };
}

function gauges(registry: Registry, limits: () => readonly Limit[], standings: () => readonly LimitStanding[]): void {
  const gauge = (metric: MetricDescription, collect: (gauge: Gauge) => void) => askedGauge(registry, metric, collect);
  const each = (value: (standing: LimitStanding) => number) => (made: Gauge) => {
    for (const standing of shownStandings(standings())) {
      const { limit, scope } = standing;
      made.set({ limit: limit.name, measure: limit.measure, scope }, inUnits(limit, value(standing)));
    }
  };
  gauge(METRICS.limitAmount, (made) => {
    for (const limit of limits()) made.set({ limit: limit.name, measure: limit.measure }, inUnits(limit, limit.amount));
  });
  gauge(
    METRICS.limitUsed,
    each(({ used }) => used),
  );
  gauge(
    METRICS.limitReserved,
    each(({ reserved }) => reserved),
  );
  gauge(
    METRICS.limitRest,
    each(({ rest }) => rest),
  );
  gauge(METRICS.limitForecast, (made) => {
    for (const { limit, scope, forecast } of shownStandings(standings())) {
      if (forecast !== undefined) made.set({ limit: limit.name, measure: limit.measure, scope }, inUnits(limit, forecast));
    }
  });
  gauge(METRICS.limitShift, (made) => {
    const steered = standings().filter(({ limit }) => limit.steering !== "off");
    for (const { limit, scope, shift } of shownStandings(steered)) if (scope !== OTHER) made.set({ limit: limit.name, scope }, shift);
  });
}

function inUnits({ measure }: Limit, amount: number): number {
  return measure === "usd" ? amount / MICRO_DOLLARS : amount;
}

/** Of each limit the scopes that have used most, and the others as one. */
export function shownStandings(standings: readonly LimitStanding[]): readonly LimitStanding[] {
  const byLimit = Map.groupBy(standings, ({ limit }) => limit);
  return [...byLimit.values()].flatMap((all) => {
    if (all.length <= SHOWN_SCOPES) return all;
    const sorted = all.toSorted((a, b) => Number(a.scope === OTHER) - Number(b.scope === OTHER) || b.used - a.used);
    return [...sorted.slice(0, SHOWN_SCOPES), ...sorted.slice(SHOWN_SCOPES).reduce(together, [])];
  });
}

function together([sum]: readonly LimitStanding[], next: LimitStanding): readonly LimitStanding[] {
  if (sum === undefined) return [{ ...next, scope: OTHER, forecast: undefined }];
  const { used, reserved, rest } = sum;
  return [{ ...sum, used: used + next.used, reserved: reserved + next.reserved, rest: rest + next.rest }];
}
