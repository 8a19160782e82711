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

/** Likewise, so much. */
export type SumTally = (more: number, ...values: readonly string[]) => void;

/** Cells by their label values, one value a step: the strings are mostly the same objects, whose hashes are known. */
type Cells = Map<string, Cells | Cell>;

export function createTally(registry: Registry, description: MetricDescription): Tally {
  const cellOf = createCells(registry, description);
  return (...values) => {
    cellOf(values).count++;
  };
}

export function createSumTally(registry: Registry, description: MetricDescription): SumTally {
  const cellOf = createCells(registry, description);
  return (more, ...values) => {
    cellOf(values).count += more;
  };
}

function createCells(registry: Registry, { name, help, labels }: MetricDescription): (values: readonly string[]) => Cell {
  const root: Cells = new Map();
  const cells: Cell[] = [];
  const others = labels.map(() => OTHER);

  const cellOf = (values: readonly string[]): Cell => {
    let at: Cells | Cell | undefined = root;
    for (const value of values) at = at instanceof Map ? at.get(value) : undefined;
    return at === undefined || at instanceof Map ? newCell(values) : at;
  };
  const newCell = (values: readonly string[]): Cell => {
    if (cells.length >= MAX_LABEL_SETS && values !== others) return cellOf(others);
    const cell: Cell = { labels: labelled(labels, values), count: 0 };
    cells.push(cell);
    let at = root;
    for (const value of values.slice(0, -1)) {
      const known = at.get(value);
      const next: Cells = known instanceof Map ? known : new Map();
      at.set(value, next);
      at = next;
    }
    at.set(values.at(-1) ?? "", cell);
    return cell;
  };
  new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const cell of cells) this.inc(cell.labels, cell.count);
    },
  });
  return cellOf;
}

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}
