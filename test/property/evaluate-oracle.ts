// The evaluation's figures once more, from their definitions and by brute force: every order inside a tie, every choice of rows. For tables
// of a few rows only.
import fc from "fast-check";
import type { Sample } from "../../src/study/evaluate/sample.ts";

export interface TableRow {
  readonly weak: number;
  readonly strong: number;
  readonly score: number;
  readonly chars: number;
  readonly sent: boolean; // to strong
}

const quality = fc.constantFrom(0, 0.25, 0.5, 1);

export const tableRow: fc.Arbitrary<TableRow> = fc.record({
  weak: quality,
  strong: quality,
  score: fc.constantFrom(-1, 0, 0.5, 2),
  chars: fc.constantFrom(1, 20, 300),
  sent: fc.boolean(),
});

/** Of at most six rows, so that all of their orders can be tried. */
export const table: fc.Arbitrary<readonly TableRow[]> = fc.array(tableRow, { minLength: 1, maxLength: 6 });

export const gainOf = ({ weak, strong }: TableRow) => strong - weak;
export const needsStrong = (row: TableRow) => row.strong > row.weak;
export const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
export const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;

export function sampleOf(rows: readonly TableRow[], policies = 1): Sample {
  const columns = {
    scores: Float32Array.from(rows, ({ score }) => score),
    tiers: Uint8Array.from(rows, ({ sent }) => (sent ? 1 : 0)),
  };
  return {
    rows: rows.length,
    weak: Float64Array.from(rows, ({ weak }) => weak),
    gains: Float64Array.from(rows, gainOf),
    chars: Uint32Array.from(rows, ({ chars }) => chars),
    policies: Array.from({ length: policies }, () => columns),
  };
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]));
}

/** Every order of the rows in which no row stands before one with a higher key. */
export function orders(rows: readonly TableRow[], key: (row: TableRow) => number): readonly (readonly TableRow[])[] {
  return permutations(rows).filter((order) => order.every((row, at) => at === 0 || key(order[at - 1] as TableRow) >= key(row)));
}

/** Every choice of `count` rows. */
export function choices(rows: readonly TableRow[], count: number): readonly (readonly TableRow[])[] {
  if (count === 0) return [[]];
  return rows.flatMap((row, at) => choices(rows.slice(at + 1), count - 1).map((rest) => [row, ...rest]));
}

export function recovered(chosen: readonly TableRow[], all: readonly TableRow[]): number {
  return sum(chosen.map(gainOf)) / sum(all.map(gainOf));
}

export function misrouted(chosen: readonly TableRow[], all: readonly TableRow[]): number {
  const needless = chosen.filter((row) => !needsStrong(row)).length;
  const missed = all.filter((row) => !chosen.includes(row) && needsStrong(row)).length;
  return (needless + missed) / all.length;
}

/** For 0, 1, 2 … rows sent to strong, the mean over all orders of what is recovered. */
export function meanCurve(rows: readonly TableRow[], key: (row: TableRow) => number): readonly number[] {
  const possible = orders(rows, key);
  return [0, ...rows.map((_, at) => mean(possible.map((order) => recovered(order.slice(0, at + 1), rows))))];
}

/** By trapezoids of equal width. */
export function meanHeight(curve: readonly number[]): number {
  return mean(curve.slice(1).map((height, at) => (height + (curve[at] ?? 0)) / 2));
}

/** The first share at which straight lines between the points reach a height. */
export function firstShare(curve: readonly number[], height: number): number {
  const at = curve.findIndex((point) => point >= height - 1e-12);
  const [before, after] = [curve[at - 1] ?? 0, curve[at] ?? 0];
  return (at - 1 + Math.min(1, (height - before) / (after - before))) / (curve.length - 1);
}
