// Random rules and requests over so few words, bounds and names that they often meet; and what rules mean, said a second time, slowly.
import fc from "fast-check";
import { NO_ACTION } from "../../src/request/chat/actions.ts";
import type { BasicConditions } from "../../src/request/policy/conditions.ts";
import type { PolicyRequest } from "../../src/request/policy/policy.ts";
import type { RuleSettings, RulesSettings } from "../../src/request/policy/rules.ts";
import { policyRequest, type RequestParts } from "./policy-request.ts";

const WORDS = ["hi", "hi you", "you", "分析", "请分析", "c++"];
const ALLOWED = ["x-team"];
const MODEL_GLOBS = ["gpt-4", "gpt-*", "*-4", "claude-*", "*"];
const REGEXES = ["hi+", "you$", "^分"];

const few = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { maxLength: 3 });
const bound = fc.integer({ min: 0, max: 6 });
const basic: fc.Arbitrary<BasicConditions> = fc
  .subarray(
    [
      "anyKeyword",
      "allKeywords",
      "regex",
      "minChars",
      "maxChars",
      "minBytes",
      "minTurns",
      "maxTurns",
      "model",
      "path",
      "headers",
      "continued",
      "has",
      "script",
      "format",
      "turn",
      "toolLoop",
      "session",
      "agent",
      "calledTools",
      "minRepeats",
      "minErrors",
      "minInputTokens",
      "minAnswerTokens",
      "maxAnswerTokens",
      "minWindowTokens",
    ],
    {
      maxLength: 3,
    },
  )
  .chain((keys) => {
    const all = {
      anyKeyword: few(...WORDS),
      allKeywords: few(...WORDS),
      regex: fc.constantFrom(...REGEXES),
      minChars: bound,
      maxChars: bound.map((chars) => 3 * chars),
      minBytes: bound,
      minTurns: bound,
      maxTurns: bound,
      model: fc.constantFrom(...MODEL_GLOBS),
      path: fc.constantFrom("/v1/*", "/v1/chat/completions", "/v1/messages"),
      headers: fc.dictionary(fc.constantFrom("x-team", "x-team", "x-team", "cookie"), fc.constantFrom("a*", "ab", "*b"), { maxKeys: 1 }),
      continued: fc.boolean(),
      has: few("stream", "tools", "files", "code"),
      script: few("latin", "han"),
      format: few("messages", "chat-completions"),
      turn: few("probe", "subagent", "user"),
      toolLoop: fc.boolean(),
      session: fc.constantFrom("s-*", "s-1", "*"),
      agent: fc.constantFrom("a*", "a1", "*"),
      calledTools: few("Read", "R*", "Bash", "*"),
      minRepeats: bound,
      minErrors: bound,
      minInputTokens: bound,
      minAnswerTokens: bound,
      maxAnswerTokens: bound,
      minWindowTokens: bound.map((tokens) => 2 * tokens),
    };
    return fc.record(Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key)))) as fc.Arbitrary<object>;
  });

const rule: fc.Arbitrary<Omit<RuleSettings, "name">> = fc.record({
  priority: fc.integer({ min: 4, max: 6 }),
  scope: fc.constantFrom("all", "all", "last_user"),
  countTurns: fc.constantFrom("messages", "human"),
  wholeWords: fc.boolean(),
  match: fc.oneof(
    { weight: 3, arbitrary: basic },
    { weight: 1, arbitrary: fc.tuple(basic, fc.array(basic, { maxLength: 2 })).map(([base, any]) => ({ ...base, any })) },
  ),
  tier: fc.constantFrom("weak", "strong"),
  params: fc.constant([]),
});

export const randomRules: fc.Arbitrary<RulesSettings> = fc
  .array(rule, { minLength: 1, maxLength: 5 })
  .map((rules) => ({ rules: rules.map((each, i) => ({ ...each, name: `r${i}` })), fallback: undefined, allowedHeaders: ALLOWED }));

const text = fc.array(fc.constantFrom(...WORDS, " ", "this", "HI", "```"), { maxLength: 4 }).map((pieces) => pieces.join(""));
export const randomParts: fc.Arbitrary<RequestParts> = fc.record({
  texts: fc.record({ all: text, last_user: text }),
  keywords: fc.constant(WORDS),
  facts: fc.record({
    turns: bound,
    humanTurns: bound,
    bodyBytes: bound,
    continued: fc.boolean(),
    files: fc.boolean(),
    stream: fc.boolean(),
    tools: fc.boolean(),
    format: fc.constantFrom("messages", "chat-completions"),
    requestedModel: fc.constantFrom(undefined, "gpt-4", "gpt-5", "claude-4"),
    session: fc.constantFrom(undefined, "s-1", "s-2"),
    inputTokens: bound,
    maxTokens: fc.option(bound, { nil: undefined }),
    action: fc.record({
      turn: fc.constantFrom("probe", "user", "tool-result"),
      toolLoop: fc.boolean(),
      calls: fc.array(fc.record({ tool: fc.constantFrom("Read", "Bash"), outcome: fc.constant("answered") }), { maxLength: 2 }),
      repeats: bound,
      errors: bound,
      fingerprint: fc.constantFrom(undefined, "f0"),
      userSession: fc.constant(undefined),
    }),
  }),
  measured: fc.record({ script: fc.constantFrom("latin", "han") }),
  path: fc.constantFrom("/v1/chat/completions", "/v1/messages?beta=true"),
  headers: fc.constantFrom<Record<string, string>>(
    {},
    { "x-team": "ab" },
    { "x-team": "a" },
    { "x-team": "b", cookie: "ab" },
    {
      "x-claude-code-agent-id": "a1",
    },
  ),
});

export const askedWith = (parts: RequestParts): PolicyRequest => policyRequest(parts);

/** Names of the rules that match, in the order they are asked. */
export function matching({ rules }: RulesSettings, parts: RequestParts): readonly string[] {
  const ordered = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((priority) => rules.filter((each) => each.priority === priority));
  return ordered.filter((each) => holds(each, parts)).map(({ name }) => name);
}

function holds({ match: { any, ...base }, ...rest }: RuleSettings, parts: RequestParts): boolean {
  return basicHolds(base, rest, parts) && (any === undefined || any.some((each) => basicHolds(each, rest, parts)));
}

function basicHolds(conditions: BasicConditions, rule: Omit<RuleSettings, "match">, parts: RequestParts): boolean {
  const { scope, wholeWords } = rule;
  const text = parts.texts?.[scope] ?? "";
  const unsaid = {
    turns: 1,
    humanTurns: 1,
    bodyBytes: 0,
    stream: false,
    tools: false,
    continued: false,
    files: false,
    format: "",
    requestedModel: undefined,
    session: undefined,
    inputTokens: 0,
    maxTokens: undefined,
    action: NO_ACTION,
  };
  const facts = { ...unsaid, ...parts.facts };
  const { stream, tools, files } = facts;
  const has = { stream, tools, files, code: text.includes("```"), images: false, audio: false, video: false, json: false };
  const { action, maxTokens, inputTokens } = facts;
  const agent = parts.headers?.["x-claude-code-agent-id"];
  const turn = agent !== undefined && action.turn !== "probe" ? "subagent" : action.turn;
  const turns = rule.countTurns === "human" ? facts.humanTurns : facts.turns;
  const word = (keyword: string) => new RegExp(spelled(keyword, wholeWords), "i").test(text);
  const glob = (pattern: string, value: string | undefined) =>
    value !== undefined && new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`).test(value);
  const checks: Readonly<Record<keyof BasicConditions, () => boolean>> = {
    anyKeyword: () => conditions.anyKeyword?.some(word) === true,
    allKeywords: () => conditions.allKeywords?.every(word) === true,
    regex: () => new RegExp(conditions.regex ?? "").test(text),
    minChars: () => [...text].length >= (conditions.minChars ?? 0),
    maxChars: () => [...text].length <= (conditions.maxChars ?? 0),
    minBytes: () => facts.bodyBytes >= (conditions.minBytes ?? 0),
    minTurns: () => turns >= (conditions.minTurns ?? 0),
    maxTurns: () => turns <= (conditions.maxTurns ?? 0),
    model: () => glob(conditions.model ?? "", facts.requestedModel),
    path: () => glob(conditions.path ?? "", parts.path?.replace(/\?.*/, "")),
    headers: () =>
      Object.entries(conditions.headers ?? {}).every(([name, pattern]) => ALLOWED.includes(name) && glob(pattern, parts.headers?.[name])),
    continued: () => facts.continued === conditions.continued,
    has: () => conditions.has?.every((feature) => has[feature]) === true,
    script: () => conditions.script?.includes(parts.measured?.script ?? "other") === true,
    topic: () => conditions.topic === undefined, // of rules without a model for it

    format: () => conditions.format?.some((format) => format === facts.format) === true,
    turn: () => conditions.turn?.includes(turn) === true,
    toolLoop: () => action.toolLoop === conditions.toolLoop,
    session: () => glob(conditions.session ?? "", facts.session ?? action.fingerprint),
    agent: () => glob(conditions.agent ?? "", agent),
    calledTools: () => conditions.calledTools?.some((pattern) => action.calls.some(({ tool }) => glob(pattern, tool))) === true,
    minRepeats: () => action.repeats >= (conditions.minRepeats ?? 0),
    minErrors: () => action.errors >= (conditions.minErrors ?? 0),
    minInputTokens: () => inputTokens >= (conditions.minInputTokens ?? 0),
    minAnswerTokens: () => maxTokens !== undefined && maxTokens >= (conditions.minAnswerTokens ?? 0),
    maxAnswerTokens: () => maxTokens !== undefined && maxTokens <= (conditions.maxAnswerTokens ?? 0),
    minWindowTokens: () => Math.ceil(1.1 * inputTokens) + (maxTokens ?? 0) >= (conditions.minWindowTokens ?? 0),
  };
  return (Object.keys(conditions) as (keyof BasicConditions)[]).every((key) => checks[key]());
}

function spelled(keyword: string, wholeWords: boolean): string {
  const front = wholeWords && /^\w/.test(keyword) ? "(?<!\\w)" : "";
  const back = wholeWords && /\w$/.test(keyword) ? "(?!\\w)" : "";
  return front + escaped(keyword) + back;
}

const escaped = (literal: string) => literal.replace(/[.+*?^$()[\]{}|\\/]/g, "\\$&");
