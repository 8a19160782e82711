// A gauge without labels for the request path: one addition a change. prom-client reads it when it is asked for the metrics.
import { Gauge, type Registry } from "prom-client";
import type { MetricDescription } from "./catalogue.ts";

/** Adds to the level; a negative number takes away. */
export type Level = (change: number) => void;

export function createLevel(registry: Registry, { name, help }: MetricDescription): Level {
  let level = 0;
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(level);
    },
  });
  return (change) => {
    level += change;
  };
}
