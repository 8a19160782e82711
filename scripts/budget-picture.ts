// Draws the pictures of docs/limits.md, light and dark: a day's spending against its budget and the quality that was kept, from the figures
// that bench/budget-day.ts keeps beside them. Run: node scripts/budget-picture.ts
import { readFileSync, writeFileSync } from "node:fs";
import type { Mark, Spec } from "vega";
import type { BudgetDay, BudgetDayFigures } from "../bench/budget-day.ts";
import { bottomAxis, type ChartSize, chartSpec, leftAxis } from "../src/study/report/chart.ts";
import type { Figure } from "../src/study/report/html-figure.ts";
import { framedPicture, PICTURES_FOLDER, type Theme } from "./framed-picture.ts";

export const DAY_FIGURES_FILE = new URL("budget-day.json", PICTURES_FOLDER);
export const DAY_PICTURES = ["spend", "quality"] as const;
export type DayPicture = (typeof DAY_PICTURES)[number];

const MARGINS = { left: 42, right: 16, top: 34, bottom: 54 };
/** Of the days, in their order. */
const LOOKS: readonly { readonly color: string; readonly dash: readonly number[] }[] = [
  { color: "var(--soft)", dash: [6, 3] },
  { color: "var(--series-0)", dash: [] },
  { color: "var(--series-1)", dash: [] },
  { color: "var(--series-3)", dash: [] },
];
const BUDGET_LOOK = { color: "var(--bad)", dash: [2, 3] } as const;

type Pictured = Pick<Figure, "title" | "description" | "draw" | "legend">;

interface Point {
  readonly hour: number;
  readonly value: number;
}

export function dayPictureFile(picture: DayPicture, theme: Theme): URL {
  return new URL(`budget-${picture}-${theme}.svg`, PICTURES_FOLDER);
}

export function dayPictureText(picture: DayPicture, theme: Theme): Promise<string> {
  const figures = JSON.parse(readFileSync(DAY_FIGURES_FILE, "utf8")) as BudgetDayFigures;
  return framedPicture(picture === "spend" ? spendFigure(figures) : qualityFigure(figures), theme);
}

function spendFigure({ budgetUsd, days }: BudgetDayFigures): Pictured {
  const budget = [0, 24].map((hour) => ({ hour, value: budgetUsd }));
  const lines = days.map(({ spentUsd }) => [{ hour: 0, value: 0 }, ...spentUsd.map((value, at) => ({ hour: at + 1, value }))]);
  const title = "Spent so far, by hour of the day";
  return {
    title,
    description: days.map(({ name, spentUsd }) => `${name}: $${(spentUsd.at(-1) ?? 0).toFixed(2)}`).join(", "),
    draw: (size) => lineSpec(size, "spent so far, $", [...lines, budget], [...LOOKS.slice(0, days.length), BUDGET_LOOK]),
    legend: [...legendOf(days), { label: "budget", color: BUDGET_LOOK.color, look: { kind: "line", dash: BUDGET_LOOK.dash } }],
  };
}

function qualityFigure({ days }: BudgetDayFigures): Pictured {
  return {
    title: "Good answers, by hour of the day",
    description: days.map(({ name, goodShare }) => `${name}: ${(100 * goodShare).toFixed(1)} % of the day`).join(", "),
    draw: (size) => lineSpec(size, "good answers, % of requests", days.map(qualityLine), LOOKS),
    legend: legendOf(days),
  };
}

function qualityLine({ quality }: BudgetDay): readonly Point[] {
  return quality.map((value, at) => ({ hour: at + 0.5, value: 100 * value }));
}

function legendOf(days: readonly BudgetDay[]): Pictured["legend"] {
  return days.flatMap(({ name }, at) => {
    const look = LOOKS[at];
    return look === undefined ? [] : [{ label: name, color: look.color, look: { kind: "line" as const, dash: look.dash } }];
  });
}

function lineSpec(size: ChartSize, title: string, lines: readonly (readonly Point[])[], looks: typeof LOOKS): Spec {
  const most = Math.max(...lines.flatMap((line) => line.map(({ value }) => value)));
  return chartSpec(size, {
    height: 240,
    margins: MARGINS,
    scales: [
      { name: "hour", type: "linear", domain: [0, 24], range: "width" },
      { name: "value", type: "linear", domain: [0, most], range: "height", nice: true },
    ],
    axes: [{ ...bottomAxis("hour", "hour of the day", size), values: [0, 3, 6, 9, 12, 15, 18, 21, 24] }, leftAxis("value", title, MARGINS)],
    data: lines.map((values, at) => ({ name: `line-${at}`, values: [...values] })),
    marks: lines.map((_, at): Mark => {
      const { color, dash } = looks[at] ?? BUDGET_LOOK;
      const look = { stroke: { value: color }, strokeWidth: { value: 2 }, strokeDash: { value: [...dash] } };
      const place = { x: { scale: "hour", field: "hour" }, y: { scale: "value", field: "value" } };
      return { type: "line", from: { data: `line-${at}` }, encode: { enter: { ...place, ...look } } };
    }),
  });
}

if (import.meta.main) {
  for (const picture of DAY_PICTURES) {
    for (const theme of ["light", "dark"] as const) writeFileSync(dayPictureFile(picture, theme), await dayPictureText(picture, theme));
  }
}
