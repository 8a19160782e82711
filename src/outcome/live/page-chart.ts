// Runs in the browser: one chart of the last 15 minutes as SVG, lines or stacked areas. These functions arrive there as their own source
// (see page.ts), so they may use each other and what the browser has, nothing else.

export interface ChartSeries {
  readonly name: string;
  readonly colour: string; // of CSS
  readonly values: readonly (number | null)[]; // the oldest first; null: nothing to draw
}

export interface Chart {
  readonly title: string;
  readonly series: readonly ChartSeries[];
  readonly stacked: boolean;
  readonly minutes: number; // that the values cover
  readonly shown: (value: number) => string;
}

interface Area {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function svgElement(name: string, attributes: Readonly<Record<string, string | number>>, text?: string): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** A round number at or above `value`, that three lines divide well. */
export function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8].find((factor) => factor * power >= value) ?? 10) * power;
}

export function drawChart(chart: Chart, width: number): SVGElement {
  const area: Area = { width, height: 170, left: 52, top: 8, right: width - 2, bottom: 146 };
  const svg = svgElement("svg", {
    class: "chart",
    viewBox: `0 0 ${width} ${area.height}`,
    width,
    height: area.height,
    role: "img",
    "aria-label": chart.title,
  });
  const stacks = stackedValues(chart);
  const top = niceTop(Math.max(0, ...stacks.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const lines = chart.stacked ? [...stacks].reverse() : stacks;
  for (const { colour, values } of lines) drawValues(svg, area, { colour, values, top, filled: chart.stacked });
  drawAxes(svg, area, { top, minutes: chart.minutes, shown: chart.shown });
  return svg;
}

export function stackedValues({ series, stacked }: Chart): readonly ChartSeries[] {
  if (!stacked) return series;
  const sums: number[] = [];
  return series.map((each) => ({
    ...each,
    values: each.values.map((value, at) => {
      sums[at] = (sums[at] ?? 0) + (value ?? 0);
      return sums[at];
    }),
  }));
}

export function drawAxes(
  svg: SVGElement,
  area: Area,
  { top, minutes, shown }: { top: number; minutes: number; shown: Chart["shown"] },
): void {
  const { left, right, bottom } = area;
  for (const share of [0, 0.5, 1]) {
    const y = bottom - share * (bottom - area.top);
    svg.append(svgElement("line", { class: share === 0 ? "axis" : "grid", x1: left, x2: right, y1: y, y2: y }));
    svg.append(svgElement("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, shown(share * top)));
  }
  for (const share of [0, 1 / 3, 2 / 3, 1]) {
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    const ago = Math.round(minutes * (1 - share));
    const label = ago === 0 ? "now" : share === 0 ? `${ago} min ago` : `${ago} min`;
    svg.append(svgElement("text", { x: left + share * (right - left), y: bottom + 16, "text-anchor": anchor }, label));
  }
}

export function drawValues(
  svg: SVGElement,
  { left, right, top: upper, bottom }: Area,
  { colour, values, top, filled }: { colour: string; values: readonly (number | null)[]; top: number; filled: boolean },
): void {
  const x = (at: number) => (left + (at * (right - left)) / Math.max(1, values.length - 1)).toFixed(1);
  const y = (value: number) => (bottom - (value / top) * (bottom - upper)).toFixed(1);
  if (filled) {
    const points = values.map((value, at) => `${x(at)},${y(value ?? 0)}`);
    svg.append(svgElement("polygon", { points: [`${left},${bottom}`, ...points, `${right},${bottom}`].join(" "), fill: colour }));
    return;
  }
  let path = "";
  values.forEach((value, at) => {
    if (value === null) return;
    const isAlone = (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null;
    path += `${(values[at - 1] ?? null) === null ? "M" : "L"}${x(at)},${y(value)}`;
    if (isAlone) svg.append(svgElement("circle", { cx: x(at), cy: y(value), r: 2.5, fill: colour }));
  });
  svg.append(svgElement("path", { d: path, stroke: colour, class: "line" }));
}
