// A chart of the report as a picture by itself, for documents: with its legend, on paper of its own, in light or dark colours.
import { type ChartSize, drawn } from "../src/study/report/chart.ts";
import type { Figure, LegendEntry } from "../src/study/report/html-figure.ts";
import { DARK, LIGHT } from "../src/study/report/html-style.ts";

export const PICTURES_FOLDER = new URL("../docs/pictures/", import.meta.url);
export const THEMES = { light: LIGHT, dark: DARK } as const;
export type Theme = keyof typeof THEMES;

const SIZE: ChartSize = { name: "wide", width: 800 };
const MARGIN_PX = 12;
const LEGEND_PX = 30; // height of the line of what is what, below the plot
const LETTER_PX = 6.6; // width, about, at this size of text
const FONT = `font-family="system-ui,-apple-system,'Segoe UI',Roboto,sans-serif" font-size="12"`;

export async function framedPicture(figure: Pick<Figure, "title" | "description" | "draw" | "legend">, theme: Theme): Promise<string> {
  const plot = String(await drawn(figure.draw(SIZE), SIZE, `${figure.title}. ${figure.description}`));
  const height = Number(/ height="(\d+)"/.exec(plot)?.[1]) + LEGEND_PX;
  const label = / aria-label="[^"]*"/.exec(plot)?.[0] ?? "";
  const inside = plot.slice(plot.indexOf(">") + 1, plot.lastIndexOf("</svg>"));
  const [width, tall] = [SIZE.width + 2 * MARGIN_PX, height + 2 * MARGIN_PX];
  const box = `viewBox="-${MARGIN_PX} -${MARGIN_PX} ${width} ${tall}" width="${width}" height="${tall}"`;
  const paper = `<rect x="-${MARGIN_PX}" y="-${MARGIN_PX}" width="${width}" height="${tall}" rx="6" fill="var(--paper)"/>`;
  const what = legend(figure.legend, height - LEGEND_PX);
  const body = `<svg xmlns="http://www.w3.org/2000/svg" ${FONT} role="img"${label} ${box}>${paper}${inside}${what}</svg>\n`;
  return coloured(body, THEMES[theme]);
}

function legend(entries: readonly LegendEntry[], y: number): string {
  let x = 42;
  return entries
    .map(({ label, color, look }) => {
      const sample =
        look.kind === "line"
          ? `<path d="M0 0H24" stroke="${color}" stroke-width="2" stroke-dasharray="${look.dash.join(" ")}"/>`
          : look.kind === "block"
            ? `<rect y="-6" width="24" height="12" fill="${color}" fill-opacity="${look.opacity}"/>`
            : `<path d="M12 -6L18 0L12 6L6 0Z" fill="none" stroke="${color}" stroke-width="1.5"/>`;
      const piece = `<g transform="translate(${x} ${y + 8})">${sample}<text x="30" y="4" fill="var(--ink)">${label}</text></g>`;
      x += 30 + Math.ceil(label.length * LETTER_PX) + 22;
      return piece;
    })
    .join("");
}

/** A picture by itself has no page to take its colours from. */
function coloured(svg: string, theme: string): string {
  const colours = new Map([...theme.matchAll(/(--[\w-]+):(#[0-9a-f]+)/g)].map(([, name = "", colour = ""]) => [name, colour]));
  return svg.replace(/var\((--[\w-]+)\)/g, (whole, name: string) => colours.get(name) ?? whole);
}
