// An evaluation as one page: opens anywhere, asks the network for nothing, runs no script. Charts are drawn here, once. Loads vega,
// which is large: import it only where a page is asked for.
import type { EvaluationResult } from "../evaluate/result.ts";
import { calibrationFigure } from "./chart-calibration.ts";
import { curveFigure } from "./chart-curve.ts";
import { keywordFigure } from "./chart-keywords.ts";
import { sliceFigures } from "./chart-slices.ts";
import { sweepFigure } from "./chart-sweep.ts";
import { type Figure, figureMarkup } from "./html-figure.ts";
import { guideSection } from "./html-guide.ts";
import { misrouteSection } from "./html-misroutes.ts";
import { htmlPage } from "./html-page.ts";
import { confusionSection, policiesSection, robustSection } from "./html-policies.ts";
import { aboutSection, nextSection } from "./html-run.ts";
import { dataSection, gateSection, verdictSection, warningSection } from "./html-verdicts.ts";
import { html, type Markup } from "./markup.ts";
import { seriesOf } from "./series.ts";

/** The same result gives the same page, to the byte. */
export async function htmlReport(result: EvaluationResult): Promise<string> {
  const { files, policies, warnings, gate, sweep, about, next } = result;
  const names = policies.map(({ name }) => name);
  const charts = await chartSections([
    ["curve", "Cost and quality", present([curveFigure(result)])],
    ["keywords", "Keywords that help, keywords that hurt", present(policies.map(keywordFigure))],
    ["calibration", "Calibration", present(seriesOf(policies).map(calibrationFigure))],
    ["groups", "By group", sliceFigures(policies, "by group", ({ byGroup }) => byGroup)],
    ["languages", "By language", sliceFigures(policies, "by language", ({ byLanguage }) => byLanguage)],
    ["sweep", "Sweep", present([sweepFigure(sweep, names)])],
  ]);
  const curve = charts.filter(({ id }) => id === "curve");
  const body = [
    dataSection(result),
    verdictSection(policies),
    warnings.length > 0 ? warningSection(warnings) : undefined,
    contents(result, charts),
    gate.length > 0 ? gateSection(gate) : undefined,
    policiesSection(result),
    ...curve.map(({ section }) => section),
    confusionSection(policies),
    robustSection(policies),
    ...charts.filter((chart) => !curve.includes(chart)).map(({ section }) => section),
    policies.some(({ worst }) => worst.length > 0) ? misrouteSection(policies) : undefined,
    guideSection(result),
    about === undefined ? undefined : aboutSection(about),
    next === undefined || next.length === 0 ? undefined : nextSection(next),
  ];
  return htmlPage(`Does it route? ${names.join(", ")} on ${files.join(", ")}`, body);
}

interface ChartSection {
  readonly id: string;
  readonly title: string;
  readonly section: Markup;
}

/** Those with something to show. */
async function chartSections(
  planned: readonly (readonly [id: string, title: string, figures: readonly Figure[]])[],
): Promise<readonly ChartSection[]> {
  const sections: ChartSection[] = [];
  for (const [id, title, figures] of planned) {
    if (figures.length === 0) continue;
    const drawn: Markup[] = [];
    for (const figure of figures) drawn.push(await figureMarkup(figure));
    sections.push({ id, title, section: html`<section id="${id}"><h2>${title}</h2>${drawn}</section>\n` });
  }
  return sections;
}

function contents({ policies, gate, about, next }: EvaluationResult, charts: readonly ChartSection[]): Markup {
  const [curve, rest] = [charts.filter(({ id }) => id === "curve"), charts.filter(({ id }) => id !== "curve")];
  const entries = [
    ...(gate.length > 0 ? [{ id: "gate", title: "Gate" }] : []),
    { id: "figures", title: "Figures" },
    ...curve,
    { id: "went", title: "Where requests went" },
    ...(policies.some(({ robust }) => robust.length > 0) ? [{ id: "robust", title: "Flips" }] : []),
    ...rest,
    ...(policies.some(({ worst }) => worst.length > 0) ? [{ id: "misroutes", title: "Worst misroutes" }] : []),
    { id: "guide", title: "How to read this page" },
    ...(about === undefined ? [] : [{ id: "run", title: "This run" }]),
    ...(next === undefined || next.length === 0 ? [] : [{ id: "next", title: "What to do next" }]),
  ];
  return html`<nav aria-label="Contents">${entries.map(({ id, title }) => html`<a href="#${id}">${title}</a>\n`)}</nav>\n`;
}

function present<T>(values: readonly (T | undefined)[]): readonly T[] {
  return values.filter((value) => value !== undefined);
}
