import { describe, expect, test } from "vitest";
import type { Conditions } from "../../../src/request/policy/conditions.ts";
import { ruleConflicts } from "../../../src/request/policy/rule-conflicts.ts";
import type { RuleSettings } from "../../../src/request/policy/rules.ts";

function rule(name: string, match: Conditions, rest: Partial<RuleSettings> = {}): RuleSettings {
  return { name, priority: 5, scope: "last_user", wholeWords: true, match, tier: name, params: [], ...rest };
}

const conflictsOf = (...rules: RuleSettings[]) => ruleConflicts({ rules, fallback: undefined, allowedHeaders: ["x-team"] });

describe("a rule that can never match is pointed out, with the reason", () => {
  test.each<[Conditions, string]>([
    [{ minChars: 10, maxChars: 9 }, "no text has at least 10 and at most 9 characters"],
    [{ minTurns: 3, maxTurns: 1 }, "no conversation has at least 3 and at most 1 messages"],
    [{ headers: { authorization: "*" } }, "the header authorization is not among the headers that rules may read"],
    [{ anyKeyword: [] }, "its list of keywords is empty"],
    [{ any: [] }, "its list of alternatives is empty"],
    [{ script: [] }, "no script is left to match"],
    [{ format: ["messages"], any: [{ format: ["completions"] }] }, "no format is left to match"],
    [{ minChars: 10, any: [{ maxChars: 9 }, { headers: { cookie: "x" } }] }, "no text has at least 10 and at most 9 characters"],
    [{ model: "gpt-*", any: [{ model: "claude-*" }, { model: "o3" }] }, "no model fits all its patterns"],
  ])("%j", (match, why) => {
    expect(conflictsOf(rule("a", match))).toEqual([{ kind: "never", rule: "a", sentence: `rule a can never match: ${why}` }]);
  });

  test.each<[string, Conditions]>([
    ["bounds that meet", { minChars: 9, maxChars: 9 }],
    ["an allowed header", { headers: { "x-team": "a" } }],
    ["one alternative left", { minChars: 10, any: [{ maxChars: 9 }, { maxChars: 10 }] }],
    ["patterns that some model fits", { model: "gpt-*", any: [{ model: "*-mini" }] }],
  ])("but not one with %s", (_what, match) => {
    expect(conflictsOf(rule("a", match))).toEqual([]);
  });
});

describe("a rule behind one that takes all it matches is pointed out", () => {
  test.each<[string, Conditions, Conditions]>([
    ["no conditions", {}, { anyKeyword: ["hi"] }],
    ["the same conditions", { regex: "x", has: ["code"] }, { regex: "x", has: ["code"] }],
    ["fewer conditions", { has: ["code"] }, { has: ["tools", "code"], maxTurns: 3 }],
    ["wider bounds", { minChars: 5, maxTurns: 9 }, { minChars: 10, maxChars: 20, maxTurns: 5 }],
    ["more keywords to choose from", { anyKeyword: ["hi", "hello"] }, { anyKeyword: ["hi"] }],
    ["one of the keywords that must be found", { anyKeyword: ["hi", "hello"] }, { allKeywords: ["hi", "you"] }],
    ["fewer keywords that must be found", { allKeywords: ["hi"] }, { allKeywords: ["hi", "you"] }],
    ["a part of a keyword", { anyKeyword: ["分析"] }, { anyKeyword: ["数据分析", "分析师"] }],
    ["a wider model", { model: "gpt-*" }, { model: "gpt-4*" }],
    ["a wider header", { headers: { "x-team": "*" } }, { headers: { "x-team": "search" }, path: "/v1/messages" }],
    ["more scripts", { script: ["han", "hangul"] }, { script: ["han"] }],
    [
      "an alternative for each of its own",
      { any: [{ has: ["code"] }, { minTurns: 5 }] },
      { any: [{ minTurns: 6 }, { has: ["code", "tools"] }] },
    ],
  ])("with %s", (_what, wide, narrow) => {
    expect(conflictsOf(rule("a", wide), rule("b", narrow))).toEqual([
      { kind: "shadowed", rule: "b", other: "a", sentence: "rule b can never decide: a comes first and matches all that b matches" },
    ]);
  });

  test.each<[string, Partial<RuleSettings>, Conditions, Conditions]>([
    ["the other way round", {}, { anyKeyword: ["hi"] }, {}],
    ["a keyword inside another, where whole words are asked for", {}, { anyKeyword: ["hi"] }, { anyKeyword: ["this"] }],
    ["whole words in front of any", { wholeWords: false }, { anyKeyword: ["hi"] }, { anyKeyword: ["hi"] }],
    ["another scope", { scope: "all" }, { minChars: 5 }, { minChars: 5 }],
    ["a narrower model", {}, { model: "gpt-4*" }, { model: "gpt-*" }],
    ["another regex", {}, { regex: "a" }, { regex: "aa" }],
    ["an alternative that is not covered", {}, { has: ["code"] }, { any: [{ has: ["code"] }, { minTurns: 2 }] }],
  ])("but not with %s", (_what, rest, first, second) => {
    expect(conflictsOf(rule("a", first), rule("b", second, rest)).filter(({ kind }) => kind === "shadowed")).toEqual([]);
  });

  test("by priority, not by place in the list", () => {
    const [late, early] = [rule("late", { anyKeyword: ["hi"] }, { priority: 9 }), rule("early", {}, { priority: 1 })];
    expect(conflictsOf(late, early)).toMatchObject([{ kind: "shadowed", rule: "late", other: "early" }]);
  });

  test("but not by one that can never match itself", () => {
    expect(conflictsOf(rule("a", { minTurns: 2, maxTurns: 1 }), rule("b", { minTurns: 3 }))).toMatchObject([{ kind: "never", rule: "a" }]);
  });
});

describe("rules that overlap are pointed out", () => {
  const [hi, code] = [rule("hi", { anyKeyword: ["hi"] }), rule("code", { anyKeyword: ["function"] })];

  test("where their tiers differ and only the order of the list decides", () => {
    const sentence =
      "rules hi (hi) and code (code) can match the same request; both have priority 5, so hi decides because it is listed first";
    expect(conflictsOf(hi, code)).toEqual([{ kind: "overlap", rule: "code", other: "hi", sentence }]);
  });

  test.each<[string, RuleSettings, RuleSettings]>([
    ["of different priorities", hi, { ...code, priority: 6 }],
    ["of the same tier", hi, { ...code, tier: "hi" }],
    ["about lengths apart", rule("short", { maxChars: 10 }), rule("long", { minChars: 11 })],
    ["about different formats", rule("a", { format: ["messages"] }), rule("b", { format: ["responses"] })],
    ["about different models", rule("a", { model: "gpt-*" }), rule("b", { model: "claude-*" })],
  ])("but not those %s", (_what, a, b) => {
    expect(conflictsOf(a, b)).toEqual([]);
  });

  test("also those about lengths apart of different texts", () => {
    const rules = [rule("short", { maxChars: 10 }), rule("long", { minChars: 11 }, { scope: "all" })];
    expect(conflictsOf(...rules)).toMatchObject([{ kind: "overlap" }]);
  });
});
