// A chart in the page: its title, the picture in both widths, a legend, and its numbers in a table to unfold.
import type { Spec } from "vega";
import { CHART_SIZES, type ChartSize, drawn } from "./chart.ts";
import { html, Markup, type Piece } from "./markup.ts";
import type { Shape } from "./series.ts";

export interface Figure {
  readonly title: string;
  readonly about: string; // what to look for
  readonly description: string; // what the picture shows, for who cannot see it
  readonly draw: (size: ChartSize) => Spec;
  readonly legend: readonly LegendEntry[];
  readonly numbers: Numbers;
}

export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  readonly look: Look;
}

export type Look =
  | { readonly kind: "line"; readonly dash: readonly number[]; readonly shape?: Shape }
  | { readonly kind: "symbol"; readonly shape: Shape; readonly hollow?: boolean }
  | { readonly kind: "block"; readonly opacity: number };

/** The first column names the row. */
export interface Numbers {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Piece[])[];
}

export async function figureMarkup(figure: Figure): Promise<Markup> {
  const { title, about, description, draw, legend, numbers } = figure;
  const pictures: Markup[] = [];
  for (const size of CHART_SIZES) pictures.push(await drawn(draw(size), size, `${title}. ${description}`));
  return html`<figure>
<figcaption><h3>${title}</h3><p>${about}</p></figcaption>
<ul class="legend">${legend.map((entry) => html`<li>${swatch(entry)}<span>${entry.label}</span></li>`)}</ul>
${pictures}
<details><summary>The numbers</summary>${numbersTable(numbers, title)}</details>
</figure>
`;
}

/** Can be scrolled sideways, with the keyboard too. */
export function numbersTable({ columns, rows }: Numbers, label: string): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name, ...cells]) => html`<tr><th scope="row" dir="auto">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}

function swatch({ color, look }: LegendEntry): Markup {
  const drawing = new Markup(drawingOf(look));
  return html`<svg class="swatch" viewBox="0 0 30 14" width="30" height="14" aria-hidden="true" style="color:${color}">${drawing}</svg>`;
}

function drawingOf(look: Look): string {
  switch (look.kind) {
    case "block":
      return `<rect x="2" y="1" width="26" height="12" fill="currentColor" fill-opacity="${look.opacity}"/>`;
    case "line": {
      const line = `<path d="M0 7H30" stroke="currentColor" stroke-width="2" stroke-dasharray="${look.dash.join(" ")}"/>`;
      return look.shape === undefined ? line : line + symbol(look.shape, "currentColor");
    }
    case "symbol":
      return symbol(look.shape, look.hollow === true ? "none" : "currentColor");
  }
}

const OUTLINES: Readonly<Record<Shape, string>> = {
  circle: "M10 7a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z",
  square: "M10.5 2.5h9v9h-9Z",
  "triangle-up": "M15 2L20.5 12H9.5Z",
  cross: "M13 2h4v3h3v4h-3v3h-4v-3h-3v-4h3Z",
  "triangle-down": "M15 12L20.5 2H9.5Z",
  diamond: "M15 1L20 7L15 13L10 7Z",
};

function symbol(shape: Shape, fill: string): string {
  return `<path d="${OUTLINES[shape]}" fill="${fill}" stroke="currentColor" stroke-width="1.5"/>`;
}
