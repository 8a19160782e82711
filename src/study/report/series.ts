// How policies are told apart in charts: by colour, and by shape and dashes for those who do not see the colours.
// Which colours these are is said in html-style.ts.
import type { PolicyResult } from "../evaluate/result.ts";

export type Shape = "circle" | "square" | "triangle-up" | "cross" | "triangle-down" | "diamond";

export interface SeriesLook {
  readonly color: string;
  readonly shape: Shape;
  readonly dash: readonly number[]; // pixels on and off; empty: a solid line
}

export interface Series extends SeriesLook {
  readonly policy: PolicyResult;
}

const COLORS = 6;

/** Their number has no divisor in common with that of the colours, so that 30 policies differ. */
const LOOKS: readonly (readonly [shape: Shape, dash: readonly number[]])[] = [
  ["circle", []],
  ["square", [9, 3]],
  ["triangle-up", [4, 2]],
  ["cross", [12, 3, 3, 3]],
  ["triangle-down", [6, 6]],
];

/** `at`: the policy's place among all. */
export function lookOf(at: number): SeriesLook {
  const [shape, dash] = LOOKS[at % LOOKS.length] ?? ["circle", []];
  return { color: `var(--series-${at % COLORS})`, shape, dash };
}

export function seriesOf(policies: readonly PolicyResult[]): readonly Series[] {
  return policies.map((policy, at) => ({ policy, ...lookOf(at) }));
}

export const RANDOM_DASH = [2, 4] as const;
