// Scores of rows from models that have not seen them: by plain folds, and with whole groups left out where rows have groups. Both in one
// object, since whatever is compared is compared on both.
import { apgr } from "../evaluate/curve.ts";
import { foldsOf, type Split, splitsOf } from "./folds.ts";
import type { TrainingRows } from "./training-rows.ts";

/** A number for each row, by what its model had not seen. */
export interface LeftOut {
  readonly plain: Float64Array; // the row and what is nearly the same
  readonly groups: Float64Array | undefined; // the row's whole group; undefined: rows have none to leave out
}

/** How rows are split for it. */
export interface Splits {
  readonly plain: readonly Split[];
  readonly groups: readonly Split[] | undefined;
}

/** Of each kind, in what is trained on: with fewer, a fit tells nothing. */
const LEAST_OF_A_KIND = 10;
export const LEAST_GROUPS = 2;

/** `clusters`: see nearDuplicates. Groups are not left out where what remained would have rows of one kind only. */
export function splitsFor(rows: TrainingRows, clusters: Int32Array, random: () => number): Splits {
  const plain = splitsOf(foldsOf(clusters, rows.positive, random), clusters);
  if (rows.groupCount < LEAST_GROUPS) return { plain, groups: undefined };
  const groups = splitsOf(foldsOf(rows.groups, rows.positive, random), clusters);
  return { plain, groups: groups.every(({ chosen }) => hasBothKinds(rows.positive, chosen)) ? groups : undefined };
}

/** Fills each row's number from what its split gives for it. */
export function leftOut(rows: number, splits: Splits, score: (split: Split, into: Float64Array) => void): LeftOut {
  const filled = (parts: readonly Split[]) => {
    const scores = new Float64Array(rows);
    for (const split of parts) score(split, scores);
    return scores;
  };
  return { plain: filled(splits.plain), groups: splits.groups && filled(splits.groups) };
}

/** The same of several: what is wanted of each row may rest on more than one number. */
export function combined(parts: readonly LeftOut[], combine: (values: readonly number[], row: number) => number): LeftOut {
  const of = (columns: readonly Float64Array[]) => {
    const values = columns.map(() => 0);
    return Float64Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => {
      for (let at = 0; at < columns.length; at++) values[at] = columns[at]?.[row] ?? 0;
      return combine(values, row);
    });
  };
  const groups = parts.flatMap((part) => (part.groups === undefined ? [] : [part.groups]));
  return { plain: of(parts.map(({ plain }) => plain)), groups: groups.length === parts.length ? of(groups) : undefined };
}

/** The area under the routing curve, and what it comes to on traffic of which a share is of topics that training never saw. */
export interface Worth {
  readonly plain: number;
  readonly groups: number | undefined;
  readonly expected: number;
}

export function worthOf({ plain, groups }: LeftOut, { gains, weights }: Pick<TrainingRows, "gains" | "weights">, newTopics: number): Worth {
  const seen = apgr(plain, gains, weights) ?? Number.NaN;
  if (groups === undefined) return { plain: seen, groups: undefined, expected: seen };
  const unseen = apgr(groups, gains, weights) ?? Number.NaN;
  return { plain: seen, groups: unseen, expected: (1 - newTopics) * seen + newTopics * unseen };
}

/** Of the area under the curve: how far below length a model may be with whole groups left out, where some of the traffic is as new. */
const MOST_BELOW_LENGTH = 0.02;

/**
 * Those that are never much worse than length on topics that training never saw, which is asked for where there will be some. Where none
 * keeps to it, the one that comes nearest.
 */
export function safeOnNewTopics<Item>(
  items: readonly Item[],
  worthIn: (item: Item) => Worth,
  length: Worth,
  newTopics: number,
): readonly Item[] {
  const least = newTopics > 0 && length.groups !== undefined ? length.groups - MOST_BELOW_LENGTH : Number.NEGATIVE_INFINITY;
  const groups = (item: Item) => worthIn(item).groups ?? Number.POSITIVE_INFINITY;
  const safe = items.filter((item) => groups(item) >= least);
  if (safe.length > 0) return safe;
  const nearest = Math.max(...items.map(groups));
  return items.filter((item) => groups(item) === nearest);
}

export function hasBothKinds(positive: Uint8Array, chosen: Int32Array): boolean {
  const positives = chosen.reduce((sum, row) => sum + (positive[row] ?? 0), 0);
  return positives >= LEAST_OF_A_KIND && chosen.length - positives >= LEAST_OF_A_KIND;
}
