// Whether a policy's probabilities can be believed: how often strong was needed among the requests that it gave about the same probability,
// and how many requests there are of each.
import type { Mark, Spec } from "vega";
import type { CalibrationBin } from "../evaluate/result.ts";
import { shareOf } from "../evaluate/wilson.ts";
import { bottomAxis, type ChartSize, chartSpec, FONT_PX, leftAxis } from "./chart.ts";
import { countText, percentCell } from "./figure-cells.ts";
import type { Figure } from "./html-figure.ts";
import { RANDOM_DASH, type Series } from "./series.ts";

export function calibrationFigure({ policy: { name, calibration }, color, shape }: Series): Figure | undefined {
  if (calibration.length === 0) return undefined;
  return {
    title: `Calibration of ${name}`,
    about: "On the diagonal, of requests said to need strong with 30 % as many do; above it more do, below it fewer. Bars count requests.",
    description: `On average ${percentCell(error(calibration))} points off. ${calibration.map(binText).join(" ")}`,
    draw: (size) => calibrationSpec(calibration, color, shape, size),
    legend: [
      { label: `${name}, with 95 % interval`, color, look: { kind: "line", dash: [], shape } },
      { label: "as predicted", color: "var(--soft)", look: { kind: "line", dash: RANDOM_DASH } },
      { label: "requests", color: "var(--soft)", look: { kind: "block", opacity: 0.5 } },
    ],
    numbers: {
      columns: ["predicted, %", "needed strong, %", "95 % interval", "requests"],
      rows: calibration.map((bin) => {
        const { low, high } = shareOf(bin.observed * bin.rows, bin.rows);
        return [percentCell(bin.predicted), percentCell(bin.observed), `[${percentCell(low)}–${percentCell(high)}]`, countText(bin.rows)];
      }),
    },
  };
}

function binText({ predicted, observed }: CalibrationBin): string {
  return `Said ${percentCell(predicted)} %, was ${percentCell(observed)} %.`;
}

/** Expected calibration error: the mean distance from the diagonal, by requests. */
function error(bins: readonly CalibrationBin[]): number {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, bin) => sum + bin.rows * Math.abs(bin.predicted - bin.observed), 0) / Math.max(1, rows);
}

const COUNTS_HEIGHT = 46; // px, of the bars below
const BETWEEN = 22;

function calibrationSpec(bins: readonly CalibrationBin[], color: string, shape: string, size: ChartSize): Spec {
  const margins = { left: 42, right: 16, top: 34, bottom: 54 };
  const plot = size.name === "wide" ? 320 : 240;
  const height = plot + BETWEEN + COUNTS_HEIGHT;
  const left = leftAxis("observed", "needed strong, % of requests", margins);
  const most = Math.max(1, ...bins.map(({ rows }) => rows));
  const values = bins.map((bin) => {
    const { low, high } = shareOf(bin.observed * bin.rows, bin.rows);
    return { predicted: 100 * bin.predicted, observed: 100 * bin.observed, low: 100 * low, high: 100 * high, rows: bin.rows };
  });
  return chartSpec(size, {
    height,
    margins,
    scales: [
      { name: "predicted", type: "linear", domain: [0, 100], range: "width" },
      { name: "observed", type: "linear", domain: [0, 100], range: [plot, 0] },
      { name: "rows", type: "linear", domain: [0, most], range: [height, height - COUNTS_HEIGHT] },
    ],
    axes: [bottomAxis("predicted", "predicted: needs strong, %", size), left],
    data: [
      { name: "bins", values },
      {
        name: "diagonal",
        values: [
          { predicted: 0, observed: 0 },
          { predicted: 100, observed: 100 },
        ],
      },
    ],
    marks: [
      line("diagonal", "var(--soft)", RANDOM_DASH),
      counts(size.name === "wide" ? 6 : 3),
      countsTitle(height - COUNTS_HEIGHT - 6, most),
      line("bins", color, []),
      ...pointMarks(color, shape),
    ],
  });
}

const AT = { x: { scale: "predicted", field: "predicted" }, y: { scale: "observed", field: "observed" } } as const;

function line(data: string, color: string, dash: readonly number[]): Mark {
  const look = { stroke: { value: color }, strokeWidth: { value: 1.5 }, strokeDash: { value: [...dash] } };
  return { type: "line", from: { data }, encode: { enter: { ...AT, ...look } } };
}

function pointMarks(color: string, shape: string): readonly Mark[] {
  const ends = { x: AT.x, y: { scale: "observed", field: "low" }, y2: { scale: "observed", field: "high" } };
  const look = { shape: { value: shape }, size: { value: 80 }, fill: { value: color }, stroke: { value: "var(--paper)" } };
  return [
    { type: "rule", from: { data: "bins" }, encode: { enter: { ...ends, stroke: { value: color }, strokeWidth: { value: 1.5 } } } },
    { type: "symbol", from: { data: "bins" }, encode: { enter: { ...AT, ...look } } },
  ];
}

function counts(width: number): Mark {
  const place = { x: AT.x, width: { value: width }, y: { scale: "rows", field: "rows" }, y2: { scale: "rows", value: 0 } };
  return {
    type: "rect",
    from: { data: "bins" },
    encode: { enter: { ...place, x: { ...AT.x, offset: -width / 2 }, fill: { value: "var(--soft)" }, fillOpacity: { value: 0.5 } } },
  };
}

function countsTitle(y: number, most: number): Mark {
  const text = {
    text: { value: `requests (the highest bar: ${countText(most)})` },
    fontSize: { value: FONT_PX },
    fill: { value: "var(--soft)" },
  };
  return { type: "text", encode: { enter: { x: { field: { group: "width" } }, align: { value: "right" }, y: { value: y }, ...text } } };
}
