// The registry as text, in Prometheus' own format or in OpenMetrics.
import { Registry } from "prom-client";

export type ExpositionFormat = "prometheus" | "openmetrics";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export async function expositionOf(registry: Registry, format: ExpositionFormat): Promise<Exposition> {
  const source = format === "openmetrics" ? openMetricsView(registry) : registry;
  return { contentType: source.contentType, text: await source.metrics() };
}

interface Family {
  readonly name: string;
  readonly type: unknown;
  get(): Promise<{ name: string }>;
}

/**
 * The same metrics under OpenMetrics' names, where a counter's family lacks `_total`. prom-client renames the metric objects themselves
 * when asked for OpenMetrics, which would spoil the other format on the same registry: so it gets stand-ins to rename.
 */
function openMetricsView(registry: Registry): Registry {
  const view = new Registry();
  const families = registry.getMetricsAsArray() as unknown as readonly Family[];
  for (const family of families) {
    const name = family.type === "counter" ? family.name.replace(/_total$/, "") : family.name;
    const standIn = { name, type: family.type, get: async () => ({ ...(await family.get()), name }) };
    view.registerMetric(standIn as never);
  }
  view.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  return view;
}
