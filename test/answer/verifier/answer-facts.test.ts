// What the verifier's facts make of answers: named values, and bounds that hold for every text.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ANSWER_FACTS, answerFacts } from "../../../src/answer/verifier/answer-facts.ts";

type Fact = (typeof ANSWER_FACTS)[number];

function factsOf(answer: string, question: string): Readonly<Record<Fact, number>> {
  const out = new Float64Array(ANSWER_FACTS.length);
  answerFacts(answer, question, out);
  return Object.fromEntries(ANSWER_FACTS.map((name, at) => [name, out[at]])) as Record<Fact, number>;
}

const CHOICES = "What is the capital of Switzerland?\nA. Zurich on the lake\nB. Bern\nC. Geneva\n";

describe("a fact", () => {
  const cases: readonly (readonly [fact: Fact, answer: string, question: string, expected: number])[] = [
    ["log-words", "one two three", "", Math.log(4)],
    ["different-words", "a b a b", "", 0.5],
    ["distinct", "a b c d a b c d", "", 4 / 5],
    ["least-distinct", "so it is. ".repeat(100), "", 3 / 128],
    ["late-new-words", "a b a c", "", 0.5],
    ["ends-well", "It is so.", "", 1],
    ["ends-well", "It is so", "", 0],
    ["ends-well", "就是这样。", "", 1],
    ["conclusions", "Therefore, the answer is 4.", "", 2],
    ["conclusions", "따라서 정답은 4입니다.", "", 2],
    ["hedges", "However, it might be 4, or maybe 5.", "", 3],
    ["negations", "It is not so and isn't thus", "", 2 / 8],
    ["most-decimals", "1.25 and 0.333333", "", 6],
    ["new-numbers", "2 + 3 = 5", "2 and 3?", 1 / 3],
    ["last-numbers-asked", "1 + 2 = 3", "Is it 2 or 3?", 2 / 3],
    ["last-numbers-asked", "none", "Is it 2 or 3?", -1],
    ["shared-words", "the cat sat", "the cat", 2 / 3],
    ["asked-words-said", "the cat sat", "the dog", 0.5],
    ["last-sentence-shared", "It rains. The cat sat. So it is (B).", "the cat", 2 / 3],
    ["asked-questions", "", "Why? How? 为什么?", 3],
    ["choices", "Bern.", CHOICES, 3],
    ["choice-place", "Bern is the capital. The answer is (B).", CHOICES, 1],
    ["choice-place", "答案是B。", CHOICES, 1],
    ["choice-place", "It could be (A), or (C)", CHOICES, 2],
    ["choice-place", "It is Bern.", CHOICES, -1],
    ["choice-place", "The answer is (B).", "What is the capital?", -1],
    ["choice-said", "Bern is the capital. The answer is (B).", CHOICES, 1],
    ["choice-said", "Bern is the capital. The answer is (A).", CHOICES, 0],
    ["choice-over-others", "Bern is the capital. The answer is (A).", CHOICES, -1],
    ["choices-as-likely", "I do not know. The answer is (A).", CHOICES, 2],
    ["choices-spoken-of", "(A) is wrong, (C) too. The answer is (B).", CHOICES, 2],
  ];
  test.each(cases)("%s of %j", (fact, answer, question, expected) => {
    expect(factsOf(answer, question)[fact]).toBeCloseTo(expected, 10);
  });
});

test("all facts are finite whatever the texts, and each is filled", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (answer, question) => {
      const out = new Float64Array(ANSWER_FACTS.length).fill(Number.NaN);
      answerFacts(answer, question, out);
      expect([...out].every(Number.isFinite)).toBe(true);
      expect(out.length).toBe(ANSWER_FACTS.length);
    }),
  );
});

test("of a long answer the front and the back are read, so that work is bounded", () => {
  const middle = "x1 ".repeat(400_000);
  const facts = factsOf(`However, ${middle} maybe.`, "Why?");
  expect(facts).toMatchObject({ hedges: 2, "ends-well": 1 });
  expect(facts["log-words"]).toBeLessThan(Math.log(10_000));
});
