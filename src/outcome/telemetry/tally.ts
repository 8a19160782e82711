// A counter with labels for the request path: one look-up and one addition a call. prom-client reads it when it is asked for the metrics.
import { Counter, type Registry } from "prom-client";
import type { MetricDescription } from "./catalogue.ts";

/** Of one counter. Later ones are counted under OTHER, so that no input can grow the memory or the answer without bound. */
const MAX_LABEL_SETS = 500;
const OTHER = "other";

interface Cell {
  readonly labels: Record<string, string>;
  count: number;
}

/** Adds one to the cell of these label values, given in the order of the description's labels. */
export type Tally = (...values: readonly string[]) => void;

export function createTally(registry: Registry, description: MetricDescription): Tally {
  const cells = new Map<string, Cell>();
  const cellOf = (values: readonly string[]): Cell => {
    const known = cells.get(values.join("\n"));
    if (known !== undefined) return known;
    const kept = cells.size < MAX_LABEL_SETS ? values : description.labels.map(() => OTHER);
    const key = kept.join("\n");
    const cell = cells.get(key) ?? { labels: labelled(description.labels, kept), count: 0 };
    cells.set(key, cell);
    return cell;
  };
  new Counter({
    name: description.name,
    help: description.help,
    labelNames: [...description.labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const cell of cells.values()) this.inc(cell.labels, cell.count);
    },
  });
  return (...values) => {
    cellOf(values).count++;
  };
}

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}
