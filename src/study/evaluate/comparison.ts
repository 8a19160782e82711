// Does a policy route? Its figure less a baseline's, on the same resampled rows, and which of the figures decides.
import { estimateOf, type JudgedPolicy } from "./judge.ts";
import type { Measure } from "./measures.ts";
import type { Comparison, Evidence } from "./result.ts";
import type { TruthKind } from "./rows.ts";

const DIFFERENCES: Readonly<Record<Comparison["figure"], Readonly<Record<Comparison["with"], Measure>>>> = {
  gapRecovered: { random: "gapOverRandom", length: "gapOverLength" },
  apgr: { random: "apgrOverRandom", length: "apgrOverLength" },
  misroute: { random: "misrouteOverRandom", length: "misrouteOverLength" },
};

/**
 * The figure that decides is settled by what the policy and the data are, never by how it turns out: the area under the curve for
 * scores that order the rows, the gap recovered at the policy's own share for two outcomes, the misroute rate at its own share for labels.
 */
export function decidingFigure(graded: boolean, truth: TruthKind): Comparison["figure"] {
  if (truth === "labels") return "misroute";
  return graded ? "apgr" : "gapRecovered";
}

/** The deciding figure first. A figure that the rows do not define is left out. */
export function comparisonsOf(judged: JudgedPolicy, graded: boolean, truth: TruthKind): readonly Comparison[] {
  const deciding = decidingFigure(graded, truth);
  const figures = [deciding, ...FIGURES.filter((figure) => figure !== deciding && (truth === "scores" || figure === "misroute"))];
  return figures.flatMap((figure) =>
    BASELINES.flatMap((baseline): Comparison[] => {
      const difference = estimateOf(judged, DIFFERENCES[figure][baseline]);
      return difference === undefined ? [] : [{ with: baseline, figure, difference }];
    }),
  );
}

const FIGURES = ["gapRecovered", "apgr", "misroute"] as const;
const BASELINES = ["random", "length"] as const;

/** Evidence is an interval clear of 0. */
export function evidenceOf(comparison: Comparison | undefined): Evidence {
  if (comparison === undefined) return "none";
  const { low, high } = comparison.difference;
  const fewerIsBetter = comparison.figure === "misroute";
  if (low > ROUNDING) return fewerIsBetter ? "worse" : "better";
  if (high < -ROUNDING) return fewerIsBetter ? "better" : "worse";
  return "none";
}

/** A policy that is the baseline itself differs from it by the rounding of sums. */
const ROUNDING = 1e-9;

export function comparisonWith(
  comparisons: readonly Comparison[],
  baseline: Comparison["with"],
  figure: Comparison["figure"],
): Comparison | undefined {
  return comparisons.find((comparison) => comparison.with === baseline && comparison.figure === figure);
}
