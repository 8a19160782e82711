import { describe, expect, test } from "vitest";
import { allBelieved, believed, overChance, upperTail } from "../../../src/study/evaluate/tests-of-means.ts";
import { logOdds } from "../../../src/study/propose/log-odds.ts";
import { koreanStem } from "../../../src/study/propose/stop-words.ts";
import { wordsOf } from "../../../src/study/propose/words.ts";

describe("words of a text", () => {
  test.each([
    ["how do I Refactor the code-base in 2026?", ["refactor", "code", "base"]],
    ["请帮我重构这个微服务的代码", ["重构", "微服务", "服务", "代码"]],
    ["請幫我重構這個系統", ["重構", "系統"]],
    ["분산 시스템을 설계해주세요", ["분산", "시스템을", "시스템", "설계해주세요", "설계"]],
    ["그 것을 좀 알려줘", ["것을"]],
    ["Der Zeitplan und die Straße", ["zeitplan", "straße"]],
    ["", []],
  ])("%s", (text, words) => {
    expect([...wordsOf(text)].sort()).toEqual([...words].sort());
  });

  test.each([
    ["설계를", "설계"],
    ["설계에서는", "설계"],
    ["나라", undefined],
    ["refactoring", undefined],
  ])("%s without its ending is %s", (word, stem) => {
    expect(koreanStem(word)).toBe(stem);
  });
});

describe("evidence", () => {
  test("log-odds put a word of one side first, and a rare one no higher than its count bears", () => {
    const counts = { some: Float64Array.of(30, 1, 300), others: Float64Array.of(2, 0, 300), prior: Float64Array.of(32, 1, 600) };
    const [telling = 0, rare = 0, common = 0] = logOdds(counts);
    expect(telling).toBeGreaterThan(3);
    expect(rare).toBeLessThan(1.5);
    expect(common).toBeLessThan(0);
  });

  test.each([
    [0, 0.5],
    [1.6449, 0.05],
    [-1.96, 0.975],
    [4, 3.167e-5],
  ])("beyond %d lies %d of the normal distribution", (z, tail) => {
    expect(upperTail(z)).toBeCloseTo(tail, 4);
  });

  test("as many rows of unlike weights tell less", () => {
    const chance = { mean: 0.2, variance: 0.16 };
    const values = [1, 0, 1, 1, 0, 1, 1, 0];
    const even = overChance(
      values,
      values.map(() => 1),
      chance,
    );
    const uneven = overChance(
      values,
      values.map((_, at) => (at === 0 ? 20 : 1)),
      chance,
    );
    expect(even).toMatchObject({ rows: 8, mean: 0.625 });
    expect(uneven.mean).toBeGreaterThan(even.mean);
    expect(uneven.pValue).toBeGreaterThan(even.pValue);
  });

  test("of many findings fewer are believed than of one, and fewest where none may be wrong", () => {
    const findings = [0.001, 0.02, 0.03, 0.04, 0.5].map((pValue) => ({ pValue }));
    expect(believed(findings, 0.05).length).toBe(4);
    expect(allBelieved(findings, 0.05).length).toBe(1);
    expect(believed([{ pValue: 0.04 }], 0.05).length).toBe(1);
    expect(believed([], 0.05)).toEqual([]);
  });
});
