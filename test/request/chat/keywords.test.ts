// Which keywords there can be, and that the rule for exact case folding holds over all of Unicode.
import { expect, test } from "vitest";
import { foldedKeyword } from "../../../src/request/chat/folding.ts";
import { checkKeyword, compileKeywords, MAX_KEYWORD_BYTES, MAX_KEYWORDS } from "../../../src/request/chat/keywords.ts";

test.each([
  ["an ordinary word", "design", undefined],
  ["as long as can be", "x".repeat(MAX_KEYWORD_BYTES), undefined],
  ["nothing", "", "must not be empty"],
  ["too long", "架".repeat(86), "has 258 bytes of UTF-8; at most 255 are possible"],
  ["a capital", "Design", "must be in lower case"],
  ["a capital beyond ASCII", "Éclair", "must be in lower case"],
  ["half a surrogate pair", "a\ud800", "holds half of a surrogate pair"],
  ["a replacement character", "a\ufffd", "holds U+FFFD, which stands for a character that was lost"],
])("%s", (_, word, complaint) => {
  expect(checkKeyword(word)).toBe(complaint);
});

test("a bad keyword is named, and so is the limit of a list that is too long", () => {
  expect(() => compileKeywords(["fine", "Not"])).toThrow(new RangeError('keyword "Not" must be in lower case'));
  const words = Array.from({ length: MAX_KEYWORDS + 1 }, (_, i) => `word${i}`);
  expect(() => compileKeywords(words)).toThrow(new RangeError("10001 keywords; at most 10000 are possible"));
  expect(compileKeywords(words.slice(1)).records).toBe(MAX_KEYWORDS);
});

test("in all of Unicode, only two characters fold to ASCII, and what others fold to makes JavaScript fold the text", () => {
  const folding = new Set<string>();
  for (let point = 0x80; point <= 0x10ffff; point++) {
    if (point >= 0xd800 && point < 0xe000) continue;
    const character = String.fromCodePoint(point);
    const lowered = character.toLowerCase();
    if (lowered === character) continue;
    for (const part of lowered) {
      if (part < "\x80") folding.add(character);
      else if (foldedKeyword(part) === part && compileKeywords([part]).beyondAscii.size === 0)
        throw new Error(`U+${point.toString(16)} folds to ${part}`);
    }
  }
  expect([...folding]).toEqual(["\u0130", "\u212a"]);
});
