// Results with chosen figures, for the tests of what is said about them.
import type { Comparison, Estimate, Figures, PolicyResult } from "../../../src/study/evaluate/result.ts";

export function estimate(value: number, low = value, high = value): Estimate {
  return { value, low, high };
}

export function comparison(
  baseline: Comparison["with"],
  figure: Comparison["figure"],
  value: number,
  low: number,
  high: number,
): Comparison {
  return { with: baseline, figure, difference: { value, low, high } };
}

interface ChosenFigures {
  readonly rows?: number;
  readonly weakShare?: Estimate;
  readonly misroute?: Estimate;
  readonly precision?: Estimate | undefined;
  readonly gapRecovered?: number;
  readonly apgr?: number;
  readonly costPer1000?: number;
}

/** With scores where the gap recovered is given, else with labels alone. */
export function figures(chosen: ChosenFigures = {}): Figures {
  const { gapRecovered, apgr } = chosen;
  const scores = {
    quality: estimate(0.7),
    qualityKept: estimate(0.9),
    gapRecovered: estimate(gapRecovered ?? 0),
    apgr: estimate(apgr ?? 0.5),
    strongFor50: estimate(0.5),
    strongFor80: estimate(0.8),
  };
  return {
    rows: chosen.rows ?? 1000,
    weakShare: chosen.weakShare ?? estimate(0.65),
    labels: {
      confusion: { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 },
      precision: "precision" in chosen ? chosen.precision : estimate(0.5),
      recall: estimate(0.5),
      f1: estimate(0.5),
      misroute: chosen.misroute ?? estimate(0.04),
      falseNegativeRate: estimate(0.02),
      falsePositiveRate: estimate(0.02),
    },
    scores: gapRecovered === undefined ? undefined : scores,
    costPer1000: chosen.costPer1000,
  };
}

export function policyResult(chosen: Partial<PolicyResult> = {}): PolicyResult {
  return {
    name: "v7",
    id: "v7@1",
    figures: figures(),
    baselines: [],
    comparisons: [],
    trainedOn: 0,
    moved: 0,
    evidence: "none",
    verdict: "",
    single: undefined,
    goals: { misrouteMet: true, shareMet: true, sentence: "" },
    byGroup: [],
    byLanguage: [],
    curve: [],
    keywords: [],
    calibration: [],
    worst: [],
    robust: [],
    ...chosen,
  };
}
