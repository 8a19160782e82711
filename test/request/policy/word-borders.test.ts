import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Borders } from "../../../src/request/chat/keywords.ts";
import { wordTest } from "../../../src/request/policy/word-borders.ts";

/** Undefined borders asked: found anywhere. */
function stands(word: string, borders: Borders, text: string): boolean {
  return wordTest(word, borders)?.(new TextEncoder().encode(text)) ?? text.toLowerCase().includes(word);
}

describe("a whole word", () => {
  test.each([
    ["hi", "hi", true],
    ["hi", "Oh, HI!", true],
    ["hi", "this which Chicago", false],
    ["hi", "this, hi", true],
    ["hi", "hi_there hi2", false],
    ["hi", "你好hi你好", true],
    ["hi", "hi라고", true],
    ["hi", "éhi hié", false],
    ["hi", "hi\u0301", false],
    ["你好", "大家你好吗", true],
    ["설계", "재설계를", true],
    ["c++", "in C++17", true],
    ["c++", "abc++", false],
    [".net", "asp.net", true],
    ["привет", "ПРИВЕТ!", true],
    ["привет", "приветствие", false],
    ["café", "CAFÉ", true],
    ["hi you", "hi you", true],
  ])("%s in %s: %s", (word, text, found) => {
    expect(stands(word, "both", text)).toBe(found);
  });
});

describe("a stem", () => {
  test.each([
    ["if", "different, specific", false],
    ["if", "what If so", true],
    ["compar", "a comparison", true],
    ["caus", "because", false],
    ["table", "suitable", false],
    ["分析", "请分析", true],
  ])("%s in %s: %s", (word, text, found) => {
    expect(stands(word, "start", text)).toBe(found);
  });
});

test("borders are where a regular expression with lookarounds says", () => {
  const unspaced = ["Han", "Hiragana", "Katakana", "Hangul", "Bopomofo", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"];
  const inWord = `[[\\p{L}\\p{N}\\p{M}_]--[${unspaced.map((script) => `\\p{sc=${script}}`).join("")}]]`;
  const edge = new RegExp(inWord, "v");
  const unit = fc.constantFrom("h", "i", "H", "I", " ", "-", "_", "7", "é", "П", "п", "你", "설", "ก", "\u0301", "🙂");
  const tally = { found: 0, missed: 0 };
  const words = ["hi", "i", "пп", "é", "i-", "hé", "你h"];
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 8 }), fc.constantFrom(...words), fc.constantFrom("start", "both"), (text, word, borders) => {
      if (!text.toLowerCase().includes(word)) return;
      const before = edge.test([...word][0] ?? "") ? `(?<!${inWord})` : "";
      const behind = borders === "both" && edge.test([...word].at(-1) ?? "") ? `(?!${inWord})` : "";
      const expected = new RegExp(before + word + behind, "v").test(text.toLowerCase());
      tally[expected ? "found" : "missed"]++;
      expect(stands(word, borders as Borders, text)).toBe(expected);
    }),
    { numRuns: 20_000 },
  );
  expect(Math.min(tally.found, tally.missed)).toBeGreaterThan(300);
});
