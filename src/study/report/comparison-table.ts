// Two policies on the same logged requests, as tables for a terminal, with the verdict first.
import { hundredths, percent, pointRange } from "../evaluate/figure-text.ts";
import type { Estimate } from "../evaluate/result.ts";
import type { Compared, LogComparison, QualityChange } from "../offpolicy/comparison.ts";
import { aligned, cut, indented, wrapped } from "./aligned.ts";
import { countText } from "./figure-cells.ts";

export interface ComparedNames {
  readonly before: string;
  readonly after: string;
}

const WORDS = { safe: "safe to turn on", "not-yet": "not yet", no: "no" } as const;

export function comparisonReport(result: LogComparison, { before, after }: ComparedNames): string {
  const { requests, sessions, days, all, quality, slices, verdict } = result;
  const lines = [
    ...wrapped("", `${WORDS[verdict.kind]}: ${verdict.why}`, 2),
    "",
    `${after} beside ${before}: ${countText(requests)} requests of ${countText(sessions)} sessions in ${days.toFixed(1)} days`,
    ...indented([
      `agree       ${told(all.agreement)}; up ${told(all.up)}, down ${told(all.down)}`,
      `strong      ${told(all.strongBefore)} before, ${told(all.strongAfter)} after`,
      `cost        ${costText(all)}`,
      `quality     ${qualityText(quality)}`,
    ]),
    ...(slices.length === 0 ? [] : ["", ...aligned([HEAD, ...slices.map(sliceRow)], ALIGNMENTS)]),
  ];
  return `${lines.join("\n")}\n`;
}

const HEAD = ["", "requests", "agree %", "", "strong before %", "after %", "$/1,000 change", ""];
const ALIGNMENTS = ["left", "right", "right", "left", "right", "right", "right", "left"] as const;

function sliceRow({ by, name, requests, agreement, strongBefore, strongAfter, costChange }: LogComparison["slices"][number]) {
  return [
    cut(`${by}: ${name}`, 36),
    countText(requests),
    hundredths(agreement.value),
    pointRange(agreement.low, agreement.high),
    hundredths(strongBefore.value),
    hundredths(strongAfter.value),
    ...moneyCells(costChange),
  ];
}

function told({ value, low, high }: Estimate): string {
  return `${percent(value)} ${pointRange(low, high)}`;
}

function costText({ costBefore, costChange }: Compared): string {
  if (costBefore === undefined || costChange === undefined) return "not known: a tier has no price, or no tokens are logged";
  const [change, range] = moneyCells(costChange);
  const share = costBefore === 0 ? "" : `, ${percent(costChange.value / costBefore)}`;
  return `$${costBefore.toFixed(3)} for 1,000 requests before; change ${change} ${range}${share}; by the tokens that were used`;
}

function moneyCells(estimate: Estimate | undefined): readonly [string, string] {
  if (estimate === undefined) return ["", ""];
  return [estimate.value.toFixed(3), `[${estimate.low.toFixed(3)}–${estimate.high.toFixed(3)}]`];
}

function qualityText(quality: QualityChange): string {
  switch (quality.kind) {
    case "unknown":
      return "not known: the log has no chances (`audit`)";
    case "too-little":
      return `not known yet: what is logged is worth ${countText(Math.round(quality.effective))} sessions, and 200 are needed`;
    case "known":
      return `change ${hundredths(quality.change.value)} points ${pointRange(quality.change.low, quality.change.high)}`;
    default:
      return quality satisfies never;
  }
}
