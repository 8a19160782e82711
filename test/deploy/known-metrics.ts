// Which metrics and labels rules and dashboards may name: those of the catalogue, and what the rules record.
import { ruleGroups } from "../../scripts/prometheus-rule.ts";
import { METRICS, type MetricDescription } from "../../src/outcome/telemetry/catalogue.ts";
import { groupingLabelsOf, metricsOf } from "./promql.ts";

/** Prometheus adds these to every sample it scrapes. */
const TARGET_LABELS = ["job", "instance", "namespace"];

const SLUICE: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(METRICS).flatMap((metric: MetricDescription): [string, readonly string[]][] =>
    metric.kind !== "histogram"
      ? [[metric.name, metric.labels]]
      : [
          [`${metric.name}_bucket`, [...metric.labels, "le"]],
          [`${metric.name}_count`, metric.labels],
          [`${metric.name}_sum`, metric.labels],
        ],
  ),
);

const RECORDED = new Map(ruleGroups().flatMap(({ rules }) => rules.map(({ record, expr }) => [record, expr] as const)));

/** What the expression names and nobody provides, in words. Metrics of Envoy are held by an end-to-end test, against a real one. */
export function unknownIn(expr: string): readonly string[] {
  const uses = metricsOf(expr).filter(({ name }) => !name.startsWith("envoy_"));
  const wrong = uses.flatMap(({ name, labels }) => {
    const known = labelsOf(name);
    if (known === undefined) return [`metric ${name}`];
    return labels.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
  });
  const all = new Set([...TARGET_LABELS, ...uses.flatMap(({ name }) => labelsOf(name) ?? [])]);
  const grouped = groupingLabelsOf(expr).filter((label) => !label.startsWith("envoy_") && !all.has(label));
  return [...wrong, ...grouped.map((label) => `label ${label}`)];
}

function labelsOf(name: string): readonly string[] | undefined {
  const measured = SLUICE.get(name);
  if (measured !== undefined) return [...measured, ...TARGET_LABELS];
  const recorded = RECORDED.get(name);
  if (recorded === undefined) return undefined;
  const own = groupingLabelsOf(recorded);
  return [
    ...TARGET_LABELS,
    ...own,
    ...metricsOf(recorded).flatMap((use) => (own.length > 0 || use.name === name ? [] : (labelsOf(use.name) ?? []))),
  ];
}
