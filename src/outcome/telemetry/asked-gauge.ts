// A gauge whose values are asked for when metrics are read, all of them anew: what is gone is shown no more.
import { Gauge, type Registry } from "prom-client";
import type { MetricDescription } from "./catalogue.ts";

export function askedGauge(registry: Registry, { name, help, labels }: MetricDescription, set: (gauge: Gauge) => void): void {
  const made: Gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      made.reset();
      set(made);
    },
  });
}
