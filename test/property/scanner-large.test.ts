// The scanner on what the random bodies do not reach: megabytes, memory that grows and is given back, thousands of members and keywords.
import { afterEach, describe, expect, test, vi } from "vitest";
import { withoutModel } from "../../src/chat/body-edit.ts";
import { SCOPES } from "../../src/chat/facts.ts";
import { expectAgreement, scannerFor } from "./scanner-agreement.ts";
import { bodyFrom, KEYWORDS, randomFrom } from "./scanner-bodies.ts";

const chat = (content: string, more: object = {}) =>
  Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content }], ...more }));

test.each(SCOPES)("bodies of up to a megabyte, scope %s, agree with JSON.parse", (scope) => {
  const scanner = scannerFor(KEYWORDS, scope);
  const sizes: number[] = [];
  for (let seed = 1; sizes.length < 12; seed++) {
    const body = bodyFrom(randomFrom(seed), 3 << (seed % 16));
    if (body.length < 20_000 || body.length > 1 << 20) continue;
    sizes.push(body.length);
    expectAgreement(scanner, body, KEYWORDS, scope);
  }
  expect(Math.max(...sizes)).toBeGreaterThan(100_000);
});

test("a keyword at every offset around a vector's edge is found, at the text's end too, and nothing behind the end", () => {
  const scanner = scannerFor(["design", "of", "架构"]);
  for (let before = 0; before < 70; before++) {
    for (const word of ["DeSign", "of", "架构"]) {
      for (const after of ["", "x", "é".repeat(20)])
        expectAgreement(scanner, chat("a".repeat(before) + word + after), ["design", "of", "架构"], "all");
      expectAgreement(scanner, chat("a".repeat(before) + word.slice(0, -1)), ["design", "of", "架构"], "all");
    }
  }
});

describe("memory", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("grows with a large body, is given back at the next small one, and the answers stay right", () => {
    const scanner = scannerFor(KEYWORDS, "all", 64 << 20);
    const large = chat("重构 and more of it ".repeat(1_200_000));
    for (let i = 0; i < 3; i++) {
      for (const body of [chat("please design"), large, chat("nothing"), chat("x".repeat(200_000))]) {
        const result = scanner.scan(body);
        const found = result.kind === "chat" ? [result.facts.keywordHits, result.facts.textBytes] : [];
        const text: string = JSON.parse(body.toString()).messages[0].content;
        expect(found).toEqual([KEYWORDS.filter((keyword) => text.includes(keyword)), Buffer.byteLength(text)]);
      }
    }
  });

  test("of one large body after another is used again, and replaced only when a small one follows", () => {
    const scanner = scannerFor([], "all", 64 << 20);
    let instances = 0;
    class Counted extends WebAssembly.Instance {
      constructor(module: WebAssembly.Module) {
        super(module);
        instances++;
      }
    }
    vi.stubGlobal("WebAssembly", { Instance: Counted });
    const large = chat("x".repeat(24 << 20));
    const made = [large, large, chat("small"), chat("small"), large].map((body) => {
      expect(scanner.scan(body).kind).toBe("chat");
      return instances;
    });
    expect(made).toEqual([0, 0, 1, 1, 1]);
  });

  test("given back does not pile up", () => {
    const scanner = scannerFor([], "all", 64 << 20);
    const large = chat("x".repeat(24 << 20));
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 80; i++) for (const body of [large, chat("small")]) expect(scanner.scan(body).kind).toBe("chat");
    expect(process.memoryUsage.rss() - before).toBeLessThan(1 << 30); // eighty of them would be 1.9 GB and more
  });
});

describe("many of a kind", () => {
  test("100,000 model members, some between others, are all cut out", () => {
    const scanner = scannerFor(KEYWORDS);
    const members = Array.from({ length: 100_000 }, (_, i) =>
      i % 3 === 0 ? `"a${i}":${i},` : `"${i % 2 ? "model" : "\\u006dodel"}" : "m${i}",`,
    );
    const body = Buffer.from(`{${members.join("")}"messages":[]}`);
    const result = scanner.scan(body);
    if (result.kind !== "chat") throw new Error("not a chat");
    const left = Buffer.concat(withoutModel(body, result.model)).toString();
    expect(left).toBe(`{${members.filter((_, i) => i % 3 === 0).join("")}"messages":[]}`);
    expect(body.toString("utf8", ...(result.model.value ?? []))).toBe('"m99998"');
  });

  test("a body of nothing but model members has room for all of them", () => {
    const body = Buffer.from(`{"messages":[]${',"model":1'.repeat(20_000)}}`);
    expectAgreement(scannerFor([]), body, [], "all");
  });

  test("a body of nothing but the smallest messages keeps each one's place", () => {
    const body = Buffer.from(`{"messages":[${'{"content":"x"},'.repeat(60_000)}{"content":"design"}]}`);
    const scanner = scannerFor(["design"]);
    expect(scanner.scan(body)).toMatchObject({ facts: { turns: 60_001, chars: 120_006 } });
    expect(scanner.places()).toEqual([{ keyword: "design", message: 60_000, character: 0 }]);
  });

  test("5,000 keywords are found like one", () => {
    const random = randomFrom(9);
    const letters = "abcdefghijklmnopqrstuvwxyz 重构架설계";
    const word = () => Array.from({ length: 1 + random.below(9) }, () => random.pick([...letters])).join("");
    const keywords = [...new Set(Array.from({ length: 9000 }, word))].filter((candidate) => candidate.trim() !== "").slice(0, 5000);
    const scanner = scannerFor(keywords);
    expect(keywords).toHaveLength(5000);
    for (let i = 0; i < 60; i++) {
      const text = Array.from({ length: random.below(30) }, () => (random.chance(0.2) ? random.pick(keywords).toUpperCase() : word())).join(
        " ",
      );
      expectAgreement(scanner, chat(text), keywords, "all");
    }
  });

  test("a 100,000-deep array is too deep, whatever the stack; 128 is not", () => {
    const scanner = scannerFor([]);
    const deep = (depth: number) => Buffer.from("[".repeat(depth) + "]".repeat(depth));
    expect(scanner.scan(deep(100_000))).toEqual({ kind: "unreadable", cause: "too-deep" });
    expect(scanner.scan(Buffer.from('{"a":'.repeat(100_000)))).toEqual({ kind: "unreadable", cause: "too-deep" });
    expect(scanner.scan(deep(129))).toEqual({ kind: "unreadable", cause: "too-deep" });
    expect(scanner.scan(deep(128))).toEqual({ kind: "foreign" });
  });
});
