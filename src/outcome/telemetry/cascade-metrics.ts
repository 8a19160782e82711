// A cascade as metrics: what became of the answers it judged, and what those cost that it threw away.
import { Counter, type Registry } from "prom-client";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createDistribution } from "./distribution.ts";
import { createLevel } from "./level.ts";
import { createTally } from "./tally.ts";

export interface CascadeMetrics {
  /** `result` as in src/answer/cascade/cascade.ts; `reason`: a check's name. */
  answerJudged(tier: string, result: string, reason: string): void;
  answerHeld(seconds: number): void;
  /** So many more pass through sluice; fewer where negative. */
  answersInCascade(more: number): void;
  discarded(discarded: DiscardedTokens): void;
}

export interface DiscardedTokens {
  readonly tier: string;
  readonly basis: "exact" | "estimated";
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | undefined;
}

export function cascadeMetrics(registry: Registry): CascadeMetrics {
  const counter = ({ name, help, labels }: MetricDescription) =>
    new Counter({ name, help, labelNames: [...labels], registers: [registry] });
  const tokens = counter(METRICS.discardedTokens);
  const usd = counter(METRICS.discardedCostUsd);
  return {
    answerJudged: createTally(registry, METRICS.judgedAnswers),
    answerHeld: createDistribution(registry, METRICS.answerHeld),
    answersInCascade: createLevel(registry, METRICS.answersInCascade),
    discarded({ tier, basis, inputTokens, outputTokens, costUsd }) {
      tokens.inc({ tier, direction: "input", basis }, inputTokens);
      tokens.inc({ tier, direction: "output", basis }, outputTokens);
      if (costUsd !== undefined) usd.inc({ tier, basis }, costUsd);
    },
  };
}
