// The cost-quality curve: what every share of requests sent to strong would recover, each policy's own point on it, and what random and
// length do at the same share. With labels, what is recovered are the requests that needed strong.
import type { Data, Mark, Spec } from "vega";
import type { EvaluationResult, PolicyResult } from "../evaluate/result.ts";
import { bottomAxis, type ChartSize, chartSpec, FONT_PX, leftAxis } from "./chart.ts";
import { costCell, percentCell } from "./figure-cells.ts";
import type { Figure, LegendEntry, Numbers } from "./html-figure.ts";
import { RANDOM_DASH, type Series, seriesOf } from "./series.ts";

/** All in percent. */
interface Point {
  readonly strong: number;
  readonly reached: number;
  readonly low: number;
  readonly high: number;
}

export function curveFigure(result: EvaluationResult): Figure | undefined {
  const series = seriesOf(result.policies);
  const drawable = series.some(({ policy }) => policy.curve.length > 0 || operatingPoint(policy, result) !== undefined);
  if (!drawable) return undefined;
  const scored = result.truth === "scores";
  return {
    title: scored ? "Gap recovered, by share sent to strong" : "Requests that needed strong and got it, by share sent to strong",
    about: `${scored ? ENDS : ""}${DIAGONAL}${costText(result)}`,
    description: descriptionOf(series, result),
    draw: (size) => curveSpec(series, result, size),
    legend: legendOf(series, result),
    numbers: numbersOf(series, result),
  };
}

const ENDS = "0 % is the quality of weak alone, 100 % that of strong alone. ";
const DIAGONAL =
  "The further above the diagonal, the better the policy chooses; on the diagonal, a coin does as well. " +
  "The mark on a curve is where the policy's own threshold puts it.";

/** What the ends of the axis cost. */
function costText({ policies }: EvaluationResult): string {
  const costOf = (end: string) => policies[0]?.baselines.find(({ name }) => name === end)?.costPer1000;
  const [weak, strong] = [costOf("all-weak"), costOf("all-strong")];
  if (weak === undefined || strong === undefined) return "";
  return ` From left to right, 1,000 requests cost from $${costCell(weak)} to $${costCell(strong)}.`;
}

function operatingPoint({ figures: { weakShare, labels, scores } }: PolicyResult, { truth }: EvaluationResult): Point | undefined {
  const reached = truth === "scores" ? scores?.gapRecovered : labels.recall;
  if (reached === undefined) return undefined;
  return { strong: 100 * (1 - weakShare.value), reached: 100 * reached.value, low: 100 * reached.low, high: 100 * reached.high };
}

/** Of labels, recall follows from the misroute rate m, the share of strong s and the share p that needs it: FN = (m + p - s) / 2. */
function lengthPoint({ baselines }: PolicyResult, { truth, neededStrong }: EvaluationResult): Point | undefined {
  const length = baselines.find(({ name }) => name === "length");
  if (length === undefined) return undefined;
  const share = 1 - length.weakShare;
  const missed = (length.misroute + neededStrong - share) / 2;
  const recall = neededStrong === 0 ? undefined : 1 - missed / neededStrong;
  const reached = truth === "scores" ? length.gapRecovered : recall;
  return reached === undefined ? undefined : { strong: 100 * share, reached: 100 * reached, low: 100 * reached, high: 100 * reached };
}

const FARTHEST = 100; // percent beyond 0 and 100 that are still drawn: on few rows, ends of intervals lie anywhere

function curveSpec(series: readonly Series[], result: EvaluationResult, size: ChartSize): Spec {
  const margins = { left: 42, right: 16, top: 34, bottom: 54 };
  const own = series.flatMap(({ policy }) => operatingPoint(policy, result) ?? []);
  const length = series.flatMap(({ policy }) => lengthPoint(policy, result) ?? []);
  const seen = [
    ...series.flatMap(({ policy }) => policy.curve.flatMap(({ low, high }) => [100 * low, 100 * high])),
    ...own,
    ...length,
  ].flatMap((value) => (typeof value === "number" ? [value] : [value.reached, value.low, value.high]));
  const least = Math.max(-FARTHEST, Math.min(0, ...seen));
  const most = Math.min(100 + FARTHEST, Math.max(100, ...seen));
  const reached = result.truth === "scores" ? "gap recovered, %" : "needed strong and got it, %";
  return chartSpec(size, {
    height: size.name === "wide" ? 400 : 300,
    margins,
    scales: [
      { name: "strong", type: "linear", domain: [0, 100], range: "width" },
      { name: "reached", type: "linear", domain: [least, most], range: "height", nice: true, clamp: true },
    ],
    axes: [bottomAxis("strong", "sent to strong, % of requests (cost →)", size), leftAxis("reached", reached, margins)],
    data: [
      ...series.map(({ policy }, at): Data => ({ name: `curve-${at}`, values: curveValues(policy) })),
      ...series.map(
        ({ policy }, at): Data => ({ name: `own-${at}`, values: [operatingPoint(policy, result)].filter((own) => own !== undefined) }),
      ),
      { name: "length", values: length },
      {
        name: "random",
        values: [
          { strong: 0, reached: 0 },
          { strong: 100, reached: 100 },
        ],
      },
      { name: "ends", values: endsOf(result) },
    ],
    marks: [
      ...series.map((each, at) => bandMark(each, `curve-${at}`)),
      lineMark("random", "var(--soft)", RANDOM_DASH, 1.5),
      ...series.map(({ color, dash }, at) => lineMark(`curve-${at}`, color, dash, 2)),
      ...endMarks(),
      symbolMark("length", { shape: { value: "diamond" }, fill: { value: "var(--paper)" }, stroke: { value: "var(--length)" } }),
      ...series.flatMap(({ color, shape }, at) => ownMarks(`own-${at}`, color, shape)),
    ],
  });
}

function curveValues({ curve }: PolicyResult) {
  return curve.map(({ strongShare, gapRecovered, low, high }) => ({
    strong: 100 * strongShare,
    reached: 100 * gapRecovered,
    low: 100 * low,
    high: 100 * high,
  }));
}

/** The qualities that the ends stand for. */
function endsOf({ truth, allWeakQuality, allStrongQuality }: EvaluationResult) {
  const quality = (value: number | undefined) => (truth === "scores" && value !== undefined ? `, quality ${value.toFixed(3)}` : "");
  return [
    { strong: 0, reached: 0, text: `all weak${quality(allWeakQuality)}`, dx: 40, align: "left", dy: -4 },
    { strong: 100, reached: 100, text: `all strong${quality(allStrongQuality)}`, dx: 0, align: "right", dy: -9 },
  ];
}

const AT = { x: { scale: "strong", field: "strong" }, y: { scale: "reached", field: "reached" } } as const;

function bandMark({ color }: Series, data: string): Mark {
  const edges = { y: { scale: "reached", field: "low" }, y2: { scale: "reached", field: "high" } };
  return { type: "area", from: { data }, encode: { enter: { x: AT.x, ...edges, fill: { value: color }, fillOpacity: { value: 0.16 } } } };
}

function lineMark(data: string, color: string, dash: readonly number[], width: number): Mark {
  const look = { stroke: { value: color }, strokeWidth: { value: width }, strokeDash: { value: [...dash] } };
  return { type: "line", from: { data }, encode: { enter: { ...AT, ...look } } };
}

function symbolMark(data: string, look: Readonly<Record<string, object>>): Mark {
  return { type: "symbol", from: { data }, encode: { enter: { ...AT, size: { value: 90 }, strokeWidth: { value: 2 }, ...look } } };
}

function ownMarks(data: string, color: string, shape: string): readonly Mark[] {
  const interval = { x: AT.x, y: { scale: "reached", field: "low" }, y2: { scale: "reached", field: "high" } };
  return [
    { type: "rule", from: { data }, encode: { enter: { ...interval, stroke: { value: color }, strokeWidth: { value: 2 } } } },
    symbolMark(data, { shape: { value: shape }, size: { value: 150 }, fill: { value: color }, stroke: { value: "var(--paper)" } }),
  ];
}

function endMarks(): readonly Mark[] {
  const text = { text: { field: "text" }, dx: { field: "dx" }, dy: { field: "dy" }, align: { field: "align" } };
  return [
    symbolMark("ends", { shape: { value: "square" }, size: { value: 60 }, fill: { value: "var(--ink)" } }),
    {
      type: "text",
      from: { data: "ends" },
      encode: { enter: { ...AT, ...text, fill: { value: "var(--soft)" }, fontSize: { value: FONT_PX } } },
    },
  ];
}

function legendOf(series: readonly Series[], result: EvaluationResult): readonly LegendEntry[] {
  const banded = series.some(({ policy }) => policy.curve.length > 0);
  return [
    ...series.map(({ policy, color, dash, shape }): LegendEntry => {
      const look = policy.curve.length > 0 ? ({ kind: "line", dash, shape } as const) : ({ kind: "symbol", shape } as const);
      return { label: policy.name, color, look };
    }),
    ...(banded ? [{ label: "95 % interval", color: "var(--soft)", look: { kind: "block", opacity: 0.3 } } as const] : []),
    { label: "random", color: "var(--soft)", look: { kind: "line", dash: RANDOM_DASH } },
    ...(series.some(({ policy }) => lengthPoint(policy, result) !== undefined)
      ? [
          {
            label: "length, at a policy's share",
            color: "var(--length)",
            look: { kind: "symbol", shape: "diamond", hollow: true },
          } as const,
        ]
      : []),
  ];
}

function descriptionOf(series: readonly Series[], result: EvaluationResult): string {
  const what = result.truth === "scores" ? "of the gap" : "of those that need strong";
  return series
    .map(({ policy }) => {
      const own = operatingPoint(policy, result);
      if (own === undefined) return `${policy.name}: a curve without a point of its own.`;
      const length = lengthPoint(policy, result);
      const beside = length === undefined ? "" : `, length ${length.reached.toFixed(1)} %`;
      const share = own.strong.toFixed(1); // of a random choice, also what it reaches
      return `${policy.name}: ${own.reached.toFixed(1)} % ${what} at ${share} % strong; random ${share} %${beside}.`;
    })
    .join(" ");
}

function numbersOf(series: readonly Series[], result: EvaluationResult): Numbers {
  const withCurve = series.filter(({ policy }) => policy.curve.length > 0);
  const own = series.flatMap(({ policy }, at) => {
    const point = operatingPoint(policy, result);
    if (point === undefined) return [];
    const cells = withCurve.map((each) => (each === series[at] ? pointText(point) : ""));
    const alone = withCurve.includes(series[at] as Series) ? "" : `: ${pointText(point)}`;
    return [[`${policy.name}, at ${point.strong.toFixed(1)} % strong${alone}`, ...cells]];
  });
  const shares = withCurve.length === 0 ? [] : Array.from({ length: 11 }, (_, at) => at / 10);
  const curve = shares.map((share) => [
    `${Math.round(100 * share)} % strong`,
    ...withCurve.map(({ policy }) => {
      const point = policy.curve.find(({ strongShare }) => Math.abs(strongShare - share) < 0.001);
      return point === undefined ? "" : pointText({ reached: 100 * point.gapRecovered, low: 100 * point.low, high: 100 * point.high });
    }),
  ]);
  const unit = result.truth === "scores" ? "gap recovered, %" : "needed strong and got it, %";
  return { columns: [unit, ...withCurve.map(({ policy }) => policy.name)], rows: [...own, ...curve] };
}

function pointText({ reached, low, high }: Omit<Point, "strong">): string {
  const interval = low === high ? "" : ` [${percentCell(low / 100)}–${percentCell(high / 100)}]`;
  return `${percentCell(reached / 100)}${interval}`;
}
