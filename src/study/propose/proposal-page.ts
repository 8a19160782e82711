// A proposal as one page: opens anywhere, asks the network for nothing, runs no script.
import type { Estimate } from "../evaluate/result.ts";
import { areaCell, countText, percentCell } from "../report/figure-cells.ts";
import { numbersTable } from "../report/html-figure.ts";
import { htmlPage } from "../report/html-page.ts";
import { aboutSection } from "../report/html-run.ts";
import { html, type Markup, type Piece } from "../report/markup.ts";
import type { Change, WordEvidence } from "./families.ts";
import type { BeforeAfter } from "./figures.ts";
import type { Proposal } from "./proposal.ts";
import { foundText, type ProposalReport, type ProposedConfiguration, rolloutLines } from "./proposal-text.ts";
import { cellsOf, changeLines, counted, FAMILY_WORDS, FIGURE_WORDS, labelsLine, picksLine, unseenLine, verdictOf } from "./wording.ts";

const OWN_STYLE = `
.proposal td{text-align:right;white-space:nowrap}.proposal td:last-child{min-width:8rem}
.proposal td small{color:inherit;font-size:1em}
@media screen and (max-width:40rem){.proposal td small{display:block;font-size:.9em;color:var(--soft)}
.proposal th,.proposal td{padding:.3rem}
.proposal tbody th[scope=row]{min-width:6rem}}
.changes li{margin:.3rem 0}
`;

/** The same report gives the same page, to the byte. */
export function proposalPage(report: ProposalReport): string {
  const { proposal, data, configuration, about } = report;
  const title = proposal.use === "change" ? "A change is proposed" : "No change is proposed";
  const sections = [
    frontSection(report, title),
    changesSection(proposal),
    comparisonSection(proposal),
    familiesSection(proposal),
    wordsSection(proposal.change),
    configuration === undefined ? undefined : configurationSection(configuration),
    guideSection(),
    aboutSection(about),
  ];
  return htmlPage(`${title}: ${data.join(", ")}`, sections, OWN_STYLE);
}

function frontSection({ proposal, data, active }: ProposalReport, title: string): Markup {
  const { labels, use } = proposal;
  const [mark, tone] = use === "change" ? ["✓", "better"] : ["○", "none"];
  return html`<header>
<h1>${title}</h1>
<ul class="files">${data.map((file) => html`<li dir="auto">${file}</li>`)}</ul>
<dl class="facts">
<div><dt>Policy in force</dt><dd dir="auto">${active}</dd></div>
<div><dt>Labelled requests</dt><dd>${countText(labels.labelled)} of ${countText(labels.read)} rows</dd></div>
<div><dt>Need more than the first tier</dt><dd>${percentCell(labels.needs)} %</dd></div>
</dl>
</header>
<section class="verdicts" aria-label="Verdict"><article class="verdict ${tone}">
<p class="mark"><span aria-hidden="true">${mark}</span> ${use === "change" ? "Change it" : "Change nothing"}</p>
<p class="sentence">${verdictOf(proposal)}</p>
<p class="goals">${labelsLine(proposal)}.</p>
</article></section>
`;
}

function changesSection(proposal: Proposal): Markup | undefined {
  const lines = changeLines(proposal);
  if (lines.length === 0) return undefined;
  return html`<section id="changes"><h2>What is changed</h2>
<ul class="changes">${lines.map((line) => html`<li dir="auto">${line}</li>`)}</ul></section>
`;
}

function comparisonSection(proposal: Proposal): Markup | undefined {
  const { comparison, use } = proposal;
  if (comparison === undefined) return undefined;
  const moved = `${counted(comparison.moved, "labelled request")} would go elsewhere, ${comparison.toStronger} of them to a dearer tier.`;
  const after = use === "change" ? "After" : "Were it changed";
  const columns = ["Of all requests", "Before", after, "Change", ""];
  const words = comparison.figures.map(({ figure }) => html`<dt>${FIGURE_WORDS[figure].title}</dt><dd>${FIGURE_WORDS[figure].about}</dd>`);
  const span = spanOf(comparison.figures);
  const rows = comparison.figures.map((figure): readonly Piece[] => [
    ...cellsOf(figure).map(withInterval),
    figure.figure === "dollars" ? "" : changeBar(figure.change, span), // dollars have no place on a scale of points
  ]);
  return html`<section id="figures"><h2>Before and after</h2>
<p>With 95 % intervals. What stands after the change was measured on labels that the change was not chosen on. ${moved}</p>
<div class="proposal">${numbersTable({ columns, rows }, "Before and after")}</div>
<p>${unseenLine(proposal) ?? ""}</p>
<dl class="guide">${words}</dl>
</section>
`;
}

/** `+2.7 [+1.5 to +4.0]`, the interval under it where the screen is narrow. */
function withInterval(text: string): Piece {
  const at = text.indexOf(" [");
  return at < 0 ? text : html`${text.slice(0, at)} <small>${text.slice(at + 1)}</small>`;
}

function spanOf(figures: readonly BeforeAfter[]): number {
  const ends = figures.filter(({ figure }) => figure !== "dollars").flatMap(({ change }) => [change.low, change.high]);
  return Math.max(0.01, ...ends.map(Math.abs));
}

/** No change in the middle. The numbers stand beside it. */
function changeBar({ value, low, high }: Estimate, span: number): Markup {
  const at = (change: number) => 50 + 48 * Math.min(1, Math.max(-1, change / span));
  const width = Math.max(1, at(high) - at(low)).toFixed(1);
  return html`<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
<rect class="track" y="5" width="100" height="2"/><rect class="range" x="${at(low).toFixed(1)}" y="3" width="${width}" height="6"/>
<rect class="tick" x="49.6" y="0" width=".8" height="12"/>
<rect class="point" x="${(at(value) - 1).toFixed(1)}" y="1" width="2" height="10"/></svg>`;
}

function familiesSection(proposal: Proposal): Markup | undefined {
  const { families } = proposal;
  if (families.length === 0) return undefined;
  const changes = families.map(({ comparison }) => comparison.figures.find(({ figure }) => figure === "overChance"));
  const span = spanOf(changes.filter((change) => change !== undefined));
  const hasGroups = families.some(({ unseen }) => unseen !== undefined);
  const columns = ["", "Requests moved", "Points over chance", ...(hasGroups ? ["On topics left out"] : []), ""];
  const rows = families.map(({ family, comparison, unseen, isChosen }, at): readonly Piece[] => {
    const figure = comparison.moved === 0 ? undefined : changes[at];
    const name = isChosen ? html`${FAMILY_WORDS[family]} <small>chosen</small>` : FAMILY_WORDS[family];
    return [
      name,
      comparison.moved,
      withInterval(foundText(comparison)),
      ...(hasGroups ? [withInterval(foundText(unseen))] : []),
      figure === undefined ? "" : changeBar(figure.change, span),
    ];
  });
  return html`<section id="kinds"><h2>Kinds of changes</h2>
<p>Each fitted without a part of the labels and measured on that part, five times. ${picksLine(proposal)}</p>
<div class="proposal">${numbersTable({ columns, rows }, "Kinds of changes")}</div></section>
`;
}

function wordsSection(change: Change | undefined): Markup | undefined {
  if (change === undefined || !("words" in change)) return undefined;
  const row =
    (kind: string) =>
    (word: WordEvidence): readonly Piece[] => [
      html`<bdi>${word.word}</bdi>`,
      kind,
      word.moved,
      `${word.gain < 0 ? "−" : "+"}${percentCell(Math.abs(word.gain))}`,
      word.pValue < 1e-4 ? "< .0001" : areaCell(word.pValue),
    ];
  const rows = [...change.words.added.map(row("new")), ...change.words.dropped.map(row("dropped"))];
  if (rows.length === 0) return undefined;
  const columns = ["Keyword", "", "Labelled requests", "Points over chance each", "p"];
  return html`<section id="words"><h2>Keywords</h2>
<p>Found in requests that were missed, more often than in others; measured on labels that each was not found in. Of words that stand
in the same requests the surest is taken.</p>
<div class="proposal">${numbersTable({ columns, rows }, "Keywords")}</div></section>
`;
}

function configurationSection({ candidate, lines, rollout, next }: ProposedConfiguration): Markup {
  return html`<section id="configuration"><h2>The configuration</h2>
<p>New policies stand beside the old ones; <code>${candidate}</code> is the candidate of a rollout.</p>
<pre dir="auto">${lines.join("\n")}</pre></section>
<section id="rollout"><h2>The rollout</h2>
<ul class="changes">${rolloutLines(rollout).map((line) => html`<li>${line}</li>`)}</ul>
<pre dir="auto">${next.map((command) => `$ ${command}`).join("\n")}</pre></section>
`;
}

function guideSection(): Markup {
  return html`<section id="guide"><h2>How to read this page</h2>
<dl class="guide">
<dt>Points over chance</dt>
<dd>What a change adds to the quality of answers beyond what the same money buys where requests are sent to the dearer tier at random. A
change that only spends more comes to 0.</dd>
<dt>Labels it was not chosen on</dt>
<dd>The labels are parted in five. On each four parts a change is chosen, by cross-validation within them, and measured on the fifth. So
the figures are of the way of choosing, and not the best of many.</dd>
<dt>Topics left out</dt>
<dd>Where rows have groups (topic, task, team), the same once more with whole groups left out instead of a fifth of the labels: what the
change would be worth on topics that nobody labelled. For topics like these only: that figure is not clear of 0.</dd>
<dt>Proven</dt><dd>The 95 % interval of the points over chance is above 0, and at least 20 labelled requests go elsewhere.</dd>
</dl></section>
`;
}
