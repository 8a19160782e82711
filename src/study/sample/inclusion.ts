// The chance with which each row is drawn: exact, with whichever parts of the sample it belongs to. Pure.
import { type Frame, MOST_SUSPECTS, nearThreshold, SHARES } from "./frame.ts";

export interface Design {
  readonly size: number; // rows to be drawn
  readonly inclusion: Float64Array; // by row; over 0, at most 1; their sum is the size
  readonly strata: Uint8Array; // by row: which parts beside `uniform` it belongs to, bits
}

export const [NEAR_BIT, FRESH_BIT, SUSPECT_BIT] = [1, 2, 4];

/** As a row names it. */
export function stratumName(bits: number): string {
  const names = [
    ...((bits & SUSPECT_BIT) > 0 ? ["suspect"] : []),
    ...((bits & NEAR_BIT) > 0 ? ["near-threshold"] : []),
    ...((bits & FRESH_BIT) > 0 ? ["new"] : []),
  ];
  return names.length === 0 ? "uniform" : names.join("+");
}

interface Part {
  readonly rows: number; // that it is to bring
  readonly isIn: (row: number) => boolean;
  readonly size: (row: number) => number; // in proportion to it
}

/**
 * A row is expected as often as all its parts together ask for it: as one draw from the sum, not one draw for each part, so that nothing is
 * drawn twice. Inside a part the chance is in proportion to what a row stands for. A part that nothing belongs to goes to `uniform`.
 */
export function designOf(frame: Frame, size: number, suspectsFirst: boolean): Design {
  const { count, like, fresh, suspects } = frame;
  const near = nearThreshold(frame);
  const strata = new Uint8Array(count);
  for (let row = 0; row < count; row++) {
    const suspect = suspectsFirst && suspects[row] === 1;
    strata[row] = (near[row] === 1 ? NEAR_BIT : 0) | (fresh[row] === 1 ? FRESH_BIT : 0) | (suspect ? SUSPECT_BIT : 0);
  }
  const rows = Math.min(size, count);
  const has = (bit: number) => (row: number) => ((strata[row] ?? 0) & bit) > 0;
  const likeOf = (row: number) => like[row] ?? 0;
  const suspectRows = Math.min(strata.filter((bits) => (bits & SUSPECT_BIT) > 0).length, MOST_SUSPECTS * rows);
  const rest = rows - suspectRows;
  const nearRows = near.includes(1) ? SHARES.near * rest : 0;
  const freshRows = fresh.includes(1) ? SHARES.fresh * rest : 0;
  const parts: readonly Part[] = [
    { rows: suspectRows, isIn: has(SUSPECT_BIT), size: () => 1 },
    { rows: nearRows, isIn: has(NEAR_BIT), size: likeOf },
    { rows: freshRows, isIn: has(FRESH_BIT), size: likeOf },
    { rows: rest - nearRows - freshRows, isIn: () => true, size: likeOf },
  ];
  return { size: rows, inclusion: atMostOne(expectedOf(parts, count), rows), strata };
}

function expectedOf(parts: readonly Part[], count: number): Float64Array {
  const expected = new Float64Array(count);
  for (const { rows, isIn, size } of parts) {
    if (rows === 0) continue;
    let all = 0;
    for (let row = 0; row < count; row++) if (isIn(row)) all += size(row);
    for (let row = 0; row < count; row++) if (isIn(row)) expected[row] = (expected[row] ?? 0) + (rows * size(row)) / all;
  }
  return expected;
}

/** What is expected more than once is certain; the others share what that leaves, until none is expected more than once. */
function atMostOne(expected: Float64Array, size: number): Float64Array {
  const inclusion = Float64Array.from(expected);
  const certain = new Uint8Array(expected.length);
  for (;;) {
    let [left, sum, found] = [size, 0, false];
    for (let row = 0; row < inclusion.length; row++) {
      if ((inclusion[row] ?? 0) >= 1) certain[row] = 1;
      if (certain[row] === 1) left--;
      else sum += inclusion[row] ?? 0;
    }
    const scale = sum === 0 ? 1 : left / sum;
    for (let row = 0; row < inclusion.length; row++) {
      inclusion[row] = certain[row] === 1 ? 1 : scale * (inclusion[row] ?? 0);
      if (certain[row] !== 1 && (inclusion[row] ?? 0) > 1) found = true;
    }
    if (!found) return inclusion;
  }
}
