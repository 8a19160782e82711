// What people watch: live figures and misroute signals, fed by decisions and outcomes; signals are counted and logged with their decision,
// without text and without who asked.
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { Outcome } from "../join/outcome.ts";
import { addFigures, createLive, type LiveFigures, type LiveTierSettings, liveTables } from "../live/live.ts";
import type { LiveReloadFailure, LiveSignal, LiveView } from "../live/view.ts";
import type { Feedback } from "../signals/feedback.ts";
import { createSignals, type FeedbackResult, MAX_RECENT } from "../signals/signals.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { sluiceVersion } from "../telemetry/version.ts";

export interface OverviewSettings {
  readonly tiers: () => readonly LiveTierSettings[]; // as configured now, cheap first
  readonly policyId: () => string;
  readonly ready: () => true | string;
  readonly notReloaded: () => LiveReloadFailure | undefined;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly onWord?: (requestId: string, word: { readonly rating: number } | { readonly signal: string }) => void; // said of a request
}

export interface Overview {
  /** On the request path. */
  decided(request: Pick<DecidedRequest, "requestId" | "decision" | "measured">): void;
  outcome(outcome: Outcome): void;
  feedback(feedback: Feedback): FeedbackResult;
  figures(): OverviewFigures;
  view(): LiveView;
}

/** What is shown, before it is drawn up: of several processes it can be added up. */
export interface OverviewFigures extends Pick<LiveView, "version" | "policy" | "ready" | "notReloaded" | "signalsIgnored"> {
  readonly tiers: readonly LiveTierSettings[];
  readonly live: LiveFigures;
  readonly signals: readonly LiveSignal[]; // newest first
}

export function createOverview({ tiers, policyId, ready, notReloaded, metrics, log, onWord }: OverviewSettings): Overview {
  const now = () => performance.now();
  const live = createLive({ tiers, now });
  const signals = createSignals({
    tiers: () => tiers().map(({ name }) => name),
    now,
    onSignal(signal) {
      metrics.misrouteSignal(signal.kind);
      log.info(signal, "misroute signal");
      onWord?.(signal.requestId, { signal: signal.kind });
    },
    onIgnored: (kind) => metrics.votesIgnored(kind, 1),
    onFeedback({ requestId, rating }, { tier, policy, reason }) {
      metrics.rated(tier, String(rating));
      log.info({ requestId, rating, tier, policy, reason }, "rated");
      onWord?.(requestId, { rating });
    },
  });
  const version = sluiceVersion();
  const figures = (): OverviewFigures => ({
    version,
    policy: policyId(),
    ready: ready(),
    notReloaded: notReloaded() ?? null,
    tiers: tiers().map(({ name, price }) => ({ name, price })),
    live: live.figures(),
    signalsIgnored: signals.ignored(),
    signals: signals.recent().map(({ at, ...signal }) => ({ ...signal, ageSeconds: (now() - at) / 1000 })),
  });
  return {
    decided({ requestId, decision, measured }) {
      live.decided(decision);
      signals.decided(requestId, decision, measured?.voter);
    },
    outcome(outcome) {
      live.outcome(outcome);
      signals.outcome(outcome);
    },
    feedback: signals.feedback,
    figures,
    view: () => overviewOf(figures()),
  };
}

/** What people watch, of one process or of several: what differs between these is taken from the first, and trouble from any. */
export function overviewOf(first: OverviewFigures, ...others: readonly OverviewFigures[]): LiveView {
  const all = [first, ...others];
  const { version, policy } = first;
  return {
    version,
    policy,
    ready: all.find(({ ready }) => ready !== true)?.ready ?? true,
    notReloaded: all.find(({ notReloaded }) => notReloaded !== null)?.notReloaded ?? null,
    ...liveTables(others.length === 0 ? first.live : addFigures(all.map(({ live }) => live)), first.tiers),
    signalsIgnored: all.reduce((sum, { signalsIgnored }) => sum + signalsIgnored, 0),
    signals: all
      .flatMap(({ signals }) => signals)
      .sort((a, b) => a.ageSeconds - b.ageSeconds)
      .slice(0, MAX_RECENT),
  };
}
