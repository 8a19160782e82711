// Kept answers as metrics: what the cache said to requests, what became of answers, and what it saved.
import { Counter, type Gauge, type Registry } from "prom-client";
import { askedGauge } from "./asked-gauge.ts";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createTally } from "./tally.ts";

export interface CacheMetrics {
  /** Asked whenever the metrics are read; undefined: no answers are kept. */
  cacheStands(standing: () => { readonly bytes: number; readonly count: number } | undefined): void;
  cacheAsked(result: string): void;
  cacheAnswered(result: string): void;
  cacheEvicted(why: "full" | "old"): void;
  cacheSaved(
    tier: string,
    saved: { readonly inputTokens: number; readonly outputTokens: number; readonly savedUsd: number | undefined },
  ): void;
  cacheStoreFailed(what: "read" | "write" | "bad"): void;
}

export function cacheMetrics(registry: Registry): CacheMetrics {
  const counter = ({ name, help, labels }: MetricDescription) =>
    new Counter({ name, help, labelNames: [...labels], registers: [registry] });
  const tokens = counter(METRICS.cacheSavedTokens);
  const usd = counter(METRICS.cacheSavedUsd);
  return {
    cacheStands(standing) {
      const gauge = (metric: MetricDescription, member: "bytes" | "count") =>
        askedGauge(registry, metric, (made: Gauge) => {
          const stands = standing();
          if (stands !== undefined) made.set(stands[member]);
        });
      gauge(METRICS.cacheBytes, "bytes");
      gauge(METRICS.cacheKept, "count");
    },
    cacheAsked: createTally(registry, METRICS.cacheRequests),
    cacheAnswered: createTally(registry, METRICS.cacheAnswers),
    cacheEvicted: createTally(registry, METRICS.cacheEvicted),
    cacheSaved(tier, { inputTokens, outputTokens, savedUsd }) {
      tokens.inc({ tier, direction: "input" }, inputTokens);
      tokens.inc({ tier, direction: "output" }, outputTokens);
      if (savedUsd !== undefined) usd.inc({ tier }, savedUsd);
    },
    cacheStoreFailed: createTally(registry, METRICS.cacheStoreFailed),
  };
}
