// Rule policy: ordered rules, the first whose conditions all hold decides.
import type { Scope, TurnKind } from "../chat/facts.ts";
import type { ParamEdit } from "../chat/params.ts";
import { type Shape, shapedMembers } from "../chat/shape.ts";
import { conditionTest } from "./condition-test.ts";
import { type BasicConditions, type Conditions, WHOLE_WORD } from "./conditions.ts";
import { type TopicSource, topicAsker } from "./learned/asked-topic.ts";
import { unionOfNeeds } from "./needs.ts";
import { type Needs, NO_NEEDS, type Policy, type TierName, type Verdict } from "./policy.ts";
import type { CompileRegex } from "./regex.ts";

export const FIRST_PRIORITY = 1;
export const LAST_PRIORITY = 10;
export const DEFAULT_PRIORITY = 5;

export interface RulesSettings {
  readonly rules: readonly RuleSettings[];
  readonly fallback: RuleFallback | undefined; // undefined: abstains when no rule matches
  readonly topics?: TopicSource | undefined; // tells what requests are about, for conditions on that
  readonly allowedHeaders: readonly string[]; // names in lower case; a condition on another header never holds
}

export interface RuleSettings {
  readonly name: string;
  readonly priority: number; // FIRST_PRIORITY to LAST_PRIORITY; rules of the same priority in the order of the list
  readonly scope: Scope; // whose text the conditions are about
  readonly countTurns?: TurnKind; // what minTurns and maxTurns count; not given: messages
  readonly wholeWords: boolean; // keywords do not match inside longer words: `hi` not in `this`; see word-borders.ts
  readonly match: Conditions;
  readonly tier: TierName;
  readonly params: readonly ParamEdit[];
  readonly cacheMs?: number | undefined; // how long answers may be kept, 0: not at all; undefined: as the cache's own setting says
  readonly shape?: Shape | undefined;
}

export interface RuleFallback {
  readonly tier: TierName;
  readonly params: readonly ParamEdit[];
  readonly shape?: Shape | undefined;
}

/** Greetings are in the last message, not in how a conversation began: so a rule reads that unless it says otherwise. */
export const DEFAULT_RULE_SCOPE: Scope = "last_user";

/** Abstains when no rule matches and there is no fallback. Throws what `compileRegex` throws. */
export function rulesPolicy({ rules, fallback, allowedHeaders, topics }: RulesSettings, compileRegex: CompileRegex): Policy {
  const allowed = new Set(allowedHeaders);
  const topicOf = topics && topicAsker(topics);
  const compiled = inOrder(rules).map(({ name, scope, countTurns, wholeWords, match, tier, params, cacheMs, shape }) => ({
    name,
    matches: conditionTest(match, { scope, countTurns, wholeWords, allowedHeaders: allowed, compileRegex, topicOf }),
    verdict: { tier, reason: "rule", detail: name, params, ...kept(cacheMs), ...shapeOf(shape) } satisfies Verdict,
  }));
  const otherwise: Verdict | undefined = fallback && {
    tier: fallback.tier,
    reason: "default",
    params: fallback.params,
    ...shapeOf(fallback.shape),
  };
  return {
    needs: needsOf(rules, fallback, topics),
    isRepeatable: true,
    decide(request) {
      for (const { matches, verdict } of compiled) if (matches(request)) return verdict;
      return otherwise;
    },
    /** 1 for each rule that matches: the first such decides. */
    signals: (request) =>
      compiled.map(({ name, matches }) => {
        const over = matches(request);
        return { name: `rule ${name}`, value: over ? 1 : 0, threshold: 0, over };
      }),
  };
}

function kept(cacheMs: number | undefined): Pick<Verdict, "cacheMs"> {
  return cacheMs === undefined ? {} : { cacheMs };
}

/** By priority; equal ones stay in the order of the list. */
export function inOrder(rules: readonly RuleSettings[]): readonly RuleSettings[] {
  return rules.toSorted((a, b) => a.priority - b.priority);
}

function needsOf(rules: readonly RuleSettings[], fallback: RuleFallback | undefined, topics: TopicSource | undefined): Needs {
  const asked = topics !== undefined && rules.some(({ match }) => [match, ...(match.any ?? [])].some(({ topic }) => topic !== undefined));
  return unionOfNeeds([
    ...rules.map(needsOfRule),
    { ...NO_NEEDS, scopes: asked ? [topics.scope] : [] },
    { ...NO_NEEDS, params: fallback === undefined ? [] : namesOf(fallback) },
  ]);
}

function needsOfRule({ match, scope, wholeWords, ...rule }: RuleSettings): Needs {
  const conditions = [match, ...(match.any ?? [])];
  const keywords = conditions.flatMap(({ anyKeyword = [], allKeywords = [] }) => [...anyKeyword, ...allKeywords]);
  return {
    keywords,
    borders: new Map(wholeWords ? keywords.map((word) => [word, WHOLE_WORD]) : []),
    scopes: conditions.some(readsText) ? [scope] : [],
    params: namesOf(rule),
  };
}

function namesOf({ params, shape }: Pick<RuleFallback, "params" | "shape">): string[] {
  return [...params.map(({ name }) => name), ...(shape === undefined ? [] : shapedMembers(shape))];
}

function shapeOf(shape: Shape | undefined): Pick<Verdict, "shape"> {
  return shape === undefined ? {} : { shape };
}

/** Whether a rule's scope matters to these conditions. */
export function readsText({ anyKeyword, allKeywords, regex, minChars, maxChars, has, script }: BasicConditions): boolean {
  const asked = [anyKeyword, allKeywords, regex, minChars, maxChars, script].some((condition) => condition !== undefined);
  return asked || has?.includes("code") === true;
}
