// Runs in the browser: asks /live each second and draws the page anew. These functions arrive there as their own source (see page.ts):
// they may use each other, those of page-chart.ts that they are given, and what the browser has. Text only ever becomes text nodes.
import type { Figures } from "./figure-text.ts";
import type { Chart } from "./page-chart.ts";
import type { LiveQuantiles, LiveView, LiveWindow } from "./view.ts";

export interface PageParts {
  readonly figures: Figures;
  readonly drawChart: (chart: Chart, width: number) => SVGElement;
}

export function startPage(parts: PageParts): void {
  let view: LiveView | undefined;
  let failure: string | undefined;
  let minutes = 1;
  const draw = () => {
    drawState(view, failure, parts);
    if (view === undefined) return;
    drawTiles(view, minutes, parts);
    drawCharts(view, parts);
    drawTables(view, minutes, parts);
  };
  const ask = async () => {
    try {
      const response = await fetch("live", { cache: "no-store", signal: AbortSignal.timeout(5000) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      view = (await response.json()) as LiveView;
      failure = undefined;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    draw();
    setTimeout(ask, document.hidden ? 5000 : 1000);
  };
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-minutes]")) {
    button.addEventListener("click", () => {
      minutes = Number(button.dataset["minutes"]);
      for (const other of document.querySelectorAll("button[data-minutes]")) other.setAttribute("aria-pressed", String(other === button));
      draw();
    });
  }
  addEventListener("resize", draw);
  void ask();
}

export function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`invariant: the page has #${id}`);
  return found;
}

export function element(name: string, className: string, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

export function drawState(view: LiveView | undefined, failure: string | undefined, { figures }: PageParts): void {
  const ready = failure === undefined && view?.ready === true;
  const words = failure !== undefined ? `no answer (${failure}); what is shown is old` : view?.ready === true ? "ready" : `${view?.ready}`;
  place("state").replaceChildren(element("span", ready ? "dot good" : "dot bad"), words);
  document.body.classList.toggle("stale", failure !== undefined);
  if (view === undefined) return;
  const reload = place("reload");
  reload.hidden = !view.notReloaded;
  reload.replaceChildren(element("span", "dot bad"), `${view.notReloaded?.summary}. ${view.notReloaded?.hint}`);
  reload.title = view.notReloaded?.message ?? "";
  const store = place("store");
  store.hidden = !view.store;
  if (view.store) store.replaceChildren(element("span", view.store.away === null ? "dot good" : "dot bad"), figures.store(view.store));
  const taken = place("takeover");
  taken.hidden = (view.takeover?.causes.length ?? 0) === 0;
  if (view.takeover) taken.replaceChildren(element("span", "dot bad"), figures.takeover(view.takeover));
  place("about").textContent = `policy ${view.policy} · sluice ${view.version} · up ${figures.period(view.uptimeSeconds)}`;
}

export function drawTiles(view: LiveView, minutes: number, { figures }: PageParts): void {
  const window = view.windows.find((each) => each.minutes === minutes);
  if (window === undefined) return;
  const { decisions, finished, outcomes, fallbacks, serverErrors, unpriced, notChats, refused, discarded, cached, tiers } = window;
  const ratio = (count: number) => `${figures.share(count, finished)}`;
  const tiles: readonly (readonly [name: string, value: string, bad: boolean])[] = [
    ["requests", figures.rate(window.perSecond), false],
    [`decided ${tiers[0]?.name ?? ""}`, figures.share(tiers[0]?.decided ?? 0, decisions), false],
    ["cost per hour", figures.dollars(window.costPerHourUsd), false],
    ...(unpriced > 0 ? [["without a price", `${unpriced} of ${finished}`, true] as const] : []),
    [`saved per hour, against all ${tiers.at(-1)?.name ?? ""}`, figures.dollars(window.savedPerHourUsd), false],
    ...(discarded > 0 ? [["answers thrown away", ratio(discarded), discarded > 0.5 * finished] as const] : []),
    ...(discarded > 0 ? [["their cost per hour", figures.dollars(window.discardedPerHourUsd), false] as const] : []),
    ...(cached > 0
      ? [["answered by kept answers, saved per hour", `${ratio(cached)}, ${figures.dollars(window.cachedPerHourUsd)}`, false] as const]
      : []),
    ["fallbacks", ratio(fallbacks), fallbacks > 0.1 * finished],
    ["unrouted", ratio(outcomes.unrouted), outcomes.unrouted > 0],
    ["server errors", ratio(serverErrors), serverErrors > 0.02 * finished],
    ...(refused > 0 ? [["refused by limits", figures.share(refused, decisions), true] as const] : []),
    ...(notChats > 0 ? [["requests of no chat", String(notChats), false] as const] : []),
  ];
  place("tiles").replaceChildren(
    ...tiles.map(([name, value, bad]) => element("div", bad ? "tile bad" : "tile", element("dt", "", name), element("dd", "", value))),
  );
  place("hint").hidden = finished + outcomes.elsewhere > 0 || decisions === 0 || view.uptimeSeconds < 30;
}

export function drawCharts({ series, windows }: LiveView, { figures, drawChart }: PageParts): void {
  const minutes = (series.stepSeconds * series.fallbacks.length) / 60;
  const colour = (at: number) => `var(--series-${at % 6})`;
  const priced = windows.some(({ costPerHourUsd }) => costPerHourUsd !== null);
  const shared = { minutes, stacked: false };
  const charts: readonly Chart[] = [
    {
      ...shared,
      title: "Requests per second, by decided tier",
      stacked: true,
      shown: figures.rate,
      series: series.tiers.map(({ name, decidedPerSecond }, at) => ({ name, colour: colour(at), values: decidedPerSecond })),
    },
    {
      ...shared,
      title: "Time to first byte, P95 by served tier",
      shown: figures.milliseconds,
      series: series.tiers.map(({ name, firstByteP95Ms }, at) => ({ name, colour: colour(at), values: firstByteP95Ms })),
    },
    {
      ...shared,
      title: `Fallbacks and unrouted, each ${series.stepSeconds} s`,
      shown: (value) => String(Number(value.toFixed(1))),
      series: [
        { name: "fallbacks", colour: colour(4), values: series.fallbacks },
        { name: "unrouted", colour: "var(--bad)", values: series.unrouted },
      ],
    },
    ...(priced
      ? [
          {
            ...shared,
            title: "Cost per hour",
            stacked: true,
            shown: figures.dollars,
            series: [{ name: "cost", colour: colour(2), values: series.costPerHourUsd }],
          },
        ]
      : []),
  ];
  const box = place("charts");
  const columns = box.clientWidth >= 800 ? 2 : 1;
  const width = Math.floor((box.clientWidth - 24 * (columns - 1)) / columns) - 34;
  box.replaceChildren(...charts.map((chart) => element("figure", "card", caption(chart), drawChart(chart, width))));
}

export function caption({ title, series }: Chart): HTMLElement {
  const names = series.map(({ name, colour }) => {
    const swatch = element("span", "swatch");
    swatch.style.background = colour;
    return element("li", "", swatch, name);
  });
  return element("figcaption", "", element("h2", "", title), ...(series.length > 1 ? [element("ul", "legend", ...names)] : []));
}

export function drawTables(view: LiveView, minutes: number, parts: PageParts): void {
  const window = view.windows.find((each) => each.minutes === minutes);
  if (window === undefined) return;
  const { figures } = parts;
  drawTierTable(window, view, parts);
  drawLimits(view, parts);
  drawWeek(view, parts);
  drawRequests(view, parts);
  const reasons = window.reasons.map(({ tier, reason, count }) => [reason, tier, figures.share(count, window.decisions)]);
  fill("reasons", reasons, "No decisions yet.");
  const kinds = Object.entries(window.outcomes).map(([kind, count]) => [kind, String(count)]);
  fill("outcomes", kinds, "");
  const signals = view.signals.map(({ kind, tier, reason, requestId, ageSeconds }) => {
    return [kind, `${tier}: ${reason}`, requestId, `${figures.period(ageSeconds)} ago`];
  });
  const { signalsIgnored } = view;
  const leftOut = signalsIgnored > 0 ? [["left out", "beyond one a minute of a user", String(signalsIgnored), ""]] : [];
  const { audited } = view;
  const slice = audited === null ? [] : [["audit slice", auditText(audited, parts), `${audited.requests} requests`, "since the start"]];
  fill("signals", [...slice, ...signals, ...leftOut], "None so far.");
}

export function auditText({ misroutes, low, high }: NonNullable<LiveView["audited"]>, { figures }: PageParts): string {
  return `${figures.share(misroutes, 1)} [${figures.share(low, 1)} to ${figures.share(high, 1)}] misrouted`;
}

export function drawTierTable({ tiers, decisions }: LiveWindow, { health }: LiveView, { figures }: PageParts): void {
  const served = tiers.reduce((sum, tier) => sum + tier.served, 0);
  const between = (times: LiveQuantiles | null) =>
    `${figures.milliseconds(times?.p50 ?? null)} / ${figures.milliseconds(times?.p95 ?? null)}`;
  const healthOf = (name: string) => {
    const tier = health.find((one) => one.tier === name);
    const level = tier?.levelMs ? `${figures.milliseconds(tier.predictedMs)} / ${figures.milliseconds(tier.levelMs)}` : "–";
    return `${tier?.breaker ?? "–"}, ${level}${tier !== undefined && tier.late.length > 0 ? ` (late: ${tier.late.join(", ")})` : ""}`;
  };
  const rows = tiers.map(({ name, decided, served: count, errors, inputTokens, outputTokens, firstByteMs, durationMs }) => [
    name,
    figures.share(decided, decisions),
    figures.share(count, served),
    figures.share(errors, count),
    `${figures.tokens(inputTokens)} / ${figures.tokens(outputTokens)}`,
    between(firstByteMs),
    between(durationMs),
    ...(health.length > 0 ? [healthOf(name)] : []),
  ]);
  const troubled = health.filter(({ breaker, late }) => late.length > 0 || (breaker ?? "closed") !== "closed").map(({ tier }) => tier);
  place("health").hidden = health.length === 0;
  fill(
    "tiers",
    rows,
    "",
    tiers.map(({ name }) => troubled.includes(name)),
  );
}

/** Ratings by tier and by rule, and drift; marked: a mean under 4, the mark to aim at. */
export function drawWeek({ ratings, drift }: LiveView, { figures }: PageParts): void {
  place("ratings-card").hidden = ratings.tiers.length === 0;
  const cells = (name: string, tier: string, { ratings: count, mean, good }: LiveView["ratings"]["tiers"][number]) => [
    ...[name, tier, String(count), mean.toFixed(2), figures.share(good, 1)],
  ];
  const rated = [...ratings.tiers, ...ratings.rules];
  const rows = [
    ...ratings.tiers.map((each) => cells(each.tier, "all", each)),
    ...ratings.rules.map((each) => cells(each.reason, each.tier, each)),
  ];
  const low = rated.map(({ mean }) => mean < 4);
  fill("ratings", rows, "", low);
  const { scores, changes, retrain } = drift;
  place("drift-card").hidden = scores.length + changes.length === 0;
  const advice = place("retrain");
  advice.hidden = retrain.length === 0;
  advice.replaceChildren(element("span", "dot bad"), `Retrain: ${retrain.map(({ because }) => because).join("; ")}.`);
  const drifts = scores.map(({ policy, against, psi, scores: count, reference }) => [
    `scores against ${against}`,
    policy,
    psi === null ? "too few yet" : `PSI ${psi.toFixed(2)}`,
    `${count} / ${reference}`,
  ]);
  const changed = changes.map(({ of, from, to, values, ageSeconds }) => [
    of,
    `${figures.period(ageSeconds)} ago`,
    `${figures.share(from, 1)} to ${figures.share(to, 1)}`,
    String(values),
  ]);
  fill("drift", [...drifts, ...changed], "", [...scores.map(({ psi }) => (psi ?? 0) >= 0.25), ...changes.map(() => false)]);
}

/** Marked: it is used up, or will be before its window ends. */
export function drawLimits({ limits }: LiveView, { figures }: PageParts): void {
  place("limits-card").hidden = limits.length === 0;
  const rows = limits.flatMap(({ name, measure, amount, kind, steering, scopes }) =>
    scopes.map(({ scope, window, passed, used, reserved, left, forecast, shift }) => ({
      cells: [
        ...[name, scope === "" ? "all" : scope, window, figures.share(passed, 1)],
        ...[used, reserved, left, amount, forecast].map((value) => figures.amount(value, measure)),
        kind === "quota" || steering === "off" ? "–" : figures.share(Math.min(shift, 1), 1),
      ],
      isShort: left <= 0 || Math.max(used + reserved, forecast ?? 0) > 1.005 * amount,
    })),
  );
  const marked = rows.map(({ isShort }) => isShort);
  fill(
    "limits",
    rows.map(({ cells }) => cells),
    "Nothing was used of them yet.",
    marked,
  );
}

export function drawRequests({ requests }: LiveView, { figures }: PageParts): void {
  const rows = requests.map(({ ageSeconds, tier, reason, served, status, attempts, durationMs, inputTokens, outputTokens, costUsd }) => [
    figures.period(ageSeconds),
    tier ?? "–",
    reason,
    `${served ?? "–"}${attempts > 1 ? ` (${attempts} attempts)` : ""}`,
    status === 0 ? "none" : String(status),
    figures.milliseconds(durationMs),
    inputTokens === null ? "–" : `${figures.tokens(inputTokens)} / ${figures.tokens(outputTokens)}`,
    figures.smallDollars(costUsd),
  ]);
  const failed = requests.map(({ status }) => status === 0 || status >= 400);
  fill("requests", rows, "Envoy has told of none yet.", failed);
}

/** The body of a table; `none`: what to say where there are no rows; `marked`: which of them stand out. */
export function fill(id: string, rows: readonly (readonly string[])[], none: string, marked: readonly boolean[] = []): void {
  const made = rows.map((cells, row) =>
    element("tr", marked[row] ? "failed" : "", ...cells.map((cell, at) => element(at === 0 ? "th" : "td", "", cell))),
  );
  if (made.length === 0) {
    const cell = element("td", "none", none);
    cell.setAttribute("colspan", "10");
    made.push(element("tr", "", cell));
  }
  place(id).replaceChildren(...made);
}
