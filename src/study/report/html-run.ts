// The end of the page: how it was made, and what to do next.
import type { About, NextStep } from "../evaluate/about.ts";
import { html, type Markup } from "./markup.ts";

export function aboutSection({ version, date, command, configuration }: About): Markup {
  const source = configuration?.file === undefined ? "Default configuration" : `Configuration ${configuration.file}`;
  const settings = html`<details><summary>${source}</summary>
<pre dir="auto">${JSON.stringify(configuration ?? {}, null, 2)}</pre></details>
`;
  const config = configuration === undefined ? undefined : settings;
  return html`<section id="run"><h2>This run</h2>
<p>sluice ${version}, ${date}</p>
<pre dir="auto">${command}</pre>
${config}</section>
`;
}

export function nextSection(next: readonly NextStep[]): Markup {
  return html`<section id="next"><h2>What to do next</h2>
${next.map(stepItem)}</section>
`;
}

function stepItem({ policies, what, commands, config }: NextStep): Markup {
  const about = policies.length === 0 ? undefined : html`<strong dir="auto">${policies.join(", ")}</strong>: `;
  const lines = [...commands.map((command) => `$ ${command}`), ...config];
  return html`<p>${about}${what}.</p>
${lines.length === 0 ? undefined : html`<pre dir="auto">${lines.join("\n")}</pre>`}
`;
}
