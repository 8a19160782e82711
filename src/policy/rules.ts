// Rule policy: ordered rules, the first that matches decides.
import type { Scope } from "../chat/facts.ts";
import type { ParamEdit } from "../chat/params.ts";
import type { Conditions } from "./conditions.ts";
import { NO_NEEDS, type Policy, type TierName } from "./policy.ts";

export const FIRST_PRIORITY = 1;
export const LAST_PRIORITY = 10;
export const DEFAULT_PRIORITY = 5;

export interface RulesSettings {
  readonly rules: readonly RuleSettings[];
  readonly fallback: RuleFallback | undefined; // undefined: abstains when no rule matches
  readonly allowedHeaders: readonly string[]; // names in lower case; a condition on another header never holds
}

export interface RuleSettings {
  readonly name: string;
  readonly priority: number; // FIRST_PRIORITY to LAST_PRIORITY; rules of the same priority in the order of the list
  readonly scope: Scope; // whose text the conditions are about
  readonly wholeWords: boolean; // keywords do not match inside longer words; see word-borders.ts
  readonly match: Conditions;
  readonly tier: TierName;
  readonly params: readonly ParamEdit[];
}

export interface RuleFallback {
  readonly tier: TierName;
  readonly params: readonly ParamEdit[];
}

/** Greetings are in the last message, not in how a conversation began: so a rule reads that unless it says otherwise. */
export const DEFAULT_RULE_SCOPE: Scope = "last_user";

/** Whether the pattern is found anywhere in a text in UTF-8. */
export type RegexTest = (text: Uint8Array) => boolean;

/** Takes linear time, whatever the pattern. Throws for one that it cannot take. */
export type CompileRegex = (source: string) => RegexTest;

export function rulesPolicy(_settings: RulesSettings, _compileRegex: CompileRegex): Policy {
  return { needs: NO_NEEDS, decide: () => undefined, signals: () => [] };
}
