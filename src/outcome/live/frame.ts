// One frame of `sluice top`: the live figures as rows of text for a terminal of a given size. Pure; what is coloured is only marked here.
import { FIGURES } from "./figure-text.ts";
import { retrainRows, weekRows } from "./frame-week.ts";
import { tightestLimit } from "./limit-rows.ts";
import { bad, bold, dim, plain, type Row } from "./spans.ts";
import type { LiveHealth, LiveQuantiles, LiveRequest, LiveTier, LiveView, LiveWindow } from "./view.ts";

/** Of a terminal; infinite for a file or a pipe. */
export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

const NAME = 19; // characters of the columns below; those of the tiers are 80 together
const TOTAL = 13;
const FIGURE = 10;
const TIMES = 20;
const MAX_BAR = 18;
/** Below this many rows the longer window's tiers and the course of requests make room for reasons and signals. */
const FULL_ROWS = 34;
const SHORT_REASONS = 3;
const [FEW_REQUESTS, MANY_REQUESTS] = [5, 15];
const SPARKS = "▁▂▃▄▅▆▇█";
/** Of text that came from elsewhere: it must not steer the terminal. */
const CONTROLS = /\p{Cc}/gu;

/** `from`: what was asked, for the first row. What does not fit is left out. */
export function frameOf(view: LiveView, from: string, { columns, rows }: FrameSize): readonly Row[] {
  const isFull = rows >= FULL_ROWS;
  const windows = isFull ? view.windows : view.windows.slice(0, 1);
  const top = [
    head(view, from),
    ...notReloaded(view),
    ...store(view),
    ...policies(view),
    ...inOtherWords(view),
    ...retrainRows(view),
    [],
    ...totals(view),
    ...limitRow(view),
    [],
    ...health(view),
    ...windows.flatMap(tierRows),
  ];
  const last = isFull ? requests(view, Math.min(MANY_REQUESTS, FEW_REQUESTS + rows - FULL_ROWS)) : [];
  const all = [
    ...top,
    ...(isFull ? tokens(windows) : []),
    ...last,
    ...(isFull ? course(view) : []),
    ...reasons(view, isFull ? undefined : SHORT_REASONS),
    ...signals(view),
    ...weekRows(view),
  ];
  return all.slice(0, rows).map((row) => clipped(row, columns));
}

function head(view: LiveView, from: string): Row {
  const state = view.ready === true ? plain("  ready") : bad(`  ${view.ready}`);
  return [bold("sluice"), state, dim(`  ${view.policy}  up ${FIGURES.period(view.uptimeSeconds)}  ${from}`)];
}

/** Not of a sluice that is too old to say it either. */
function notReloaded({ notReloaded: failure }: LiveView): Row[] {
  return failure ? [[bad(failure.summary)], [dim(`  ${failure.hint}`)]] : [];
}

function store({ store: shared }: LiveView): Row[] {
  return shared ? [[(shared.away === null ? dim : bad)(FIGURES.store(shared).replace(CONTROLS, " "))]] : [];
}

/** Answers to what is asked in other words: whether they are given, and what speaks against it. */
function inOtherWords({ inOtherWords: words }: LiveView): Row[] {
  if (words === undefined) return [];
  const { isOn, bound, maxError, wrong, compared } = words;
  const percent = (share: number) => `${(100 * share).toFixed(2)}\u00a0%`;
  const proven = `of ${compared} compared ${wrong} wrong, so at most ${percent(bound)}`;
  if (isOn) return [[dim(`asked in other words: answered; ${proven}`)]];
  return [[(wrong > 0 ? bad : dim)(`asked in other words: not answered, to be proven ${percent(maxError)}; ${proven}`)]];
}

/** Not of a sluice that is too old to say it. */
function policies({ takeover, rollout }: Partial<LiveView>): Row[] {
  return [
    ...(takeover && takeover.causes.length > 0 ? [[bad(`takeover: ${FIGURES.takeover(takeover)}`.replace(CONTROLS, " "))]] : []),
    ...(rollout ? [[(rollout.status === "rolled-back" ? bad : dim)(`rollout: ${FIGURES.rollout(rollout)}`.replace(CONTROLS, " "))]] : []),
  ];
}

function totals({ windows }: LiveView): Row[] {
  const row = (name: string, of: (window: LiveWindow) => string, isBad: (window: LiveWindow) => boolean = () => false): Row => [
    dim(name.padEnd(NAME)),
    ...windows.map((window) => (isBad(window) ? bad : plain)(of(window).padStart(TOTAL))),
  ];
  const finished = (count: (window: LiveWindow) => number) => (window: LiveWindow) => FIGURES.share(count(window), window.finished);
  return [
    [dim("".padEnd(NAME)), ...windows.map((window) => dim(windowName(window).padStart(TOTAL)))],
    row("requests", (window) => FIGURES.rate(window.perSecond)),
    row("cost per hour", (window) => FIGURES.dollars(window.costPerHourUsd)),
    ...(windows.some(({ unpriced }) => unpriced > 0)
      ? [
          row(
            "without a price",
            (window) => String(window.unpriced),
            (window) => window.unpriced > 0,
          ),
        ]
      : []),
    row("saved per hour", (window) => FIGURES.dollars(window.savedPerHourUsd ?? null)),
    // Not of a sluice that is too old to say it, nor where there are none.
    ...(windows.some(({ discarded = 0 }) => discarded > 0)
      ? [
          row(
            "thrown away",
            finished((window) => window.discarded),
            (window) => window.discarded > 0.5 * window.finished,
          ),
          row("their cost", (window) => FIGURES.dollars(window.discardedPerHourUsd)),
        ]
      : []),
    ...(windows.some(({ cached = 0 }: Partial<LiveWindow>) => cached > 0)
      ? [
          row("from the cache", (window) => FIGURES.share(window.cached, window.finished)),
          row("which saved, hour", (window) => FIGURES.dollars(window.cachedPerHourUsd)),
        ]
      : []),
    row(
      "fallbacks",
      finished((window) => window.fallbacks),
      (window) => window.fallbacks > 0.1 * window.finished,
    ),
    row(
      "unrouted",
      finished((window) => window.outcomes.unrouted),
      (window) => window.outcomes.unrouted > 0,
    ),
    row(
      "server errors",
      finished((window) => window.serverErrors),
      (window) => window.serverErrors > 0.02 * window.finished,
    ),
    // Not of a sluice that is too old to say it.
    ...(windows.some(({ refused = 0 }: Partial<LiveWindow>) => refused > 0)
      ? [
          row(
            "refused by limits",
            (window) => FIGURES.share(window.refused, window.decisions),
            (window) => window.refused > 0,
          ),
        ]
      : []),
    row("outcome unknown", (window) => String(window.outcomes.unknown)),
    ...(windows.some(({ notChats }) => notChats > 0) ? [row("not chats", (window) => String(window.notChats))] : []),
  ];
}

/** Not of a sluice that is too old to say it. */
function limitRow({ limits = [] }: Partial<LiveView>): Row[] {
  const tightest = tightestLimit(limits);
  return tightest === undefined ? [] : [[dim("tightest limit".padEnd(NAME)), (tightest.isBad ? bad : plain)(`  ${tightest.text}`)]];
}

/** Of tiers that something is wrong with; not of a sluice that is too old to know. */
function health({ health: tiers = [] }: Partial<LiveView>): Row[] {
  const troubled = tiers.filter(({ breaker, late }) => isTroubled(breaker) || late.length > 0);
  if (troubled.length === 0) return [];
  return [
    ...troubled.map(({ tier, breaker, levelMs, predictedMs, late }) => [
      bold(`  ${tier}`.padEnd(NAME)),
      ...(isTroubled(breaker) ? [bad(`  breaker ${breaker}`)] : []),
      ...(late.length > 0
        ? [bad(`  late: P95 ${FIGURES.milliseconds(predictedMs)}, level ${FIGURES.milliseconds(levelMs)}`), dim(`  ${late.join(", ")}`)]
        : []),
    ]),
    [],
  ];
}

function isTroubled(breaker: LiveHealth["breaker"]): boolean {
  return breaker === "open" || breaker === "half-open";
}

function tierRows(window: LiveWindow): Row[] {
  const titles = ["decided", "served"].map((title) => title.padStart(FIGURE)).join("");
  const times = ["first byte P50/P95", "duration P50/P95"].map((title) => title.padStart(TIMES)).join("");
  const served = window.tiers.reduce((sum, tier) => sum + tier.served, 0);
  return [
    [dim(`${`tiers, ${windowName(window)}`.padEnd(NAME)}${titles}${times}`)],
    ...window.tiers.map((tier) => tierRow(tier, window, served)),
    [],
  ];
}

function tierRow({ name, decided, served, firstByteMs, durationMs }: LiveTier, { decisions }: LiveWindow, allServed: number): Row {
  const share = decisions === 0 ? 0 : decided / decisions;
  return [
    bold(`  ${name}`.padEnd(NAME)),
    plain(FIGURES.share(decided, decisions).padStart(FIGURE)),
    plain(FIGURES.share(served, allServed).padStart(FIGURE)),
    plain(times(firstByteMs).padStart(TIMES)),
    plain(times(durationMs).padStart(TIMES)),
    plain(`  ${"█".repeat(Math.round(share * MAX_BAR))}`),
    dim("░".repeat(MAX_BAR - Math.round(share * MAX_BAR))),
  ];
}

/** Of the longest window; not of a sluice that is too old to say it. */
function tokens(windows: readonly LiveWindow[]): Row[] {
  const longest = windows.at(-1);
  if (longest?.tiers[0]?.inputTokens === undefined) return [];
  const titles = ["errors", "tokens in", "tokens out"].map((title) => title.padStart(TOTAL)).join("");
  return [
    [dim(`${windowName(longest).padEnd(NAME)}${titles}`)],
    ...longest.tiers.map(({ name, served, errors, inputTokens, outputTokens }) => [
      bold(`  ${name}`.padEnd(NAME)),
      (errors > 0.02 * served ? bad : plain)(FIGURES.share(errors, served).padStart(TOTAL)),
      plain(FIGURES.tokens(inputTokens).padStart(TOTAL)),
      plain(FIGURES.tokens(outputTokens).padStart(TOTAL)),
    ]),
    [],
  ];
}

function requests({ requests: last = [] }: Partial<LiveView>, most: number): Row[] {
  if (last.length === 0) return [];
  return [[dim("last requests")], ...last.slice(0, most).map(requestRow), []];
}

function requestRow({ ageSeconds, tier, reason, served, status, durationMs, inputTokens, outputTokens, costUsd }: LiveRequest): Row {
  const way = tier === served ? (tier ?? "–") : `${tier ?? "–"} → ${served ?? "–"}`;
  const used = inputTokens === null ? "–" : `${FIGURES.tokens(inputTokens)} / ${FIGURES.tokens(outputTokens)}`;
  return [
    bold(`  ${way}`.padEnd(NAME)),
    plain(`${FIGURES.period(ageSeconds)} ago`.padStart(FIGURE)),
    plain(`  ${reason}`.padEnd(NAME)),
    (status === 0 || status >= 400 ? bad : plain)((status === 0 ? "none" : String(status)).padStart(5)),
    plain(FIGURES.milliseconds(durationMs).padStart(8)),
    plain(used.padStart(16)),
    plain(FIGURES.smallDollars(costUsd).padStart(FIGURE)),
  ];
}

/** The last 15 minutes as one line a tier. */
function course({ series }: LiveView): Row[] {
  const minutes = (series.stepSeconds * series.fallbacks.length) / 60;
  const highest = Math.max(...series.tiers.flatMap(({ decidedPerSecond }) => decidedPerSecond));
  const line = (values: readonly number[]) =>
    values.map((value) => (value === 0 ? " " : SPARKS[Math.min(7, Math.floor((8 * value) / highest))])).join("");
  return [
    [dim(`decided, ${minutes} min`.padEnd(NAME)), dim(`  up to ${FIGURES.rate(highest)} of a tier`)],
    ...series.tiers.map(({ name, decidedPerSecond }) => [bold(`  ${name}`.padEnd(NAME)), plain(`  ${line(decidedPerSecond)}`)]),
    [],
  ];
}

function reasons({ windows }: LiveView, most?: number): Row[] {
  const longest = windows.at(-1);
  if (longest === undefined || longest.reasons.length === 0) return [[dim("no decisions yet")], []];
  return [
    [dim(`top reasons, ${windowName(longest)}`)],
    ...longest.reasons
      .slice(0, most)
      .map(({ tier, reason, count }) => [
        plain(`  ${reason}`.padEnd(NAME)),
        plain(FIGURES.share(count, longest.decisions).padStart(FIGURE)),
        dim(`  ${tier}`),
      ]),
    [],
  ];
}

function signals({ audited, ...view }: LiveView): Row[] {
  if (audited === null) return lastSignals(view);
  const { requests, misroutes, low, high } = audited;
  const rate = `${FIGURES.share(misroutes, 1)} [${FIGURES.share(low, 1)} to ${FIGURES.share(high, 1)}]`;
  return [[plain(`audit slice: ${rate} misrouted, of ${requests} requests`)], ...lastSignals(view)];
}

function lastSignals({ signals: last, signalsIgnored }: Pick<LiveView, "signals" | "signalsIgnored">): Row[] {
  if (last.length === 0) return [[dim("no misroute signals")]];
  return [
    [dim(`last misroute signals${signalsIgnored > 0 ? `; without ${signalsIgnored} beyond one a minute of a user` : ""}`)],
    ...last.map(({ kind, tier, reason, requestId, ageSeconds }) => [
      bold(`  ${kind}`.padEnd(NAME)),
      plain(`${FIGURES.period(ageSeconds)} ago`.padStart(FIGURE)),
      plain(`  ${tier}: ${reason}`),
      dim(`  ${requestId}`),
    ]),
  ];
}

function windowName({ minutes }: LiveWindow): string {
  return minutes === 1 ? "last minute" : `${minutes} minutes`;
}

function times(quantiles: LiveQuantiles | null): string {
  return quantiles === null ? "–" : `${FIGURES.milliseconds(quantiles.p50)} / ${FIGURES.milliseconds(quantiles.p95)}`;
}

function clipped(row: Row, columns: number): Row {
  let left = columns;
  return row.flatMap(({ text, style }) => {
    const kept = [...text.replaceAll(CONTROLS, "?")].slice(0, left === Number.POSITIVE_INFINITY ? undefined : left);
    left -= kept.length;
    return kept.length === 0 ? [] : [{ text: kept.join(""), style }];
  });
}
