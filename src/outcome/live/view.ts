// What the page and `sluice top` show, as /live of the admin port gives it in JSON. Null: not known.
import type { CircuitState } from "../../request/guard/health/circuit.ts";
import type { OutcomeKind } from "../join/outcome.ts";
import type { RolloutStatus } from "../rollout/status.ts";
import type { AuditedRate } from "../signals/audited.ts";
import type { DriftView } from "../signals/drift.ts";
import type { MisrouteSignal } from "../signals/misroute.ts";
import type { RatedRule, RatedTier } from "../signals/ratings.ts";

export interface LiveView {
  readonly version: string;
  readonly policy: string; // name and version
  readonly ready: true | string; // true, or why not
  readonly notReloaded: LiveReloadFailure | null; // null: the configuration in force is the file's
  readonly store: LiveStore | null; // that replicas share state over; null: there is none
  readonly takeover: LiveTakeover | null; // null: no conservative policy is configured
  readonly rollout: LiveRollout | null; // null: nothing is rolled out
  readonly inOtherWords?: LiveInOtherWords; // answers to what is asked so (`cache.semantic`); left out: they are off
  readonly uptimeSeconds: number;
  readonly windows: readonly LiveWindow[]; // the last minute, the last 15 minutes
  readonly series: LiveSeries;
  readonly limits: readonly LiveLimit[]; // quotas and budgets, as configured
  readonly health: readonly LiveHealth[]; // of tiers with a breaker or a service level
  readonly requests: readonly LiveRequest[]; // the last that ended, newest first
  readonly signals: readonly LiveSignal[]; // misroute signals, newest first
  readonly audited: AuditedRate | null; // misroutes of the policy in force, as the audit slice shows them; null: too few requests of it yet
  readonly ratings: { readonly tiers: readonly RatedTier[]; readonly rules: readonly RatedRule[] }; // of the last seven days
  readonly drift: DriftView;
  readonly signalsIgnored: number; // beyond one a minute of a kind and user, since the start
}

/** What comparisons prove of answers that are given, or would be. */
export interface LiveInOtherWords {
  readonly isOn: boolean;
  readonly bound: number; // of the share of wrong ones, at 95 %
  readonly maxError: number;
  readonly wrong: number;
  readonly compared: number;
}

export interface LiveTakeover {
  readonly policy: string; // name and version
  readonly causes: readonly ("breaker" | "budget")[]; // none: it does not decide now
}

/** Of several processes: how it stands in the first of them, and what all have counted. */
export interface LiveRollout
  extends Pick<RolloutStatus, "rollout" | "candidate" | "stable" | "status" | "stage" | "share" | "judged" | "requests" | "units"> {
  readonly stages: number;
  readonly alike: boolean; // all processes are in this stage, and it stands there alike
}

/** The last change of the configuration, which could not be taken: the one before it serves. */
export interface LiveReloadFailure {
  readonly at: string; // ISO 8601, UTC
  readonly code: string; // of src/errors.ts, or internal-error
  readonly message: string; // all problems, one a line
  readonly hint: string;
  readonly summary: string; // one line: its time (UTC), and the first problem with its place in the file
}

/** Amounts in requests, tokens or US dollars, as `measure` says. */
export interface LiveLimit {
  readonly name: string;
  readonly kind: "quota" | "budget";
  readonly measure: "requests" | "tokens" | "usd";
  readonly amount: number; // in a window, for each scope
  readonly per: string; // day
  readonly tier: string | null; // null: all together
  readonly by: string | null; // a header whose values have it each for itself; null: everybody together
  readonly isHard: boolean; // where no tier has room the client is refused
  readonly steering: "pace" | "late" | "off";
  readonly scopes: readonly LiveLimitScope[]; // the 20 that used most of it, and `other`; none: it was not used in this window
}

export interface LiveLimitScope {
  readonly scope: string; // empty: everybody
  readonly window: string; // 2026-11-29
  readonly passed: number; // of the window, 0 to 1
  readonly endsInSeconds: number;
  readonly used: number; // by requests whose outcome is known
  readonly reserved: number; // for requests under way
  readonly left: number; // negative: a soft limit was passed
  readonly forecast: number | null; // what it comes to when the window ends, if all goes on as it does; null: too early to say
  readonly unpriced: number; // requests without a price, which are in none of these
  readonly shift: number; // of a budget that is steered: so many tiers down its requests go; 0.3: three in ten go one down
  readonly isShared: boolean; // with other replicas: these are the figures of all
}

export interface LiveStore {
  readonly away: string | null; // why; null: it is up
  readonly forSeconds: number; // since it came, or went
  readonly roundTripMs: number | null;
}

export interface LiveWindow {
  readonly minutes: number;
  readonly seconds: number; // of them since the start
  readonly decisions: number; // made here, for chats
  readonly refused: number; // of these: by limits, since no tier had room
  readonly cached: number; // chats answered by an answer that was kept
  readonly cachedPerHourUsd: number; // what those saved, as their answers had cost
  readonly notChats: number; // requests of other interfaces, passed on
  readonly perSecond: number;
  readonly tiers: readonly LiveTier[]; // cheap first
  readonly reasons: readonly LiveReason[]; // the most frequent first
  readonly finished: number; // requests decided here, or by nobody, whose end Envoy has told; so are the next but `outcomes`
  readonly outcomes: Readonly<Record<OutcomeKind, number>>;
  readonly fallbacks: number; // served by another tier than decided
  readonly serverErrors: number; // 5xx, no response at all, or an answer that failed behind a good status
  readonly unpriced: number; // chats whose tier has no price: the cost is without them
  readonly discarded: number; // answers that a cascade threw away
  readonly discardedPerHourUsd: number; // what these cost, of the next
  readonly costPerHourUsd: number | null; // tokens at this pace, and what the tiers cost by the hour
  readonly savedPerHourUsd: number | null; // of tokens, against the last tier's price for all; null: that tier has none
}

export interface LiveTier {
  readonly name: string;
  readonly decided: number;
  readonly served: number;
  readonly errors: number; // of these: 5xx, or no response at all
  readonly inputTokens: number; // exact or estimated, as is the next
  readonly outputTokens: number;
  readonly firstByteMs: LiveQuantiles | null;
  readonly durationMs: LiveQuantiles | null;
}

export interface LiveHealth {
  readonly tier: string;
  readonly breaker: CircuitState | null; // null: it has none
  readonly levelMs: number | null; // of the first byte; null: it has none
  readonly predictedMs: number | null; // the P95 that is held against it, for the size of prompts most frequent there
  readonly late: readonly string[]; // sizes of prompts, in tokens, which go elsewhere for it
}

export interface LiveQuantiles {
  readonly p50: number;
  readonly p95: number;
}

export interface LiveReason {
  readonly tier: string;
  readonly reason: string;
  readonly count: number;
}

/** One value for each step of the last 15 minutes, the oldest first; the current second is left out. */
export interface LiveSeries {
  readonly stepSeconds: number;
  readonly tiers: readonly LiveTierSeries[];
  readonly costPerHourUsd: readonly (number | null)[];
  readonly fallbacks: readonly number[];
  readonly unrouted: readonly number[];
}

export interface LiveTierSeries {
  readonly name: string;
  readonly decidedPerSecond: readonly number[];
  readonly firstByteP95Ms: readonly (number | null)[];
}

export interface LiveRequest {
  readonly ageSeconds: number; // since its end was told
  readonly requestId: string;
  readonly tier: string | null; // decided; null: it went unrouted
  readonly reason: string; // or `unrouted`
  readonly served: string | null; // the tier that served
  readonly status: number; // 0: no response
  readonly attempts: number;
  readonly durationMs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
}

export interface LiveSignal extends MisrouteSignal {
  readonly ageSeconds: number;
}
