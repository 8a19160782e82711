// The thresholds that move by themselves, as metrics: where they stand, what they are to hold, and what became of them.
import { Gauge, type Registry } from "prom-client";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createTally } from "./tally.ts";

export interface ThresholdMetrics {
  /** All there are, at the start and after each reload; what is not among them is shown no more. */
  thresholdsStand(thresholds: readonly StandingThreshold[]): void;
  /** `to`: a probability, 0 to 1. */
  thresholdMoved(policy: string, direction: "up" | "down", to: number): void;
  thresholdHeld(policy: string, bound: "min" | "max"): void;
}

/** As src/config/routing-of.ts has them. */
export interface StandingThreshold {
  readonly policyId: string;
  readonly at: number;
  readonly target: number;
}

export function thresholdMetrics(registry: Registry): ThresholdMetrics {
  const gauge = ({ name, help, labels }: MetricDescription) => new Gauge({ name, help, labelNames: [...labels], registers: [registry] });
  const threshold = gauge(METRICS.threshold);
  const target = gauge(METRICS.targetShare);
  const moves = createTally(registry, METRICS.thresholdMoves);
  return {
    thresholdsStand(thresholds) {
      threshold.reset();
      target.reset();
      for (const { policyId: policy, at, target: share } of thresholds) {
        threshold.set({ policy }, at);
        target.set({ policy }, share);
      }
    },
    thresholdMoved(policy, direction, to) {
      moves(policy, direction);
      threshold.set({ policy }, to);
    },
    thresholdHeld: createTally(registry, METRICS.thresholdHeld),
  };
}
