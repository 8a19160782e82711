// Learns which tiers gave out what, from answers as they are read: first for the tier decided, because the next request may come before
// Envoy says who served; then, where another one did, for that.
import type { Reading } from "../../answer/answer-reader.ts";
import type { LearnedTiers } from "../../request/routing/served-before.ts";

export type Learns = Pick<LearnedTiers, "learn">;

export interface AnswerKeys {
  /** To be called with each piece of an answer: `keys` are those that it has given out so far. */
  reading(keys: readonly string[]): void;
}

/** Of an answer that is about to be read. `tier`: that is to serve; undefined: not known here. */
export function answerKeys(learned: Learns, tier: string | undefined): AnswerKeys {
  let told = 0;
  return {
    reading(keys) {
      if (tier === undefined) return;
      for (; told < keys.length; told++) learned.learn(keys[told] ?? "", tier);
    },
  };
}

/** Envoy has said who served the answer. */
export function servedKeys(learned: Learns, reading: Reading | undefined, tier: string | undefined): void {
  if (tier === undefined) return;
  for (const key of reading?.keys ?? []) learned.learn(key, tier);
}
