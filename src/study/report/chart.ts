// A chart as SVG without a browser: what all charts of the page have in common, in two widths. Colours are the page's own variables, so
// that one drawing serves light and dark. All text is placed by us, as Vega can only guess how wide a text is.
import { type Axis, type Data, type Mark, parse, type Scale, type Spec, View } from "vega";
import { Markup } from "./markup.ts";

/** The same chart is drawn for screens and paper, and once more for phones, where scaled-down text could not be read. */
export interface ChartSize {
  readonly name: "wide" | "narrow";
  readonly width: number; // px, margins included
}

export const CHART_SIZES: readonly ChartSize[] = [
  { name: "wide", width: 800 },
  { name: "narrow", width: 340 },
];

export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Plot {
  readonly height: number; // px, without margins
  readonly margins: Margins;
  readonly scales: Scale[];
  readonly axes: Axis[];
  readonly data: Data[];
  readonly marks: Mark[];
}

export const FONT_PX = 12;

export function chartSpec(size: ChartSize, plot: Plot): Spec {
  const { margins, height, scales, axes, data, marks } = plot;
  return {
    width: innerWidth(size, margins),
    height,
    padding: { ...margins },
    autosize: "none",
    config: { axis: AXIS },
    scales,
    axes,
    data,
    marks,
  };
}

const AXIS = {
  labelFontSize: FONT_PX,
  labelColor: "var(--soft)",
  labelLimit: 0,
  titleFontSize: FONT_PX,
  titleFontWeight: "normal",
  titleColor: "var(--ink)",
  titleLimit: 0,
  gridColor: "var(--grid)",
  domainColor: "var(--axis)",
  tickColor: "var(--axis)",
} as const;

export function innerWidth(size: ChartSize, margins: Margins): number {
  return size.width - margins.left - margins.right;
}

/** Below the plot. */
export function bottomAxis(scale: string, title: string, size: ChartSize): Axis {
  return {
    orient: "bottom",
    scale,
    title,
    grid: true,
    zindex: 0,
    tickCount: size.name === "wide" ? 10 : 5,
    titleY: 30,
    titleBaseline: "top",
  };
}

/** Left of the plot; its title stands level above it, where it is read without turning the head. */
export function leftAxis(scale: string, title: string, margins: Margins): Axis {
  return {
    orient: "left",
    scale,
    title,
    grid: true,
    tickCount: 6,
    titleAngle: 0,
    titleAlign: "left",
    titleAnchor: "start",
    titleBaseline: "bottom",
    titleX: -margins.left,
    titleY: -10,
  };
}

/** `description` is what a reader is told who does not see the picture. */
export async function drawn(spec: Spec, size: ChartSize, description: string): Promise<Markup> {
  const view = new View(parse(spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  const inside = svg.slice(svg.indexOf(">") + 1).replace(/ (?:d|transform)="[^"<>]*"/g, rounded);
  const { width } = size;
  const height = Math.round(Number(/ height="([\d.]+)"/.exec(svg)?.[1]));
  const label = description.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  const box = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return new Markup(`<svg class="chart ${size.name}" role="img" aria-label="${label}" ${box}>${inside}`);
}

/** Hundredths of a pixel are enough, and a third of the bytes. */
function rounded(attribute: string): string {
  return attribute.replace(/\d+\.\d{3,}(?:e-\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100));
}
