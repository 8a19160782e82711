// What policies that learn came to when they were played on the rows, as a table for a terminal.
import { hundredths, pointRange } from "../evaluate/figure-text.ts";
import type { PlayedPolicy, PlayedStep } from "../evaluate/played-policy.ts";
import { aligned, wrapped } from "./aligned.ts";
import { countText } from "./figure-cells.ts";

export function playedReport(played: readonly PlayedPolicy[]): string {
  return played.map((each) => `\n${linesOf(each).join("\n")}\n`).join("");
}

const HEAD = ["requests", "quality %", "", "strong %", "$/1,000", "over chance at this share", "", "under the best tier alone", ""];
const ALIGNMENTS = ["right", "right", "left", "right", "right", "right", "left", "right", "left"] as const;

function linesOf({ name, rows, runs, weak, strong, steps }: PlayedPolicy): readonly string[] {
  const said =
    `${name} learns: played in ${runs} runs of ${countText(steps.at(-1)?.requests ?? 0)} requests, drawn from ${countText(rows)} rows, ` +
    `each told at once how good its answer was; by thousands, with 95 % intervals over the runs. One tier for all: weak ` +
    `${hundredths(weak)}, strong ${hundredths(strong)}`;
  return [...wrapped("", said, 0), ...aligned([HEAD, ...steps.map(cellsOf)], ALIGNMENTS)];
}

function cellsOf({ requests, quality, strongShare, costPer1000, overRandom, underBest }: PlayedStep): readonly string[] {
  const told = ({ value, low, high }: PlayedStep["quality"]) => [(100 * value).toFixed(1).replace(/^-0\.0$/, "0.0"), pointRange(low, high)];
  return [
    countText(requests),
    ...told(quality),
    hundredths(strongShare),
    costPer1000 === undefined ? "" : costPer1000.toFixed(3),
    ...told(overRandom),
    ...told(underBest),
  ];
}
