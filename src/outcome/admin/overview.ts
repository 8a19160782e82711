// What people watch: live figures and misroute signals, fed by decisions and outcomes; signals are counted and logged with their decision,
// without text and without who asked.
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { Outcome } from "../join/outcome.ts";
import { createLive, type LiveTierSettings } from "../live/live.ts";
import type { LiveReloadFailure, LiveView } from "../live/view.ts";
import type { Feedback } from "../signals/feedback.ts";
import { createSignals, type FeedbackResult } from "../signals/signals.ts";
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
}

export interface Overview {
  /** On the request path. */
  decided(request: Pick<DecidedRequest, "requestId" | "decision" | "measured">): void;
  outcome(outcome: Outcome): void;
  feedback(feedback: Feedback): FeedbackResult;
  view(): LiveView;
}

export function createOverview({ tiers, policyId, ready, notReloaded, metrics, log }: OverviewSettings): Overview {
  const now = () => performance.now();
  const live = createLive({ tiers, now });
  const signals = createSignals({
    tiers: () => tiers().map(({ name }) => name),
    now,
    onSignal(signal) {
      metrics.misrouteSignal(signal.kind);
      log.info(signal, "misroute signal");
    },
    onIgnored: (kind) => metrics.votesIgnored(kind, 1),
    onFeedback({ requestId, rating }, { tier, policy, reason }) {
      metrics.rated(tier, String(rating));
      log.info({ requestId, rating, tier, policy, reason }, "rated");
    },
  });
  const version = sluiceVersion();
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
    view: () => ({
      version,
      policy: policyId(),
      ready: ready(),
      notReloaded: notReloaded() ?? null,
      ...live.view(),
      signalsIgnored: signals.ignored(),
      signals: signals.recent().map(({ at, ...signal }) => ({ ...signal, ageSeconds: (now() - at) / 1000 })),
    }),
  };
}
