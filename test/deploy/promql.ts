// What a PromQL expression reads: metric names with the labels asked of each. Simple on purpose: for expressions as people write them.

export interface MetricUse {
  readonly name: string;
  readonly labels: readonly string[]; // in its selector
}

const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const METRIC = /\b((?:sluice|envoy)_\w+|(?:job\w*|sluice):\w+:?\w*)\s*(\{[^}]*\})?/g;

export function metricsOf(expr: string): readonly MetricUse[] {
  return [...expr.replaceAll(GROUPING, "").matchAll(METRIC)].map(([, name = "", selector = ""]) => ({
    name,
    labels: [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = ""]) => label),
  }));
}

/** Labels that the expression groups or matches by. */
export function groupingLabelsOf(expr: string): readonly string[] {
  return [...expr.matchAll(GROUPING)]
    .flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()))
    .filter((label) => label !== "");
}

/** As Grafana would send it. */
export function filledIn(expr: string): string {
  return expr.replaceAll("$__rate_interval", "1m").replaceAll("$job", ".*");
}
