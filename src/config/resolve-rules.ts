// A rule policy of the file: names unique, keywords in lower case, headers listed, params as JSON.
import type { BasicConditions } from "../request/policy/conditions.ts";
import type { RuleSettings } from "../request/policy/rules.ts";
import { knownTier, type PolicyContext, paramEdits } from "./policy-context.ts";
import type { PolicyFileOf } from "./policy-schema.ts";
import type { KeyPath } from "./problems.ts";
import { loweredWords } from "./references.ts";

type RulesFile = PolicyFileOf<"rules">;
type ConditionsFile = Omit<RulesFile["rules"][number]["match"], "any">;

export function resolveRules({ type, rules, fallback, headers }: RulesFile, context: PolicyContext) {
  const allowedHeaders = loweredWords(context.complain, [...context.path, "headers"], headers);
  const seen = new Set<string>();
  const resolved = rules.map(({ name, match, tier, params, overwrite, ...rest }, index): RuleSettings => {
    if (seen.has(name)) context.complain([...context.path, "rules", index, "name"], `there is a rule ${name} above`);
    seen.add(name);
    const path: KeyPath = [...context.path, "rules", index, "match"];
    const { any, ...conditions } = match;
    return {
      name,
      ...rest,
      match: {
        ...resolveConditions(conditions, path, allowedHeaders, context),
        any: any?.map((basic, alternative) => resolveConditions(basic, [...path, "any", alternative], allowedHeaders, context)),
      },
      tier: knownTier(context, tier, "rules", index, "tier"),
      params: paramEdits({ params, overwrite }),
    };
  });
  return {
    type,
    rules: resolved,
    fallback: fallback && { tier: knownTier(context, fallback.tier, "fallback", "tier"), params: paramEdits(fallback) },
    allowedHeaders,
  };
}

function resolveConditions(
  { keywords, allKeywords, headers, ...conditions }: ConditionsFile,
  path: KeyPath,
  allowedHeaders: readonly string[],
  { complain }: PolicyContext,
): BasicConditions {
  for (const name of Object.keys(headers ?? {})) {
    if (!allowedHeaders.includes(name.toLowerCase())) complain([...path, "headers", name], "must be listed in the policy's `headers` too");
  }
  return {
    ...conditions,
    anyKeyword: keywords && loweredWords(complain, [...path, "keywords"], keywords),
    allKeywords: allKeywords && loweredWords(complain, [...path, "allKeywords"], allKeywords),
    headers: headers && Object.fromEntries(Object.entries(headers).map(([name, pattern]) => [name.toLowerCase(), pattern])),
  };
}
