// What policies that learn are told of their requests: how each ended, what it cost, and what people say of the answer.
import type { Outcome } from "../outcome/join/outcome.ts";
import { failedByStatus } from "../outcome/join/tier-health.ts";
import type { Learner, Policy } from "../request/policy/policy.ts";

export interface Rewards {
  /** Whether anybody learns. */
  areWanted(): boolean;
  /** Of the policy that decides and all that it asks, those that learn are told from now on. */
  takesEffect(policy: Policy): void;
  outcome(outcome: Outcome): void;
  /** Hears what people say of an answer, behind another who hears it. */
  hears(other: Hears): Hears;
}

type Hears = (requestId: string, word: { readonly rating: number } | { readonly signal: string }) => void;

const MIN_RATING = 1;
const MAX_RATING = 5;

export function createRewards(): Rewards {
  let learners: readonly Learner[] = [];
  return {
    areWanted: () => learners.length > 0,
    takesEffect(policy) {
      learners = learnersIn(policy);
    },
    outcome(outcome) {
      if (learners.length === 0) return;
      const quality = qualityOf(outcome);
      if (quality === undefined || outcome.decided === undefined) return;
      const worth = { quality, costUsd: outcome.cost?.costUsd };
      for (const learner of learners) learner.ended(outcome.requestId, outcome.decided.decision.tier, worth);
    },
    hears: (other) => (requestId, word) => {
      other(requestId, word);
      const quality = "rating" in word ? (word.rating - MIN_RATING) / (MAX_RATING - MIN_RATING) : word.signal === "repeat" ? 0 : undefined;
      if (quality !== undefined) for (const learner of learners) learner.rated(requestId, quality);
    },
  };
}

function learnersIn({ learner, links = [] }: Policy): readonly Learner[] {
  return [...(learner === undefined ? [] : [learner]), ...links.flatMap(({ policy }) => learnersIn(policy))];
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
