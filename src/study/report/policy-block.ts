// One policy of an evaluation, for a terminal: its figures with their intervals above those of its baselines, then what has no baseline.
import type { Baseline, Estimate, EvaluationResult, Flips, PolicyResult } from "../evaluate/result.ts";
import { aligned, ending, indented, wrapped } from "./aligned.ts";
import { areaCell, costCell, countText, intervalCell, percentCell, percentText } from "./figure-cells.ts";

interface Column {
  readonly title: string;
  readonly cell: (value: number | undefined) => string;
  readonly own: (policy: PolicyResult) => Estimate | undefined;
  readonly baseline: (baseline: Baseline) => number | undefined;
}

const none = () => undefined;

const COMMON: readonly Column[] = [
  { title: "weak %", cell: percentCell, own: ({ figures }) => figures.weakShare, baseline: ({ weakShare }) => weakShare },
  { title: "misroute %", cell: percentCell, own: ({ figures }) => figures.labels.misroute, baseline: ({ misroute }) => misroute },
  { title: "FN %", cell: percentCell, own: ({ figures }) => figures.labels.falseNegativeRate, baseline: none },
  { title: "FP %", cell: percentCell, own: ({ figures }) => figures.labels.falsePositiveRate, baseline: none },
];

const OF_LABELS: readonly Column[] = [
  { title: "precision %", cell: percentCell, own: ({ figures }) => figures.labels.precision, baseline: none },
  { title: "recall %", cell: percentCell, own: ({ figures }) => figures.labels.recall, baseline: none },
  { title: "F1 %", cell: percentCell, own: ({ figures }) => figures.labels.f1, baseline: none },
];

function ofScores({ allStrongQuality }: EvaluationResult): readonly Column[] {
  const kept = (quality: number | undefined) =>
    quality === undefined || allStrongQuality === undefined || allStrongQuality === 0 ? undefined : quality / allStrongQuality;
  return [
    { title: "kept %", cell: percentCell, own: ({ figures }) => figures.scores?.qualityKept, baseline: ({ quality }) => kept(quality) },
    { title: "gap %", cell: percentCell, own: ({ figures }) => figures.scores?.gapRecovered, baseline: ({ gapRecovered }) => gapRecovered },
    { title: "APGR", cell: areaCell, own: ({ figures }) => figures.scores?.apgr, baseline: ({ apgr }) => apgr },
  ];
}

const COST: Column = {
  title: "$/1,000",
  cell: costCell,
  own: ({ figures: { costPer1000 } }) =>
    costPer1000 === undefined ? undefined : { value: costPer1000, low: costPer1000, high: costPer1000 },
  baseline: ({ costPer1000 }) => costPer1000,
};

/** Those to beat first. */
const BASELINES: readonly (readonly [name: Baseline["name"], title: string])[] = [
  ["random", "random, same share"],
  ["length", "length, same share"],
  ["all-weak", "all weak"],
  ["all-strong", "all strong"],
];

const NAME_CHARACTERS = 18;

export function policyBlock(policy: PolicyResult, result: EvaluationResult): readonly string[] {
  const columns = [...COMMON, ...(result.truth === "scores" ? ofScores(result) : OF_LABELS), ...(isPriced(policy) ? [COST] : [])];
  const rows = [
    ["", ...columns.map(({ title }) => title)],
    [ending(policy.name, NAME_CHARACTERS), ...columns.map(({ own, cell }) => cell(own(policy)?.value))],
    ["  95 % interval", ...columns.map(({ own, cell }) => intervalCell(own(policy), cell))],
    ...BASELINES.flatMap(([name, title]) => {
      const baseline = policy.baselines.find((each) => each.name === name);
      return baseline === undefined ? [] : [[title, ...columns.map((column) => baselineCell(column, baseline))]];
    }),
  ];
  const table = aligned(rows, ["left", ...columns.map(() => "right" as const)]);
  return [
    ...wrapped("", titleOf(policy), 2),
    ...indented(table),
    ...indented(beside(policy)),
    ...(policy.single === undefined ? [] : wrapped("  one tier: ", policy.single.sentence, 12)),
    ...robustLines(policy.robust),
    ...wrapped("  goals: ", policy.goals.sentence, 9),
  ];
}

const CHANGED: Readonly<Record<Flips["kind"], string>> = { spaces: "re-spaced", case: "re-cased", typo: "with a typo" };

/** How many decisions change with the writing alone. */
function robustLines(robust: readonly Flips[]): readonly string[] {
  if (robust.length === 0) return [];
  const told = robust.map(({ kind, share, toStrong, toWeak }) => {
    const ways = toStrong + toWeak === 0 ? "" : ` (${countText(toStrong)} to strong, ${countText(toWeak)} to weak)`;
    return `${percentText(share)} ${CHANGED[kind]}${ways}`;
  });
  return wrapped("  flips: ", told.join("; "), 9);
}

function titleOf({ name, id }: PolicyResult): string {
  return id === name ? name : `${name} (${id})`;
}

function isPriced({ figures, baselines }: PolicyResult): boolean {
  return figures.costPer1000 !== undefined || baselines.some(({ costPer1000 }) => costPer1000 !== undefined);
}

/** Empty, not a dash, where the question makes no sense for a baseline. */
function baselineCell({ cell, baseline }: Column, of: Baseline): string {
  return baseline === none ? "" : cell(baseline(of));
}

/** What baselines have no figure for. */
function beside({ figures: { labels, scores } }: PolicyResult): readonly string[] {
  if (scores === undefined) return [];
  const quality = `${scores.quality.value.toFixed(3)} ${intervalCell(scores.quality, areaCell)}`.trimEnd();
  return [
    `precision ${percentText(labels.precision)}, recall ${percentText(labels.recall)}, F1 ${percentText(labels.f1)}, quality ${quality}`,
    `strong needed: ${percentText(scores.strongFor50)} for half of the gap, ${percentText(scores.strongFor80)} for 80 % of it`,
  ];
}
