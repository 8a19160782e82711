// Policies that learn, as metrics: read when the metrics are asked for.
import type { Registry } from "prom-client";
import { askedGauge } from "./asked-gauge.ts";
import { METRICS } from "./catalogue.ts";

export interface LearnerMetrics {
  /** Asked whenever the metrics are read. */
  learnersStand(standings: () => readonly LearnerFigures[]): void;
}

/** As src/serving/rewards.ts has them. */
export interface LearnerFigures {
  readonly policy: string;
  readonly qualityPerUsd: number;
  readonly tiers: readonly { readonly tier: string; readonly requests: number }[];
}

export function learnerMetrics(registry: Registry): LearnerMetrics {
  return {
    learnersStand(standings) {
      askedGauge(registry, METRICS.qualityPerUsd, (of) => {
        for (const { policy, qualityPerUsd } of standings()) of.set({ policy }, qualityPerUsd);
      });
      askedGauge(registry, METRICS.knownRequests, (of) => {
        for (const { policy, tiers } of standings()) for (const { tier, requests } of tiers) of.set({ policy, tier }, requests);
      });
    },
  };
}
