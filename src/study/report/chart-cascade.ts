// Quality against cost for a cascade: what each way of using two tiers reaches when it may spend so much. A curve's corners are the costs
// that the text of the evaluation lists, too; straight between them.
import type { Mark, Spec } from "vega";
import { type CascadeResult, COSTS, type Way, type WayResult } from "../answers/cascade-evaluation.ts";
import { type CascadeGrounds, waysNamed } from "../answers/cascade-text.ts";
import { bottomAxis, type ChartSize, chartSpec, FONT_PX, leftAxis } from "./chart.ts";
import { areaCell, intervalCell } from "./figure-cells.ts";
import type { Figure, LegendEntry, Numbers } from "./html-figure.ts";
import { lookOf, RANDOM_DASH, type SeriesLook } from "./series.ts";

/** Drawn as curves, the first without a colour of its own; the table has the others, too. */
const DRAWN: readonly Way[] = ["random", "before", "escalated", "behind", "weighed"];

interface Line extends SeriesLook {
  readonly way: WayResult;
  readonly points: readonly CostPoint[];
}

interface CostPoint {
  readonly cost: number; // in percent of all strong
  readonly quality: number;
  readonly low: number;
  readonly high: number;
}

export function cascadeFigure(result: CascadeResult, grounds: CascadeGrounds): Figure {
  const lines = linesOf(result);
  const names = waysNamed(grounds);
  const nameOf = ({ way }: Line) => names[way.way];
  const legend = lines.map((line): LegendEntry => ({ label: nameOf(line), color: line.color, look: { kind: "line", dash: line.dash } }));
  return {
    title: "Quality at equal cost",
    about:
      "The higher, the better the answers for the same money. A cascade pays for the cheap answer, too, when it asks again; " +
      "a way that chooses before the answer pays for one. Where a curve begins is the least it can cost.",
    description: lines.map((line) => `${nameOf(line)}: ${areaCell(line.way.mean.value)} in the mean over all costs.`).join(" "),
    draw: (size) => costSpec(lines, result, { grounds, size }),
    legend: [...legend, { label: "95 % interval", color: "var(--soft)", look: { kind: "block", opacity: 0.3 } }],
    numbers: numbersOf(result, grounds),
  };
}

function linesOf({ ways, weak }: CascadeResult): readonly Line[] {
  return DRAWN.flatMap((way, at) => {
    const found = ways.find((each) => each.way === way);
    if (found === undefined) return [];
    const points = found.quality.flatMap((estimate, index) =>
      estimate === undefined ? [] : [{ cost: 100 * (COSTS[index] ?? 0), ...estimate }],
    );
    const look = way === "random" ? ({ color: "var(--soft)", shape: "circle", dash: RANDOM_DASH } as const) : lookOf(at - 1);
    const begins = { cost: 100 * weak.cost, value: weak.quality, low: weak.quality, high: weak.quality };
    return [{ ...look, way: found, points: [begins, ...points].map(({ value, ...rest }) => ({ quality: value, ...rest })) }];
  });
}

interface Drawing {
  readonly grounds: CascadeGrounds;
  readonly size: ChartSize;
}

function costSpec(lines: readonly Line[], { weak, strong }: CascadeResult, { grounds, size }: Drawing): Spec {
  const margins = { left: 42, right: 16, top: 34, bottom: 54 };
  const ends = [weak.quality, strong.quality, ...lines.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]))];
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const [cheap, dear] = grounds.tiers;
  return chartSpec(size, {
    height: size.name === "wide" ? 400 : 300,
    margins,
    scales: [
      { name: "cost", type: "linear", domain: [0, 100], range: "width" },
      { name: "quality", type: "linear", domain: [least - (most - least) / 8, most], range: "height", nice: true, zero: false },
    ],
    axes: [bottomAxis("cost", `cost, % of all ${dear}`, size), leftAxis("quality", "quality", margins)],
    data: [
      ...lines.map(({ points }, at) => ({ name: `line-${at}`, values: [...points] })),
      {
        name: "ends",
        values: [
          { cost: 100 * weak.cost, quality: weak.quality, text: `all ${cheap}`, align: "left", dx: 6, dy: 18 },
          { cost: 100, quality: strong.quality, text: `all ${dear}`, align: "right", dx: -6, dy: 18 },
        ],
      },
    ],
    marks: [
      ...lines.flatMap(({ color, way }, at) => (way.way === "random" ? [] : [bandMark(`line-${at}`, color)])),
      ...lines.map(({ color, dash, way }, at) => lineMark(`line-${at}`, color, { dash, width: way.way === "random" ? 1.5 : 2 })),
      ...endMarks(),
    ],
  });
}

const AT = { x: { scale: "cost", field: "cost" }, y: { scale: "quality", field: "quality" } } as const;

function bandMark(data: string, color: string): Mark {
  const edges = { y: { scale: "quality", field: "low" }, y2: { scale: "quality", field: "high" } };
  return { type: "area", from: { data }, encode: { enter: { x: AT.x, ...edges, fill: { value: color }, fillOpacity: { value: 0.1 } } } };
}

function lineMark(data: string, color: string, { dash, width }: { readonly dash: readonly number[]; readonly width: number }): Mark {
  const look = { stroke: { value: color }, strokeWidth: { value: width }, strokeDash: { value: [...dash] } };
  return { type: "line", from: { data }, encode: { enter: { ...AT, ...look } } };
}

function endMarks(): Mark[] {
  const dot = { ...AT, shape: { value: "circle" }, size: { value: 60 }, fill: { value: "var(--ink)" } };
  const text = {
    ...AT,
    text: { field: "text" },
    align: { field: "align" },
    dx: { field: "dx" },
    dy: { field: "dy" },
    fontSize: { value: FONT_PX },
    fill: { value: "var(--ink)" },
  };
  return [
    { type: "symbol", from: { data: "ends" }, encode: { enter: dot } },
    { type: "text", from: { data: "ends" }, encode: { enter: text } },
  ];
}

function numbersOf({ ways }: CascadeResult, grounds: CascadeGrounds): Numbers {
  const names = waysNamed(grounds);
  const cell = (estimate: WayResult["quality"][number]) => `${areaCell(estimate?.value)} ${intervalCell(estimate, areaCell)}`.trim();
  return {
    columns: ["quality at", ...COSTS.map((cost) => `${Math.round(100 * cost)} %`), "mean"],
    rows: ways.map(({ way, quality, mean }) => [names[way], ...quality.map(cell), cell(mean)]),
  };
}
