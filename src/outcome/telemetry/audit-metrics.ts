// The audit slice's sums as counters, read when the metrics are asked for. From them the misroute rate and its interval can be computed,
// over any time, processes and replicas.
import { Counter, type Registry } from "prom-client";
import { METRICS, type MetricDescription } from "./catalogue.ts";

export interface AuditMetrics {
  /** Asked whenever the metrics are read; undefined: no slice is drawn. */
  auditCounts(counts: () => AuditFigures | undefined): void;
}

/** As src/outcome/signals/audited.ts has them. */
export interface AuditFigures {
  readonly requests: number;
  readonly w: number;
  readonly ww: number;
  readonly wrong: Readonly<Record<"any" | "too-weak" | "too-strong", { readonly plus: Sums; readonly minus: Sums }>>;
}

interface Sums {
  readonly wz: number;
  readonly wwz: number;
  readonly wwzz: number;
}

const WAYS = ["any", "too-weak", "too-strong"] as const;
const SIGNS = ["plus", "minus"] as const;
const SUMS = ["wz", "wwz", "wwzz"] as const;

export function auditMetrics(registry: Registry): AuditMetrics {
  return { auditCounts: (counts) => counters(registry, counts) };
}

/** All series are there from the first reading on: of one that begins with a value, Prometheus would not see that. */
function counters(registry: Registry, counts: () => AuditFigures | undefined): void {
  const counter = ({ name, help, labels }: MetricDescription, fill: (counter: Counter, figures: AuditFigures) => void) => {
    const made: Counter = new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        made.reset();
        const figures = counts();
        if (figures !== undefined) fill(made, figures);
        else if (labels.length === 0) made.remove(); // a counter without labels begins with 0
      },
    });
  };
  counter(METRICS.auditedRequests, (of, { requests }) => of.inc(requests));
  counter(METRICS.auditedWeight, (of, { w, ww }) => {
    of.inc({ power: "1" }, w);
    of.inc({ power: "2" }, ww);
  });
  counter(METRICS.auditedWrong, (of, { wrong }) => {
    for (const way of WAYS) for (const sign of SIGNS) for (const sum of SUMS) of.inc({ way, sum, sign }, wrong[way][sign][sum]);
  });
}
