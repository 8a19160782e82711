import { describe, expect, test } from "vitest";
import { type Band, type DifficultySettings, difficultyPolicy } from "../../../src/request/policy/difficulty.ts";
import { DIFFICULTY_WORDS, defaultBands } from "../../../src/request/policy/difficulty-words.ts";
import { policyRequest } from "../../support/policy-request.ts";

const TIERS = ["one", "two", "three", "four"];
const SETTINGS: DifficultySettings = { words: DIFFICULTY_WORDS, bands: defaultBands(TIERS) };
const KEYWORDS = difficultyPolicy(SETTINGS).needs.keywords;

function judged(text: string, settings: Partial<DifficultySettings> = {}) {
  const verdict = difficultyPolicy({ ...SETTINGS, ...settings }).decide(policyRequest({ texts: { last_user: text }, keywords: KEYWORDS }));
  if (verdict === undefined) throw new Error("the difficulty policy never abstains");
  return verdict;
}
const filled = (words: string, chars: number) => words + "。".repeat(chars - [...words].length);

describe("the difficulty score", () => {
  test.each([
    ["an empty message", "", 0],
    ["1000 characters", filled("", 1000), 0.1],
    ["2000 characters", filled("", 2000), 0.2],
    ["more characters add no more", filled("", 9000), 0.2],
    ["a reasoning word", filled("为什么", 1000), 0.2],
    ["the same word often", filled("为什么为什么为什么", 1000), 0.2],
    ["two reasoning words", filled("为什么 如果", 1000), 0.3],
    ["more than three reasoning words", filled("为什么 如果 比较 分析 推理", 1000), 0.4],
    ["a structure word", filled("JSON", 1000), 0.2],
    ["more than two structure words", filled("JSON CSV 表格", 1000), 0.3],
    ["a domain word", filled("算法", 1000), 0.25],
    ["more than two domain words", filled("算法 数学 法律", 1000), 0.4],
    ["everything", filled("为什么 如果 比较 JSON CSV 算法 数学", 2000), 1],
    ["English", filled("Why compare? ", 1000), 0.3],
    ["English stems inside other words", filled("because different suitable lawful-flaw resort", 1000), 0.25],
    ["Korean", filled("왜 비교", 1000), 0.3],
    ["two languages", filled("why 为什么", 1000), 0.3],
  ])("of %s", (_what, text, score) => {
    expect(judged(text).score).toBe(score);
    expect(judged(text)).toMatchObject({ reason: "difficulty", detail: score.toFixed(2) });
  });

  test("is the same in three languages, word for word", () => {
    for (const words of Object.values(DIFFICULTY_WORDS) as (readonly string[])[]) {
      const [han, latin, hangul] = [/\p{sc=Han}/u, /^(?!json|csv)[a-z ]+$/, /\p{sc=Hangul}/u].map((script) =>
        words.filter((word) => script.test(word)),
      );
      expect(latin?.length).toBe(han?.length);
      expect(hangul?.length).toBe(han?.length);
      han?.forEach((word, i) => {
        const scores = [word, latin?.[i] ?? "", hangul?.[i] ?? ""].map((each) => judged(filled(each, 100)).score);
        expect(new Set(scores).size, `${word} ${latin?.[i]} ${hangul?.[i]}: ${scores}`).toBe(1);
        expect(scores[0]).toBeGreaterThan(0.1);
      });
    }
  });

  test("reads the last user message alone", () => {
    expect(judged("")).toMatchObject({ score: 0 });
    expect(difficultyPolicy(SETTINGS).needs.scopes).toEqual(["last_user"]);
    const request = policyRequest({ texts: { all: filled("算法 数学", 3000), last_user: "" }, keywords: KEYWORDS });
    expect(difficultyPolicy(SETTINGS).decide(request)?.score).toBe(0);
  });
});

describe("a band", () => {
  test.each([
    ["0.1999 is below 0.2", filled("为什么", 999), "one"],
    ["0.2 is not", filled("为什么", 1000), "two"],
    ["0.2 of characters alone is not", filled("", 2000), "two"],
    ["0.4999 is below 0.5", filled("为什么 如果 比较", 1999), "two"],
    ["0.5 is not", filled("为什么 如果 比较", 2000), "three"],
    ["0.7999 is below 0.8", filled("为什么 如果 比较 算法 数学", 1999), "three"],
    ["0.8 is not", filled("为什么 如果 比较 算法 数学", 2000), "four"],
    ["1 is in the last", filled("为什么 如果 比较 JSON CSV 算法 数学", 2000), "four"],
  ])("%s", (_what, text, tier) => {
    expect(judged(text).tier).toBe(tier);
  });

  test("cut at any hundredth takes exactly the scores below it", () => {
    for (let cut = 1; cut <= 20; cut++) {
      const bands: Band[] = [
        { below: cut / 100, tier: "low", params: [] },
        { below: undefined, tier: "high", params: [] },
      ];
      expect(judged(filled("", cut * 100 - 1), { bands }).tier).toBe("low");
      expect(judged(filled("", cut * 100), { bands }).tier).toBe("high");
    }
  });

  test("sets its parameters", () => {
    const params = [{ name: "max_tokens", json: "300", overwrite: false }];
    const bands = [
      { below: 0.1, tier: "low", params },
      { below: undefined, tier: "high", params: [] },
    ];
    expect(judged("hello", { bands })).toMatchObject({ tier: "low", params });
    expect(difficultyPolicy({ ...SETTINGS, bands }).needs.params).toEqual(["max_tokens"]);
  });

  test.each([
    [1, [undefined]],
    [2, [0.5, undefined]],
    [3, [0.2, 0.8, undefined]],
    [4, [0.2, 0.5, 0.8, undefined]],
    [5, [0.2, 0.4, 0.6, 0.8, undefined]],
    [6, [0.2, 0.35, 0.5, 0.65, 0.8, undefined]],
  ])("by default: %d tiers are cut at %j", (count, cuts) => {
    const tiers = Array.from({ length: count }, (_, i) => `t${i}`);
    expect(defaultBands(tiers).map(({ below }) => below)).toEqual(cuts);
    expect(defaultBands(tiers).map(({ tier }) => tier)).toEqual(tiers);
  });
});

test("the signals give every part of the score and every cut", () => {
  const request = policyRequest({ text: filled("为什么 算法 数学", 500), keywords: KEYWORDS });
  expect(difficultyPolicy(SETTINGS).signals(request)).toEqual([
    { name: "chars", value: 500, threshold: 2000, over: false },
    { name: "reasoning-words", value: 1, threshold: 3, over: false },
    { name: "structure-words", value: 0, threshold: 2, over: false },
    { name: "domain-words", value: 2, threshold: 2, over: true },
    { name: "score", value: 0.45, threshold: 0.2, over: true },
    { name: "score", value: 0.45, threshold: 0.5, over: false },
    { name: "score", value: 0.45, threshold: 0.8, over: false },
  ]);
});
