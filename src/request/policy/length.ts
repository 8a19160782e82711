// Length policy: a longer text to the stronger tier. The honest baseline: a policy that does not beat it has learned nothing but length.
import { type Scope, textIn } from "../chat/facts.ts";
import type { Policy, TierName } from "./policy.ts";

export interface LengthSettings {
  readonly maxChars: number; // code points; a text of exactly as many is not over
  readonly scope: Scope;
  readonly under: TierName;
  readonly over: TierName;
}

/** Never abstains. The score is the text's code points. */
export function lengthPolicy({ maxChars, scope, under, over }: LengthSettings): Policy {
  return {
    needs: { keywords: [], scopes: [scope], params: [] },
    decide({ facts }) {
      const { chars } = textIn(facts, scope);
      return chars > maxChars ? { tier: over, reason: "chars", score: chars } : { tier: under, reason: "under-thresholds", score: chars };
    },
    signals({ facts }) {
      const { chars } = textIn(facts, scope);
      return [{ name: "chars", value: chars, threshold: maxChars, over: chars > maxChars }];
    },
  };
}
