// Learns how long the strong tier answers where the weak one has answered at some length.
import { type AskingCosts, askingCost } from "../../answer/verifier/asking-cost.ts";
import type { AnswerRows } from "./answer-rows.ts";

const BINS = 8;
const LEAST_ROWS = 20 * BINS;

/** Undefined: the rows do not hold enough answers of the strong tier. */
export function askingCosts({ weakChars, strongChars, askedChars }: Pick<AnswerRows, "weakChars" | "strongChars" | "askedChars">) {
  const known = [...weakChars.keys()].filter((row) => !Number.isNaN(strongChars[row] ?? Number.NaN));
  if (known.length < LEAST_ROWS) return undefined;
  known.sort((a, b) => (weakChars[a] ?? 0) - (weakChars[b] ?? 0));
  const edge = (bin: number) => Math.floor((bin * known.length) / BINS);
  const bins = Array.from({ length: BINS }, (_, bin) => known.slice(edge(bin), edge(bin + 1)));
  const upTo = bins.slice(0, -1).map((rows) => weakChars[rows.at(-1) ?? 0] ?? 0);
  const chars = bins.map((rows) => Math.round(meanOf(rows, (row) => strongChars[row] ?? 0)));
  const mean = meanOf(known, (row) => askingCost({ upTo, chars }, weakChars[row] ?? 0, askedChars[row] ?? 0));
  return { upTo, chars, mean: Math.round(mean) } satisfies AskingCosts;
}

function meanOf(rows: readonly number[], value: (row: number) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0) / Math.max(1, rows.length);
}
