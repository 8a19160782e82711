// Runs in the browser: the rollout under way, as a table of its guards and its evidence against time. These functions arrive there as their
// own source (see page.ts); what they need of others is given to them.
import type { RolloutStatus } from "../rollout/status.ts";
import type { Chart, ChartSeries } from "./page-chart.ts";
import type { element, fill, place } from "./page-script.ts";

export interface RolloutParts {
  drawChart(chart: Chart, width: number): SVGElement;
  readonly element: typeof element;
  readonly fill: typeof fill;
  readonly place: typeof place;
}

/** Asks every 5 seconds. Without a rollout its place stays hidden. */
export function startRollout(parts: RolloutParts): void {
  const ask = async () => {
    // That nobody answers is said by the rest of the page.
    const response = await fetch("v1/rollout", { cache: "no-store", signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    const answer: { readonly rollout?: readonly RolloutStatus[] } = response?.ok ? await response.json() : {};
    if (response !== undefined) drawRollout(answer.rollout ?? [], parts);
    setTimeout(ask, 5000);
  };
  void ask();
}

/** Of several processes the first has its picture: each judges its own traffic. */
export function drawRollout(statuses: readonly RolloutStatus[], parts: RolloutParts): void {
  const { fill, place } = parts;
  const [first] = statuses;
  const section = place("rollout");
  section.hidden = first === undefined;
  if (first === undefined) return;
  const percent = (share: number) => `${Number((100 * share).toFixed(2))} %`;
  const part = ({ is, needed }: { readonly is: number; readonly needed: number }) =>
    `${Math.min(100, Math.max(0, Math.round((100 * is) / needed)))} %`;
  const { candidate, stable, status, stage, stages, share, requests, units, changed, because } = first;
  const isOver = status === "rolled-back" || status === "complete";
  const stays = isOver ? "" : `; it stays, since ${because}`;
  const last = changed === null ? "" : `; last change: ${changed.action}, ${changed.because} ${changed.guards.join(", ")}`;
  place("rollout-text").textContent =
    `${candidate} against ${stable}: ${status}, stage ${stage + 1} of ${stages.length}, ${percent(share)} of the units, ` +
    `${requests.candidate} requests of ${units.candidate} units in the candidate's arm, ` +
    `${requests.stable} of ${units.stable} in the other${stays}${last}`;
  const rows = first.guards.map(({ guard, rates, harm, excluded, is }) => {
    const rate = (value: number) => (guard === "cost" ? `$${value.toPrecision(3)}` : percent(value));
    return [guard, rate(rates.stable), rate(rates.candidate), part(harm), part(excluded), is];
  });
  const marked = first.guards.map(({ is }) => is === "harmful");
  fill("rollout-guards", rows, "Nothing is compared in this stage.", marked);
  drawEvidence(first, parts);
}

export function drawEvidence({ curve }: RolloutStatus, { drawChart, element, place }: RolloutParts): void {
  const figure = place("rollout-chart");
  const series = curve.guards.map(({ guard, harm }, at): ChartSeries => ({ name: guard, colour: `var(--series-${at % 6})`, values: harm }));
  if (curve.seconds.length < 2) return figure.replaceChildren();
  const minutes = Math.max(1, Math.round((curve.seconds.at(-1) ?? 0) / 60));
  const chart = {
    title: "evidence of harm; at 100 % it is proven",
    series,
    stacked: false,
    minutes,
    shown: (value: number) => `${Math.round(100 * value)} %`,
  };
  const legend = series.map(({ name, colour }) => {
    const one = element("span", "", name);
    one.style.borderBottom = `2px solid ${colour}`;
    return one;
  });
  figure.replaceChildren(
    element("p", "", chart.title, ": ", ...legend.flatMap((one) => [one, " "])),
    drawChart(chart, Math.max(240, figure.clientWidth)),
  );
}
