import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUCKETS, READ_BYTES, TextReader } from "../../../../src/request/policy/learned/text-reader.ts";

const reader = new TextReader();

function featuresOf(text: string): Set<number> {
  reader.read(new TextEncoder().encode(text));
  return new Set(reader.buckets.subarray(0, reader.count));
}

function likeness(a: string, b: string): number {
  const [own, other] = [featuresOf(a), featuresOf(b)];
  const common = [...own].filter((feature) => other.has(feature)).length;
  return common / (own.size + other.size - common);
}

/** The features of an ASCII text by their definition: words and symbols, pairs of neighbours, and four characters in a row. */
function expectedFeatures(text: string): Set<string> {
  const spaced = [...` ${text.toLowerCase()} `].map((character) => (/[!-~]/.test(character) ? character : " ")).join("");
  const line = spaced.replace(/ +/g, " ");
  const tokens = line.match(/[a-z0-9]+|[^a-z0-9 ]/g) ?? [];
  return new Set([
    ...tokens.map((token) => `token ${token}`),
    ...tokens.slice(1).map((token, at) => `pair ${tokens[at]} ${token}`),
    ...Array.from({ length: Math.max(0, line.length - 3) }, (_, at) => `gram ${line.slice(at, at + 4)}`),
  ]);
}

describe("the reader of text features", () => {
  test("gives each feature once, within the buckets, and the same for the same text", () => {
    const text = "the cat sat on the mat, and the cat sat";
    const first = featuresOf(text);
    expect(reader.count).toBe(first.size);
    expect([...first].every((bucket) => bucket >= 0 && bucket < BUCKETS)).toBe(true);
    featuresOf("something else");
    expect(featuresOf(text)).toEqual(first);
  });

  test("finds the words, pairs and grams that their definition names", () => {
    const ascii = fc.string({ unit: "binary-ascii", maxLength: 120 });
    fc.assert(
      fc.property(ascii, (text) => {
        const expected = expectedFeatures(text).size;
        const found = featuresOf(text).size;
        expect(found).toBeLessThanOrEqual(expected);
        expect(found).toBeGreaterThanOrEqual(expected - 1); // two features may share a bucket
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  test("reads upper case, accents and full-width forms as their lower-case half-width ones", () => {
    expect(featuresOf("ÉCOLE Привет ＡＢＣ")).toEqual(featuresOf("école привет abc"));
  });

  test.each([
    ["Chinese", "请比较梯度下降算法的优缺点", "梯度下降算法是什么", "今天晚饭吃面条还是米饭"],
    ["Japanese", "勾配降下法について説明してください", "勾配降下法の欠点", "きょうはあめですね"],
    ["Korean", "경사하강법을 비교해 주세요", "경사하강법이 무엇인가요", "오늘 저녁은 뭐 먹지"],
    ["Thai", "เปรียบเทียบอัลกอริทึม", "อัลกอริทึมคืออะไร", "วันนี้ฝนตก"],
  ])("%s texts about the same share features", (_language, text, same, other) => {
    expect(likeness(text, same)).toBeGreaterThan(0.1);
    expect(likeness(text, same)).toBeGreaterThan(3 * likeness(text, other));
  });

  test("reads the front and the back of a long text, and nothing between", () => {
    const front = "front ".repeat(READ_BYTES);
    const back = " back".repeat(READ_BYTES);
    const whole = featuresOf(`${front}middle unread${back}`);
    expect(featuresOf(`${front}other words here${back}`)).toEqual(whole);
    expect(featuresOf(`${front}middle unread${back} seen`)).not.toEqual(whole);
    expect(featuresOf(`seen ${front}middle unread${back}`)).not.toEqual(whole);
  });

  test("reads any text of any length without going over its buffer or into half a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (text, times) => {
        const repeated = text.repeat(times);
        const features = featuresOf(repeated);
        expect(reader.count).toBe(features.size);
        expect(reader.count).toBeLessThanOrEqual(reader.buckets.length);
        const points = reader.characters.reduce((sum, count) => sum + count, 0);
        const bytes = new TextEncoder().encode(repeated).length;
        if (bytes <= READ_BYTES) expect(points).toBe([...repeated].length);
      }),
      { numRuns: 200, seed: 4 },
    );
  });

  test("keeps within its buffer where every byte makes as many features as it can", () => {
    const small = new TextReader(64);
    for (const text of ["a!".repeat(40), "ab ".repeat(40), "a b c d e f ".repeat(9), "~!@#$%^&*()_+{}|:<>?".repeat(4)]) {
      small.read(new TextEncoder().encode(text));
      expect(small.count).toBeLessThanOrEqual(small.buckets.length);
    }
  });

  test("counts lines, choices, words and code fences", () => {
    featuresOf("Which?\nA. one\n(b) two\n3) three\n```js\nlet x\n```\nAn end.");
    const { lines, choices, words, fences, longestWord } = reader;
    expect({ lines, choices, words, fences, longestWord }).toEqual({
      lines: 7,
      choices: 3,
      words: 12,
      fences: 2,
      longestWord: 5,
    });
  });
});
