// The example set holds the same prompts in English, Chinese and Korean, and every preset routes all three alike, but for words that a
// preset has in English only.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { PRESET_NAMES, PRESETS, type PresetName } from "../../src/config/presets.ts";
import { thresholdPolicy } from "../../src/request/policy/threshold.ts";
import { readExamples } from "../../src/study/dataset/read-examples.ts";
import { LANGUAGES, PARITY_FILE, parityRows, parityTriples, sameTier, shown, textOf, verdictsOf } from "./parity-triples.ts";

/** A word of the English edition with its counterparts. */
const CONCEPTS = [
  ["refactor", "重构", "리팩터"],
  ["architect", "架构", "아키텍처"],
  ["design", "设计", "설계"],
  ["analyze", "分析", "분석"],
  ["optimize", "优化", "최적화"],
  ["debug", "调试", "디버그"],
  ["migration", "迁移", "마이그레이션"],
] as const;

/**
 * Words without a counterpart in the preset, and those that v7-hant has in Traditional Chinese beside the others. The Chinese and
 * Korean editions have seven words where English has ten, and a preset smaller than v7 takes the first of English, then Chinese: so v1
 * and v3 know no Chinese or Korean word at all, v5 five.
 */
const ENGLISH_ONLY: Readonly<Record<PresetName, readonly string[]>> = {
  v1: ["refactor", "architect", "design", "analyze", "optimize"],
  v3: ["refactor", "architect", "design", "analyze", "optimize", "debug", "migration", "complex", "performance", "security"],
  v5: ["debug", "migration", "complex", "performance", "security"],
  v7: ["complex", "performance", "security"],
  "v7-hant": [..."complex performance security".split(" "), ..."重構 架構 設計 優化 最佳化 調試 除錯 遷移".split(" ")],
};

const rows = parityRows();
const triples = parityTriples();

function presetPolicy(name: PresetName) {
  return thresholdPolicy({ ...PRESETS[name], maxBytes: undefined, scope: "all", under: "weak", over: "strong" });
}

describe.each(PRESET_NAMES)("%s", (name) => {
  const verdicts = verdictsOf(presetPolicy(name));
  const differing = triples.map((triple) => ({ triple, given: verdicts(triple) })).filter(({ given }) => !sameTier(given));
  /** English alone is strong, for a word that the preset has in English only. */
  const isKnown = ({ given }: (typeof differing)[number]) =>
    given.en.reason === "keyword" && ENGLISH_ONLY[name].includes(given.en.detail ?? "") && given.zh.tier === given.ko.tier;

  test("each prompt goes to the same tier in all three languages, but for words it has in English only", () => {
    expect(differing.filter((difference) => !isKnown(difference)).map(({ triple, given }) => shown(triple, given))).toEqual([]);
  });

  test("has the words in English only that are known", () => {
    const { keywords } = PRESETS[name];
    const paired = CONCEPTS.filter((words) => words.every((word) => keywords.includes(word))).flat();
    expect(keywords.filter((word) => !paired.some((other) => other === word))).toEqual(ENGLISH_ONLY[name]);
  });
});

test("v7, the default, routes every prompt of the set alike", () => {
  const verdicts = verdictsOf(presetPolicy("v7"));
  expect(triples.filter((triple) => !sameTier(verdicts(triple))).map(({ en }) => en.id)).toEqual([]);
});

describe("the example set", () => {
  test("is read as a data set of labels, every row of it", async () => {
    const reading = readExamples([PARITY_FILE]);
    const needed = [];
    for await (const { truth, group } of reading) needed.push({ truth, group });
    expect(needed).toEqual(rows.map(({ label, group }) => ({ truth: { kind: "label", needed: label }, group })));
  });

  test("has at least 66 prompts in three languages, the translations labelled alike", () => {
    expect(triples.length).toBeGreaterThanOrEqual(66);
    const unlike = triples.filter(({ en, zh, ko }) => new Set([en, zh, ko].map(({ label, group }) => `${label} ${group}`)).size > 1);
    expect(unlike.map(({ en }) => en.id)).toEqual([]);
  });

  test("README counts it right", () => {
    const readme = readFileSync(new URL("../../examples/README.md", import.meta.url), "utf8");
    expect(readme).toContain(`${triples.length} prompts, each in English, Chinese and Korean: ${rows.length} labelled rows`);
    expect(readme).toContain(`${rows.length} labels; ${rows.filter(({ label }) => label === "strong").length} need strong`);
  });

  test("each prompt is written in the language it names", () => {
    const hangul = /\p{Script=Hangul}/u;
    const han = /\p{Script=Han}/u;
    const fits = {
      en: (text: string) => !hangul.test(text),
      zh: (text: string) => han.test(text) && !hangul.test(text),
      ko: hangul.test.bind(hangul),
    };
    expect(rows.filter((row) => !fits[row.language](textOf(row))).map(({ id, language }) => `${id} ${language}`)).toEqual([]);
  });

  test("has long prompts and conversations over the thresholds of every preset, in every language", () => {
    const over = (measure: (row: (typeof rows)[number]) => boolean) =>
      triples.filter((triple) => LANGUAGES.every((language) => measure(triple[language]))).length;
    expect(over((row) => [...textOf(row)].length > 1000)).toBeGreaterThanOrEqual(8);
    expect(over(({ messages }) => messages.length > 10)).toBeGreaterThanOrEqual(2);
  });

  test("has what misleads a keyword: easy prompts that hold one, hard ones that hold none", () => {
    const verdicts = verdictsOf(presetPolicy("v7"));
    const holds = triples.map((triple) => ({ label: triple.en.label, reason: verdicts(triple).en.reason }));
    expect(holds.filter(({ label, reason }) => label === "weak" && reason === "keyword").length).toBeGreaterThanOrEqual(8);
    expect(holds.filter(({ label, reason }) => label === "strong" && reason === "under-thresholds").length).toBeGreaterThanOrEqual(20);
  });
});
