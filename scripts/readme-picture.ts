// Draws the picture of the README, light and dark, from figures kept beside it. Run: node scripts/readme-picture.ts [RESULT.json]
// A result of `sluice evaluate --json` replaces the figures first; what is not drawn is left out of them.
import { readFileSync, writeFileSync } from "node:fs";
import type { EvaluationResult } from "../src/study/evaluate/result.ts";
import { curveFigure } from "../src/study/report/chart-curve.ts";
import { framedPicture, PICTURES_FOLDER, type Theme } from "./framed-picture.ts";

const FIGURES_FILE = new URL("curve.json", PICTURES_FOLDER);

export function pictureFile(theme: Theme): URL {
  return new URL(`curve-${theme}.svg`, PICTURES_FOLDER);
}

export async function pictureText(theme: Theme): Promise<string> {
  const figure = curveFigure(JSON.parse(readFileSync(FIGURES_FILE, "utf8")) as EvaluationResult);
  if (figure === undefined) throw new Error(`${FIGURES_FILE.pathname} has no curve`);
  return framedPicture(figure, theme);
}

/** What is drawn of a result. */
function keepFigures(resultFile: string): void {
  const { truth, neededStrong, allWeakQuality, allStrongQuality, policies } = JSON.parse(
    readFileSync(resultFile, "utf8"),
  ) as EvaluationResult;
  const kept = {
    ...{ truth, neededStrong, allWeakQuality, allStrongQuality },
    policies: policies.map(({ name, figures, baselines, curve }) => ({ name: name.replace(/:.*/, ""), figures, baselines, curve })),
  };
  const rounded = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(6)) : value);
  writeFileSync(FIGURES_FILE, `${JSON.stringify(kept, rounded)}\n`);
}

if (import.meta.main) {
  const [resultFile] = process.argv.slice(2);
  if (resultFile !== undefined) keepFigures(resultFile);
  for (const theme of ["light", "dark"] as const) writeFileSync(pictureFile(theme), await pictureText(theme));
}
