// The worst misroutes of each policy, to read: often they say more than any figure. The excerpts are what users wrote.
import type { Misroute, PolicyResult } from "../evaluate/result.ts";
import { html, Markup } from "./markup.ts";

export function misrouteSection(policies: readonly PolicyResult[]): Markup {
  return html`<section id="misroutes"><h2>Worst misroutes</h2>
<p>Missed: went to weak and needed strong. Wasted: went to strong, and weak would have done.</p>
${policies.filter(({ worst }) => worst.length > 0).map(misrouteList)}</section>
`;
}

function misrouteList({ name, worst }: PolicyResult, at: number): Markup {
  const open = new Markup(at === 0 ? " open" : "");
  return html`<details${open}><summary><span dir="auto">${name}</span>: ${worst.length} misroutes</summary><ol class="misroutes">
${worst.map(misrouteItem)}</ol></details>
`;
}

function misrouteItem({ place, kind, excerpt, reason, score, loss }: Misroute): Markup {
  const mark = kind === "FN" ? html`<b class="missed">missed (FN)</b>` : html`<b class="wasted">wasted (FP)</b>`;
  const cost = loss === 0 ? "" : `, loss ${number(loss)}`;
  return html`<li><p class="excerpt" dir="auto">${shown(excerpt)}</p>
<p class="of">${mark} <bdi>${reason}</bdi>, score ${number(score)}${cost} <small><bdi>${place}</bdi></small></p></li>
`;
}

const LONGEST_EXCERPT = 200; // characters; a text of that many has most likely been cut

function shown(excerpt: string): string {
  if (excerpt === "") return "(no text)";
  return [...excerpt].length < LONGEST_EXCERPT ? excerpt : `${excerpt}…`;
}

/** Scores have each policy's own unit: characters, or a probability. */
function number(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}
