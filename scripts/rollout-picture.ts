// Draws the picture of docs/rollout.md, light and dark, from figures kept beside it. Run: node scripts/rollout-picture.ts
// The figures: node bench/rollout.ts --runs 400 --figures docs/pictures/rollout.json
import { readFileSync, writeFileSync } from "node:fs";
import type { Mark, Spec } from "vega";
import { bottomAxis, type ChartSize, chartSpec, leftAxis } from "../src/study/report/chart.ts";
import { framedPicture, PICTURES_FOLDER, type Theme } from "./framed-picture.ts";

interface Series {
  readonly label: string;
  readonly points: readonly (readonly [hours: number, percent: number])[];
}

const FIGURES_FILE = new URL("rollout.json", PICTURES_FOLDER);
/** What is drawn of the figures, and how: ours in one colour, the rule in the other. */
const LINES = [
  { label: "ours: fails 3 % instead of 1 %", color: "var(--series-0)", dash: [] },
  { label: "ours: harmless", color: "var(--series-0)", dash: [4, 2] },
  { label: "rule: fails 3 % instead of 1 %", color: "var(--series-1)", dash: [] },
  { label: "rule: harmless", color: "var(--series-1)", dash: [4, 2] },
] as const;

export function rolloutPictureFile(theme: Theme): URL {
  return new URL(`rollout-${theme}.svg`, PICTURES_FOLDER);
}

export async function rolloutPictureText(theme: Theme): Promise<string> {
  const figures = JSON.parse(readFileSync(FIGURES_FILE, "utf8")) as readonly Series[];
  const lines = LINES.map((line) => {
    const points = figures.find(({ label }) => label === line.label)?.points;
    if (points === undefined) throw new Error(`${FIGURES_FILE.pathname} has no ${line.label}`);
    return { ...line, points };
  });
  const ends = lines.map(({ label, points }) => `${label}: ${(points.at(-1)?.[1] ?? 0).toFixed(0)} %`).join("; ");
  return framedPicture(
    {
      title: "Rollouts that were rolled back, by hours at 10 % of 10 requests a second",
      description: `After 48 hours: ${ends}.`,
      draw: (size) => specOf(lines, size),
      legend: lines.map(({ label, color, dash }) => ({ label, color, look: { kind: "line", dash } })),
    },
    theme,
  );
}

function specOf(lines: readonly (Series & (typeof LINES)[number])[], size: ChartSize): Spec {
  const margins = { left: 42, right: 16, top: 34, bottom: 54 };
  const ticks = [1 / 60, 1 / 12, 0.25, 1, 4, 12, 48];
  const names = "{'0.0167': '1 min', '0.0833': '5 min', '0.250': '15 min'}[format(datum.value, '.3r')] || datum.value + ' h'";
  return chartSpec(size, {
    height: 280,
    margins,
    scales: [
      { name: "hours", type: "log", domain: [1 / 60, 48], range: "width" },
      { name: "percent", type: "linear", domain: [0, 100], range: "height" },
    ],
    axes: [
      { ...bottomAxis("hours", "since the stage began", size), values: ticks, encode: { labels: { update: { text: { signal: names } } } } },
      leftAxis("percent", "rolled back, % of the rollouts", margins),
    ],
    data: lines.map(({ label, points }) => ({ name: label, values: points.map(([hours, percent]) => ({ hours, percent })) })),
    marks: lines.map(({ label, color, dash }): Mark => {
      const look = { stroke: { value: color }, strokeWidth: { value: 2 }, strokeDash: { value: [...dash] } };
      const place = { x: { scale: "hours", field: "hours" }, y: { scale: "percent", field: "percent" } };
      return { type: "line", from: { data: label }, encode: { enter: { ...place, ...look } } };
    }),
  });
}

if (import.meta.main)
  for (const theme of ["light", "dark"] as const) writeFileSync(rolloutPictureFile(theme), await rolloutPictureText(theme));
