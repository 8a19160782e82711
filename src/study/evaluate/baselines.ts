// What a policy is held against: all to weak, all to strong, and at the policy's own weak share a random choice and the longest requests.
import { areaUnder, recoveredAt, sumAt } from "./curve.ts";
import type { Judged } from "./judge.ts";
import { misrouteAt, RANDOM_APGR, recallAt } from "./measures.ts";
import type { Baseline } from "./result.ts";
import type { TruthKind } from "./rows.ts";

/** US dollars over all rows, by the first and the last tier's price. */
export interface CostRange {
  readonly allWeak: number;
  readonly allStrong: number;
  extraOf(row: number): number; // of sending it to strong, once
  readonly weights?: Float64Array | undefined; // of the rows
}

/** Exact expectations: over all random choices, and inside a tie of length over all orders. */
export function baselinesOf(judged: Judged, weakShare: number, truth: TruthKind, cost: CostRange | undefined): readonly Baseline[] {
  const { length, totals } = judged;
  const strongShare = 1 - weakShare;
  const random = (cost?.allWeak ?? 0) + strongShare * ((cost?.allStrong ?? 0) - (cost?.allWeak ?? 0));
  const longest = cost === undefined ? 0 : cost.allWeak + sumAt(length.ranking, cost.extraOf, strongShare, cost.weights);
  const { gap, recall } = length.curves;
  const baseline = (name: Baseline["name"], weak: number, reached: Reached, costUsd: number): Baseline => ({
    name,
    weakShare: weak,
    misroute: misrouteAt(1 - weak, totals.needs / totals.rows, reached.recall),
    quality: truth === "scores" ? (totals.weak + totals.gap * (reached.gap ?? 0)) / totals.rows : undefined,
    gapRecovered: truth === "scores" && gap !== undefined ? reached.gap : undefined,
    apgr: truth === "scores" && gap !== undefined ? reached.apgr : undefined,
    costPer1000: cost === undefined ? undefined : (1000 * costUsd) / totals.rows,
  });
  return [
    baseline("all-weak", 1, { recall: 0, gap: 0, apgr: undefined }, cost?.allWeak ?? 0),
    baseline("all-strong", 0, { recall: 1, gap: 1, apgr: undefined }, cost?.allStrong ?? 0),
    baseline("random", weakShare, { recall: strongShare, gap: strongShare, apgr: RANDOM_APGR }, random),
    baseline("length", weakShare, lengthReaches(), longest),
  ];

  function lengthReaches(): Reached {
    const reached = { recall: recallAt(recall, strongShare) };
    return gap === undefined
      ? { ...reached, gap: 0, apgr: undefined }
      : { ...reached, gap: recoveredAt(gap, strongShare), apgr: areaUnder(gap) };
  }
}

interface Reached {
  readonly recall: number;
  readonly gap: number; // share of it
  readonly apgr: number | undefined;
}
