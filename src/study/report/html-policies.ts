// All policies in one table, each above its baselines at the same share, with a small bar where a figure has an interval; then where their
// requests went.
import type { Baseline, Confusion, Estimate, EvaluationResult, PolicyResult } from "../evaluate/result.ts";
import { areaCell, costCell, countText, intervalCell, percentCell } from "./figure-cells.ts";
import { numbersTable } from "./html-figure.ts";
import { html, type Markup, type Piece } from "./markup.ts";

interface Column {
  readonly title: string;
  readonly cell: (value: number | undefined) => string;
  readonly own: (policy: PolicyResult) => Estimate | undefined;
  readonly baseline: ((baseline: Baseline) => number | undefined) | undefined; // undefined: the figure makes no sense for baselines
}

const COMMON: readonly Column[] = [
  { title: "weak, %", cell: percentCell, own: ({ figures }) => figures.weakShare, baseline: ({ weakShare }) => weakShare },
  { title: "misrouted, %", cell: percentCell, own: ({ figures }) => figures.labels.misroute, baseline: ({ misroute }) => misroute },
  { title: "missed (FN), %", cell: percentCell, own: ({ figures }) => figures.labels.falseNegativeRate, baseline: undefined },
  { title: "wasted (FP), %", cell: percentCell, own: ({ figures }) => figures.labels.falsePositiveRate, baseline: undefined },
];

const OF_LABELS: readonly Column[] = [
  { title: "precision, %", cell: percentCell, own: ({ figures }) => figures.labels.precision, baseline: undefined },
  { title: "recall, %", cell: percentCell, own: ({ figures }) => figures.labels.recall, baseline: undefined },
  { title: "F1, %", cell: percentCell, own: ({ figures }) => figures.labels.f1, baseline: undefined },
];

function ofScores({ allStrongQuality }: EvaluationResult): readonly Column[] {
  const kept = ({ quality }: Baseline) =>
    quality === undefined || allStrongQuality === undefined || allStrongQuality === 0 ? undefined : quality / allStrongQuality;
  return [
    { title: "quality kept, %", cell: percentCell, own: ({ figures }) => figures.scores?.qualityKept, baseline: kept },
    { title: "gap recovered, %", cell: percentCell, own: ({ figures }) => figures.scores?.gapRecovered, baseline: (of) => of.gapRecovered },
    { title: "APGR", cell: areaCell, own: ({ figures }) => figures.scores?.apgr, baseline: ({ apgr }) => apgr },
  ];
}

const COST: Column = {
  title: "$ per 1,000",
  cell: costCell,
  own: ({ figures: { costPer1000: cost } }) => (cost === undefined ? undefined : { value: cost, low: cost, high: cost }),
  baseline: ({ costPer1000 }) => costPer1000,
};

export function policiesSection(result: EvaluationResult): Markup {
  const priced = result.policies.some(({ figures, baselines }) =>
    [figures, ...baselines].some(({ costPer1000 }) => costPer1000 !== undefined),
  );
  const columns = [...COMMON, ...(result.truth === "scores" ? ofScores(result) : OF_LABELS), ...(priced ? [COST] : [])];
  const ends = result.policies[0]?.baselines.filter(({ name }) => name === "all-weak" || name === "all-strong") ?? [];
  return html`<section id="figures"><h2>Figures</h2>
<p>Below each policy: what random and length come to when they send the same share to weak. Bars run from 0 to 100 %
(APGR: 0 to 1): the interval, the figure, and random as a thin tick.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table class="policies">
<thead><tr><th scope="col">policy</th>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead>
${result.policies.map((policy) => policyRows(policy, columns))}
<tbody class="ends">${ends.map((baseline) => baselineRow(baseline, ENDS[baseline.name] ?? "", columns))}</tbody>
</table></div>
${result.truth === "scores" ? furtherFigures(result.policies) : undefined}</section>
`;
}

/** Empty without --robust. */
export function robustSection(policies: readonly PolicyResult[]): Markup | undefined {
  if (policies.every(({ robust }) => robust.length === 0)) return undefined;
  const rows = policies.map(({ name, robust }) => [
    name,
    ...robust.map(({ share, toStrong, toWeak }) => html`${estimateText(share, percentCell)} <small>${toStrong} up, ${toWeak} down</small>`),
  ]);
  const columns = ["policy", "re-spaced, %", "re-cased, %", "with a typo, %"];
  return html`<section id="robust"><h2>Decisions that flip with the writing alone</h2>
<p>Each prompt was asked about again with some spaces doubled, with other capitals, and with one slip in one word.</p>
${numbersTable({ columns, rows }, "Flips")}</section>
`;
}

/** Of scores: what has no baseline. */
function furtherFigures(policies: readonly PolicyResult[]): Markup {
  const columns = [
    "policy",
    "mean quality",
    "precision, %",
    "recall, %",
    "F1, %",
    "strong for half of the gap, %",
    "strong for 80 % of it, %",
  ];
  const rows = policies.map(({ name, figures: { labels, scores } }) => [
    name,
    ...[estimateText(scores?.quality, areaCell)],
    ...[labels.precision, labels.recall, labels.f1, scores?.strongFor50, scores?.strongFor80].map((each) =>
      estimateText(each, percentCell),
    ),
  ]);
  return html`<div class="further">${numbersTable({ columns, rows }, "Further figures")}</div>`;
}

function estimateText(estimate: Estimate | undefined, cell: (value: number | undefined) => string): Markup {
  return html`${cell(estimate?.value)} <small>${intervalCell(estimate, cell)}</small>`;
}

const ENDS: Readonly<Partial<Record<Baseline["name"], string>>> = { "all-weak": "all weak", "all-strong": "all strong" };

function policyRows(policy: PolicyResult, columns: readonly Column[]): Markup {
  const beside = (["random", "length"] as const).flatMap((name) => policy.baselines.find((each) => each.name === name) ?? []);
  const random = beside.find(({ name }) => name === "random");
  return html`<tbody>
<tr class="own"><th scope="row" dir="auto">${policy.name}</th>${columns.map((column) => ownCell(column, policy, random))}</tr>
${beside.map((baseline) => baselineRow(baseline, `${baseline.name}, same share`, columns))}</tbody>
`;
}

function ownCell({ own, cell, baseline }: Column, policy: PolicyResult, random: Baseline | undefined): Markup {
  const estimate = own(policy);
  if (estimate === undefined) return html`<td>${cell(undefined)}</td>`;
  const interval = intervalCell(estimate, cell);
  const reference = random === undefined ? undefined : baseline?.(random);
  const bar = estimate.low === estimate.high ? undefined : html`<small>${interval}</small>${intervalBar(estimate, reference)}`;
  return html`<td><b>${cell(estimate.value)}</b>${bar}</td>`;
}

function baselineRow(baseline: Baseline, title: string, columns: readonly Column[]): Markup {
  const cellOf = ({ cell, baseline: figure }: Column): Piece => (figure === undefined ? "" : cell(figure(baseline)));
  return html`<tr><th scope="row">${title}</th>${columns.map((column) => html`<td>${cellOf(column)}</td>`)}</tr>
`;
}

/** From 0 to 1. The numbers stand beside it. */
function intervalBar({ value, low, high }: Estimate, reference: number | undefined): Markup {
  const at = (fraction: number) => 100 * Math.min(1, Math.max(0, fraction));
  const tick =
    reference === undefined ? undefined : html`<rect class="tick" x="${(at(reference) - 0.6).toFixed(1)}" y="0" width="1.2" height="12"/>`;
  const width = Math.max(1, at(high) - at(low)).toFixed(1);
  return html`<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
<rect class="track" y="5" width="100" height="2"/>${tick}<rect class="range" x="${at(low).toFixed(1)}" y="3" width="${width}" height="6"/>
<rect class="point" x="${(at(value) - 1).toFixed(1)}" y="1" width="2" height="10"/></svg>`;
}

export function confusionSection(policies: readonly PolicyResult[]): Markup {
  return html`<section id="went"><h2>Where requests went</h2><div class="confusions">${policies.map(confusionTable)}</div></section>
`;
}

function confusionTable({ name, figures: { labels, rows } }: PolicyResult): Markup {
  const { truePositives, falsePositives, falseNegatives, trueNegatives }: Confusion = labels.confusion;
  const cell = (count: number, kind: "right" | "wrong", words: string) => {
    const share = rows === 0 ? 0 : count / rows;
    const depth = `--share:${Math.round(8 + 42 * share)}%`;
    const figures = html`<b>${countText(Math.round(count))}</b> <small>${percentCell(share)} %</small>`;
    return html`<td class="${kind}" style="${depth}">${figures}<br>${words}</td>`;
  };
  return html`<table class="confusion"><caption dir="auto">${name}</caption>
<thead><tr><td></td><th scope="col">went to weak</th><th scope="col">went to strong</th></tr></thead>
<tbody><tr><th scope="row">weak would do</th>${cell(trueNegatives, "right", "saved")}${cell(falsePositives, "wrong", "wasted (FP)")}</tr>
<tr><th scope="row">needed strong</th>${cell(falseNegatives, "wrong", "missed (FN)")}${cell(truePositives, "right", "caught")}</tr>
</tbody></table>
`;
}
