// The front of the page: what was measured, whether each policy earns its keep, what to be careful with, and whether the gate was passed.
import type { EvaluationResult, Evidence, GateCheck, PolicyResult } from "../evaluate/result.ts";
import { areaCell, countText, percentCell } from "./figure-cells.ts";
import { html, type Markup } from "./markup.ts";

const SHOWN_FILES = 5;

export function dataSection(result: EvaluationResult): Markup {
  const { files, rows, population, skipped, truth, neededStrong, allWeakQuality, allStrongQuality, resamples, seed } = result;
  const more = files.length > SHOWN_FILES ? html`<li>and ${files.length - SHOWN_FILES} more files</li>` : undefined;
  const bad = skipped === 0 ? "" : `, ${countText(skipped)} bad rows left out`;
  const quality =
    allWeakQuality === undefined || allStrongQuality === undefined
      ? undefined
      : html`<div><dt>Quality</dt><dd>${areaCell(allWeakQuality)} all weak, ${areaCell(allStrongQuality)} all strong</dd></div>`;
  const drawn =
    population === undefined
      ? ""
      : html`<div><dt>Stand for</dt><dd>${countText(Math.round(population.requests))}: all figures are theirs</dd></div>`;
  return html`<header>
<h1>Does it route?</h1>
<ul class="files">${files.slice(0, SHOWN_FILES).map((file) => html`<li dir="auto">${file}</li>`)}${more}</ul>
<dl class="facts">
<div><dt>Requests</dt><dd>${countText(rows)} with ${truth}${bad}</dd></div>${drawn}
<div><dt>Need strong</dt><dd>${percentCell(neededStrong)} %</dd></div>
${quality}
<div><dt>95 % intervals</dt><dd>${countText(resamples)} resamples, seed ${seed}</dd></div>
</dl>
</header>
`;
}

const MARKS: Readonly<Record<Evidence, readonly [mark: string, words: string]>> = {
  better: ["✓", "Better than random"],
  none: ["○", "No evidence that it routes"],
  worse: ["✗", "Worse than random"],
};

export function verdictSection(policies: readonly PolicyResult[]): Markup {
  return html`<section class="verdicts" aria-label="Verdicts">${policies.map(verdictCard)}</section>
`;
}

function verdictCard({ name, id, evidence, verdict, goals, single }: PolicyResult): Markup {
  const [mark, words] = MARKS[evidence];
  const beaten = single?.evidence === "worse" ? `, worse than ${single.tier} alone` : "";
  const met = goals.misrouteMet && goals.shareMet;
  const oneTier =
    single === undefined ? undefined : html`<p class="single"><strong>One tier, same cost:</strong> ${sentence(single.sentence)}</p>\n`;
  const version = id === name ? undefined : html` <small>${id}</small>`;
  return html`<article class="verdict ${evidence}">
<p class="mark"><span aria-hidden="true">${mark}</span> ${words}${beaten}</p>
<h2 dir="auto">${name}${version}</h2>
<p class="sentence">${sentence(verdict)}</p>
${oneTier}<p class="goals"><strong>${met ? "✓ Goals met" : "✗ Goals not met"}:</strong> ${goals.sentence}.</p>
</article>
`;
}

/** With a capital and a full stop. */
function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

export function warningSection(warnings: readonly string[]): Markup {
  return html`<section class="warnings" aria-label="Warnings"><h2>Read with care</h2>
<ul>${warnings.map((warning) => html`<li>${sentence(warning)}</li>`)}</ul></section>
`;
}

export function gateSection(checks: readonly GateCheck[]): Markup {
  const failed = checks.filter(({ met }) => !met).length;
  const outcome = failed === 0 ? "✓ Passed" : `✗ Failed: ${failed} of ${checks.length} conditions not met`;
  return html`<section id="gate"><h2>Gate</h2><p><strong>${outcome}</strong></p>
<ul class="gate">${checks.map(gateLine)}</ul></section>
`;
}

function gateLine({ condition, policy, met, figure }: GateCheck): Markup {
  const mark = met ? html`<b class="met">✓ met</b>` : html`<b class="missed">✗ not met</b>`;
  return html`<li>${mark} <code>${condition}</code> <span dir="auto">${policy}</span>: ${figure}</li>
`;
}
