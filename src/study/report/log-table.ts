// Policies judged on logged traffic, as a table for a terminal with what it means below.
import { hundredths, percent, pointRange } from "../evaluate/figure-text.ts";
import type { Estimate } from "../evaluate/result.ts";
import type { Estimates } from "../offpolicy/estimators.ts";
import type { JudgedPolicy, LogEvaluation } from "../offpolicy/log-evaluation.ts";
import { LEAST_EFFECTIVE } from "../offpolicy/weights.ts";
import { aligned, ending, indented, wrapped } from "./aligned.ts";
import { countText } from "./figure-cells.ts";

export interface LogAbout {
  readonly reward: string; // what quality is
  readonly leftOut: readonly string[]; // sentences
}

export function logReport(result: LogEvaluation, { reward, leftOut }: LogAbout): string {
  const { requests, sessions, days, seen, policies } = result;
  const counts = `${countText(requests)} requests of ${countText(sessions)} sessions in ${dayText(days)}`;
  const lines = [
    counts,
    ...wrapped("", `quality: ${reward}`, 2),
    ...leftOut.flatMap((sentence) => wrapped("", sentence, 2)),
    "",
    ...indented(table(seen, policies)),
    "",
    ...misrouteLines(result),
    ...policies.flatMap(policyLines),
  ];
  return `${lines.join("\n")}\n`;
}

const HEAD = ["", "strong %", "quality %", "", "change", "", "$/1,000", "", "worth"];

function table(seen: LogEvaluation["seen"], policies: readonly JudgedPolicy[]): readonly string[] {
  const before = ["as it was", "", ...cells(seen.quality), "", "", ...moneyCells(seen.costPer1000), ""];
  const rows = policies.map(({ name, shares, effective, judged }) => {
    const strong = hundredths(1 - (shares[0]?.share.value ?? Number.NaN));
    const worth = countText(Math.round(effective));
    if (judged.kind === "too-little") return [ending(name, 28), strong, "too little", "", "", "", "", "", worth];
    const { quality, qualityChange, costPer1000 } = judged;
    return [ending(name, 28), strong, ...cells(quality?.snips), ...cells(qualityChange), ...moneyCells(costPer1000?.snips), worth];
  });
  return aligned([HEAD, before, ...rows], ["left", "right", "right", "left", "right", "left", "right", "left", "right"]);
}

function misrouteLines({ misroutes }: LogEvaluation): readonly string[] {
  if (misroutes === undefined) return [];
  const { requests, all, tooWeak, tooStrong } = misroutes;
  const parts = `${percent(tooWeak)} went too weak, ${percent(tooStrong)} went to a stronger tier than they needed`;
  const from = `misroutes of the policy in force, from ${countText(requests)} audited requests`;
  return wrapped("", `${from}: ${percent(all.value)} ${pointRange(all.low, all.high)}: ${parts}`, 2);
}

function policyLines({ name, judged, effective, lacks, cut }: JudgedPolicy): readonly string[] {
  const notes: string[] = [];
  if (judged.kind === "too-little") notes.push(waitText(effective, judged.moreDays));
  else notes.push(...estimatorTexts("quality", judged.quality, percent));
  if (lacks !== undefined) notes.push(`left out where the log lacks ${lacks}`);
  if (cut > 0) notes.push(`${countText(cut)} requests came by a chance so small that their weight was cut`);
  return notes.flatMap((note) => wrapped("", `${ending(name, 28)}: ${note}`, 2));
}

function waitText(effective: number, moreDays: number): string {
  const own = countText(Math.round(effective));
  const worth = `what is logged says as much about it as ${own} sessions of its own, and ${LEAST_EFFECTIVE} are needed`;
  return Number.isFinite(moreDays)
    ? `${worth}: ${dayText(moreDays)} more at this traffic`
    : `${worth}: nothing logged went where it would go`;
}

function estimatorTexts(what: string, estimates: Estimates | undefined, text: (value: number) => string): readonly string[] {
  if (estimates === undefined) return [`${what} is known of no request`];
  const { ips, doublyRobust } = estimates;
  const told = ({ value, low, high }: Estimate) => `${text(value)} ${pointRange(low, high)}`;
  return [`${what} by plain weights ${told(ips)}, with a model of answers ${told(doublyRobust)}`];
}

function cells(estimate: Estimate | undefined): readonly [string, string] {
  return estimate === undefined ? ["", ""] : [hundredths(estimate.value), pointRange(estimate.low, estimate.high)];
}

function moneyCells(estimate: Estimate | undefined): readonly [string, string] {
  if (estimate === undefined) return ["", ""];
  return [estimate.value.toFixed(3), `[${estimate.low.toFixed(3)}–${estimate.high.toFixed(3)}]`];
}

function dayText(days: number): string {
  return days < 1 ? `${Math.max(1, Math.round(24 * days))} hours` : `${days.toFixed(1)} days`;
}
