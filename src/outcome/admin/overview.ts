// What people watch: live figures and misroute signals, fed by decisions and outcomes; signals are counted and logged with their decision,
// without text and without who asked.
import type { TierFigures } from "../../request/guard/health/figures.ts";
import type { LimitBook } from "../../request/guard/limits/book.ts";
import type { Question } from "../../request/routing/asked.ts";
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { Outcome } from "../join/outcome.ts";
import { addRollouts, liveRollout, worstTakeover } from "../live/arms.ts";
import { liveHealth, worstHealth } from "../live/health.ts";
import { addFigures, createLive, type LiveFigures, type LiveTierSettings, liveTables } from "../live/live.ts";
import type { LiveInOtherWords, LiveReloadFailure, LiveSignal, LiveStore, LiveTakeover, LiveView } from "../live/view.ts";
import type { RolloutStatus } from "../rollout/status.ts";
import type { MeanChange } from "../signals/adwin.ts";
import { type AuditedSums, auditedRate, createAudited } from "../signals/audited.ts";
import { createDrift, type DriftFigures, driftView, type Watched } from "../signals/drift.ts";
import type { Feedback } from "../signals/feedback.ts";
import { createRatings, type RatedSums, type Ratings, ratedFigures } from "../signals/ratings.ts";
import type { TrainedScores } from "../signals/score-weeks.ts";
import { createSignals, type FeedbackResult, MAX_BAD_RATING, MAX_RECENT } from "../signals/signals.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { sluiceVersion } from "../telemetry/version.ts";
import { addLimits, liveLimits } from "./live-limits.ts";

export interface OverviewSettings {
  readonly tiers: () => readonly LiveTierSettings[]; // as configured now, cheap first
  readonly policyId: () => string;
  readonly ready: () => true | string;
  readonly notReloaded: () => LiveReloadFailure | undefined;
  readonly limits: () => Pick<LimitBook, "limits" | "standings"> | undefined; // of the configuration in force
  readonly health?: () => readonly TierFigures[]; // undefined: nobody knows
  readonly takeover?: () => LiveTakeover | undefined; // undefined, as the next: there is none
  readonly rollout?: () => RolloutStatus | undefined;
  readonly store: () => LiveStore | undefined;
  readonly inOtherWords?: () => LiveInOtherWords | undefined;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly ratings?: Ratings; // of the last seven days, as a file keeps them; undefined: they end with this process
  readonly trained?: () => ReadonlyMap<string, TrainedScores>; // how scores lay in training, by policy
  readonly audits?: () => boolean; // tiers are compared: by an audit slice, or a policy that learns
  readonly isSliced?: () => boolean; // an audit slice is drawn now
  readonly onWord?: (requestId: string, word: { readonly rating: number } | { readonly signal: string }) => void;
}

export interface Overview {
  /** On the request path. */
  decided(request: Pick<DecidedRequest, "requestId" | "decision" | "measured">): void;
  /** `ask`, and the next, as in Signals. */
  outcome(outcome: Outcome, ask?: (question: Question) => void): void;
  askedElsewhere(question: Question): void;
  feedback(feedback: Feedback): FeedbackResult;
  figures(): OverviewFigures;
  view(): LiveView;
}

/** What is shown, before it is drawn up: of several processes it can be added up. */
export interface OverviewFigures
  extends Pick<
    LiveView,
    | "version"
    | "policy"
    | "ready"
    | "notReloaded"
    | "takeover"
    | "rollout"
    | "health"
    | "limits"
    | "store"
    | "inOtherWords"
    | "signalsIgnored"
  > {
  readonly tiers: readonly LiveTierSettings[];
  readonly live: LiveFigures;
  readonly audited: AuditedSums;
  readonly signals: readonly LiveSignal[]; // newest first
  readonly ratings: readonly RatedSums[]; // of the last seven days
  readonly drift: DriftFigures;
}

export function createOverview(settings: OverviewSettings): Overview {
  const { tiers, ready, notReloaded, health, limits, store, metrics, log, audits, isSliced, onWord } = settings;
  const { ratings, drift } = weekWith(settings);
  const audited = createAudited();
  metrics.auditCounts(() => (isSliced?.() === true ? audited.counts() : undefined));
  const now = () => performance.now();
  const names = () => tiers().map(({ name }) => name);
  const live = createLive({ tiers, now });
  const signals = createSignals({
    tiers: names,
    now,
    onSignal(signal) {
      metrics.misrouteSignal(signal.kind);
      log.info(signal, "misroute signal");
      onWord?.(signal.requestId, { signal: signal.kind });
      if (signal.kind === "repeat") audited.bad(signal.requestId);
    },
    ...(audits !== undefined && { compares: audits }),
    onStrongRepeat(requestId) {
      onWord?.(requestId, { signal: "repeat" });
      audited.bad(requestId);
    },
    onIgnored: (kind) => metrics.votesIgnored(kind, 1),
    onFeedback({ requestId, rating }, decision) {
      const { tier, policy, reason } = decision;
      ratings.rated(decision, rating);
      drift.rated(rating <= MAX_BAD_RATING);
      metrics.rated(tier, String(rating));
      log.info({ requestId, rating, tier, policy, reason }, "rated");
      onWord?.(requestId, { rating });
      if (rating <= MAX_BAD_RATING) audited.bad(requestId);
    },
  });
  const version = sluiceVersion();
  const figures = (): OverviewFigures => ({
    version,
    ...deciding(settings),
    ready: ready(),
    notReloaded: notReloaded() ?? null,
    store: store() ?? null,
    ...wordsOf(settings.inOtherWords?.()),
    tiers: tiers().map(({ name, price }) => ({ name, price })),
    live: live.figures(),
    limits: liveLimits(limits(), Date.now()),
    health: liveHealth(health?.() ?? []),
    signalsIgnored: signals.ignored(),
    audited: audited.sums(),
    ratings: ratings.sums(),
    drift: drift.figures(),
    signals: signals.recent().map(({ at, ...signal }) => ({ ...signal, ageSeconds: (now() - at) / 1000 })),
  });
  return {
    decided({ requestId, decision, measured }) {
      live.decided(decision);
      drift.decided(decision);
      signals.decided(requestId, decision, measured?.voter);
    },
    outcome(outcome, ask) {
      live.outcome(outcome);
      drift.outcome(outcome);
      audited.outcome(outcome, names());
      signals.outcome(outcome, ask);
    },
    askedElsewhere: signals.askedElsewhere,
    feedback: signals.feedback,
    figures,
    view: () => overviewOf(figures()),
  };
}

function deciding({ policyId, takeover, rollout }: OverviewSettings): Pick<OverviewFigures, "policy" | "takeover" | "rollout"> {
  return { policy: policyId(), takeover: takeover?.() ?? null, rollout: liveRollout(rollout?.()) };
}

/** What is known of the last seven days; the metrics ask for it. */
function weekWith({ tiers, policyId, ratings = createRatings(Date.now), trained = () => new Map(), metrics, log }: OverviewSettings) {
  const onChange = driftReporter(metrics, log);
  const drift = createDrift({ cheapest: () => tiers()[0]?.name, policyId, trained, now: Date.now, onChange });
  metrics.weekIs(() => ({ ratings: ratings.sums(), drift: driftView([drift.figures()], policyId()) }));
  return { ratings, drift };
}

function driftReporter(metrics: Metrics, log: Logger): (of: Watched, change: MeanChange) => void {
  return (of, { from, to, values }) => {
    metrics.driftChanged(of, to > from ? "up" : "down");
    log.warn({ of, from, to, requests: values }, "the traffic has changed");
  };
}

function wordsOf(inOtherWords: LiveInOtherWords | undefined): Pick<LiveView, "inOtherWords"> {
  return inOtherWords === undefined ? {} : { inOtherWords };
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
    takeover: worstTakeover(all.map((each) => each.takeover)),
    rollout: addRollouts(all.map((each) => each.rollout)),
    limits: others.length === 0 ? first.limits : addLimits(all.map(({ limits }) => limits)),
    store: all.find(({ store }) => (store?.away ?? null) !== null)?.store ?? first.store,
    ...wordsOf(all.find(({ inOtherWords }) => inOtherWords?.isOn === false)?.inOtherWords ?? first.inOtherWords),
    ...liveTables(others.length === 0 ? first.live : addFigures(all.map(({ live }) => live)), first.tiers),
    health: worstHealth(all.map(({ health }) => health)),
    signalsIgnored: all.reduce((sum, { signalsIgnored }) => sum + signalsIgnored, 0),
    ratings: ratedFigures(
      all.flatMap(({ ratings }) => ratings),
      first.tiers.map(({ name }) => name),
    ),
    drift: driftView(
      all.map(({ drift }) => drift),
      policy,
    ),
    audited: auditedRate(all.map(({ audited }) => audited)) ?? null,
    signals: all
      .flatMap(({ signals }) => signals)
      .sort((a, b) => a.ageSeconds - b.ageSeconds)
      .slice(0, MAX_RECENT),
  };
}
