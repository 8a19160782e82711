import { expect, test } from "vitest";
import { PRESETS } from "../../src/config/presets.ts";

test.each([
  ["v1", 5, 0, 1000, 10],
  ["v3", 10, 0, 750, 7],
  ["v5", 15, 5, 600, 6],
  ["v7", 17, 7, 500, 5],
  ["v7-hant", 25, 7, 500, 5],
] as const)(
  "%s has %i keywords and %i Korean counterparts, over %i characters, over %i turns",
  (name, keywords, korean, maxChars, maxTurns) => {
    const preset = PRESETS[name];
    const isKorean = (word: string) => /\p{Script=Hangul}/u.test(word);
    expect(preset.keywords.filter((word) => !isKorean(word))).toHaveLength(keywords);
    expect(preset.keywords.filter(isKorean)).toHaveLength(korean);
    expect(preset).toMatchObject({ maxChars, maxTurns });
  },
);

test("v7 has the 24 words of all three languages", () => {
  const english = "refactor architect design analyze optimize debug migration complex performance security";
  const others = "重构 架构 设计 分析 优化 调试 迁移 리팩터 아키텍처 설계 분석 최적화 디버그 마이그레이션";
  expect(PRESETS.v7.keywords.join(" ")).toBe(`${english} ${others}`);
});

test("v7-hant has them too, and the Chinese ones as they are written in Traditional Chinese; 分析 is the same", () => {
  expect(PRESETS["v7-hant"].keywords).toEqual([...PRESETS.v7.keywords, ..."重構 架構 設計 優化 最佳化 調試 除錯 遷移".split(" ")]);
});
