// All misroute signals of one process: from outcomes, and from what users say. Each is handed on once; the last are kept to be shown.

import type { Decision } from "../../request/routing/decision.ts";
import type { Outcome } from "../join/outcome.ts";
import type { Feedback } from "./feedback.ts";
import { isCheapStrong, type MisrouteSignal, type SignalKind } from "./misroute.ts";
import { recentIds } from "./recent-ids.ts";
import { createRepeats } from "./repeats.ts";

export interface SignalsSettings {
  readonly tiers: () => readonly string[]; // cheap first
  readonly now: () => number; // milliseconds, monotonic
  readonly onSignal: (signal: MisrouteSignal) => void;
  readonly onFeedback: (feedback: Feedback, decision: Decision) => void;
}

export interface Signals {
  /** On the request path. */
  decided(requestId: string | undefined, decision: Decision): void;
  outcome(outcome: Outcome): void;
  feedback(feedback: Feedback): FeedbackResult;
  /** The last ones, newest first. */
  recent(): readonly RecentSignal[];
}

/**
 * - `taken`: counted, or said before with the same rating
 * - `rated`: another rating was given before, and stays
 * - `unknown`: no such decision here: of another replica, or too long ago
 */
export type FeedbackResult =
  | { readonly kind: "taken"; readonly decision: Decision }
  | { readonly kind: "rated"; readonly rating: number }
  | { readonly kind: "unknown" };

export interface RecentSignal extends MisrouteSignal {
  readonly at: number; // milliseconds, of `now`
}

/** The last decisions, which can be rated: at 50 requests a second those of 17 minutes. At most twice as many, 250 bytes each. */
export const MAX_RATEABLE = 50_000;
const MAX_BAD_RATING = 2;
export const MAX_RECENT = 20;

export function createSignals({ tiers, now, onSignal, onFeedback }: SignalsSettings): Signals {
  const decisions = recentIds<Decision>(MAX_RATEABLE);
  const ratings = recentIds<number>(MAX_RATEABLE);
  const repeats = createRepeats();
  const recent: RecentSignal[] = [];

  const signal = (kind: SignalKind, requestId: string, { tier, policy, reason }: Decision): void => {
    const found = { kind, requestId, tier, policy, reason };
    recent.unshift({ ...found, at: now() });
    recent.length = Math.min(recent.length, MAX_RECENT);
    onSignal(found);
  };

  return {
    decided(requestId, decision) {
      if (requestId !== undefined) decisions.set(requestId, decision);
    },
    outcome(outcome) {
      const first = repeats.repeated(outcome, tiers().at(-1));
      if (first !== undefined) signal("repeat", first.requestId, first.decision);
      if (outcome.decided !== undefined && isCheapStrong(outcome, tiers()[0]))
        signal("cheap-strong", outcome.requestId, outcome.decided.decision);
    },
    feedback(feedback) {
      const { requestId, rating } = feedback;
      const decision = decisions.get(requestId);
      if (decision === undefined) return { kind: "unknown" };
      const before = ratings.get(requestId);
      if (before !== undefined) return before === rating ? { kind: "taken", decision } : { kind: "rated", rating: before };
      ratings.set(requestId, rating);
      onFeedback(feedback, decision);
      if (rating <= MAX_BAD_RATING && decision.tier !== tiers().at(-1)) signal("low-rating", requestId, decision);
      return { kind: "taken", decision };
    },
    recent: () => recent,
  };
}
