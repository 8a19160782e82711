// What no routing comes to at the same cost: the best tier that answers everything for no more than the policy costs. On public
// leaderboards there are routers that one of their own models beats alone; whoever reads an evaluation should see that at once.
import { hundredths, percent, pointRange, thousandths } from "./figure-text.ts";
import { estimateOf, type JudgedPolicy } from "./judge.ts";
import type { Measure } from "./measures.ts";
import type { Baseline, Estimate, Evidence, Figures, SingleTier } from "./result.ts";
import type { TruthKind } from "./rows.ts";
import { isFlattered, tooFewFor } from "./verdict.ts";

export interface SingleTierFindings {
  readonly judged: JudgedPolicy;
  readonly figures: Figures;
  readonly baselines: readonly Baseline[];
  readonly truth: TruthKind;
  readonly trainedOn: number; // rows
  readonly tiers: readonly { readonly tier: string }[]; // cheap first
}

/** So much more than the policy is still the same cost: a router that sends 98 % to a tier is held against that tier alone. */
const SAME_COST = 1.05;
const FROM_STRONG = 1 / SAME_COST;

const MEASURES_OVER: Readonly<Record<SingleTier["baseline"], Readonly<Record<SingleTier["figure"], Measure>>>> = {
  "all-weak": { quality: "qualityOverWeak", misroute: "misrouteOverWeak" },
  "all-strong": { quality: "qualityOverStrong", misroute: "misrouteOverStrong" },
};

/** Undefined: the policy is one tier alone, or none costs as little. */
export function singleTierOf({ judged, figures, baselines, truth, trainedOn, tiers }: SingleTierFindings): SingleTier | undefined {
  const weakShare = figures.weakShare.value;
  if (weakShare === 0 || weakShare === 1) return undefined;
  const figure = truth === "scores" ? "quality" : "misroute";
  const best = baselines
    .filter((baseline) => isAlone(baseline) && costsNoMore(baseline, figures))
    .toSorted((a, b) => worth(b, figure) - worth(a, figure))[0];
  if (best === undefined) return undefined;
  const baseline = best.name === "all-weak" ? "all-weak" : "all-strong";
  const difference = estimateOf(judged, MEASURES_OVER[baseline][figure]);
  const tier = (baseline === "all-weak" ? tiers[0] : tiers.at(-1))?.tier;
  if (difference === undefined || tier === undefined) return undefined;
  const judgeable = !isFlattered(trainedOn, figures.rows) && tooFewFor(figures) === undefined;
  const evidence = judgeable ? evidenceFor(difference, figure) : "none";
  const found = { tier, baseline, figure, difference, evidence } as const;
  return { ...found, sentence: sentenceOf(found, best) };
}

const isAlone = ({ name }: Baseline) => name === "all-weak" || name === "all-strong";

/** Without prices weak is taken to cost less than a mixture, and strong as much as one that is nearly all strong. */
function costsNoMore({ name, costPer1000 }: Baseline, { costPer1000: own, weakShare }: Figures): boolean {
  if (costPer1000 !== undefined && own !== undefined) return costPer1000 <= SAME_COST * own;
  return name === "all-weak" || 1 - weakShare.value >= FROM_STRONG;
}

function worth(baseline: Baseline, figure: SingleTier["figure"]): number {
  return figure === "quality" ? (baseline.quality ?? 0) : -baseline.misroute;
}

function evidenceFor({ low, high }: Estimate, figure: SingleTier["figure"]): Evidence {
  if (low > ROUNDING) return figure === "misroute" ? "worse" : "better";
  if (high < -ROUNDING) return figure === "misroute" ? "better" : "worse";
  return "none";
}

/** Of sums. */
const ROUNDING = 1e-9;

type Found = Omit<SingleTier, "sentence">;

function sentenceOf({ tier, figure, difference, evidence }: Found, alone: Baseline): string {
  const reached = figure === "quality" ? `has a quality of ${thousandths(alone.quality ?? 0)}` : `misroutes ${percent(alone.misroute)}`;
  const by = `${tier} alone ${reached}, ${distance(figure, difference)}`;
  switch (evidence) {
    case "better":
      return `${by}: the policy is better`;
    case "worse":
      return `${by}, and costs no more`;
    case "none":
      return `${by}: the policy is not provably better`;
  }
}

/** How the tier stands to the policy: `3 points more [1–5] than the policy`. */
function distance(figure: SingleTier["figure"], { value, low, high }: Estimate): string {
  const tierIsLess = value > 0;
  const less = figure === "misroute" ? "fewer" : "less";
  const range = tierIsLess ? pointRange(low, high) : pointRange(-high, -low);
  return `${hundredths(Math.abs(value))} points ${tierIsLess ? less : "more"} ${range} than the policy`;
}
