// Quality against cost: what each way of using two tiers comes to when it may spend so much. Curves are sums over rows in a fixed order,
// each row counted as often as a resample has drawn it.

/** One index everywhere: the row. */
export interface CascadeRows {
  readonly count: number;
  readonly weak: Float64Array; // quality of the weak tier's answer
  readonly gains: Float64Array; // what strong adds to it
  readonly weakCost: Float64Array; // dollars of the request answered by weak
  readonly strongCost: Float64Array;
  readonly before: Float64Array; // the policy's score: high asks for strong
  readonly behind: Float64Array; // what speaks against the answer: high asks again
  readonly weighed: Float64Array; // the same, weighed by what asking again is expected to cost
  readonly flagged: Uint8Array; // 1: a check has something against it
}

/** Corners, by rising cost; straight between them. Both in sums over rows. */
export interface CostCurve {
  readonly costs: Float64Array;
  readonly qualities: Float64Array;
}

/** Row numbers, the highest score first; equal ones in the order of a hash of their number, so that no order of the file counts. */
export function orderOf(scores: Float64Array): Uint32Array {
  const mixed = (row: number) => Math.imul(row + 1, 0x9e3779b1) >>> 0;
  return Uint32Array.from(scores.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || mixed(a) - mixed(b));
}

/** Of all rows, each as often as `times` says. */
export function sumOf(values: Float64Array, times: Uint8Array): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += (values[row] ?? 0) * (times[row] ?? 0);
  return sum;
}

const STEPS = 256; // corners of a curve

/**
 * From all rows answered by weak, in an order one row after the other is given to strong. `instead`: strong is asked in weak's place;
 * `behind`: when weak has answered, which costs both. The first `ahead` (a share) of the order `first` go to strong at once.
 */
export function costCurve(
  rows: CascadeRows,
  times: Uint8Array,
  order: Uint32Array,
  pays: "instead" | "behind",
  ahead: { readonly order: Uint32Array; readonly share: number } | undefined = undefined,
): CostCurve {
  const { gains, weakCost, strongCost, count } = rows;
  let cost = sumOf(weakCost, times);
  let quality = sumOf(rows.weak, times);
  const gone = new Uint8Array(ahead === undefined ? 0 : count);
  if (ahead !== undefined) {
    let left = ahead.share * count;
    for (const row of ahead.order) {
      if (left <= 0) break;
      const drawn = times[row] ?? 0;
      left -= drawn;
      gone[row] = 1;
      cost += drawn * ((strongCost[row] ?? 0) - (weakCost[row] ?? 0));
      quality += drawn * (gains[row] ?? 0);
    }
  }
  const costs = [cost];
  const qualities = [quality];
  const step = Math.max(1, Math.floor(order.length / STEPS));
  for (const [at, row] of order.entries()) {
    const drawn = gone[row] === 1 ? 0 : (times[row] ?? 0);
    cost += drawn * ((strongCost[row] ?? 0) - (pays === "instead" ? (weakCost[row] ?? 0) : 0));
    quality += drawn * (gains[row] ?? 0);
    if ((at + 1) % step !== 0 && at + 1 !== order.length) continue;
    costs.push(cost);
    qualities.push(quality);
  }
  return { costs: Float64Array.from(costs), qualities: Float64Array.from(qualities) };
}

/** What is expected where the rows to be given to strong are drawn at random: a straight line from no row to all. */
export function randomCurve(rows: CascadeRows, times: Uint8Array, pays: "instead" | "behind"): CostCurve {
  const [weak, strong] = [sumOf(rows.weakCost, times), sumOf(rows.strongCost, times)];
  const quality = sumOf(rows.weak, times);
  return {
    costs: Float64Array.of(weak, pays === "instead" ? strong : weak + strong),
    qualities: Float64Array.of(quality, quality + sumOf(rows.gains, times)),
  };
}

/** Undefined: it costs more than that at least. Over its end it is what it is there. */
export function qualityAt({ costs, qualities }: CostCurve, cost: number): number | undefined {
  const last = costs.length - 1;
  if (cost < (costs[0] ?? 0) - TINY * cost) return undefined;
  if (cost >= (costs[last] ?? 0)) return qualities[last] ?? 0;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((costs[middle] ?? 0) <= cost) low = middle;
    else high = middle;
  }
  const [from, to] = [costs[low] ?? 0, costs[high] ?? 0];
  const [below, above] = [qualities[low] ?? 0, qualities[high] ?? 0];
  return to === from ? above : below + ((above - below) * Math.max(0, cost - from)) / (to - from);
}

const TINY = 1e-9; // of a cost, for rounding
