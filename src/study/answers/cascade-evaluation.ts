// The use case of `sluice evaluate --cascade`: requests with both tiers' scores and the weak one's answer in; out comes what quality each
// way of routing reaches at equal cost: before the answer, behind it, and both.

import { ANSWER_FACTS } from "../../answer/verifier/answer-facts.ts";
import { askingCostRatio } from "../../answer/verifier/asking-cost.ts";
import type { Verifier } from "../../answer/verifier/verifier.ts";
import { probability } from "../../request/policy/learned/score.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { percentileInterval } from "../evaluate/bootstrap.ts";
import { drawRows, randomSource } from "../evaluate/random-source.ts";
import type { Estimate } from "../evaluate/result.ts";
import { type AgainstRandom, againstRandom } from "./against-random.ts";
import type { AnswerRows } from "./answer-rows.ts";
import { type CascadeRows, type CostCurve, costCurve, orderOf, qualityAt, randomCurve, sumOf } from "./cost-curves.ts";
import { checksFirst } from "./train-verifier.ts";

/**
 * `random`: requests go to strong at random; `before`: by the policy; `escalated`: answers are asked again at random; `behind`: by checks
 * and verifier; `weighed`: by these, weighed by what asking again costs; `both`: so many per cent by the policy, of the others `weighed`.
 */
export const WAYS = ["random", "before", "escalated", "behind", "weighed", "both 10", "both 20", "both 30"] as const;
export type Way = (typeof WAYS)[number];

/** Shares of the cost of all strong. */
export const COSTS: readonly number[] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];

export interface WayResult {
  readonly way: Way;
  readonly quality: readonly (Estimate | undefined)[]; // at COSTS; undefined: it costs more
  readonly mean: Estimate; // over all costs from all weak to all strong
}

export interface WayDifference {
  readonly way: Way;
  readonly over: Way;
  readonly mean: Estimate; // of the quality, over all costs
  readonly p: number; // share of resamples in which it is not better
}

export interface CascadeResult {
  readonly rows: number;
  readonly weak: { readonly quality: number; readonly cost: number }; // all of them to weak; the cost as a share of all strong
  readonly strong: { readonly quality: number; readonly costPer1000: number };
  readonly checks: { readonly share: number; readonly quality: number; readonly cost: number; readonly atRandom: number }; // alone
  readonly byShare: { readonly before: AgainstRandom; readonly behind: AgainstRandom }; // whatever a request costs
  readonly ways: readonly WayResult[];
  readonly differences: readonly WayDifference[];
  readonly resamples: number;
  readonly seed: number;
}

const LEVELS = 40; // costs that a mean is taken over
const DIFFERENCES: readonly (readonly [Way, Way])[] = [
  ["before", "random"],
  ["behind", "escalated"],
  ["behind", "random"],
  ["behind", "before"],
  ["weighed", "escalated"],
  ["weighed", "random"],
  ["weighed", "before"],
  ["both 10", "before"],
  ["both 20", "before"],
  ["both 30", "before"],
];

export function cascadeEvaluation(rows: CascadeRows, seed: number, resamples: number): CascadeResult {
  const orders = { before: orderOf(rows.before), behind: orderOf(rows.behind), weighed: orderOf(rows.weighed) };
  const measured = measure(rows, orders, new Uint8Array(rows.count).fill(1));
  const draws: Measured[] = [];
  const random = randomSource(seed);
  const times = new Uint8Array(rows.count);
  for (let resample = 0; resample < resamples; resample++) {
    drawRows(random, times);
    draws.push(measure(rows, orders, times));
  }
  const estimate = (of: (each: Measured) => number | undefined): Estimate | undefined => {
    const value = of(measured);
    if (value === undefined) return undefined;
    return { value, ...percentileInterval(Float64Array.from(draws, (draw) => of(draw) ?? Number.NaN)) };
  };
  const sure = (of: (each: Measured) => number): Estimate => estimate(of) ?? { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  return {
    ...ends(rows),
    byShare: { before: againstRandom(rows.before, rows.gains, seed), behind: againstRandom(rows.behind, rows.gains, seed) },
    ways: WAYS.map((way) => ({
      way,
      quality: COSTS.map((_, at) => estimate((each) => each[way].at[at])),
      mean: sure((each) => each[way].mean),
    })),
    differences: DIFFERENCES.map(([way, over]) => {
      const difference = (each: Measured) => each[way].mean - each[over].mean;
      const worse = draws.filter((draw) => !(difference(draw) > 0)).length;
      return { way, over, mean: sure(difference), p: (worse + 1) / (resamples + 1) };
    }),
    resamples,
    seed,
  };
}

type Measured = Readonly<Record<Way, { readonly at: readonly (number | undefined)[]; readonly mean: number }>>;
type Orders = Readonly<Record<"before" | "behind" | "weighed", Uint32Array>>;

function measure(rows: CascadeRows, { before, behind, weighed }: Orders, times: Uint8Array): Measured {
  const both = (share: number) => costCurve(rows, times, weighed, "behind", { order: before, share });
  const curves: Readonly<Record<Way, CostCurve>> = {
    random: randomCurve(rows, times, "instead"),
    before: costCurve(rows, times, before, "instead"),
    escalated: randomCurve(rows, times, "behind"),
    behind: costCurve(rows, times, behind, "behind"),
    weighed: costCurve(rows, times, weighed, "behind"),
    "both 10": both(0.1),
    "both 20": both(0.2),
    "both 30": both(0.3),
  };
  const [allWeak, allStrong] = [sumOf(rows.weakCost, times), sumOf(rows.strongCost, times)];
  const drawn = rows.count;
  const told = Object.entries(curves).map(([way, curve]) => {
    // Whoever may spend less than a way begins with sends fewer ahead: the curve of the cascade alone.
    const quality = (cost: number) => (qualityAt(curve, cost) ?? qualityAt(curves.weighed, cost) ?? Number.NaN) / drawn;
    const levels = Array.from({ length: LEVELS }, (_, level) => quality(allWeak + ((level + 0.5) / LEVELS) * (allStrong - allWeak)));
    const at = COSTS.map((share) => {
      const sum = qualityAt(curve, share * allStrong);
      return sum === undefined ? undefined : sum / drawn;
    });
    return [way, { at, mean: levels.reduce((sum, each) => sum + each, 0) / LEVELS }];
  });
  return Object.fromEntries(told) as Measured;
}

function ends(rows: CascadeRows) {
  const once = new Uint8Array(rows.count).fill(1);
  const { count, flagged, gains, strongCost } = rows;
  const [allWeak, allStrong] = [sumOf(rows.weakCost, once), sumOf(strongCost, once)];
  const [quality, gap] = [sumOf(rows.weak, once), sumOf(gains, once)];
  const share = sumOf(Float64Array.from(flagged), once) / count;
  return {
    rows: count,
    weak: { quality: quality / count, cost: allWeak / allStrong },
    strong: { quality: (quality + gap) / count, costPer1000: (1000 * allStrong) / count },
    checks: {
      share,
      quality: (quality + sumOf(gains, flagged)) / count,
      cost: (allWeak + sumOf(strongCost, flagged)) / allStrong,
      atRandom: (quality + share * gap) / count,
    },
  };
}

/** What speaks against each answer: the checks first, then the verifier; where there is none, the checks alone. */
export function againstAnswers(rows: AnswerRows, verifier: Verifier | undefined): Pick<CascadeRows, "behind" | "weighed"> {
  const wrong = new Float64Array(rows.count);
  const weighed = new Float64Array(rows.count);
  for (let row = 0; row < rows.count && verifier !== undefined; row++) {
    wrong[row] = probability(verifier.calibration, treeScore(verifier.trees, rows.facts, row * ANSWER_FACTS.length));
    weighed[row] = (wrong[row] ?? 0) / askingCostRatio(verifier.costs, rows.weakChars[row] ?? 0, rows.askedChars[row] ?? 0);
  }
  return { behind: checksFirst(rows, wrong), weighed: checksFirst(rows, weighed) };
}
