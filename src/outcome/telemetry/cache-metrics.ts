// Kept answers as metrics: what the cache said to requests, what became of answers, and what it saved.
import type { Gauge, Registry } from "prom-client";
import { askedGauge } from "./asked-gauge.ts";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createSumTally, createTally } from "./tally.ts";

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
  const tokens = createSumTally(registry, METRICS.cacheSavedTokens);
  const usd = createSumTally(registry, METRICS.cacheSavedUsd);
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
      tokens(inputTokens, tier, "input");
      tokens(outputTokens, tier, "output");
      if (savedUsd !== undefined) usd(savedUsd, tier);
    },
    cacheStoreFailed: createTally(registry, METRICS.cacheStoreFailed),
  };
}
