// Vectors that policies take, as metrics: what came of asking for them, how long requests waited, and what they cost.
import { Counter, type Registry } from "prom-client";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createDistribution } from "./distribution.ts";
import { createTally } from "./tally.ts";

export interface VectorMetrics {
  vectorAsked(result: string, tokens: number, usd: number): void;
  vectorsWaited(seconds: number): void;
}

export function vectorMetrics(registry: Registry): VectorMetrics {
  const counter = ({ name, help }: MetricDescription) => new Counter({ name, help, registers: [registry] });
  const asked = createTally(registry, METRICS.vectors);
  const tokensCounted = counter(METRICS.vectorTokens);
  const usdCounted = counter(METRICS.vectorUsd);
  return {
    vectorAsked(result, tokens, usd) {
      asked(result);
      if (tokens === 0) return;
      tokensCounted.inc(tokens);
      usdCounted.inc(usd);
    },
    vectorsWaited: createDistribution(registry, METRICS.vectorWait),
  };
}
