// All misroute signals of one process: from outcomes, and from what users say. Each is handed on once; the last are kept to be shown.

import type { Question } from "../../request/routing/asked.ts";
import type { Decision } from "../../request/routing/decision.ts";
import type { Outcome } from "../join/outcome.ts";
import type { Feedback } from "./feedback.ts";
import { isCheapStrong, type MisrouteSignal, type SignalKind } from "./misroute.ts";
import { type RateableDecision, recentDecisions } from "./recent-decisions.ts";
import { recentIds } from "./recent-ids.ts";
import { createRepeats, questionOf, type WeakAnswer } from "./repeats.ts";
import { oneVoteAMinute } from "./votes.ts";

/** What is remembered of a decision. */
export type DecisionKind = RateableDecision["decision"];

export interface SignalsSettings {
  readonly tiers: () => readonly string[]; // cheap first
  readonly now: () => number; // milliseconds, monotonic
  readonly onSignal: (signal: MisrouteSignal) => void;
  /** The same sender gave one of this kind less than a minute ago. */
  readonly onIgnored: (kind: VoteKind) => void;
  /** Whether somebody compares tiers: repeats are looked for behind the strongest one's answers too, which no signal is made of. */
  readonly compares?: () => boolean;
  readonly onStrongRepeat?: (requestId: string) => void;
  readonly onFeedback: (feedback: Feedback, decision: DecisionKind) => void;
}

/** What a user can bring about at will. */
export type VoteKind = Extract<SignalKind, "repeat" | "low-rating">;

export interface Signals {
  /** On the request path. `voter`: a hash of who sent it; undefined: nobody says. */
  decided(requestId: string | undefined, decision: Decision, voter: number | undefined): void;
  /** `ask`: tells the other processes what it asks, where no answer given here is found that it asks for again. */
  outcome(outcome: Outcome, ask?: (question: Question) => void): void;
  /** By a request that another process decided. */
  askedElsewhere(question: Question): void;
  feedback(feedback: Feedback): FeedbackResult;
  /** The last ones, newest first. */
  recent(): readonly RecentSignal[];
  /** So many were left out, since one sender gives one of a kind in a minute. */
  ignored(): number;
}

/**
 * - `taken`: counted, or said before with the same rating
 * - `rated`: another rating was given before, and stays
 * - `unknown`: no such decision here: of another replica, or too long ago
 */
export type FeedbackResult =
  | { readonly kind: "taken"; readonly decision: DecisionKind }
  | { readonly kind: "rated"; readonly rating: number }
  | { readonly kind: "unknown" };

export interface RecentSignal extends MisrouteSignal {
  readonly at: number; // milliseconds, of `now`
}

/** The last decisions, which can be rated: at 50 requests a second those of 17 minutes. At most twice as many. */
export const MAX_RATEABLE = 50_000;
export const MAX_BAD_RATING = 2;
export const MAX_RECENT = 20;

export function createSignals({ tiers, now, onSignal, onIgnored, onFeedback, compares, onStrongRepeat }: SignalsSettings): Signals {
  const decisions = recentDecisions(MAX_RATEABLE);
  const ratings = recentIds<number>(MAX_RATEABLE);
  const repeats = createRepeats();
  const votes = { repeat: oneVoteAMinute(), "low-rating": oneVoteAMinute() };
  const recent: RecentSignal[] = [];
  let ignored = 0;

  const signal = (kind: SignalKind, requestId: string, { tier, policy, reason }: DecisionKind): void => {
    const found = { kind, requestId, tier, policy, reason }; // without the rule's name, as ever
    recent.unshift({ ...found, at: now() });
    recent.length = Math.min(recent.length, MAX_RECENT);
    onSignal(found);
  };

  const vote = (kind: VoteKind, requestId: string, { decision, voter }: RateableDecision): void => {
    if (votes[kind].counts(voter, now())) return signal(kind, requestId, decision);
    ignored++;
    onIgnored(kind);
  };

  const repeated = (first: WeakAnswer, strongest: string | undefined): void => {
    if (first.decision.tier === strongest) onStrongRepeat?.(first.requestId);
    else vote("repeat", first.requestId, first);
  };

  return {
    decided(requestId, decision, voter) {
      if (requestId !== undefined) decisions.set(requestId, decision, voter);
    },
    outcome(outcome, ask) {
      const strongest = tiers().at(-1);
      const first = repeats.repeated(outcome, compares?.() === true ? undefined : strongest);
      const question = first === undefined && ask !== undefined ? questionOf(outcome) : undefined;
      if (first !== undefined) repeated(first, strongest);
      else if (question !== undefined) ask?.(question);
      if (outcome.decided !== undefined && isCheapStrong(outcome, tiers()[0]))
        signal("cheap-strong", outcome.requestId, outcome.decided.decision);
    },
    askedElsewhere(question) {
      const first = repeats.askedAgain(question);
      if (first !== undefined) repeated(first, tiers().at(-1));
    },
    feedback(feedback) {
      const { requestId, rating } = feedback;
      const rateable = decisions.get(requestId);
      if (rateable === undefined) return { kind: "unknown" };
      const { decision } = rateable;
      const before = ratings.get(requestId);
      if (before !== undefined) return before === rating ? { kind: "taken", decision } : { kind: "rated", rating: before };
      ratings.set(requestId, rating);
      onFeedback(feedback, decision);
      if (rating <= MAX_BAD_RATING && decision.tier !== tiers().at(-1)) vote("low-rating", requestId, rateable);
      return { kind: "taken", decision };
    },
    recent: () => recent,
    ignored: () => ignored,
  };
}
