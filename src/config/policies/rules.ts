// The rule policy in the configuration: names unique, keywords in lower case, headers listed, params as JSON.
import { z } from "zod";
import { COUNTED_CALLS, LISTED_CALLS, TURN_TYPES } from "../../request/chat/actions.ts";
import { FORMATS, SCOPES, SCRIPTS } from "../../request/chat/facts.ts";
import { type BasicConditions, FEATURES } from "../../request/policy/conditions.ts";
import { type TopicSource, topicSource } from "../../request/policy/learned/asked-topic.ts";
import { OTHER_TOPIC } from "../../request/policy/learned/topics.ts";
import { ruleConflicts } from "../../request/policy/rule-conflicts.ts";
import {
  DEFAULT_PRIORITY,
  DEFAULT_RULE_SCOPE,
  FIRST_PRIORITY,
  inOrder,
  LAST_PRIORITY,
  type RuleSettings,
  type RulesSettings,
  readsText,
  rulesPolicy,
} from "../../request/policy/rules.ts";
import { duration, durationMs } from "../duration.ts";
import { note } from "../effective.ts";
import { count, headerName, keywords, paramKeys, pattern, regex, tierName } from "../fields.ts";
import type { KeyPath } from "../key-path.ts";
import { masked } from "../mask.ts";
import { paramEdits, paramsText } from "../param-edits.ts";
import { loweredWords, requireKnown } from "../references.ts";
import { shapeKey, shapeOf, shapeText } from "../shapes.ts";
import { knownTier, type PolicyContext, versioned } from "./context.ts";
import { none, type PolicyDescriptor } from "./descriptor.ts";
import { countTurns, turnsCounted, turnWord } from "./shared-keys.ts";
import { counted } from "./words.ts";

/** With the path of the model that tells topics, for people. */
type RulesPolicy = { readonly type: "rules"; readonly topicsFile?: string } & RulesSettings;
type RulesFile = z.output<typeof schema>;
type ConditionsFile = Omit<RulesFile["rules"][number]["match"], "any">;

const MAX_RULES = 1000;

/** Of so many calls, or results, at least one. */
const calls = z.int().min(1).max(COUNTED_CALLS);

/** What a rule may ask of a request; all that are given must hold. */
const conditions = {
  keywords: keywords.min(1).optional().describe("at least one of these is found"),
  allKeywords: keywords.min(1).optional().describe("every one of these is found"),
  regex: regex.optional().describe("this is found anywhere in the text; RE2's syntax, `(?i)` in front for any case"),
  minChars: count.optional().describe("code points of the text, at least"),
  maxChars: count.optional().describe("code points of the text, at most"),
  minBytes: count.optional().describe("bytes of the whole body, whatever is in it, at least"),
  minTurns: count.optional().describe("turns, at least; the rule's `countTurns` says what they are"),
  maxTurns: count.optional().describe("turns, at most"),
  model: pattern.optional().describe("the model asked for; `*` stands for any characters, here and in all patterns below"),
  path: pattern.optional().describe("the request's path, without its query"),
  headers: z.record(headerName, pattern).optional().describe("headers by name, each listed in the policy's `headers`"),
  continued: z
    .boolean()
    .optional()
    .describe("it refers to what one server keeps, such as an earlier response, signed thinking or a file (docs/coding-agents.md); or not"),
  has: z
    .array(z.enum(FEATURES))
    .min(1)
    .optional()
    .describe("each of these: `json` is JSON output asked for, `code` a code fence in the text; `images` to `video` are attached"),
  turn: z
    .array(z.enum(TURN_TYPES))
    .min(1)
    .optional()
    .describe("what is asked for in an agent's session is one of these (docs/coding-agents.md); an ordinary chat is `user`"),
  toolLoop: z
    .boolean()
    .optional()
    .describe("results of tools wait for an answer: the model that asked for them is in the middle of its work; or it is not"),
  calledTools: z
    .array(pattern)
    .min(1)
    .optional()
    .describe(`among the last ${LISTED_CALLS} calls of tools is one whose name fits one of these patterns`),
  minRepeats: calls.optional().describe(`of the last ${COUNTED_CALLS} calls so many at least are the same one, by tool and arguments`),
  minErrors: calls.optional().describe(`of the last ${COUNTED_CALLS} results of tools so many at least say that their call failed`),
  minInputTokens: count.optional().describe("tokens of the whole request, estimated (docs/tokens.md), at least"),
  minAnswerTokens: count
    .optional()
    .describe("the client's `max_tokens`, `max_completion_tokens` or `max_output_tokens`, at least; never holds where none is given"),
  maxAnswerTokens: count.optional().describe("the same, at most; never holds where none is given"),
  minWindowTokens: count
    .optional()
    .describe("tokens of context the request takes, at least: 1.1 times its input, estimated, and its `max_tokens`"),
  session: pattern.optional().describe("the id of the session: of its headers, of its body, or made of how the conversation begins"),
  agent: pattern.optional().describe("the id of the sub-agent that speaks, as its header says; an agent itself has none"),
  script: z.array(z.enum(SCRIPTS)).min(1).optional().describe("the text is written in one of these"),
  topic: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("it is about one of these, as the policy's `topics` tells it; `other` where no topic is likely enough"),
  format: z.array(z.enum(FORMATS)).min(1).optional().describe("the request has one of these formats"),
};

const match = z.strictObject({
  ...conditions,
  any: z.array(z.strictObject(conditions)).min(1).optional().describe("one of these holds too: each a map of the conditions above"),
});

const rule = z.strictObject({
  name: z.string().min(1).max(64).describe("what the reason header and the log call it. Unique"),
  priority: z
    .int()
    .min(FIRST_PRIORITY)
    .max(LAST_PRIORITY)
    .default(DEFAULT_PRIORITY)
    .describe("the lowest number is tried first; rules of one priority in the order of the list"),
  scope: z.enum(SCOPES).default(DEFAULT_RULE_SCOPE).describe("which messages' text the conditions are about"),
  countTurns,
  wholeWords: z
    .boolean()
    .default(true)
    .describe("keywords do not match inside longer words (`hi` in `this`); scripts without spaces, and Korean, match anywhere"),
  match: match.prefault({}).describe("what must hold. Default: nothing, so that every request matches"),
  tier: tierName.describe("where a request goes that matches"),
  ...paramKeys,
  cache: duration
    .optional()
    .describe("how long answers to requests that match are kept, where `cache` is on: `10m`; `off`, not at all. Default: `cache.ttl`"),
  ...shapeKey,
});

const schema = z.strictObject({
  type: z.literal("rules").describe("the first rule that matches decides"),
  rules: z.array(rule).min(1).max(MAX_RULES).describe("the rules"),
  fallback: z
    .strictObject({ tier: tierName.describe("where a request goes that no rule matches"), ...paramKeys, ...shapeKey })
    .optional()
    .describe("for a request that no rule matches. Default: the policy abstains"),
  headers: z.array(headerName).default([]).describe("the headers that conditions may look at"),
  topics: z
    .string()
    .min(1)
    .optional()
    .describe(
      "the model that tells what a request is about, for `topic`: `sluice train --topics` wrote it. A path as the learned policy's",
    ),
});

const example = `byRule:
  type: rules
  headers: [x-team]
  rules:
    - { name: research, priority: 1, match: { headers: { x-team: research-* } }, tier: strong }
    - name: greeting
      priority: 2
      match: { keywords: [你好, 早上好, hi, hello], maxChars: 100 }
      tier: weak
      params: { temperature: 0.3, max_tokens: 100 }
    - name: code
      priority: 3
      match: { any: [{ keywords: [写代码, function] }, { regex: '(?i)\\bdef \\w+' }] }
      tier: strong
      params: { temperature: 0.2 }
      overwrite: true
  fallback: { tier: weak, params: { temperature: 0.7 } }`;

export const rules: PolicyDescriptor<typeof schema, RulesPolicy> = {
  type: "rules",
  schema,
  example,
  reasons: [
    { name: "rule", meaning: "a rule matched; the header names it: `rule:greeting`" },
    { name: "default", meaning: "no rule matched: the rule policy's fallback" },
  ],
  resolve(file, context) {
    const settings = settingsOf(file, context);
    const { topics, ...own } = settings;
    return topics === undefined ? versioned(context, own) : { ...settings, id: versioned(context, { ...own, topics: topics.id }).id };
  },
  make: (settings, { compileRegex }) => rulesPolicy(settings, compileRegex),
  tiers: ({ rules, fallback }) => [...rules, ...(fallback === undefined ? [] : [fallback])].map(({ tier }) => tier),
  mayAbstain: ({ rules, fallback }) =>
    fallback === undefined && !rules.some(({ match }) => Object.values(match).every((asked) => asked === undefined)),
  links: none,
  keywords: ({ rules }) => rules.flatMap(wordsOf),
  insideWords: ({ rules }) => rules.filter(({ wholeWords }) => !wholeWords).flatMap(wordsOf),
  regexes: ({ rules }) => rules.flatMap(({ match }) => [match, ...(match.any ?? [])]).flatMap(({ regex }) => regex ?? []),
  params: ({ rules, fallback }) => [...rules.flatMap(({ params }) => params), ...(fallback?.params ?? [])],
  outlivesReload: false,
  summary({ rules, fallback }) {
    const otherwise = fallback === undefined ? "abstains" : `${fallback.tier}${paramsText(fallback.params)}${shapeText(fallback.shape)}`;
    return [`the first of ${counted(rules.length, "rule")} that matches; else ${otherwise}`, ...inOrder(rules).map(ruleText)];
  },
  warnings: (settings) => ruleConflicts(settings).map(({ sentence }) => sentence),
  shown: ({ topics, ...settings }) =>
    topics === undefined ? settings : { ...settings, topics: { id: topics.id, names: topics.topics.names } },
  effective: ({ type, rules, fallback, headers, topics }) => ({
    type,
    rules,
    fallback: fallback ?? note("none; the policy abstains"),
    headers,
    topics: topics ?? note("none; no condition on a topic"),
  }),
  shorthand: undefined,
  thresholds: () => undefined,
  scoreIsProbability: false,
};

function wordsOf({ match }: RuleSettings): readonly string[] {
  return [match, ...(match.any ?? [])].flatMap(({ anyKeyword = [], allKeywords = [] }) => [...anyKeyword, ...allKeywords]);
}

function settingsOf({ type, rules, fallback, headers, topics: topicsFile }: RulesFile, context: PolicyContext): RulesPolicy {
  const allowedHeaders = loweredWords(context.complain, [...context.path, "headers"], headers);
  const topics = topicsFile === undefined ? undefined : topicsFrom(topicsFile, context);
  checkTopics(rules, topicsFile, topics, context);
  const seen = new Set<string>();
  const resolved = rules.map(({ name, match, tier, params, overwrite, shape, countTurns, cache, ...rest }, index): RuleSettings => {
    if (seen.has(name)) context.complain([...context.path, "rules", index, "name"], `there is a rule ${name} above`);
    seen.add(name);
    const path: KeyPath = [...context.path, "rules", index, "match"];
    const { any, ...conditions } = match;
    return {
      name,
      ...rest,
      ...turnsCounted(countTurns),
      match: {
        ...resolveConditions(conditions, path, allowedHeaders, context),
        any: any?.map((basic, alternative) => resolveConditions(basic, [...path, "any", alternative], allowedHeaders, context)),
      },
      tier: knownTier(context, tier, "rules", index, "tier"),
      params: paramEdits({ params, overwrite }),
      ...(cache === undefined ? {} : { cacheMs: durationMs(cache) }),
      shape: shapeOf(name, shape),
    };
  });
  return {
    type,
    rules: resolved,
    fallback: fallback && {
      tier: knownTier(context, fallback.tier, "fallback", "tier"),
      params: paramEdits(fallback),
      shape: shapeOf("fallback", fallback.shape),
    },
    allowedHeaders,
    ...(topics !== undefined && topicsFile !== undefined && { topics, topicsFile }),
  };
}

function topicsFrom(file: string, { path, readModel, complain }: PolicyContext): TopicSource | undefined {
  const read = readModel(file);
  const source = read.kind === "model" ? topicSource(read.model) : undefined;
  const problem = read.kind === "model" ? "the model tells no topics: train it with `--topics`" : read.message;
  if (source === undefined) complain([...path, "topics"], problem);
  return source;
}

/** A topic that the model never tells is a mistake; so is one that nobody tells. */
function checkTopics(
  rules: RulesFile["rules"],
  file: string | undefined,
  source: TopicSource | undefined,
  { path, complain }: PolicyContext,
): void {
  rules.forEach(({ match: { any = [], ...basic } }, index) => {
    const at: KeyPath = [...path, "rules", index, "match"];
    const asked = [{ at, topic: basic.topic }, ...any.map(({ topic }, place) => ({ at: [...at, "any", place], topic }))];
    for (const { at: place, topic } of asked) {
      if (topic === undefined) continue;
      if (file === undefined) complain([...place, "topic"], "needs the policy's `topics`, the model that tells them");
      if (source === undefined) continue;
      topic.forEach((name, number) => {
        requireKnown(complain, [...place, "topic", number], name, [...source.topics.names, OTHER_TOPIC], "topic");
      });
    }
  });
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

/** `2 greeting: weak, sets temperature 0.3; for one of 3 keywords, at most 60 characters; reads last_user` */
function ruleText({ name, priority, match, scope, countTurns, tier, params, shape }: RuleSettings): string {
  const { any = [], ...basic } = match;
  const texts = (one: BasicConditions) => conditionTexts(one, turnWord(countTurns));
  const asked = [...texts(basic), ...(any.length === 0 ? [] : [any.map((one) => texts(one).join(", ")).join(" or ")])];
  const text = [basic, ...any].some(readsText) ? `; reads ${scope}` : "";
  const set = `${paramsText(params)}${shapeText(shape)}`;
  return `${priority} ${name}: ${tier}${set}; for ${asked.length === 0 ? "every request" : `${asked.join(", ")}${text}`}`;
}

function conditionTexts(conditions: BasicConditions, turn: string): readonly string[] {
  const { anyKeyword, allKeywords, regex, minChars, maxChars, minBytes, minTurns, maxTurns } = conditions;
  const { model, path, headers = {}, continued, has, script, format, topic } = conditions;
  const texts = [
    anyKeyword && (anyKeyword.length === 1 ? anyKeyword[0] : `one of ${anyKeyword.length} keywords`),
    allKeywords && `all of ${counted(allKeywords.length, "keyword")}`,
    regex && "a regex",
    minChars !== undefined && `at least ${counted(minChars, "character")}`,
    maxChars !== undefined && `at most ${counted(maxChars, "character")}`,
    minBytes !== undefined && `a body of at least ${counted(minBytes, "byte")}`,
    minTurns !== undefined && `at least ${counted(minTurns, turn)}`,
    maxTurns !== undefined && `at most ${counted(maxTurns, turn)}`,
    model && `model ${model}`,
    path && `path ${path}`,
    ...Object.entries(masked(headers) as Readonly<Record<string, string>>).map(([name, pattern]) => `header ${name}: ${pattern}`),
    continued !== undefined && (continued ? "continued" : "not continued"),
    has && `with ${has.join(" and ")}`,
    script && `in script ${script.join(" or ")}`,
    topic && `about ${topic.join(" or ")}`,
    format && `format ${format.join(" or ")}`,
    ...actionTexts(conditions),
  ];
  return texts.filter((text) => typeof text === "string");
}

function actionTexts(conditions: BasicConditions): readonly (string | false | undefined)[] {
  const { turn, toolLoop, calledTools, minRepeats, minErrors, session, agent } = conditions;
  const { minInputTokens, minAnswerTokens, maxAnswerTokens, minWindowTokens } = conditions;
  return [
    turn && `turn ${turn.join(" or ")}`,
    toolLoop !== undefined && (toolLoop ? "in a tool loop" : "in no tool loop"),
    calledTools && `a call of ${calledTools.join(" or ")}`,
    minRepeats !== undefined && `one call ${minRepeats} times`,
    minErrors !== undefined && `at least ${counted(minErrors, "error")} of tools`,
    minInputTokens !== undefined && `at least ${counted(minInputTokens, "token")} of input`,
    minAnswerTokens !== undefined && `max_tokens of at least ${minAnswerTokens}`,
    maxAnswerTokens !== undefined && `max_tokens of at most ${maxAnswerTokens}`,
    minWindowTokens !== undefined && `a window of at least ${counted(minWindowTokens, "token")}`,
    session && `session ${session}`,
    agent && `agent ${agent}`,
  ];
}
