// The interval of a share out of counted rows, which holds for few rows and for shares of 0 and 1, where resampling finds none.
import type { Estimate } from "./result.ts";

const Z = 1.96; // of a two-sided 95 % interval of the normal distribution

/** Wilson's score interval (Wilson 1927). Of no rows: everything is possible. */
export function shareOf(counted: number, rows: number): Estimate {
  const n = Math.max(1, rows);
  const value = counted / n;
  if (rows === 0) return { value: 0, low: 0, high: 1 };
  const middle = (value + (Z * Z) / (2 * n)) / (1 + (Z * Z) / n);
  const half = (Z * Math.sqrt((value * (1 - value)) / n + (Z * Z) / (4 * n * n))) / (1 + (Z * Z) / n);
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
