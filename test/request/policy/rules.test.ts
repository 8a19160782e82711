import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { NO_ACTION, type ToolCall } from "../../../src/request/chat/actions.ts";
import type { Conditions } from "../../../src/request/policy/conditions.ts";
import { compileRegex } from "../../../src/request/policy/regex.ts";
import { type RuleSettings, type RulesSettings, rulesPolicy } from "../../../src/request/policy/rules.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";
import { policyRequest, type RequestParts } from "../../support/policy-request.ts";

function rule(name: string, match: Conditions, rest: Partial<RuleSettings> = {}): RuleSettings {
  return { name, priority: 5, scope: "last_user", wholeWords: true, match, tier: `tier of ${name}`, params: [], ...rest };
}

function policyOf(rules: readonly RuleSettings[], rest: Partial<RulesSettings> = {}) {
  return rulesPolicy({ rules, fallback: undefined, allowedHeaders: ["x-team"], ...rest }, compileRegex);
}

/** Whether a rule with these conditions matches, keywords found as the scanner finds them. */
function matches(match: Conditions, parts: RequestParts, rest: Partial<RuleSettings> = {}): boolean {
  const policy = policyOf([rule("it", match, rest)]);
  return policy.decide(policyRequest({ keywords: policy.needs.keywords, ...parts })) !== undefined;
}

const CALLS: readonly ToolCall[] = [
  { tool: "Read", outcome: "answered" },
  { tool: "mcp__git__log", outcome: "failed" },
];

describe("a condition", () => {
  test.each<[string, Conditions, RequestParts, boolean]>([
    ["none holds for every request", {}, {}, true],
    ["any of the keywords", { anyKeyword: ["hi", "你好"] }, { text: "你好吗" }, true],
    ["any of the keywords, none found", { anyKeyword: ["hi", "你好"] }, { text: "good day" }, false],
    ["a keyword inside a word", { anyKeyword: ["hi"] }, { text: "this" }, false],
    ["a keyword in capitals", { anyKeyword: ["hi"] }, { text: "this? HI!" }, true],
    ["no keywords to find one of", { anyKeyword: [] }, { text: "hi" }, false],
    ["all keywords", { allKeywords: ["a", "b"] }, { text: "b a" }, true],
    ["all keywords, one missing", { allKeywords: ["a", "b"] }, { text: "a" }, false],
    ["all keywords, one inside a word", { allKeywords: ["a", "b"] }, { text: "a be" }, false],
    ["a keyword listed twice", { allKeywords: ["a", "a"] }, { text: "a" }, true],
    ["any and all keywords", { anyKeyword: ["c", "d"], allKeywords: ["a"] }, { text: "a d" }, true],
    ["any and all keywords, any missing", { anyKeyword: ["c", "d"], allKeywords: ["a"] }, { text: "a" }, false],
    ["a regex", { regex: "\\d{3}-\\d{4}" }, { text: "call 555-1234 now" }, true],
    ["a regex not found", { regex: "^call$" }, { text: "call me" }, false],
    ["a regex in any case", { regex: "(?i)straße|ÉTÉ" }, { text: "un été" }, true],
    ["minChars reached", { minChars: 4 }, { text: "四个汉字" }, true],
    ["minChars not reached", { minChars: 5 }, { text: "四个汉字" }, false],
    ["maxChars reached", { maxChars: 4 }, { text: "四个汉字" }, true],
    ["maxChars passed", { maxChars: 3 }, { text: "四个汉字" }, false],
    ["minTurns", { minTurns: 3 }, { facts: { turns: 3 } }, true],
    ["minTurns not reached", { minTurns: 3 }, { facts: { turns: 2 } }, false],
    ["maxTurns", { maxTurns: 3 }, { facts: { turns: 3 } }, true],
    ["maxTurns passed", { maxTurns: 3 }, { facts: { turns: 4 } }, false],
    ["the model", { model: "gpt-4o" }, { facts: { requestedModel: "gpt-4o" } }, true],
    ["another model", { model: "gpt-4o" }, { facts: { requestedModel: "gpt-4o-mini" } }, false],
    ["a model by its front", { model: "gpt-*" }, { facts: { requestedModel: "gpt-4o-mini" } }, true],
    ["no model asked for", { model: "*" }, {}, false],
    ["the path, its query aside", { path: "/v1/chat/*" }, { path: "/v1/chat/completions?x=/y" }, true],
    ["another path", { path: "/v1/messages" }, { path: "/v1/chat/completions" }, false],
    ["no path known", { path: "*" }, {}, false],
    ["a header", { headers: { "x-team": "search-*" } }, { headers: { "x-team": "search-eu" } }, true],
    ["another value of a header", { headers: { "x-team": "search-*" } }, { headers: { "x-team": "ads" } }, false],
    ["a header that is absent", { headers: { "x-team": "*" } }, {}, false],
    ["a header that rules may not read", { headers: { authorization: "*" } }, { headers: { authorization: "x" } }, false],
    ["stream", { has: ["stream"] }, { facts: { stream: true } }, true],
    ["no stream", { has: ["stream"] }, {}, false],
    ["tools and images", { has: ["tools", "images"] }, { facts: { tools: true, images: true } }, true],
    ["tools without images", { has: ["tools", "images"] }, { facts: { tools: true } }, false],
    ["JSON output", { has: ["json"] }, { facts: { jsonOutput: true } }, true],
    ["code", { has: ["code"] }, { text: "```js\n```" }, true],
    ["no code", { has: ["code"] }, { text: "`x`" }, false],
    ["a script", { script: ["han", "hangul"] }, { measured: { script: "hangul" } }, true],
    ["another script", { script: ["han", "hangul"] }, { measured: { script: "latin" } }, false],
    ["a format", { format: ["messages"] }, { facts: { format: "messages" } }, true],
    ["another format", { format: ["messages"] }, {}, false],
    ["a turn", { turn: ["probe", "title"] }, { facts: { action: { ...NO_ACTION, turn: "title" } } }, true],
    ["another turn", { turn: ["probe", "title"] }, {}, false],
    ["a sub-agent's turn, by its header", { turn: ["subagent"] }, { headers: { "x-claude-code-agent-id": "a1" } }, true],
    ["a tool loop", { toolLoop: true }, { facts: { action: { ...NO_ACTION, toolLoop: true } } }, true],
    ["no tool loop", { toolLoop: true }, {}, false],
    ["a called tool", { calledTools: ["Edit", "mcp__*"] }, { facts: { action: { ...NO_ACTION, calls: CALLS } } }, true],
    ["no called tool", { calledTools: ["Edit"] }, { facts: { action: { ...NO_ACTION, calls: CALLS } } }, false],
    ["enough repeats", { minRepeats: 3 }, { facts: { action: { ...NO_ACTION, repeats: 3 } } }, true],
    ["too few", { minRepeats: 3 }, { facts: { action: { ...NO_ACTION, repeats: 2 } } }, false],
    ["enough errors", { minErrors: 1 }, { facts: { action: { ...NO_ACTION, errors: 1 } } }, true],
    ["no errors", { minErrors: 1 }, {}, false],
    ["a session by its header", { session: "s-*" }, { headers: { "session-id": "s-1" }, facts: { session: "t" } }, true],
    ["a session of the body", { session: "s-*" }, { facts: { session: "s-1" } }, true],
    ["no session", { session: "*" }, {}, false],
    ["an agent", { agent: "*" }, { headers: { "x-openai-subagent": "review" } }, true],
    ["no agent", { agent: "*" }, {}, false],
    ["enough input", { minInputTokens: 40 }, { facts: { inputTokens: 40 } }, true],
    ["too little", { minInputTokens: 41 }, { facts: { inputTokens: 40 } }, false],
    ["a long answer", { minAnswerTokens: 9 }, { facts: { maxTokens: 9 } }, true],
    ["a short one", { maxAnswerTokens: 9 }, { facts: { maxTokens: 9 } }, true],
    ["an answer of no length said", { minAnswerTokens: 0 }, {}, false],
    ["nor is it short", { maxAnswerTokens: 9 }, {}, false],
    ["a window, with its margin and the answer", { minWindowTokens: 53 }, { facts: { inputTokens: 40, maxTokens: 9 } }, true],
    ["a smaller window", { minWindowTokens: 54 }, { facts: { inputTokens: 40, maxTokens: 9 } }, false],
    ["two that hold", { maxChars: 4, anyKeyword: ["hi"] }, { text: "hi" }, true],
    ["two of which one holds", { maxChars: 1, anyKeyword: ["hi"] }, { text: "hi" }, false],
    ["any of alternatives", { any: [{ minTurns: 9 }, { anyKeyword: ["hi"] }] }, { text: "hi" }, true],
    ["none of the alternatives", { any: [{ minTurns: 9 }, { anyKeyword: ["hi"] }] }, { text: "ho" }, false],
    ["an alternative, but not the rest", { maxTurns: 0, any: [{ anyKeyword: ["hi"] }] }, { text: "hi" }, false],
    ["no alternatives to choose from", { any: [] }, {}, false],
  ])("%s", (_what, match, parts, expected) => {
    expect(matches(match, parts)).toBe(expected);
  });

  test("finds keywords inside words too where the rule says so", () => {
    expect(matches({ anyKeyword: ["hi"] }, { text: "this" }, { wholeWords: false })).toBe(true);
  });

  test("reads the rule's scope", () => {
    const texts = { all: "hi there", user: "there", last_user: "" };
    expect(matches({ anyKeyword: ["hi"] }, { texts }, { scope: "all" })).toBe(true);
    expect(matches({ anyKeyword: ["hi"] }, { texts }, { scope: "user" })).toBe(false);
    expect(matches({ regex: "there" }, { texts }, { scope: "user" })).toBe(true);
    expect(matches({ minChars: 1 }, { texts }, { scope: "last_user" })).toBe(false);
  });

  test("that is dear is asked only when the cheap ones hold", () => {
    const policy = rulesPolicy({ rules: [rule("it", { regex: "x", maxTurns: 1 })], fallback: undefined, allowedHeaders: [] }, () => () => {
      throw new Error("the regex was searched");
    });
    expect(policy.decide(policyRequest({ facts: { turns: 2 } }))).toBeUndefined();
    expect(() => policy.decide(policyRequest())).toThrow("the regex was searched");
  });
});

describe("a list of rules", () => {
  const params = [{ name: "temperature", json: "0.3", overwrite: true }];
  const greeting = rule("greeting", { anyKeyword: ["hi", "你好"] }, { priority: 1, params });
  const code = rule("code", { anyKeyword: ["function", "代码"] }, { priority: 2 });
  const asked = (text: string) => policyRequest({ text, keywords: ["hi", "你好", "function", "代码"] });

  test.each([
    ["hi, write a function", "greeting"],
    ["write a function", "code"],
    ["你好，写代码", "greeting"],
    ["a plain question", undefined],
  ])("is asked by priority, wherever a rule stands in it: %s", (text, name) => {
    expect(policyOf([code, greeting]).decide(asked(text))?.detail).toBe(name);
  });

  test("is asked in its own order where priorities are equal", () => {
    const rules = ["b", "a", "c"].map((name) => rule(name, {}));
    expect(policyOf(rules).decide(asked(""))?.detail).toBe("b");
  });

  test("gives the rule's tier, name and parameters", () => {
    expect(policyOf([greeting]).decide(asked("hi"))).toEqual({ tier: "tier of greeting", reason: "rule", detail: "greeting", params });
  });

  test("falls back where no rule matches, or abstains", () => {
    const policy = policyOf([greeting], { fallback: { tier: "weak", params } });
    expect(policy.decide(asked("what?"))).toEqual({ tier: "weak", reason: "default", params });
    expect(policyOf([greeting]).decide(asked("what?"))).toBeUndefined();
    expect(policyOf([], { fallback: { tier: "weak", params: [] } }).decide(asked(""))?.reason).toBe("default");
  });

  test("needs its rules' keywords, the scopes that are read, and the parameters that may be set", () => {
    const fallback = { tier: "weak", params: [{ name: "seed", json: "1", overwrite: false }] };
    const rules = [
      code,
      greeting,
      rule("turns", { minTurns: 3 }, { scope: "all" }),
      rule("any", { any: [{ regex: "x" }] }, { scope: "user" }),
    ];
    expect(policyOf(rules, { fallback }).needs).toMatchObject({
      keywords: ["function", "代码", "hi", "你好"],
      scopes: ["last_user", "user"],
      params: ["temperature", "seed"],
    });
  });

  test("shows for each rule, in the order asked, whether it matches", () => {
    expect(policyOf([code, greeting]).signals(asked("a function"))).toEqual([
      { name: "rule greeting", value: 0, threshold: 0, over: false },
      { name: "rule code", value: 1, threshold: 0, over: true },
    ]);
  });
});

test("a rule with a catastrophic pattern decides 100 KB in less than 5 ms, from the body's bytes to the tier", () => {
  const rules = "[{ name: trap, match: { regex: '(a+)+$' }, tier: strong }]";
  const routing = routingOf(parseConfig(`policies: { main: { type: rules, rules: ${rules}, fallback: { tier: weak } } }`, "test"));
  const body = (content: string) => Buffer.from(JSON.stringify({ messages: [{ role: "user", content }] }));
  const [trap, noMatch] = [body("a".repeat(100_000)), body(`${"a".repeat(100_000)}!`)];
  const times = Array.from({ length: 5 }, () => {
    const before = performance.now();
    expect(routeBody(routing, trap, new Map()).decision.tier).toBe("strong");
    const between = performance.now();
    expect(routeBody(routing, noMatch, new Map()).decision.tier).toBe("weak");
    return Math.max(between - before, performance.now() - between);
  });
  expect(Math.min(...times)).toBeLessThan(5); // the least: the others are what a busy machine adds
});
