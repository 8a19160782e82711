// What a policy does, in a line or a few, for people who check a configuration.

import type { Config, LearnedPolicyConfig, PolicyConfig } from "../config/config.ts";
import { masked } from "../config/redact.ts";
import type { ParamEdit } from "../request/chat/params.ts";
import type { BasicConditions } from "../request/policy/conditions.ts";
import type { DifficultySettings } from "../request/policy/difficulty.ts";
import type { RandomSettings } from "../request/policy/random.ts";
import { inOrder, type RuleSettings, type RulesSettings, readsText } from "../request/policy/rules.ts";
import type { ThresholdSettings } from "../request/policy/threshold.ts";

/** The first line goes behind the policy's id; the others belong under it. */
export function policySummary(config: Config, policy: PolicyConfig): readonly [string, ...string[]] {
  switch (policy.type) {
    case "threshold":
      return [thresholdSummary(policy)];
    case "rules":
      return rulesSummary(policy);
    case "difficulty":
      return difficultySummary(policy);
    case "learned":
      return learnedSummary(policy);
    case "fixed":
      return [`always ${policy.tier}`];
    case "random":
      return [`${sharesText(policy)}, by x-request-id; seed ${policy.seed}`];
    case "length":
      return [`${policy.over} over ${policy.maxChars} characters; else ${policy.under}; reads ${policy.scope}`];
    case "chain":
      return [`the first that does not abstain of ${policy.of.map((name) => config.policies[name]?.id ?? name).join(", ")}`];
  }
}

function thresholdSummary({ keywords, maxChars, maxBytes, maxTurns, scope, under, over }: ThresholdSettings): string {
  const thresholds = [`${maxChars} characters`, ...(maxBytes === undefined ? [] : [`${maxBytes} bytes`]), `${maxTurns} messages`];
  return `${over} for ${counted(keywords.length, "keyword")}, or over ${thresholds.join(", ")}; else ${under}; reads ${scope}`;
}

function rulesSummary({ rules, fallback }: RulesSettings): readonly [string, ...string[]] {
  const otherwise = fallback === undefined ? "abstains" : `${fallback.tier}${paramsText(fallback.params)}`;
  return [`the first of ${counted(rules.length, "rule")} that matches; else ${otherwise}`, ...inOrder(rules).map(ruleSummary)];
}

/** `2 greeting: weak, sets temperature 0.3; for one of 3 keywords, at most 60 characters; reads last_user` */
function ruleSummary({ name, priority, match, scope, tier, params }: RuleSettings): string {
  const { any = [], ...basic } = match;
  const asked = [...conditionTexts(basic), ...(any.length === 0 ? [] : [any.map((one) => conditionTexts(one).join(", ")).join(" or ")])];
  const text = [basic, ...any].some(readsText) ? `; reads ${scope}` : "";
  return `${priority} ${name}: ${tier}${paramsText(params)}; for ${asked.length === 0 ? "every request" : `${asked.join(", ")}${text}`}`;
}

function conditionTexts(conditions: BasicConditions): readonly string[] {
  const { anyKeyword, allKeywords, regex, minChars, maxChars, minTurns, maxTurns } = conditions;
  const { model, path, headers = {}, has, script, format } = conditions;
  const texts = [
    anyKeyword && (anyKeyword.length === 1 ? anyKeyword[0] : `one of ${anyKeyword.length} keywords`),
    allKeywords && `all of ${counted(allKeywords.length, "keyword")}`,
    regex && "a regex",
    minChars !== undefined && `at least ${counted(minChars, "character")}`,
    maxChars !== undefined && `at most ${counted(maxChars, "character")}`,
    minTurns !== undefined && `at least ${counted(minTurns, "message")}`,
    maxTurns !== undefined && `at most ${counted(maxTurns, "message")}`,
    model && `model ${model}`,
    path && `path ${path}`,
    ...Object.entries(masked(headers) as Readonly<Record<string, string>>).map(([name, pattern]) => `header ${name}: ${pattern}`),
    has && `with ${has.join(" and ")}`,
    script && `in script ${script.join(" or ")}`,
    format && `format ${format.join(" or ")}`,
  ];
  return texts.filter((text) => typeof text === "string");
}

function difficultySummary({ words, bands }: DifficultySettings): readonly [string, ...string[]] {
  const { reasoning, structure, domain } = words;
  const lists = `${reasoning.length} reasoning, ${structure.length} structure and ${domain.length} domain words`;
  const lines = bands.map(
    ({ below, tier, params }) => `${below === undefined ? "else" : `score under ${below}`}: ${tier}${paramsText(params)}`,
  );
  return [`a score from the length of the last user message and ${lists}`, ...lines];
}

function learnedSummary(policy: LearnedPolicyConfig): readonly [string, ...string[]] {
  const { model, file, threshold, weakShare, minConfidence, unsure, under, over, highest } = policy;
  const unsureText = unsure === "up" ? `goes to ${highest}` : "abstains";
  if (model === undefined) return [`untrained (no \`file\`): ${unsureText}`];
  const { rows, family, apgr, date } = model.summary;
  const cut = threshold === "auto" ? `a threshold that holds ${percent(weakShare)} for ${under}` : `${threshold}`;
  return [
    `${over} from a probability of ${cut}; else ${under}; reads ${model.scope}`,
    ...(minConfidence > 0.5 ? [`less sure than ${minConfidence}: ${unsureText}`] : []),
    `model ${model.id} from ${file}: ${family}, ${counted(rows, "row")}, APGR ${apgr.toFixed(3)} in cross-validation, of ${date}`,
  ];
}

function sharesText({ shares }: RandomSettings): string {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  return shares.map(({ tier, share }) => `${percent(share / total)} to ${tier}`).join(", ");
}

export function paramsText(params: readonly ParamEdit[]): string {
  if (params.length === 0) return "";
  return `, sets ${params.map(({ name, json, overwrite }) => `${name} ${json}${overwrite ? " always" : ""}`).join(", ")}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10} %`;
}
