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

  test("are finite for an empty text and bounded for a huge one", () => {
    expect(Object.values(factsOf("")).every(Number.isFinite)).toBe(true);
    expect(factsOf("?".repeat(5000))["questions"]).toBe(20);
  });
});
