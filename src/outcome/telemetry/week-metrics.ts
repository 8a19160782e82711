// What a week of ratings and scores comes to, as metrics: read when the metrics are asked for.
import type { Registry } from "prom-client";
import { askedGauge } from "./asked-gauge.ts";
import { METRICS } from "./catalogue.ts";
import { createTally } from "./tally.ts";

export interface WeekMetrics {
  /** Asked whenever the metrics are read. */
  weekIs(figures: () => WeekFigures): void;
  ratingsFile(result: "read" | "bad" | "failed"): void;
  /** `of` as in src/outcome/signals/drift.ts. */
  driftChanged(of: string, direction: "up" | "down"): void;
}

/** As src/outcome/signals has them. */
export interface WeekFigures {
  readonly ratings: readonly {
    readonly tier: string;
    readonly reason: string;
    readonly rule: string | null;
    readonly ratings: number;
    readonly sum: number;
    readonly good: number;
  }[];
  readonly drift: {
    readonly scores: readonly { readonly policy: string; readonly against: string; readonly psi: number | null }[];
    readonly retrain: readonly { readonly reason: string }[];
  };
}

const REASONS = ["scores", "strong-share", "low-ratings"] as const;

export function weekMetrics(registry: Registry): WeekMetrics {
  return {
    weekIs: (figures) => gauges(registry, figures),
    ratingsFile: createTally(registry, METRICS.ratingsFile),
    driftChanged: createTally(registry, METRICS.driftChanges),
  };
}

function gauges(registry: Registry, figures: () => WeekFigures): void {
  for (const [metric, value] of [
    [METRICS.weekRatings, "ratings"],
    [METRICS.weekRatingSum, "sum"],
    [METRICS.weekGoodRatings, "good"],
  ] as const) {
    askedGauge(registry, metric, (of) => {
      for (const { tier, reason, rule, ...sums } of figures().ratings)
        of.inc({ tier, reason: rule === null ? reason : `${reason}:${rule}` }, sums[value]);
    });
  }
  askedGauge(registry, METRICS.driftPsi, (of) => {
    for (const { policy, against, psi } of figures().drift.scores) if (psi !== null) of.set({ policy, against }, psi);
  });
  askedGauge(registry, METRICS.retrainAdvised, (of) => {
    const { retrain } = figures().drift;
    for (const reason of REASONS) of.set({ reason }, retrain.some((advised) => advised.reason === reason) ? 1 : 0);
  });
}
