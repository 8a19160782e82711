// Topics for which one tier alone would do better than the score does: found on rows that neither the scores nor the topics were fitted to,
// and told as a suggestion. The measure is that of `propose`: points over chance.
import { allBelieved, type Finding, overChance, populationOf } from "../evaluate/tests-of-means.ts";

export interface TopicSet {
  readonly topic: string;
  readonly tier: "weak" | "strong"; // where all of it should go
  readonly rows: number; // that the score sends to the other
  readonly gain: number; // what strong scores over weak on these, in the mean
  readonly usual: number; // and on all rows
}

export interface SortedRows {
  readonly gains: Float64Array;
  readonly weights: Float64Array | undefined; // undefined: each row one
  readonly told: Int32Array; // by row: the number of its topic as it would be told; -1: none
  readonly names: readonly string[]; // of topics
  readonly isOver: (row: number) => boolean; // the score sends it to strong
}

/** As many as would have to go elsewhere for a change to be proposed. */
const LEAST_ROWS = 20;
/** That any of the suggestions comes by chance. */
const ERROR = 0.05;

/** Where strong gains less than usual on what the score sends to it, weak would do; more on what it does not, strong would. */
export function topicSets({ gains, weights, told, names, isOver }: SortedRows): readonly TopicSet[] {
  const weightOf = (row: number) => weights?.[row] ?? 1;
  const all = populationOf(
    [...gains],
    Array.from(gains, (_, row) => weightOf(row)),
  );
  const moved = names.flatMap((topic, number) =>
    (["weak", "strong"] as const).map((tier) => {
      const rows = Array.from(told.keys()).filter((row) => told[row] === number && isOver(row) === (tier === "weak"));
      return { topic, tier, rows };
    }),
  );
  const tried = moved.filter(({ rows }) => rows.length >= LEAST_ROWS);
  const found = tried.map(({ topic, tier, rows }): Finding & TopicSet => {
    const sign = tier === "weak" ? -1 : 1;
    const own = rows.map((row) => gains[row] ?? 0);
    const finding = overChance(
      own.map((gain) => sign * (gain - all.mean)),
      rows.map(weightOf),
      { mean: 0, variance: all.variance },
    );
    return { ...finding, topic, tier, gain: all.mean + sign * finding.mean, usual: all.mean };
  });
  const best = allBelieved(found, ERROR).toSorted((a, b) => a.pValue - b.pValue);
  const firsts = best.filter(({ topic }, at) => best.findIndex((other) => other.topic === topic) === at); // a topic has one tier
  return firsts.map(({ topic, tier, rows, gain, usual }) => ({ topic, tier, rows, gain, usual }));
}
