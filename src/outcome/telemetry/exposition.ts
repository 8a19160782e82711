// The registry as text, in Prometheus' own format or in OpenMetrics.
import { Registry } from "prom-client";

export type ExpositionFormat = "prometheus" | "openmetrics";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export async function expositionOf(registry: Registry, format: ExpositionFormat): Promise<Exposition> {
  const view = viewOf(registry, format);
  return { contentType: view.contentType, text: await view.metrics() };
}

/** prom-client takes exemplars on a registry of this kind alone. */
export function newRegistry(): Registry {
  const registry = new Registry();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  return registry;
}

interface Family {
  readonly name: string;
  readonly type: unknown;
  get(): Promise<{ name: string }>;
}

/**
 * The same metrics in either format. In OpenMetrics a counter's family lacks `_total`: prom-client renames the metric objects themselves,
 * which would spoil the other format on the same registry, so it gets stand-ins to rename.
 */
function viewOf(registry: Registry, format: ExpositionFormat): Registry {
  const view = format === "openmetrics" ? newRegistry() : new Registry();
  const families = registry.getMetricsAsArray() as unknown as readonly Family[];
  for (const family of families) {
    const name = format === "openmetrics" && family.type === "counter" ? family.name.replace(/_total$/, "") : family.name;
    const standIn = { name, type: family.type, get: async () => ({ ...(await family.get()), name }) };
    view.registerMetric(standIn as never);
  }
  return view;
}
