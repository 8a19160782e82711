// A policy's figures in the result's shape, out of what was measured.
import { certainEstimate, estimateOf, type JudgedPolicy } from "./judge.ts";
import type { Totals } from "./measures.ts";
import type { Estimate, Figures, LabelFigures, ScoreFigures } from "./result.ts";
import type { TruthKind } from "./rows.ts";

export function figuresOf(
  judged: JudgedPolicy,
  totals: Totals,
  truth: TruthKind,
  costPer1000: number | undefined,
  rows = totals.rows,
): Figures {
  return {
    rows,
    weakShare: certainEstimate(judged, "weakShare"),
    labels: labelFigures(judged, totals, rows / totals.rows),
    scores: truth === "scores" ? scoreFigures(judged) : undefined,
    costPer1000,
  };
}

/** `scale`: of rows that stand for many, what makes as many of them as there are. */
function labelFigures(judged: JudgedPolicy, { rows, needs }: Totals, scale: number): LabelFigures {
  const { sent } = judged;
  return {
    confusion: {
      truePositives: scale * sent.needs,
      falsePositives: scale * (sent.rows - sent.needs),
      falseNegatives: scale * (needs - sent.needs),
      trueNegatives: scale * (rows - sent.rows - (needs - sent.needs)),
    },
    precision: estimateOf(judged, "precision"),
    recall: estimateOf(judged, "recall"),
    f1: estimateOf(judged, "f1"),
    misroute: certainEstimate(judged, "misroute"),
    falseNegativeRate: certainEstimate(judged, "falseNegativeRate"),
    falsePositiveRate: certainEstimate(judged, "falsePositiveRate"),
  };
}

function scoreFigures(judged: JudgedPolicy): ScoreFigures {
  return {
    quality: estimateOf(judged, "quality") ?? NOTHING,
    qualityKept: estimateOf(judged, "qualityKept") ?? NOTHING,
    gapRecovered: estimateOf(judged, "gapRecovered"),
    apgr: estimateOf(judged, "apgr"),
    strongFor50: estimateOf(judged, "strongFor50"),
    strongFor80: estimateOf(judged, "strongFor80"),
  };
}

/** Where every score is 0, nothing of nothing is kept. */
const NOTHING: Estimate = { value: 0, low: 0, high: 0 };
