// Whether two answers say the same: by what tells in them, and in doubt not.
import { expect, test } from "vitest";
import { type AgreementKind, agreementOf, comparable } from "../../../src/answer/agreement/agreement.ts";
import { AnswerSoFar } from "../../../src/answer/said/answer-so-far.ts";

const CHOICES = "Which?\nA. one\nB. two\nC. three";
const said = (text: string) => ({ text, calls: [] });
const fenced = (language: string, code: string) => `Here it is:\n\`\`\`${language}\n${code}\n\`\`\``;

type Case = readonly [what: string, by: AgreementKind, agrees: boolean, one: string, two: string];

const compare = ([, by, agrees, one, two]: Case, question: string) => {
  expect(agreementOf(said(one), said(two), question, 0.8)).toEqual({ by, agrees });
  expect(agreementOf(said(two), said(one), question, 0.8)).toEqual({ by, agrees });
};

const OF_CHOICES: readonly Case[] = [
  ["the same letter after other words", "choice", true, "As two is even. The answer is (B).", "B"],
  ["another letter", "choice", false, "The answer is (B).", "The answer is (C)."],
  ["one that names none", "choice", false, "The answer is (B).", "I think two."],
  ["a letter that is named above, not at the end", "choice", false, "The answer is (B).", "The answer is (B).\nNo: the answer is (C)."],
  ["two that name none are compared by their words", "words", false, "I think one.", "It is the second."],
];

test.each(OF_CHOICES)("answers to a question with choices: %s", (...each) => compare(each, CHOICES));

const PLAIN: readonly Case[] = [
  ["a letter where no choice was asked for does not tell", "words", false, "The best is A.", "They all say the answer is A."],
  ["the same number, written otherwise", "number", true, "So 2 and 3.\nThe answer is 1,000.", "We add.\nThe total is $1000.00"],
  ["a number alone", "number", true, "**42**", "Six times seven.\n#### 42"],
  ["a fraction", "number", true, "The answer is 1/2.", "The result = 0.5"],
  ["another number", "number", false, "The answer is 42.", "The answer is -42."],
  ["another unit", "number", false, "The answer is 5 km.", "The answer is 5 miles."],
  ["a unit that one leaves out", "number", true, "The answer is 5 dollars.", "The answer is 5."],
  ["the same number in Chinese", "number", true, "所以答案是 12。", "答案:12"],
  [
    "a result that is not told at the end does not tell",
    "words",
    false,
    "The total is 3.\nDelete the first.",
    "The total is 3.\nKeep all of it.",
  ],
  [
    "JSON with its members in another order",
    "json",
    true,
    '{"a":1,"b":[1,{"c":null}]}',
    '```json\n{ "b": [1, {"c": null}], "a": 1.0 }\n```',
  ],
  ["JSON with another value", "json", false, '{"a":[1,2]}', '{"a":[2,1]}'],
  ["JSON with a member more", "json", false, '{"a":1}', '{"a":1,"b":null}'],
  ["JSON and words", "json", false, '{"a":1}', "a is 1"],
  ["JSON deeper than any answer", "json", false, `${"[".repeat(9000)}${"]".repeat(9000)}`, `${"[".repeat(9000)}${"]".repeat(9000)}`],
  ["code laid out otherwise, with other comments", "code", true, fenced("js", "// adds\nf(a,b)"), fenced("ts", "f( a, b ) /* sum */")],
  ["code with another operator", "code", false, fenced("js", "a < b"), fenced("js", "a <= b")],
  ["an address in a string is no comment", "code", false, fenced("js", 'get("http://a")'), fenced("js", 'get("http://b")')],
  ["division in Python is no comment", "code", false, fenced("python", "a = b // 2"), fenced("python", "a = b // 3")],
  ["an include in C is no comment", "code", false, fenced("c", "#include <a.h>"), fenced("c", "#include <b.h>")],
  ["Python at other depths", "code", false, fenced("python", "if a:\n  b()\nc()"), fenced("python", "if a:\n  b()\n  c()")],
  ["Python with a wider indent", "code", true, fenced("python", "if a:\n  b() # yes\nc()"), fenced("python", "if a:\n    b()\n\nc()")],
  ["code and words", "code", false, fenced("js", "f()"), "Call f."],
  ["the same words but for points and case", "words", true, "Paris is the capital.", "paris is the capital"],
  ["the same words in another order", "words", false, "Rome beat Carthage", "Carthage beat Rome"],
  [
    "a negation more",
    "words",
    false,
    `${"You may take these two together. ".repeat(9)}Do.`,
    `${"You may take these two together. ".repeat(9)}Do not.`,
  ],
  [
    "another number among many words",
    "words",
    false,
    `${"Take it with water. ".repeat(9)} 5 mg`,
    `${"Take it with water. ".repeat(9)} 50 mg`,
  ],
  ["a negation more in Chinese", "words", false, "可以一起服用这两种药,请饭后服用。", "不可以一起服用这两种药,请饭后服用。"],
  ["other words", "words", false, "Use a queue between both.", "Write to the table at once."],
];

test.each(PLAIN)("%s", (...each) => compare(each, "What now?"));

test.each<[string, readonly unknown[], boolean]>([
  ["with the same arguments", [{ a: 1, b: 2 }], true],
  ["with other ones", [{ a: 1, b: 3 }], false],
  [
    "twice",
    [
      { b: 2, a: 1 },
      { b: 2, a: 1 },
    ],
    false,
  ],
  ["and none", [], false],
])("a call of a tool, and one %s", (_what, given, agrees) => {
  const calling = (all: readonly unknown[]) => ({ text: "", calls: all.map((each) => ({ name: "f", given: each })) });
  expect(agreementOf(calling([{ b: 2, a: 1 }]), calling(given), "", 0.8)).toEqual({ by: "call", agrees });
});

test.each<[string, (answer: AnswerSoFar) => unknown, boolean]>([
  ["a known one", () => {}, true],
  ["one of an interface that is not known", (answer) => Object.assign(answer, { isKnown: false }), false],
  ["one with sound", (answer) => Object.assign(answer, { hasOther: true }), false],
  ["one of which not all is kept", (answer) => answer.say("x".repeat(70_000)), false],
])("%s can be compared: only if all of it is known", (_which, make, can) => {
  const answer = new AnswerSoFar();
  answer.isKnown = true;
  answer.say("yes");
  make(answer);
  expect(comparable(answer) !== undefined).toBe(can);
});
