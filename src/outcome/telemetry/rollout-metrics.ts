// A rollout as metrics: how it stands, read when the metrics are asked for, and what became of it.
import type { Gauge, Registry } from "prom-client";
import { askedGauge } from "./asked-gauge.ts";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createTally } from "./tally.ts";

export interface RolloutMetrics {
  /** Asked whenever the metrics are read; undefined: nothing is rolled out. */
  rolloutStands(standing: () => RolloutFigures | undefined): void;
  rolloutChanged(action: string, because: string): void;
  /** Of replicas that judge it together. */
  rolloutTogether(result: "agreed" | "adopted" | "overruled" | "together" | "alone"): void;
  rolloutFile(result: "read" | "bad" | "failed"): void;
}

/** As src/outcome/rollout/status.ts has them. */
export interface RolloutFigures {
  readonly rollout: string;
  readonly candidate: string;
  readonly status: string;
  readonly stage: number;
  readonly share: number;
  readonly moreRequests: number | null;
  readonly requests: { readonly stable: number; readonly candidate: number };
  readonly split: { readonly evidence: number; readonly needed: number };
  readonly guards: readonly { readonly guard: string; readonly harm: Evidence; readonly excluded: Evidence }[];
}

interface Evidence {
  readonly is: number;
  readonly needed: number;
}

const STATUSES = ["running", "held", "rolled-back", "complete"] as const;

export function rolloutMetrics(registry: Registry): RolloutMetrics {
  return {
    rolloutStands: (standing) => gauges(registry, standing),
    rolloutChanged: createTally(registry, METRICS.rolloutChanges),
    rolloutTogether: createTally(registry, METRICS.rolloutTogether),
    rolloutFile: createTally(registry, METRICS.rolloutFile),
  };
}

function gauges(registry: Registry, standing: () => RolloutFigures | undefined): void {
  const gauge = (metric: MetricDescription, set: (gauge: Gauge, figures: RolloutFigures) => void) =>
    askedGauge(registry, metric, (made) => {
      const figures = standing();
      if (figures !== undefined) set(made, figures);
    });
  const part = ({ is, needed }: Evidence) => Math.max(0, is) / needed;
  gauge(METRICS.rolloutStage, (of, { rollout, candidate, stage }) => of.set({ rollout, candidate }, stage));
  gauge(METRICS.rolloutShare, (of, { rollout, candidate, share }) => of.set({ rollout, candidate }, share));
  gauge(METRICS.rolloutStatus, (of, { rollout, candidate, status: is }) => {
    for (const status of STATUSES) of.set({ rollout, candidate, status }, status === is ? 1 : 0);
  });
  gauge(METRICS.rolloutRequests, (of, { rollout, requests }) => {
    for (const arm of ["stable", "candidate"] as const) of.set({ rollout, arm }, requests[arm]);
  });
  gauge(METRICS.rolloutMoreRequests, (of, { rollout, moreRequests }) => of.set({ rollout }, moreRequests ?? Number.POSITIVE_INFINITY));
  gauge(METRICS.rolloutEvidence, (of, { rollout, guards, split }) => {
    for (const { guard, harm, excluded } of guards) {
      of.set({ rollout, guard, of: "harm" }, part(harm));
      of.set({ rollout, guard, of: "excluded" }, part(excluded));
    }
    of.set({ rollout, guard: "split", of: "broken" }, part({ is: split.evidence, needed: split.needed }));
  });
}
