// Answers to what is asked in other words as metrics: what became of requests, why questions were kept apart, what comparisons say, and
// what embeddings cost.
import { Counter, type Gauge, type Registry } from "prom-client";
import { askedGauge } from "./asked-gauge.ts";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createTally } from "./tally.ts";

export interface SemanticStands {
  readonly isOn: boolean;
  readonly bound: number;
  readonly entries: number;
}

export interface SemanticMetrics {
  /** Asked whenever the metrics are read; undefined: it is off. */
  semanticStands(standing: () => SemanticStands | undefined): void;
  semanticAsked(result: string): void;
  semanticVetoed(why: string): void;
  semanticCompared(what: string, agrees: boolean): void;
  embedded(result: string, tokens: number, usd: number): void;
}

export function semanticMetrics(registry: Registry): SemanticMetrics {
  const counter = ({ name, help }: MetricDescription) => new Counter({ name, help, registers: [registry] });
  const compared = createTally(registry, METRICS.semanticCompared);
  const embeddings = createTally(registry, METRICS.embeddings);
  const tokensCounted = counter(METRICS.embeddingTokens);
  const usdCounted = counter(METRICS.embeddingUsd);
  return {
    semanticStands(standing) {
      const gauge = (metric: MetricDescription, figure: (stands: SemanticStands) => number) =>
        askedGauge(registry, metric, (made: Gauge) => {
          const stands = standing();
          if (stands !== undefined) made.set(figure(stands));
        });
      gauge(METRICS.semanticErrorBound, ({ bound }) => bound);
      gauge(METRICS.semanticOn, ({ isOn }) => (isOn ? 1 : 0));
      gauge(METRICS.semanticEntries, ({ entries }) => entries);
    },
    semanticAsked: createTally(registry, METRICS.semanticRequests),
    semanticVetoed: createTally(registry, METRICS.semanticVetoed),
    semanticCompared: (what, agrees) => compared(what, agrees ? "agrees" : "differs"),
    embedded(result, tokens, usd) {
      embeddings(result);
      if (tokens === 0) return;
      tokensCounted.inc(tokens);
      usdCounted.inc(usd);
    },
  };
}
