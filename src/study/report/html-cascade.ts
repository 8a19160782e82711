// An evaluation of a cascade as one page, as html.ts makes one of policies. Loads vega: import it only where a page is asked for.
import type { CascadeResult } from "../answers/cascade-evaluation.ts";
import { type CascadeGrounds, differenceText, waysNamed } from "../answers/cascade-text.ts";
import type { About } from "../evaluate/about.ts";
import { cascadeFigure } from "./chart-cascade.ts";
import { areaCell, costCell, countText, percentCell } from "./figure-cells.ts";
import { figureMarkup } from "./html-figure.ts";
import { htmlPage } from "./html-page.ts";
import { aboutSection } from "./html-run.ts";
import { warningSection } from "./html-verdicts.ts";
import { html, type Markup } from "./markup.ts";

/** The same result gives the same page, to the byte. */
export async function cascadeReport(result: CascadeResult, grounds: CascadeGrounds, about: About): Promise<string> {
  const figure = await figureMarkup(cascadeFigure(result, grounds));
  return htmlPage(`Does a cascade pay? ${grounds.files.join(", ")}`, [
    dataSection(result, grounds),
    grounds.warnings.length > 0 ? warningSection(grounds.warnings) : undefined,
    html`<section id="curve"><h2>Cost and quality</h2>${figure}</section>\n`,
    differencesSection(result, grounds),
    checksSection(result),
    aboutSection(about),
  ]);
}

function dataSection({ rows, weak, strong, resamples, seed }: CascadeResult, { files, tiers, pricesAssumed }: CascadeGrounds): Markup {
  const [first, last] = tiers;
  const prices = pricesAssumed
    ? html`no prices are configured: a token of ${first} is taken to cost a tenth of ${last}'s`
    : html`all ${last} is $${costCell(strong.costPer1000)} for 1,000 requests`;
  return html`<header>
<h1>Does a cascade pay?</h1>
<ul class="files">${files.map((file) => html`<li dir="auto">${file}</li>`)}</ul>
<dl class="facts">
<div><dt>Answers</dt><dd>${countText(rows)}</dd></div>
<div><dt>Quality</dt><dd>${areaCell(weak.quality)} all ${first}, ${areaCell(strong.quality)} all ${last}</dd></div>
<div><dt>Cost</dt><dd>all ${first} is ${percentCell(weak.cost)} % of all ${last}; ${prices}</dd></div>
<div><dt>95 % intervals</dt><dd>${countText(resamples)} resamples, seed ${seed}</dd></div>
</dl>
</header>
`;
}

function differencesSection({ differences }: CascadeResult, grounds: CascadeGrounds): Markup {
  const names = waysNamed(grounds);
  return html`<section id="differences"><h2>What is better than what</h2>
<p>Differences in the mean quality over all costs, with their 95 % intervals; p is the share of resamples in which there is none.</p>
<ul>${differences.map((difference) => html`<li dir="auto">${differenceText(difference, names)}</li>`)}</ul></section>
`;
}

function checksSection({ checks }: CascadeResult): Markup {
  return html`<section id="checks"><h2>The checks alone</h2>
<p>They ask ${percentCell(checks.share)} % again: quality ${areaCell(checks.quality)} at ${percentCell(checks.cost)} % of the cost;
as many at random ${areaCell(checks.atRandom)}.</p></section>
`;
}
