// The same policies on parts of the requests, by group or by language: a point and its interval for each part.
import type { Axis, Mark, Spec } from "vega";
import type { Estimate, PolicyResult, Slice } from "../evaluate/result.ts";
import { bottomAxis, type ChartSize, chartSpec, innerWidth } from "./chart.ts";
import { chartRows } from "./chart-rows.ts";
import { areaCell, countText, intervalCell, percentCell, percentText } from "./figure-cells.ts";
import type { Figure, LegendEntry, Numbers } from "./html-figure.ts";
import { RANDOM_DASH, type Series, seriesOf } from "./series.ts";

const SHOWN = 30;

/** What a chart shows of each part. */
interface Measure {
  readonly title: string;
  readonly axis: string;
  readonly about: string;
  readonly times: number; // from the figure to the axis
  readonly most: number; // end of the axis; undefined: as far as the data go
  readonly reference: number | undefined; // what random comes to, at any share
  of(slice: Slice): Estimate | undefined;
  whole(policy: PolicyResult): number | undefined;
  text(value: number): string;
}

const MISROUTE: Measure = {
  title: "Misroutes",
  axis: "misrouted, % of requests",
  about: "Further left is better. The thin line is the policy on all requests.",
  times: 100,
  most: 100,
  reference: undefined,
  of: ({ misroute }) => misroute,
  whole: ({ figures }) => figures.labels.misroute.value,
  text: (value) => `${percentCell(value)} %`,
};

const AREA: Measure = {
  title: "APGR",
  axis: "APGR, area under the curve",
  about: "Further right is better; 0.5 is what random comes to. The thin line is the policy on all requests.",
  times: 1,
  most: 1,
  reference: 0.5,
  of: ({ apgr }) => apgr,
  whole: ({ figures }) => figures.scores?.apgr?.value,
  text: areaCell,
};

export type Parts = (policy: PolicyResult) => readonly Slice[];

/** One part alone is the whole, and says nothing new. */
export function sliceFigures(policies: readonly PolicyResult[], by: string, parts: Parts): readonly Figure[] {
  const series = seriesOf(policies).filter(({ policy }) => parts(policy).length > 1);
  return [MISROUTE, AREA].flatMap((measure) => {
    const drawn = series.filter(({ policy }) => parts(policy).some((slice) => measure.of(slice) !== undefined));
    return drawn.length === 0 ? [] : [sliceFigure(drawn, by, parts, measure)];
  });
}

function sliceFigure(series: readonly Series[], by: string, parts: Parts, measure: Measure): Figure {
  const names = namesOf(series, parts, measure);
  const all = new Set(series.flatMap(({ policy }) => parts(policy).map(({ name }) => name))).size;
  const more =
    all > names.length ? ` Drawn are the ${names.length} with most requests that have this figure; the table has all ${all}.` : "";
  return {
    title: `${measure.title} ${by}`,
    about: `${measure.about}${more}`,
    description: descriptionOf(series, parts, measure, names),
    draw: (size) => sliceSpec(series, names, parts, measure, size),
    legend: [
      ...series.map(({ policy, color, shape }): LegendEntry => ({ label: policy.name, color, look: { kind: "line", dash: [], shape } })),
      ...(measure.reference === undefined
        ? []
        : [{ label: "random", color: "var(--soft)", look: { kind: "line", dash: RANDOM_DASH } } as const]),
    ],
    numbers: numbersOf(series, parts),
  };
}

/** Of those that have the figure the ones with most requests, the highest figure of the first policy first. */
function namesOf([first, ...others]: readonly Series[], parts: Parts, measure: Measure): readonly string[] {
  if (first === undefined) return [];
  const told = [first, ...others].map(({ policy }) => new Set(parts(policy).flatMap((slice) => (measure.of(slice) ? [slice.name] : []))));
  const largest = parts(first.policy)
    .filter(({ name }) => told.some((names) => names.has(name)))
    .toSorted((a, b) => b.rows - a.rows)
    .slice(0, SHOWN);
  const value = (slice: Slice) => measure.of(slice)?.value ?? Number.NEGATIVE_INFINITY;
  return largest.toSorted((a, b) => value(b) - value(a) || b.rows - a.rows).map(({ name }) => name);
}

function descriptionOf(series: readonly Series[], parts: Parts, measure: Measure, names: readonly string[]): string {
  return series
    .map(({ policy }) => {
      const slices = names.flatMap((name) => parts(policy).filter((slice) => slice.name === name && measure.of(slice) !== undefined));
      const [highest, lowest] = [slices[0], slices.at(-1)];
      const tell = (slice: Slice | undefined) =>
        slice === undefined ? "nothing" : `${slice.name} ${measure.text(measure.of(slice)?.value ?? 0)}`;
      return `${policy.name}: from ${tell(highest)} to ${tell(lowest)}.`;
    })
    .join(" ");
}

const LONG = 12; // rows from which the axis stands at the top too
const LINE = 13; // px, of a policy in a row

function sliceSpec(series: readonly Series[], names: readonly string[], parts: Parts, measure: Measure, size: ChartSize): Spec {
  const rows = chartRows(size, names, LINE * series.length + 9, { right: 16, top: names.length > LONG ? 26 : 8 });
  const values = series.flatMap(({ policy }, at) => pointValues(policy, names, parts, measure).map((value) => ({ ...value, series: at })));
  const most = Math.min(measure.most, 1.04 * Math.max(0.1 * measure.most, ...values.map(({ high }) => high)));
  const offset = (at: number) => (at - (series.length - 1) / 2) * LINE;
  return chartSpec(size, {
    height: rows.height,
    margins: rows.margins,
    scales: [{ name: "figure", type: "linear", domain: [0, most], range: "width", clamp: true, nice: true }],
    axes: [bottomAxis("figure", measure.axis, size), ...(names.length > LONG ? [topAxis(size)] : [])],
    data: [
      { name: "rows", values: names.map((_, row) => ({ ...rows.label(row), top: row * rows.rowHeight })) },
      ...series.map((_, at) => ({
        name: `points-${at}`,
        values: values.filter((value) => value.series === at).map((value) => ({ ...value, y: rows.middle(value.row) + offset(at) })),
      })),
    ],
    marks: [
      rowLines(rows.margins.left, innerWidth(size, rows.margins)),
      ...(measure.reference === undefined ? [] : [standingLine(measure.reference, rows.height, "var(--soft)", RANDOM_DASH, 1.5)]),
      ...series.flatMap(({ policy, color, dash }) => {
        const whole = measure.whole(policy);
        return whole === undefined ? [] : [standingLine(whole * measure.times, rows.height, color, dash, 1)];
      }),
      ...series.flatMap(({ color, shape }, at) => pointMarks(`points-${at}`, color, shape)),
      rows.labels,
    ],
  });
}

function pointValues(policy: PolicyResult, names: readonly string[], parts: Parts, measure: Measure) {
  const slices = new Map(parts(policy).map((slice) => [slice.name, slice]));
  return names.flatMap((name, row) => {
    const slice = slices.get(name);
    const estimate = slice === undefined ? undefined : measure.of(slice);
    if (estimate === undefined) return [];
    const { value, low, high } = estimate;
    return [{ row, value: measure.times * value, low: measure.times * low, high: measure.times * high }];
  });
}

function topAxis(size: ChartSize): Axis {
  return { orient: "top", scale: "figure", tickCount: size.name === "wide" ? 10 : 5 };
}

/** Between the rows. */
function rowLines(left: number, width: number): Mark {
  const place = { x: { value: -left }, x2: { value: width }, y: { field: "top" } };
  return { type: "rule", from: { data: "rows" }, encode: { enter: { ...place, stroke: { value: "var(--grid)" } } } };
}

function standingLine(value: number, height: number, color: string, dash: readonly number[], width: number): Mark {
  const place = { x: { scale: "figure", value }, y: { value: 0 }, y2: { value: height } };
  const look = { stroke: { value: color }, strokeWidth: { value: width }, strokeDash: { value: [...dash] }, strokeOpacity: { value: 0.7 } };
  return { type: "rule", encode: { enter: { ...place, ...look } } };
}

function pointMarks(data: string, color: string, shape: string): readonly Mark[] {
  const interval = { x: { scale: "figure", field: "low" }, x2: { scale: "figure", field: "high" }, y: { field: "y" } };
  const point = { x: { scale: "figure", field: "value" }, y: { field: "y" }, shape: { value: shape }, size: { value: 64 } };
  return [
    { type: "rule", from: { data }, encode: { enter: { ...interval, stroke: { value: color }, strokeWidth: { value: 2 } } } },
    { type: "symbol", from: { data }, encode: { enter: { ...point, fill: { value: color }, stroke: { value: "var(--paper)" } } } },
  ];
}

function numbersOf(series: readonly Series[], parts: Parts): Numbers {
  const several = series.length > 1;
  const slices = series.flatMap(({ policy }) => parts(policy).map((slice) => ({ slice, policy })));
  const scored = slices.some(({ slice }) => slice.gapRecovered !== undefined);
  const bySize = slices.toSorted((a, b) => b.slice.rows - a.slice.rows || compare(a.slice.name, b.slice.name));
  return {
    columns: ["", ...(several ? ["policy"] : []), "requests", "weak, %", "misrouted", ...(scored ? ["gap recovered", "APGR"] : [])],
    rows: bySize.map(({ slice, policy }) => [
      slice.name,
      ...(several ? [policy.name] : []),
      countText(slice.rows),
      percentCell(slice.weakShare),
      percentText(slice.misroute),
      ...(scored ? [percentText(slice.gapRecovered), `${areaCell(slice.apgr?.value)} ${intervalCell(slice.apgr, areaCell)}`] : []),
    ]),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
