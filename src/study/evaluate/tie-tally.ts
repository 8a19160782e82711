// Counts resampled rows in the order of a policy's scores, in one pass without sorting: where each row is counted is known beforehand.
import { type Curve, curveOfTies, type Ranking } from "./curve.ts";
import type { Sent } from "./measures.ts";

/**
 * Ties a curve is made of; neighbours of a longer ranking are joined. On 10,000 rows the area then differs by some 1e-5, where its interval
 * is 0.02 wide; and what is counted stays in the fastest cache, which halves the time.
 */
const MAX_TIES = 256;

/** How much each row counts: how often it was drawn, times what it stands for where rows have weights. */
export type Counted = Uint8Array | Float64Array;

const NEEDS_STRONG = 1;
const WENT_STRONG = 2;
const CELLS_A_TIE = 4;

export class TieTally {
  readonly #cells: Uint16Array; // a row's tie, whether it went to strong and whether it needs strong
  readonly #sums: Float64Array; // by cell: how many rows, and their gains
  readonly #tieRows: Float64Array;
  readonly #tieGains: Float64Array;
  readonly #tieNeeds: Float64Array;

  constructor({ order, ends }: Ranking, tiers: ArrayLike<number>, gains: ArrayLike<number>) {
    const rows = order.length;
    const ties = Math.min(ends.length, MAX_TIES);
    this.#cells = new Uint16Array(rows);
    let start = 0;
    for (let at = 0; at < ends.length; at++) {
      const end = ends[at] ?? 0;
      const tie = ends.length <= MAX_TIES ? at : Math.floor((start / rows) * MAX_TIES);
      for (; start < end; start++) {
        const row = order[start] ?? 0;
        const went = (tiers[row] ?? 0) > 0 ? WENT_STRONG : 0;
        const needs = (gains[row] ?? 0) > 0 ? NEEDS_STRONG : 0;
        this.#cells[row] = tie * CELLS_A_TIE + went + needs;
      }
    }
    this.#sums = new Float64Array(ties * CELLS_A_TIE * 2);
    this.#tieRows = new Float64Array(ties);
    this.#tieGains = new Float64Array(ties);
    this.#tieNeeds = new Float64Array(ties);
  }

  /** Counts every row as much as is said; what went to strong. */
  count(times: Counted, gains: Float64Array): Sent {
    const cells = this.#cells;
    const sums = this.#sums.fill(0);
    for (let row = 0; row < cells.length; row++) {
      const cell = 2 * (cells[row] ?? 0);
      const drawn = times[row] ?? 0;
      sums[cell] = (sums[cell] ?? 0) + drawn;
      sums[cell + 1] = (sums[cell + 1] ?? 0) + drawn * (gains[row] ?? 0);
    }
    return this.#sumUp();
  }

  #sumUp(): Sent {
    const sums = this.#sums;
    const count = (cell: number) => sums[2 * cell] ?? 0;
    const gain = (cell: number) => sums[2 * cell + 1] ?? 0;
    let [rows, needs, gained] = [0, 0, 0];
    for (let tie = 0; tie < this.#tieRows.length; tie++) {
      const weak = tie * CELLS_A_TIE;
      const strong = weak + WENT_STRONG;
      const strongNeeds = strong + NEEDS_STRONG;
      const weakNeeds = weak + NEEDS_STRONG;
      this.#tieRows[tie] = count(weak) + count(weakNeeds) + count(strong) + count(strongNeeds);
      this.#tieGains[tie] = gain(weak) + gain(weakNeeds) + gain(strong) + gain(strongNeeds);
      this.#tieNeeds[tie] = count(weakNeeds) + count(strongNeeds);
      rows += count(strong) + count(strongNeeds);
      needs += count(strongNeeds);
      gained += gain(strong) + gain(strongNeeds);
    }
    return { rows, needs, gained };
  }

  /** Of the rows counted last. */
  gapCurve(): Curve | undefined {
    return curveOfTies(this.#tieRows, this.#tieGains);
  }

  /** Of the rows counted last. */
  recallCurve(): Curve | undefined {
    return curveOfTies(this.#tieRows, this.#tieNeeds);
  }
}
