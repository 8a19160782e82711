// Texts are folded before words are sought: what becomes what, and that the scanner finds all that folding says is there and no more.
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PRESETS } from "../../../src/config/presets.ts";
import { SCOPES } from "../../../src/request/chat/facts.ts";
import { compileFolding } from "../../../src/request/chat/fold-table.ts";
import { foldables, folded, foldedKeyword, foldedText } from "../../../src/request/chat/folding.ts";
import { checkKeyword } from "../../../src/request/chat/keywords.ts";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";

const scannerOf = (keywords: readonly string[]) =>
  new ChatScanner({ keywords, scopes: ["all"], params: [], maxBodyBytes: 64 << 20, isUtf8 });

function measuredBy(scanner: ChatScanner, ...contents: readonly string[]) {
  const body = Buffer.from(JSON.stringify({ messages: contents.map((content) => ({ role: "user", content })) }));
  const asSent = Buffer.from(body);
  const scanned = scanner.scan(body);
  expect(body.equals(asSent)).toBe(true);
  const text = scanned.kind === "chat" ? scanned.facts.texts.all : undefined;
  if (text === undefined) throw new Error("no chat");
  return { hits: text.keywordHits, chars: text.chars, textBytes: text.textBytes };
}

const nfd = (text: string) => text.normalize("NFD");

describe("folding", () => {
  test.each([
    ["Korean written as single letters", nfd("아키텍처 설계"), "아키텍처 설계"],
    ["half-width Korean", "ﾡￂ", "가"],
    ["accents behind their letters", nfd("Résumé, проектный"), "Résumé, проектный"],
    ["full-width letters, digits and signs", "ＤＥＳＩＧＮ ２ Ｃ＋＋", "DESIGN 2 C++"],
    ["half-width Japanese", "ｶﾞｲﾄﾞ", "ガイド"],
    ["Japanese with voicing marks of their own", nfd("ガイド"), "ガイド"],
    ["letters in circles, squares and of mathematics", "ⓓesign 𝗱𝗲𝘀𝗶𝗴𝗻 ℌ 🄰", "design design H A"],
    ["ligatures", "ﬁne oﬃce", "fine office"],
    ["Chinese characters for compatibility", "\uf900\u{2f800}", "豈丽"],
    ["white space of all widths", "a\u00a0b\u3000c", "a b c"],
    ["soft hyphens, joiners and byte order marks", "de\u00adsi\u200bgn \ufeff重\u200d构\u2060", "design 重构"],
    ["marks of direction and selectors of variants", "\u202edesign\u202c 架\ufe00构\u{e0101}", "design 架构"],
    ["nothing else", "design 架构 설계 ㅋㅋ 100㎡ H₂O ½ ① ™ ª … “quoted” 🙂", "design 架构 설계 ㅋㅋ 100㎡ H₂O ½ ① ™ ª … “quoted” 🙂"],
  ])("%s", (_, text, wanted) => {
    expect(folded(text)).toBe(wanted);
  });

  test("a keyword comes out in lower case, also where its capital is found only by folding", () => {
    expect(["ｃ＋＋", "ℌello", nfd("설계"), "e\u0301a"].map(foldedKeyword)).toEqual(["c++", "hello", "설계", "éa"]);
  });

  test("a keyword that nobody could see is refused, and one that becomes too long", () => {
    expect(checkKeyword("\u200b\ufeff")).toBe("holds no character that is seen");
    expect(checkKeyword("\ufdf2".repeat(80))).toBe("comes to 640 bytes of UTF-8; at most 255 are possible");
  });

  test("what can be written as one character counts as one; what is not seen counts as before", () => {
    expect([nfd("설계"), nfd("é"), "가\u200b나", "…①", "ｄ"].map((text) => foldedText(text).chars)).toEqual([2, 1, 3, 2, 1]);
  });

  test("every character of Unicode that changes is known to the table, and becomes four code units at most", () => {
    const known = new Set(foldables().map(({ point }) => point));
    let longest = 0;
    for (let point = 0; point <= 0x10ffff; point++) {
      if ((point >= 0xd800 && point < 0xe000) || (point >= 0xe0000 && point < 0xe0400)) continue;
      const character = String.fromCodePoint(point);
      const becomes = folded(character);
      longest = Math.max(longest, becomes.length);
      if (folded(`²\n${character}`) !== `²\n${becomes}`) throw new Error(`U+${point.toString(16)} beside ²`);
      if (becomes !== character && !known.has(point)) throw new Error(`U+${point.toString(16)} becomes ${becomes}`);
    }
    expect(longest).toBe(4);
  });

  test("has room in its table for a keyword of every letter that others fold to", () => {
    const letters = [...new Set(foldables().flatMap(({ becomes }) => [...becomes]))];
    expect(letters.length).toBeGreaterThan(1000);
    expect(() => compileFolding([letters.join("")])).not.toThrow();
    const scanner = scannerOf(letters);
    for (const { point } of foldables()) {
      const text = `x${String.fromCodePoint(point)}x`;
      const lowered = folded(text).toLowerCase();
      const wanted = letters.filter((letter) => lowered.includes(letter));
      expect([point, measuredBy(scanner, text).hits]).toEqual([point, wanted]);
    }
  });
});

describe("the scanner", () => {
  const scanner = scannerOf(PRESETS.v7.keywords);

  test.each([
    ["decomposed Korean", nfd("아키텍처"), "아키텍처", 4],
    ["full-width letters", "ｄＥＳＩＧＮ", "design", 6],
    ["a hidden space", "重\u200b构", "重构", 3],
    ["a soft hyphen", "archi\u00adtect", "architect", 10],
    ["bold letters of mathematics", "𝐝𝐞𝐛𝐮𝐠", "debug", 5],
    ["letters in circles", "ⓓⓔⓑⓤⓖ", "debug", 5],
    ["a mark of direction", "\u202edebug", "debug", 6],
  ])("finds %s at every place of a vector, and counts it composed", (_, written, keyword, chars) => {
    for (let before = 0; before < 70; before++) {
      for (const [filling, units] of [
        ["x", 1],
        ["架", 1],
        ["é", 1],
      ] as const) {
        const { hits, textBytes, ...rest } = measuredBy(scanner, filling.repeat(before) + written);
        expect([before, hits, rest.chars]).toEqual([before, [keyword], before * units + chars]);
        expect(textBytes).toBe(Buffer.byteLength(filling.repeat(before) + written));
      }
    }
  });

  test("does not take the front of another letter for a keyword", () => {
    const words = scannerOf(["설계하", "design", "か"]);
    expect(measuredBy(words, nfd("설계한")).hits).toEqual([]);
    expect(measuredBy(words, "design\u0303").hits).toEqual([]);
    expect(measuredBy(words, "か\u3099").hits).toEqual([]);
  });

  test("finds a keyword however it stands in the list, each by the name it has there", () => {
    const words = scannerOf([nfd("설계"), "설계", "ｃ＋＋", "de\u00adsign"]);
    expect(measuredBy(words, "설계").hits).toEqual([nfd("설계"), "설계"]);
    expect(measuredBy(words, nfd("설계")).hits).toEqual([nfd("설계"), "설계"]);
    expect(measuredBy(words, "C++ Design").hits).toEqual(["ｃ＋＋", "de\u00adsign"]);
  });

  test("says where it stands in the text as it was written", () => {
    measuredBy(scanner, "e\u0301e\u0301 hello", `${nfd("가나")} ${nfd("설계")}`, "x\u200b ｄｅ\u200bｓｉｇｎ");
    expect(scanner.places("all")).toEqual([
      { keyword: "design", message: 2, character: 3 },
      { keyword: "설계", message: 1, character: 5 },
    ]);
  });

  test("folds each scope by itself, and forgets it at the next scan", () => {
    const scoped = new ChatScanner({ keywords: ["design", "설계"], scopes: SCOPES, params: [], maxBodyBytes: 1 << 20, isUtf8 });
    const scan = (...messages: readonly object[]) => {
      const scanned = scoped.scan(Buffer.from(JSON.stringify({ messages })));
      if (scanned.kind !== "chat") throw new Error("no chat");
      return SCOPES.map((scope) => scanned.facts.texts[scope]?.keywordHits);
    };
    const system = { role: "system", content: "ｄｅｓｉｇｎ" };
    expect(scan(system, { role: "user", content: nfd("설계") })).toEqual([["design", "설계"], ["설계"], ["설계"], ["설계"]]);
    expect(SCOPES.map((scope) => Buffer.from(scoped.foldedText(scope) ?? "").toString())).toEqual(["design 설계", "설계", "설계", "설계"]);
    expect(scan(system, { role: "user", content: "설계" })).toEqual([["design", "설계"], ["설계"], ["설계"], ["설계"]]);
    expect(SCOPES.map((scope) => Buffer.from(scoped.foldedText(scope) ?? "").toString())).toEqual(["design 설계", "", "", ""]);
    expect(scan(system, { role: "user", content: "design" })[1]).toEqual(["design"]);
  });

  test("leaves texts alone that folding does not change as far as the keywords go", () => {
    const plain = [
      "“Quoted” — it’s… 100 ㎡ → ✅ ❤\ufe0f 👩\u200d💻 1\u20e3",
      "服务从队列中读取任务，并将结果写入表中。「好」（一）：？！",
      "한국어 ㅋㅋㅋ ㅠㅠ",
      "Où était-il? São Paulo, Zürich, Łódź",
      "می\u200cشود",
    ];
    for (const text of plain) {
      measuredBy(scanner, text);
      expect([text, scanner.foldedText("all")]).toEqual([text, undefined]);
    }
  });

  test("takes linear time for text made to be slow", () => {
    const cpuMs = (text: string) => {
      const before = process.cpuUsage();
      measuredBy(scanner, text);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    for (const unit of ["\u0315\u0300", "\u0300", "d\u200b", "\u1100\u1161", "ｄ", "\ufdf2", "²\u0301", "\u{e0100}d"]) {
      const text = unit.repeat(Math.ceil((2 << 20) / Buffer.byteLength(unit)));
      expect([unit, cpuMs(text) < 2000]).toEqual([unit, true]); // 50 to 150 ms on a quiet machine; sorted without a limit, hours
    }
  });
});

test("finds what stands in the folded text and nothing else, for any words of any characters", () => {
  const LETTERS = [..."desing重构架设计설계아키", ..."가각ガかé", ..."+ ,."];
  const VARIANTS = new Map<string, string[]>();
  for (const { point, becomes } of foldables()) {
    if (LETTERS.includes(becomes)) VARIANTS.set(becomes, [...(VARIANTS.get(becomes) ?? []), String.fromCodePoint(point)]);
  }
  const written = fc
    .constantFrom(...LETTERS)
    .chain((letter) => fc.constantFrom(letter, letter, letter.toUpperCase(), nfd(letter), ...(VARIANTS.get(letter) ?? [])));
  const odd = fc.constantFrom(
    "\u200b",
    "\u00ad",
    "\u0301",
    "\u3099",
    "\u11a8",
    "\u1161",
    "\ufe0f",
    "\u{e0100}",
    "🙂",
    "，",
    "…",
    "x",
    "\n",
  );
  const text = fc
    .array(fc.oneof({ weight: 8, arbitrary: written }, { weight: 1, arbitrary: odd }), { maxLength: 60 })
    .map((pieces) => pieces.join(""));
  const word = fc.array(written, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join("").toLowerCase());
  const words = fc
    .array(word, { minLength: 1, maxLength: 6 })
    .map((list) => [...new Set(list)].filter((one) => checkKeyword(one) === undefined));
  // `…` aside, NFKC is what folding is for these.
  const oracle = (of: string) =>
    of
      .replace(/\u200b|\u00ad|\ufe0f|\u{e0100}/gu, "")
      .split("…")
      .map((part) => part.normalize("NFKC").toLowerCase())
      .join("…");
  let found = 0;
  fc.assert(
    fc.property(words, fc.array(text, { minLength: 8, maxLength: 8 }), (keywords, texts) => {
      const scanner = scannerOf(keywords);
      for (const one of texts) {
        const wanted = keywords.filter((keyword) => oracle(one).includes(oracle(keyword)));
        found += wanted.length;
        expect(measuredBy(scanner, one)).toEqual({
          hits: wanted,
          chars: [...one.normalize("NFC")].length,
          textBytes: Buffer.byteLength(one),
        });
      }
    }),
    { numRuns: 250 },
  );
  expect(found).toBeGreaterThan(200);
});
