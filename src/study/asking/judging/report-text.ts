// The report of a judging, for people.
import type { Estimate } from "../../evaluate/result.ts";
import { type PairFigures, PEOPLE_NEEDED } from "./bias.ts";
import { CANARY_MEANINGS, type CanaryKind } from "./canaries.ts";
import { isDisowned, isFound, type JudgeReport, KAPPA_NEEDED, type TierPair } from "./report.ts";

export function judgeReportText(report: JudgeReport): string {
  const { model, judged, graded, lacking, silent, constants } = report;
  const byGraders = Object.entries(graded).map(([by, rows]) => `${number(rows)} by ${by}`);
  const gradedText = byGraders.length === 0 ? "" : `; graded: ${byGraders.join(", ")}`;
  const lines = [
    `judged:     ${number(judged)} rows by ${model}, each in both orders${gradedText}`,
    ...(lacking + silent === 0 ? [] : [`left out:   ${number(lacking)} rows without two answers, ${number(silent)} not judged`]),
    canariesLine(report),
    peopleLine(report),
    ...constants.map(
      ({ tier, times, rows, text }) => `constant:   ${tier} gives one answer to ${number(times)} of ${number(rows)} requests: "${text} …"`,
    ),
    ...report.pairs.flatMap(pairLines),
  ];
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function canariesLine({ canaries: { asked, seenThrough, fellFor } }: JudgeReport): string {
  if (asked === 0) return "canaries:   none: nothing was judged";
  const kinds = [...new Set<CanaryKind>(fellFor)].map((kind) => CANARY_MEANINGS[kind]);
  return `canaries:   ${seenThrough} of ${asked} seen through${kinds.length === 0 ? "" : `; it fell for ${kinds.join(", ")}`}`;
}

function peopleLine({ agreement }: JudgeReport): string {
  if (agreement === undefined) return "people:     no row was judged by them and by the judge: whether they agree is not known";
  const { rows, agreed, kappa } = agreement;
  const few = rows < PEOPLE_NEEDED ? `; not enough to count, ${PEOPLE_NEEDED} are` : "";
  const low = isDisowned(agreement) ? `; under ${decimal(KAPPA_NEEDED)}: no verdict` : "";
  return `people:     agrees on ${percent(agreed)} of ${number(rows)} rows, kappa ${interval(kappa, decimal)}${few}${low}`;
}

function pairLines({ tier, base, figures }: TierPair): readonly string[] {
  const { judged, corrected, byPeople, pairs } = figures;
  const row = (name: string, rate: Estimate, scores: string) => `  ${name.padEnd(34)}${interval(rate, share).padEnd(22)}${scores}`;
  return [
    "",
    `${base} beside ${tier}, ${number(pairs)} pairs`,
    `  ${"".padEnd(34)}${`${base} wins, %`.padEnd(22)}score of ${tier} and ${base}`,
    row("as judged, disagreement a tie", judged.base, scoresText(judged.mean)),
    row("without order, at equal length", corrected.base, scoresText(corrected.mean)),
    ...(byPeople === undefined ? [] : [row("moved to what people said", byPeople, "")]),
    `  position: ${positionText(figures)}`,
    `  length:   ${lengthText(figures)}`,
  ];
}

function positionText({ first, consistent, position }: PairFigures): string {
  const found = isFound(position) ? `BIAS: it likes the ${position.value > 0 ? "first" : "second"}` : "no bias found";
  return `${found}; the first answer wins ${interval(first, share)} %, the orders agree on ${percent(consistent)} of the pairs`;
}

function lengthText({ longer, length, lengthPoints, deviation }: PairFigures): string {
  if (deviation === 0) return "nothing can be told: the answers of all pairs differ by as many characters";
  const found = isFound(length) ? `BIAS: it likes the ${length.value > 0 ? "longer" : "shorter"}` : "no bias found";
  const points = `${lengthPoints >= 0 ? "+" : "−"}${Math.abs(lengthPoints).toFixed(1)} points of 100`;
  const more = `being ${number(Math.round(deviation))} characters longer adds ${points}`;
  return `${found}; the longer answer wins ${interval(longer, share)} %, ${more}`;
}

function scoresText({ challenger, base }: { readonly challenger: number; readonly base: number }): string {
  return `${decimal(challenger)} and ${decimal(base)}`;
}

function interval({ value, low, high }: Estimate, text: (value: number) => string): string {
  return `${text(value)} [${text(low)}–${text(high)}]`;
}

function share(value: number): string {
  return (100 * value).toFixed(1);
}

function percent(value: number): string {
  return `${Math.round(100 * value)} %`;
}

function decimal(value: number): string {
  return value.toFixed(2).replace(/^(-?)0\./, "$1.");
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
