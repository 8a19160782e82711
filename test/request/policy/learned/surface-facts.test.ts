import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../../src/request/chat/scanner.ts";
import { FACT_NAMES, surfaceFacts } from "../../../../src/request/policy/learned/surface-facts.ts";
import { TextReader } from "../../../../src/request/policy/learned/text-reader.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function factsOf(content: string): Record<string, number> {
  const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages: [{ role: "user", content }] })));
  if (scanned.kind !== "chat") throw new Error("no chat");
  const reader = new TextReader();
  reader.read(scanner.text("all"));
  const facts = new Float64Array(FACT_NAMES.length);
  surfaceFacts(reader, scanned.facts, "all", facts);
  return Object.fromEntries(FACT_NAMES.map((name, at) => [name, facts[at] ?? Number.NaN]));
}

describe("the surface facts", () => {
  test("are shares and counts of the text as it stands", () => {
    const facts = factsOf("Is 2 + 2 = 4? YES");
    expect(facts).toMatchObject({ questions: 1, "log-words": Math.log1p(5), "longest-word": 3, "log-turns": Math.log1p(1) });
    expect(facts["log-chars"]).toBeCloseTo(Math.log1p(17), 10);
    expect(facts["digit-share"]).toBeCloseTo(3 / 11, 10);
    expect(facts["uppercase-share"]).toBeCloseTo(4 / 11, 10);
    expect(facts["symbol-share"]).toBeCloseTo(3 / 11, 10);
    expect(facts["math-share"]).toBeCloseTo(2 / 11, 10);
    expect(facts["word-length"]).toBeCloseTo(8 / 5, 10);
  });

  test("tell scripts without spaces from those with", () => {
    expect(factsOf("比较算法")["ideograph-share"]).toBe(1);
    expect(factsOf("알고리즘")["ideograph-share"]).toBe(1);
    expect(factsOf("compare")["ideograph-share"]).toBe(0);
  });

  test("tell the question from its choices, numbers, formulas and code", () => {
    const facts = factsOf("What is 12 + 3.5?\nA. one\nB. seventeen\nC. 4\nAnswer:");
    expect(facts).toMatchObject({ choices: 3, "log-numbers": Math.log1p(4), "log-stem": Math.log1p(18) });
    expect(facts["log-choice"]).toBeCloseTo(Math.log1p((6 + 12 + 4) / 3), 10);
    expect(facts["log-longest-choice"]).toBeCloseTo(Math.log1p(12), 10);
    expect(facts["choice-spread"]).toBeCloseTo(Math.sqrt((36 + 144 + 16) / 3 - (22 / 3) ** 2) / (22 / 3), 10);
    expect(factsOf("Solve $\\frac{1}{x}$.")["log-latex"]).toBeCloseTo(Math.log1p(3), 10);
    expect(factsOf("if (a[0] == b) { c = 1; }")["code-share"]).toBeCloseTo(8 / 17, 10);
    expect(factsOf("ein Wort слово")["foreign-share"]).toBeCloseTo(5 / 12, 10);
    expect(factsOf('He said ___ "so", (yes).')).toMatchObject({ "log-blanks": Math.log1p(3), "log-quotes": Math.log1p(2) });
  });

  test("take the part in front as the stem, and the last choice to its end, where a text is read in two parts", () => {
    const facts = factsOf(`${"x".repeat(3000)}\n${"y".repeat(3000)}\nA. yes\nB. nothing`);
    expect(facts["log-stem"]).toBeCloseTo(Math.log1p(4096 - 17), 2);
    expect(facts["log-longest-choice"]).toBeCloseTo(Math.log1p(10), 10);
    expect(factsOf("no choices here")).toMatchObject({ "log-stem": Math.log1p(15), "log-choice": 0, "choice-spread": 0 });
  });

  test("are finite for an empty text and bounded for a huge one", () => {
    expect(Object.values(factsOf("")).every(Number.isFinite)).toBe(true);
    expect(factsOf("?".repeat(5000))["questions"]).toBe(20);
  });
});
