// The scanner on what the random bodies do not reach: megabytes, memory that grows and is given back, thousands of members and keywords.
import { afterEach, describe, expect, test, vi } from "vitest";
import { withoutModel } from "../../src/request/chat/body-edit.ts";
import { SCOPES } from "../../src/request/chat/facts.ts";
import { expectAgreement, measured } from "./scanner-agreement.ts";
import { bodyFrom } from "./scanner-bodies.ts";
import { KEYWORDS, randomFrom } from "./scanner-values.ts";

const chat = (content: string, more: object = {}) =>
  Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content }], ...more }));

test.each(SCOPES)("bodies of up to a megabyte, scope %s, agree with JSON.parse", (scope) => {
  const asked = measured(KEYWORDS, { scopes: [scope] });
  const sizes: number[] = [];
  for (let seed = 1; sizes.length < 12; seed++) {
    const body = bodyFrom(randomFrom(seed), 3 << (seed % 16));
    if (body.length < 20_000 || body.length > 1 << 20) continue;
    sizes.push(body.length);
    expectAgreement(asked, body);
  }
  expect(Math.max(...sizes)).toBeGreaterThan(100_000);
});

test("a keyword at every offset around a vector's edge is found, at the text's end too, and nothing behind the end", () => {
  const asked = measured(["design", "of", "架构"]);
  for (let before = 0; before < 70; before++) {
    for (const word of ["DeSign", "of", "架构"]) {
      for (const after of ["", "x", "é".repeat(20)]) expectAgreement(asked, chat("a".repeat(before) + word + after));
      expectAgreement(asked, chat("a".repeat(before) + word.slice(0, -1)));
    }
  }
});

describe("memory", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("grows with a large body, is given back at the next small one, and the answers stay right", () => {
    const { scanner } = measured(KEYWORDS, { maxBodyBytes: 64 << 20 });
    const large = chat("重构 and more of it ".repeat(1_200_000));
    for (let i = 0; i < 3; i++) {
      for (const body of [chat("please design"), large, chat("nothing"), chat("x".repeat(200_000))]) {
        const result = scanner.scan(body);
        const found = result.kind === "chat" ? [result.facts.texts.all?.keywordHits, result.facts.texts.all?.textBytes] : [];
        const text: string = JSON.parse(body.toString()).messages[0].content;
        expect(found).toEqual([KEYWORDS.filter((keyword) => text.includes(keyword)), Buffer.byteLength(text)]);
      }
    }
  });

  test("of one large body after another is used again, and replaced only when a small one follows", () => {
    const { scanner } = measured([], { maxBodyBytes: 64 << 20 });
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
    const { scanner } = measured([], { maxBodyBytes: 64 << 20 });
    const large = chat("x".repeat(24 << 20));
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 80; i++) for (const body of [large, chat("small")]) expect(scanner.scan(body).kind).toBe("chat");
    expect(process.memoryUsage.rss() - before).toBeLessThan(1 << 30); // eighty of them would be 1.9 GB and more
  });
});

describe("many of a kind", () => {
  test("100,000 model members, some between others, are all cut out", () => {
    const { scanner } = measured(KEYWORDS);
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
    expectAgreement(measured([]), body);
  });

  test("a body of nothing but the shortest members with text has room for all their pieces", () => {
    const members = '"input":"x",'.repeat(30_000);
    expectAgreement(measured(["y"], { scopes: SCOPES }), Buffer.from(`{${members}"input":"y","instructions":"z"}`));
  });

  test("a body of nothing but parameters of one letter has room for all their places", () => {
    const body = Buffer.from(`{"messages":[{"role":"user","content":"design"}]${',"a":1'.repeat(20_000)}}`);
    expectAgreement(measured(["design"], { params: ["a"], scopes: SCOPES }), body);
  });

  test("texts of several scopes stand in regions of their own, however large", () => {
    const messages = Array.from({ length: 400 }, (_, i) => ({ role: i % 3 ? "user" : "system", content: `${i} `.repeat(500) }));
    expectAgreement(measured(["39 3"], { scopes: SCOPES, params: ["a"] }), Buffer.from(JSON.stringify({ messages })));
  });

  test("a body of nothing but the smallest messages keeps each one's place", () => {
    const body = Buffer.from(`{"messages":[${'{"content":"x"},'.repeat(60_000)}{"content":"design"}]}`);
    const { scanner } = measured(["design"]);
    expect(scanner.scan(body)).toMatchObject({ facts: { turns: 60_001, texts: { all: { chars: 120_006 } } } });
    expect(scanner.places("all")).toEqual([{ keyword: "design", message: 60_000, character: 0 }]);
  });

  test("5,000 keywords are found like one", () => {
    const random = randomFrom(9);
    const letters = "abcdefghijklmnopqrstuvwxyz 重构架설계";
    const word = () => Array.from({ length: 1 + random.below(9) }, () => random.pick([...letters])).join("");
    const keywords = [...new Set(Array.from({ length: 9000 }, word))].filter((candidate) => candidate.trim() !== "").slice(0, 5000);
    const asked = measured(keywords);
    expect(keywords).toHaveLength(5000);
    for (let i = 0; i < 60; i++) {
      const text = Array.from({ length: random.below(30) }, () => (random.chance(0.2) ? random.pick(keywords).toUpperCase() : word())).join(
        " ",
      );
      expectAgreement(asked, chat(text));
    }
  });

  test("a 100,000-deep array is too deep, whatever the stack; 128 is not", () => {
    const { scanner } = measured([]);
    const deep = (depth: number) => Buffer.from("[".repeat(depth) + "]".repeat(depth));
    expect(scanner.scan(deep(100_000))).toEqual({ kind: "unreadable", cause: "too-deep" });
    expect(scanner.scan(Buffer.from('{"a":'.repeat(100_000)))).toEqual({ kind: "unreadable", cause: "too-deep" });
    expect(scanner.scan(deep(129))).toEqual({ kind: "unreadable", cause: "too-deep" });
    expect(scanner.scan(deep(128))).toEqual({ kind: "foreign" });
  });
});
