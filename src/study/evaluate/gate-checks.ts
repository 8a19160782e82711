// Judges policies by a gate's conditions. A limit is held against the figure itself; `better-than` against the interval of the difference.
import { comparisonWith, evidenceOf } from "./comparison.ts";
import type { GateCondition, GateFigure } from "./gate.ts";
import type { Estimate, Figures, GateCheck, PolicyResult, SingleTier } from "./result.ts";
import { isFlattered, tooFewFor } from "./verdict.ts";

export function gateChecks(conditions: readonly GateCondition[], policies: readonly PolicyResult[]): readonly GateCheck[] {
  return policies.flatMap((policy) => conditions.map((condition) => check(condition, policy)));
}

function check(condition: GateCondition, policy: PolicyResult): GateCheck {
  const checked = { condition: condition.text, policy: policy.name };
  const { trainedOn, figures } = policy;
  if (isFlattered(trainedOn, figures.rows)) return { ...checked, met: false, figure: `trained on ${trainedOn} of these rows` };
  if (condition.kind === "better-than") {
    const tooFew = tooFewFor(figures);
    if (tooFew !== undefined) return { ...checked, met: false, figure: tooFew };
    if (condition.baseline === "single") return { ...checked, ...againstSingle(policy.single) };
    // Comparisons begin with the figure that decides.
    const comparison = comparisonWith(policy.comparisons, condition.baseline, policy.comparisons[0]?.figure ?? "misroute");
    if (comparison === undefined) return { ...checked, met: false, figure: `no comparison with ${condition.baseline} on these rows` };
    const { figure, difference } = comparison;
    return {
      ...checked,
      met: evidenceOf(comparison) === "better",
      figure: `${FIGURE_NAMES[figure]} less ${condition.baseline}'s ${told(difference)}`,
    };
  }
  const figure = figureOf(condition.figure, policy.figures);
  if (figure === undefined) return { ...checked, met: false, figure: `${condition.figure} is undefined: ${UNDEFINED[condition.figure]}` };
  return { ...checked, met: holds(condition, figure.value), figure: `${condition.figure} ${told(figure)}` };
}

function againstSingle(single: SingleTier | undefined): Pick<GateCheck, "met" | "figure"> {
  if (single === undefined) return { met: false, figure: "it sends everything to one tier itself" };
  return { met: single.evidence === "better", figure: `${single.figure} less that of ${single.tier} alone ${told(single.difference)}` };
}

const FIGURE_NAMES = { gapRecovered: "gap-recovered", apgr: "apgr", misroute: "misroute" } as const;

function figureOf(figure: GateFigure, { labels, scores, weakShare, costPer1000 }: Figures): Estimate | undefined {
  switch (figure) {
    case "misroute":
      return labels.misroute;
    case "fn":
      return labels.falseNegativeRate;
    case "fp":
      return labels.falsePositiveRate;
    case "weak-share":
      return weakShare;
    case "precision":
      return labels.precision;
    case "recall":
      return labels.recall;
    case "f1":
      return labels.f1;
    case "quality":
      return scores?.quality;
    case "quality-kept":
      return scores?.qualityKept;
    case "gap-recovered":
    case "pgr":
      return scores?.gapRecovered;
    case "apgr":
      return scores?.apgr;
    case "cost-per-1000":
      return costPer1000 === undefined ? undefined : { value: costPer1000, low: costPer1000, high: costPer1000 };
  }
}

const NEEDS_SCORES = "it takes rows with scores";
const NEEDS_GAP = "it takes rows with scores on which strong is better than weak";
const UNDEFINED: Readonly<Record<GateFigure, string>> = {
  misroute: "there are no rows",
  fn: "there are no rows",
  fp: "there are no rows",
  "weak-share": "there are no rows",
  precision: "nothing went to strong",
  recall: "nothing needed strong",
  f1: "nothing needed strong or went there",
  quality: NEEDS_SCORES,
  "quality-kept": NEEDS_SCORES,
  "gap-recovered": NEEDS_GAP,
  pgr: NEEDS_GAP,
  apgr: NEEDS_GAP,
  "cost-per-1000": "a tier's price is not known",
};

function holds(condition: Exclude<GateCondition, { readonly kind: "better-than" }>, value: number): boolean {
  if (condition.kind === "range") return value >= condition.least - ROUNDING && value <= condition.most + ROUNDING;
  switch (condition.operator) {
    case "<=":
      return value <= condition.limit + ROUNDING;
    case ">=":
      return value >= condition.limit - ROUNDING;
    case "<":
      return value < condition.limit - ROUNDING;
    case ">":
      return value > condition.limit + ROUNDING;
  }
}

/** 1 - 0.4 is not 0.6 in binary; a share that stands at its limit is no reason to stop a release. */
const ROUNDING = 1e-12;

/** `0.31 [0.29–0.33]` */
function told({ value, low, high }: Estimate): string {
  const text = (number: number) => String(Number(number.toFixed(4)));
  return low === high ? text(value) : `${text(value)} [${text(low)}–${text(high)}]`;
}
