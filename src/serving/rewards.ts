// What policies that learn are told of their requests: how each ended, what it cost, and what people say of the answer.
import type { Outcome } from "../outcome/join/outcome.ts";
import { failedByStatus } from "../outcome/join/tier-health.ts";
import type { Learner, LearnerStanding, Link } from "../request/policy/policy.ts";

export interface Rewards {
  /** Whether anybody learns. */
  areWanted(): boolean;
  /** Of the policies that decide and all that they ask, those that learn are told from now on. */
  takesEffect(deciding: readonly Link[]): void;
  outcome(outcome: Outcome): void;
  /** Hears what people say of an answer, behind another who hears it. */
  hears(other: Hears): Hears;
  /** Of those that learn. */
  standings(): readonly (LearnerStanding & { readonly policy: string })[];
}

type Hears = (requestId: string, word: { readonly rating: number } | { readonly signal: string }) => void;

const MIN_RATING = 1;
const MAX_RATING = 5;

export function createRewards(): Rewards {
  let learners: readonly NamedLearner[] = [];
  return {
    areWanted: () => learners.length > 0,
    takesEffect(deciding) {
      learners = learnersIn(deciding);
    },
    outcome(outcome) {
      if (learners.length === 0) return;
      const quality = qualityOf(outcome);
      if (quality === undefined || outcome.decided === undefined) return;
      const worth = { quality, costUsd: outcome.cost?.costUsd };
      for (const { learner } of learners) learner.ended(outcome.requestId, outcome.decided.decision.tier, worth);
    },
    hears: (other) => (requestId, word) => {
      other(requestId, word);
      const quality = "rating" in word ? (word.rating - MIN_RATING) / (MAX_RATING - MIN_RATING) : word.signal === "repeat" ? 0 : undefined;
      if (quality !== undefined) for (const { learner } of learners) learner.rated(requestId, quality);
    },
    standings: () => learners.map(({ policy, learner }) => ({ policy, ...learner.standing() })),
  };
}

export interface NamedLearner {
  readonly policy: string; // its id
  readonly learner: Learner;
}

/** Each once, of these policies and all that they ask. */
export function learnersIn(deciding: readonly Link[]): readonly NamedLearner[] {
  const found = new Map<Learner, string>();
  const look = ({ id, policy: { learner, links = [] } }: Link): void => {
    if (learner !== undefined && !found.has(learner)) found.set(learner, id);
    links.forEach(look);
  };
  deciding.forEach(look);
  return [...found].map(([learner, policy]) => ({ policy, learner }));
}

/**
 * Until somebody says otherwise an answer is good. Undefined: it says nothing of the tier that the policy chose. What another tier answered
 * after this one failed is this one's failure; where a guard chose the tier, the policy did not.
 */
export function qualityOf({ kind, decided, served, isChat, failure }: Outcome): number | undefined {
  if (kind !== "joined" || !isChat || served === undefined || decided === undefined) return undefined;
  const { decision } = decided;
  if (decision.wanted !== undefined || decision.refused !== undefined || decision.cached !== undefined || decision.propensity === undefined)
    return undefined;
  if (served.fellBack || failure !== undefined) return 0;
  const isFailed = failedByStatus(served);
  return isFailed === undefined ? undefined : isFailed ? 0 : 1;
}
