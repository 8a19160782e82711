// The scanner by example: what it answers, and what it refuses.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { EMPTY_HITS, SCOPES, type Scope } from "../../../src/request/chat/facts.ts";
import type { Borders } from "../../../src/request/chat/keywords.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../../../src/request/chat/scanner.ts";

const scannerOf = (keywords: readonly string[] = [], scope: Scope = "all", maxBodyBytes = 1 << 20) =>
  new ChatScanner({ keywords, scopes: [scope], params: [], maxBodyBytes, isUtf8 });

function scan(body: string | Buffer, keywords: readonly string[] = [], scope: Scope = "all") {
  return scannerOf(keywords, scope).scan(Buffer.from(body));
}

function factsOf(body: string, keywords: readonly string[] = [], scope: Scope = "all") {
  const result = scan(body, keywords, scope);
  if (result.kind !== "chat") throw new Error(JSON.stringify(result));
  return { turns: result.facts.turns, ...result.facts.texts[scope] };
}

const textOf = (scanner: ChatScanner, scope: Scope = "all") => Buffer.from(scanner.text(scope)).toString();

test.each([
  ["no object", "[1,2]", { kind: "foreign" }],
  ["no messages", '{"prompt":"x"}', { kind: "foreign" }],
  ["messages that are no array", '{"messages":{}}', { kind: "foreign" }],
  ["messages that are replaced by no array", '{"messages":[],"messages":0}', { kind: "foreign" }],
  ["messages further inside", '{"a":{"messages":[]}}', { kind: "foreign" }],
  ["a name that only begins like messages", '{"messages\\u0000":[]}', { kind: "foreign" }],
  ["nothing", "", { kind: "unreadable", cause: "not-json" }],
  ["half of an object", '{"messages":[', { kind: "unreadable", cause: "not-json" }],
  ["two values", '{"messages":[]}{}', { kind: "unreadable", cause: "not-json" }],
  ["a byte order mark", '\ufeff{"messages":[]}', { kind: "unreadable", cause: "not-json" }],
  ["a control character in a string", '{"messages":[],"a":"\n"}', { kind: "unreadable", cause: "not-json" }],
  ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), { kind: "unreadable", cause: "not-utf8" }],
  ["an encoded surrogate", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), { kind: "unreadable", cause: "not-utf8" }],
])("%s", (_, body, answer) => {
  expect(scan(body)).toEqual(answer);
});

describe("text", () => {
  test("is contents and text parts, joined by one space; other parts and empty ones are left out", () => {
    const parts = [
      { type: "text", text: "b" },
      { type: "image_url", text: "no" },
      { type: "text", text: "" },
      { text: "d" },
      "no",
      { type: "text", text: "c" },
    ];
    const messages = [{ content: "a" }, { content: "" }, { content: parts }, { content: null }, {}, 5];
    const scanner = scannerOf();
    expect(scanner.scan(Buffer.from(JSON.stringify({ messages })))).toMatchObject({
      facts: { turns: 6, texts: { all: { chars: 7, textBytes: 7 } } },
    });
    expect(textOf(scanner)).toBe("a b d c");
  });

  test("is counted in code points and UTF-8 bytes; half a surrogate pair counts as one", () => {
    expect(factsOf('{"messages":[{"content":"é架🚀\\ud83d\\ude80\\ud83d"}]}')).toMatchObject({ chars: 5, textBytes: 2 + 3 + 4 + 4 + 3 });
  });

  test.each([
    ["all", "system one two three"],
    ["user", "one two"],
    ["last_user", "two"],
  ] as const)("in scope %s is %j", (scope, text) => {
    const body = `{"messages":[{"role":"system","content":"system"},{"content":"one","role":"user"},
      {"role":"assistant","content":"two","r\\u006fle":"\\u0075ser"},{"role":"user","content":"three","role":"assistant"}]}`;
    const scanner = scannerOf([], scope);
    expect(scanner.scan(Buffer.from(body))).toMatchObject({ facts: { turns: 4, texts: { [scope]: { chars: text.length } } } });
    expect(textOf(scanner, scope)).toBe(text);
  });

  test("of a last user message without any is empty, not the one before", () => {
    expect(factsOf('{"messages":[{"role":"user","content":"one"},{"role":"user","content":[]}]}', [], "last_user")).toMatchObject({
      turns: 2,
      chars: 0,
    });
  });

  test("cannot be asked for when the last scan found no chat", () => {
    const scanner = scannerOf();
    scanner.scan(Buffer.from('{"messages":[]}'));
    scanner.scan(Buffer.from("[]"));
    expect(() => scanner.text("all")).toThrow("invariant");
    expect(() => scanner.places("all")).toThrow("invariant");
  });

  test("cannot be asked for in a scope the scanner was not made for", () => {
    const scanner = scannerOf();
    scanner.scan(Buffer.from('{"messages":[]}'));
    expect(() => scanner.text("user")).toThrow("invariant: the scope user was asked for");
  });

  test.each([
    ["inside a longer word", "this ship", []],
    ["at the front of one", "history", ["start"]],
    ["at the end of one", "delhi", []],
    ["beside digits and underscores", "hi_ 1hi", ["start"]],
    ["alone, in any case", "(Hi)", ["start", "both"]],
    ["as all of the text", "hi", ["start", "both"]],
    ["later, where it is alone", "this hi", ["start", "both"]],
    ["beside a letter beyond ASCII, which only the policy can judge", "éhié", ["start", "both"]],
  ] as const)("of a keyword asked for at borders: %s", (_what, content, borders) => {
    const found = ["start", "both"].filter((border) => {
      const settings = { keywords: ["hi", "架构"], borders: new Map([["hi", border as Borders]]), scopes: SCOPES, params: [] };
      const scanner = new ChatScanner({ ...settings, maxBodyBytes: 1 << 20, isUtf8 });
      const messages = [
        { role: "user", content: `x架构` },
        { role: "user", content },
      ];
      const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages })));
      expect(scanned).toMatchObject({ kind: "chat", facts: { texts: { user: { keywordHits: expect.arrayContaining(["架构"]) } } } });
      return scanned.kind === "chat" && scanned.facts.texts.last_user?.keywordHits.includes("hi");
    });
    expect(found).toEqual(borders);
  });

  test("of several scopes are measured side by side", () => {
    const scanner = new ChatScanner({ keywords: ["sys", "one", "two"], scopes: SCOPES, params: [], maxBodyBytes: 1 << 20, isUtf8 });
    const messages = [
      { role: "system", content: "sys" },
      { role: "user", content: "one" },
      { role: "user", content: "two" },
    ];
    expect(scanner.scan(Buffer.from(JSON.stringify({ messages })))).toMatchObject({
      facts: {
        texts: {
          all: { chars: 11, keywordHits: ["sys", "one", "two"] },
          user: { chars: 7, keywordHits: ["one", "two"] },
          last_user: { chars: 3, keywordHits: ["two"] },
        },
      },
    });
    expect(SCOPES.map((scope) => textOf(scanner, scope))).toEqual(["sys one two", "one two", "two", "two"]);
    expect(scanner.places("user")).toEqual([
      { keyword: "one", message: 1, character: 0 },
      { keyword: "two", message: 2, character: 0 },
    ]);
  });
});

describe("keywords", () => {
  test.each([
    ["in any case", "please DeSign it", ["design"]],
    ["inside words", "redesigned", ["design"]],
    ["escaped", "\\u0064esign and \\u67b6\\u6784", ["design", "架构"]],
    ["across the joining space", 'a"},{"content":"b', ["a b"]],
    ["with the Kelvin sign", "\u212aube", ["kube"]],
    ["with a capital I with a dot", "DES\u0130GN", ["des\u0069\u0307gn"]],
    ["with cased letters beyond ASCII", "RÉSUMÉ и ПРОЕКТ", ["résumé", "проект"]],
    ["with a final sigma", "ΟΔΟΣ", ["οδος"]],
  ])("are found %s", (_, content, wanted) => {
    const keywords = ["design", "架构", "a b", "kube", "desi\u0307gn", "résumé", "проект", "οδος", "absent"];
    expect(factsOf(`{"messages":[{"content":"${content}"}]}`, keywords).keywordHits).toEqual(wanted);
  });

  test("are listed once, in the order of the list", () => {
    expect(factsOf('{"messages":[{"content":"b a b a"}]}', ["a", "b", "a"]).keywordHits).toEqual(["a", "b"]);
  });

  test("that are not found share one empty list", () => {
    expect(factsOf('{"messages":[{"content":"x"}]}', ["design"]).keywordHits).toBe(EMPTY_HITS);
  });

  test("are forgotten from one scan to the next", () => {
    const scanner = scannerOf(["design"]);
    const hits = (content: string) => scanner.scan(Buffer.from(JSON.stringify({ messages: [{ content }] })));
    for (const content of ["design", "none", "design"]) {
      expect(hits(content)).toMatchObject({
        facts: { texts: { all: { keywordHits: content === "none" ? [] : ["design"] } } },
      });
    }
  });

  test("stand at a message and a code point of its text", () => {
    const scanner = scannerOf(["架构", "design", "o d"]);
    scanner.scan(
      Buffer.from('{"messages":[{},{"content":"🚀 架构"},{"content":[{"type":"text","text":"İno"},{"type":"text","text":"design"}]}]}'),
    );
    expect(scanner.places("all")).toEqual([
      { keyword: "架构", message: 1, character: 2 },
      { keyword: "design", message: 2, character: 4 },
      { keyword: "o d", message: 2, character: 2 },
    ]);
  });
});

describe("limits", () => {
  test("a body over the cap is too large, one at the cap is not", () => {
    const body = Buffer.from('{"messages":[]}');
    expect(scannerOf([], "all", body.length - 1).scan(body)).toEqual({ kind: "unreadable", cause: "too-large" });
    expect(scannerOf([], "all", body.length).scan(body).kind).toBe("chat");
  });

  test("a cap over 256 MiB is refused, and one of 256 MiB can be used", () => {
    expect(() => scannerOf([], "all", MAX_BODY_BYTES + 1)).toThrow(RangeError);
    expect(() => scannerOf([], "all", Number.NaN)).toThrow(RangeError);
    expect(scannerOf([], "all", MAX_BODY_BYTES).scan(Buffer.from("[]")).kind).toBe("foreign");
  });
});
