// Live figures: fed by decisions and outcomes, asked for views. Nothing is computed before somebody looks.

import type { Decision } from "../../request/routing/decision.ts";
import { isNotChat } from "../../request/routing/reasons.ts";
import type { TierPrice } from "../join/cost.ts";
import type { Outcome } from "../join/outcome.ts";
import { type Durations, quantile } from "./durations.ts";
import {
  addDecision,
  addOutcome,
  addPeriod,
  decidedChats,
  decidedFor,
  emptyPeriod,
  notChats,
  type Period,
  reasonsOf,
  refusedChats,
} from "./period.ts";
import { KEPT_REQUESTS, recentRequests } from "./recent.ts";
import { createSeconds, KEPT_SECONDS } from "./seconds.ts";
import type { LiveQuantiles, LiveRequest, LiveSeries, LiveTier, LiveWindow } from "./view.ts";

export interface LiveTierSettings {
  readonly name: string;
  readonly price: TierPrice;
}

export interface LiveSettings {
  readonly tiers: () => readonly LiveTierSettings[]; // cheap first
  readonly now: () => number; // milliseconds, monotonic
}

export interface Live {
  /** On the request path. */
  decided(decision: Decision): void;
  outcome(outcome: Outcome): void;
  figures(): LiveFigures;
  view(): LiveTables;
}

/** What has been counted, from which a view is made; of several processes it can be added up. */
export interface LiveFigures {
  readonly uptimeSeconds: number;
  readonly windows: readonly Period[]; // as WINDOWS_MINUTES
  readonly steps: readonly Period[]; // of the series, the oldest first
  readonly requests: readonly LiveRequest[];
}

export interface LiveTables {
  readonly uptimeSeconds: number;
  readonly windows: readonly LiveWindow[];
  readonly series: LiveSeries;
  readonly requests: readonly LiveRequest[];
}

const WINDOWS_MINUTES = [1, 15] as const;
const STEP_SECONDS = 15;
const MAX_REASONS = 8;

export function createLive({ tiers, now }: LiveSettings): Live {
  const startedAt = now();
  const seconds = createSeconds(now);
  const recent = recentRequests(now);
  const starts = Array.from({ length: KEPT_SECONDS / STEP_SECONDS }, (_, step) => KEPT_SECONDS - STEP_SECONDS * (step + 1) + 1);
  const figures = (): LiveFigures => ({
    uptimeSeconds: (now() - startedAt) / 1000,
    windows: WINDOWS_MINUTES.map((minutes) => seconds.sum(0, 60 * minutes)), // whole seconds, and what there is of the current one
    steps: starts.map((from) => seconds.sum(from, from + STEP_SECONDS)),
    requests: recent.list(),
  });
  return {
    decided: (decision) => addDecision(seconds.now(), decision),
    outcome(outcome) {
      addOutcome(seconds.now(), outcome, tiers().at(-1)?.price);
      recent.add(outcome);
    },
    figures,
    view: () => liveTables(figures(), tiers()),
  };
}

/** `tiers`: cheap first. */
export function liveTables({ uptimeSeconds, windows, steps, requests }: LiveFigures, tiers: readonly LiveTierSettings[]): LiveTables {
  return {
    uptimeSeconds,
    windows: WINDOWS_MINUTES.flatMap((minutes, index) => {
      const period = windows[index];
      return period === undefined ? [] : [windowOf(period, minutes, Math.min(uptimeSeconds, 60 * minutes), tiers)];
    }),
    series: seriesOf(steps, tiers),
    requests,
  };
}

/** Of several processes, as if they were one. */
export function addFigures(all: readonly LiveFigures[]): LiveFigures {
  const added = (periods: readonly (readonly Period[])[]) => {
    const sums = Array.from({ length: periods[0]?.length ?? 0 }, emptyPeriod);
    for (const each of periods) for (const [index, sum] of sums.entries()) addPeriod(sum, each[index] ?? emptyPeriod());
    return sums;
  };
  return {
    uptimeSeconds: Math.max(0, ...all.map((figures) => figures.uptimeSeconds)),
    windows: added(all.map(({ windows }) => windows)),
    steps: added(all.map(({ steps }) => steps)),
    requests: all
      .flatMap(({ requests }) => requests)
      .sort((a, b) => a.ageSeconds - b.ageSeconds)
      .slice(0, KEPT_REQUESTS),
  };
}

function windowOf(period: Period, minutes: number, covered: number, tiers: readonly LiveTierSettings[]): LiveWindow {
  const decisions = decidedChats(period);
  const { outcomes } = period;
  return {
    minutes,
    seconds: covered,
    decisions,
    perSecond: decisions / Math.max(1, covered),
    tiers: tiers.map(({ name }) => tierOf(period, name)),
    reasons: [...reasonsOf(period)]
      .filter(({ reason }) => !isNotChat(reason))
      .sort((a, b) => b.count - a.count)
      .slice(0, MAX_REASONS),
    finished: outcomes.joined + outcomes.unrouted,
    outcomes,
    fallbacks: period.fallbacks,
    serverErrors: period.serverErrors,
    costPerHourUsd: costPerHour(period, tiers, covered),
    unpriced: period.unpriced,
    discarded: period.discarded,
    discardedPerHourUsd: (3600 * period.discardedUsd) / Math.max(1, covered),
    notChats: notChats(period),
    refused: refusedChats(period),
    savedPerHourUsd: savedPerHour(period, tiers, covered),
  };
}

function seriesOf(steps: readonly Period[], tiers: readonly LiveTierSettings[]): LiveSeries {
  return {
    stepSeconds: STEP_SECONDS,
    tiers: tiers.map(({ name }) => ({
      name,
      decidedPerSecond: steps.map((period) => decidedFor(period, name) / STEP_SECONDS),
      firstByteP95Ms: steps.map((period) => quantilesOf(period.served.get(name)?.firstByte)?.p95 ?? null),
    })),
    costPerHourUsd: steps.map((period) => costPerHour(period, tiers, STEP_SECONDS)),
    fallbacks: steps.map(({ fallbacks }) => fallbacks),
    unrouted: steps.map(({ outcomes }) => outcomes.unrouted),
  };
}

function tierOf(period: Period, name: string): LiveTier {
  const served = period.served.get(name);
  return {
    name,
    decided: decidedFor(period, name),
    served: served?.count ?? 0,
    errors: served?.errors ?? 0,
    inputTokens: served?.inputTokens ?? 0,
    outputTokens: served?.outputTokens ?? 0,
    firstByteMs: quantilesOf(served?.firstByte),
    durationMs: quantilesOf(served?.duration),
  };
}

function quantilesOf(durations: Durations | undefined): LiveQuantiles | null {
  const [p50, p95] = durations === undefined ? [] : [quantile(durations, 0.5), quantile(durations, 0.95)];
  return p50 === undefined || p95 === undefined ? null : { p50, p95 };
}

/** Null: no tier has a price, or all that was served is of those without. */
function costPerHour({ costUsd, priced, unpriced }: Period, tiers: readonly LiveTierSettings[], seconds: number): number | null {
  const isPriced = ({ price }: LiveTierSettings) => price.inputPerMTok ?? price.outputPerMTok ?? price.perHour;
  if (tiers.every((tier) => isPriced(tier) === undefined)) return null;
  const rent = tiers.reduce((sum, { price }) => sum + (price.perHour ?? 0), 0);
  if (unpriced > 0 && priced === 0 && rent === 0) return null;
  return rent + (3600 * costUsd) / Math.max(1, seconds);
}

/** Of requests whose tokens have a price; what is rented by the hour is paid for in either case. */
function savedPerHour({ savedUsd }: Period, tiers: readonly LiveTierSettings[], seconds: number): number | null {
  const dearest = tiers.at(-1)?.price;
  if (dearest?.inputPerMTok === undefined || dearest.outputPerMTok === undefined) return null;
  return (3600 * savedUsd) / Math.max(1, seconds);
}
