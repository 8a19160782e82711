// One sentence on a policy, with the figures it rests on.
import { comparisonWith, decidingFigure, evidenceOf } from "./comparison.ts";
import { hundredths, percent, pointRange, thousandths } from "./figure-text.ts";
import type { Baseline, Comparison, Estimate, Figures, SingleTier } from "./result.ts";
import type { TruthKind } from "./rows.ts";

export interface Findings {
  readonly figures: Figures;
  readonly baselines: readonly Baseline[];
  readonly comparisons: readonly Comparison[];
  readonly graded: boolean; // its scores order the rows
  readonly truth: TruthKind;
  readonly trainedOn: number; // rows
  readonly single: SingleTier | undefined;
}

/** Rows that a finding of no evidence should not be read into. */
export const FEW_ROWS = 200;

/** Below these no figure bears a verdict: the intervals of so few rows hold nearly everything. */
export const VERDICT_ROWS = 30;

/** Whether a policy knows too many of the rows. A few may be the same by chance, or be taken for known by mistake. */
export function isFlattered(trainedOn: number, rows: number): boolean {
  return trainedOn > KNOWN_BY_CHANCE * rows;
}

const KNOWN_BY_CHANCE = 0.02;

export function verdictOf(findings: Findings): string {
  const { figures, comparisons, graded, truth, trainedOn } = findings;
  if (isFlattered(trainedOn, figures.rows))
    return `was trained on ${trainedOn} of these ${figures.rows} rows: its figures say nothing, evaluate it on others`;
  const tooFew = tooFewFor(figures);
  if (tooFew !== undefined) return tooFew;
  const weakShare = figures.weakShare.value;
  const deciding = decidingFigure(graded, truth);
  const overRandom = comparisonWith(comparisons, "random", deciding);
  if (!graded && (weakShare === 0 || weakShare === 1))
    return `sends everything to ${weakShare === 1 ? "weak" : "strong"}: there is no routing to judge`;
  if (overRandom === undefined) return "strong is no better than weak on these rows: there is no gap to recover";
  return `${reached(findings)}${compared(findings, overRandom)}${beaten(findings)}`;
}

/** Of sums of weights. */
const ROUNDING = 1e-6;

/** Undefined: there are enough rows, and of both kinds. */
export function tooFewFor({ rows, labels, scores }: Figures): string | undefined {
  const { truePositives, falseNegatives } = labels.confusion;
  const needs = truePositives + falseNegatives;
  if (rows < VERDICT_ROWS) return `no verdict on ${rows} rows: it takes at least ${VERDICT_ROWS}, ${VERDICT_ROWS - rows} more`;
  if (needs === 0 && scores === undefined) return "no verdict: none of these rows needs strong, and it takes rows of both kinds";
  if (rows - needs < ROUNDING) return "no verdict: all of these rows need strong, and it takes rows of both kinds";
  return undefined;
}

/** What the policy does at its own threshold. */
function reached({ figures, truth }: Findings): string {
  const at = `at ${percent(figures.weakShare.value)} weak`;
  if (truth === "labels") return `misroutes ${percent(figures.labels.misroute.value)} ${at}`;
  return `recovers ${percent(figures.scores?.gapRecovered?.value ?? 0)} of the gap ${at}`;
}

function compared(findings: Findings, overRandom: Comparison): string {
  const { comparisons, figures } = findings;
  const evidence = evidenceOf(overRandom);
  const area = overRandom.figure === "apgr" ? `; over all thresholds APGR is ${thousandths(figures.scores?.apgr?.value ?? 0)}` : "";
  if (evidence === "none") {
    const few = figures.rows < FEW_ROWS ? ` (only ${figures.rows} rows)` : "";
    return `${area}; random ${randomWould(findings, overRandom)}: no evidence that it routes${few}`;
  }
  const more = `${area}, ${difference(overRandom)} than random ${range(overRandom)}`;
  if (evidence === "worse") return `${more}: it routes worse than random`;
  const overLength = comparisonWith(comparisons, "length", overRandom.figure);
  if (overLength === undefined) return `${more}: it routes`;
  switch (evidenceOf(overLength)) {
    case "better":
      return `${more} and ${difference(overLength)} than length ${range(overLength)}: it routes`;
    case "worse":
      return `${more}, but ${difference(overLength)} than length ${range(overLength)}: it routes, and length alone routes better`;
    case "none":
      if (isNothing(overLength.difference)) return `${more}: it routes, just as length does`;
      return `${more}: it routes, but not provably better than length (${difference(overLength)} ${range(overLength)})`;
  }
}

/** A policy may choose better than a coin and still do worse than no choice at all. */
function beaten({ single }: Findings): string {
  return single?.evidence === "worse" ? `. No router is needed: ${single.sentence}` : "";
}

/** A policy that goes by the length differs from it by the rounding of sums. */
function isNothing({ low, high }: Estimate): boolean {
  return Math.abs(low) < 1e-9 && Math.abs(high) < 1e-9;
}

/** What random does, where nothing tells the policy from it. */
function randomWould({ baselines }: Findings, { figure }: Comparison): string {
  const random = baselines.find(({ name }) => name === "random");
  switch (figure) {
    case "misroute":
      return `would misroute ${percent(random?.misroute ?? 0)}`;
    case "gapRecovered":
      return `would recover ${percent(random?.gapRecovered ?? 0)}`;
    case "apgr":
      return "has 0.500";
  }
}

/** `9 points more`; of misroutes `9 points fewer`. */
function difference({ figure, difference: { value } }: Comparison): string {
  const least = figure === "misroute" ? "fewer" : "less";
  return `${hundredths(Math.abs(value))} points ${value < 0 ? least : "more"}`;
}

/** The interval of the difference as it is told: of `fewer`, how many fewer. */
function range({ difference }: Comparison): string {
  const { value, low, high }: Estimate = difference;
  return value < 0 ? pointRange(-high, -low) : pointRange(low, high);
}
