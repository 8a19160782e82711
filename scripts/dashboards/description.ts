// How a dashboard is described here, and the queries that most panels are made of. Grafana fills in what begins with $.

export interface Panel {
  readonly kind: "stat" | "lines" | "stack"; // stack: lines on top of each other
  readonly title: string;
  readonly about?: string; // shown at the panel's (i)
  readonly unit: string; // Grafana's id of it
  readonly max?: number;
  readonly exemplars?: boolean;
  readonly queries: readonly (readonly [expr: string, legend: string])[];
}

export interface Section {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface DashboardDescription {
  readonly uid: string;
  readonly title: string;
  readonly about: string;
  readonly jobsOf: string; // the metric whose jobs can be chosen
  readonly sections: readonly Section[];
}

/** The jobs chosen at the top of a dashboard. */
export const JOB = 'job=~"$job"';
const WINDOW = "$__rate_interval";
export const RATIO = "percentunit";
export const PER_SECOND = "reqps";

/** Per second, by `labels`, of the jobs chosen. */
export function rateOf(metric: string, labels: string, selector = ""): string {
  return `sum by (${labels}) (rate(${metric}{${JOB}${selector === "" ? "" : `,${selector}`}}[${WINDOW}]))`;
}

export function quantileOf(quantile: number, histogram: string, labels = ""): string {
  return `histogram_quantile(${quantile}, ${rateOf(`${histogram}_bucket`, labels === "" ? "le" : `${labels}, le`)})`;
}

export function sumOf(recorded: string, selector = ""): string {
  return `sum(${recorded}{${JOB}${selector === "" ? "" : `,${selector}`}})`;
}
