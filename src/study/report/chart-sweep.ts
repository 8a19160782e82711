// All settings that were tried, by what they cost and how good they are, with the Pareto front: those that no other beats in both.
import type { Data, Mark, Spec } from "vega";
import type { SweepPoint } from "../evaluate/result.ts";
import { bottomAxis, type ChartSize, chartSpec, leftAxis } from "./chart.ts";
import { costCell, countText, percentCell } from "./figure-cells.ts";
import type { Figure } from "./html-figure.ts";
import { lookOf, type SeriesLook } from "./series.ts";

const MOST_DRAWN = 600; // beside the front: more would only be drawn over each other
const MOST_TOLD = 200; // settings of the front in the table

/** A policy that settings stand for, in the colour it has in the other charts. */
interface Tried extends SeriesLook {
  readonly name: string;
}

/** What the axes show: the figures that every setting has. */
interface View {
  readonly costTitle: string;
  readonly qualityTitle: string;
  readonly better: string;
  cost(point: SweepPoint): number;
  quality(point: SweepPoint): number;
}

export function sweepFigure(sweep: readonly SweepPoint[], policies: readonly string[]): Figure | undefined {
  if (sweep.length === 0) return undefined;
  const front = sweep.filter(({ onFront }) => onFront).toSorted((a, b) => b.weakShare - a.weakShare);
  const view = viewOf(sweep);
  const tried = policiesOf(sweep, policies);
  const counts = `${countText(front.length)} of ${countText(sweep.length)}`;
  const told = front.slice(0, MOST_TOLD);
  const more = front.length > told.length ? ` The table has the first ${MOST_TOLD} of them.` : "";
  return {
    title: "Settings tried",
    about: `${counts} settings are on the front: no other is both cheaper and better. ${view.better}${more}`,
    description: `${countText(front.length)} settings are on the front, from ${tell(front[0])} to ${tell(front.at(-1))}.`,
    draw: (size) => sweepSpec(sweep, front, tried, view, size),
    legend: [
      ...tried.map(({ name, color, shape }) => ({ label: name, color, look: { kind: "symbol", shape } as const })),
      { label: "on the front", color: "var(--ink)", look: { kind: "symbol", shape: "circle", hollow: true } as const },
    ],
    numbers: {
      columns: ["on the front", "policy", "weak, %", "misrouted, %", "gap recovered, %", "$ per 1,000"],
      rows: told.map((point) => [
        point.setting,
        point.policy,
        percentCell(point.weakShare),
        percentCell(point.misroute),
        percentCell(point.gapRecovered),
        costCell(point.costPer1000),
      ]),
    },
  };
}

/** Length may be among the settings without being one of the policies. */
function policiesOf(sweep: readonly SweepPoint[], policies: readonly string[]): readonly Tried[] {
  const withSettings = new Set(sweep.map(({ policy }) => policy));
  const all = [...new Set([...policies, ...withSettings])];
  return all.map((name, at) => ({ name, ...lookOf(at) })).filter(({ name }) => withSettings.has(name));
}

function tell(point: SweepPoint | undefined): string {
  return point === undefined ? "none" : `${point.policy}, ${point.setting} (${percentCell(point.weakShare)} % weak)`;
}

function viewOf(sweep: readonly SweepPoint[]): View {
  const priced = sweep.every(({ costPer1000 }) => costPer1000 !== undefined);
  const scored = sweep.every(({ gapRecovered }) => gapRecovered !== undefined);
  return {
    costTitle: priced ? "cost, $ per 1,000 requests" : "sent to strong, % of requests (cost →)",
    qualityTitle: scored ? "gap recovered, %" : "misrouted, % of requests",
    better: scored ? "Up and to the left is better." : "Down and to the left is better.",
    cost: ({ costPer1000, weakShare }) => (priced ? (costPer1000 ?? 0) : 100 * (1 - weakShare)),
    quality: ({ gapRecovered, misroute }) => 100 * (scored ? (gapRecovered ?? 0) : misroute),
  };
}

function sweepSpec(sweep: readonly SweepPoint[], front: readonly SweepPoint[], tried: readonly Tried[], view: View, size: ChartSize): Spec {
  const margins = { left: 42, right: 16, top: 34, bottom: 54 };
  const place = (point: SweepPoint) => ({ cost: view.cost(point), quality: view.quality(point) });
  const rest = spread(sweep.filter(({ onFront }) => !onFront));
  const dotsOf = (name: string, points: readonly SweepPoint[]) => points.filter(({ policy }) => policy === name).map(place);
  const all = sweep.map(place);
  return chartSpec(size, {
    height: size.name === "wide" ? 380 : 300,
    margins,
    scales: [
      { name: "cost", type: "linear", domain: [0, most(all.map(({ cost }) => cost))], range: "width", nice: true },
      {
        name: "quality",
        type: "linear",
        domain: [least(all.map(({ quality }) => quality)), most(all.map(({ quality }) => quality))],
        range: "height",
        nice: true,
      },
    ],
    axes: [bottomAxis("cost", view.costTitle, size), leftAxis("quality", view.qualityTitle, margins)],
    data: [
      { name: "front", values: front.map(place).toSorted((a, b) => a.cost - b.cost || a.quality - b.quality) },
      ...tried.flatMap(({ name }, at): Data[] => [
        { name: `rest-${at}`, values: dotsOf(name, rest) },
        { name: `front-${at}`, values: dotsOf(name, front) },
      ]),
    ],
    marks: [
      ...tried.map((each, at) => dots(`rest-${at}`, each, { size: 26, opacity: 0.45, stroke: "transparent" })),
      frontLine(),
      ...tried.map((each, at) => dots(`front-${at}`, each, { size: 70, opacity: 1, stroke: "var(--ink)" })),
    ],
  });
}

interface Dot {
  readonly size: number; // square pixels
  readonly opacity: number;
  readonly stroke: string;
}

function dots(data: string, { shape, color }: Tried, { size, opacity, stroke }: Dot): Mark {
  const place = { x: { scale: "cost", field: "cost" }, y: { scale: "quality", field: "quality" } };
  const look = { shape: { value: shape }, size: { value: size }, fill: { value: color }, opacity: { value: opacity } };
  return { type: "symbol", from: { data }, encode: { enter: { ...place, ...look, stroke: { value: stroke } } } };
}

function frontLine(): Mark {
  const place = { x: { scale: "cost", field: "cost" }, y: { scale: "quality", field: "quality" } };
  return {
    type: "line",
    from: { data: "front" },
    encode: { enter: { ...place, stroke: { value: "var(--soft)" }, strokeWidth: { value: 1 } } },
  };
}

/** Evenly thinned. */
function spread(points: readonly SweepPoint[]): readonly SweepPoint[] {
  const every = Math.ceil(points.length / MOST_DRAWN);
  return every <= 1 ? points : points.filter((_, at) => at % every === 0);
}

/** Of lists too long to be arguments. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), 0);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 1e-6);
}
