// The whole decision, from bytes to tier, against the rule as its authors wrote it: a few lines over JSON.parse that share nothing with
// src/.
import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import { ChatScanner } from "../../src/request/chat/scanner.ts";
import { routeBody } from "../../src/request/routing/routing.ts";

const ENGLISH = "refactor architect design analyze optimize debug migration complex performance security".split(" ");
const CHINESE = "重构 架构 设计 分析 优化 调试 迁移".split(" ");
const KOREAN = "리팩터 아키텍처 설계 분석 최적화 디버그 마이그레이션".split(" ");

/** Keywords taken, code points and messages allowed, by preset. */
const PRESETS = { v1: [5, 1000, 10], v3: [10, 750, 7], v5: [15, 600, 6], v7: [17, 500, 5] } as const;

interface Part {
  readonly type: string;
  readonly text?: string;
}
interface Message {
  readonly role: string;
  readonly content: string | null | readonly Part[];
}

function reference(preset: keyof typeof PRESETS, messages: readonly Message[]): "weak" | "strong" {
  const [count, chars, turns] = PRESETS[preset];
  const words = [...ENGLISH, ...CHINESE].slice(0, count);
  const keywords = [...words, ...KOREAN.slice(0, words.filter((word) => CHINESE.includes(word)).length)];
  const texts = messages.flatMap(({ content }) =>
    typeof content === "string" ? [content] : (content ?? []).flatMap((part) => (part.type === "text" ? [part.text ?? ""] : [])),
  );
  const joined = texts.filter((text) => text !== "").join(" ");
  const seen = joined
    .replace(/\u200b|\u00ad/g, "")
    .normalize("NFKC")
    .toLowerCase();
  if (keywords.some((word) => seen.includes(word))) return "strong";
  return [...joined.normalize("NFC")].length > chars || messages.length > turns ? "strong" : "weak";
}

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("hello ", "the rain ", "你好", "안녕 ", "Привет ", "🙂", "desig", "n", "e\u0301", "K", "\n") },
  { weight: 1, arbitrary: fc.constantFrom(...ENGLISH, ...CHINESE, ...KOREAN) },
  { weight: 1, arbitrary: fc.constantFrom(...KOREAN.map((word) => word.normalize("NFD")), "ｄｅｓｉｇｎ", "de\u200bbug", "设\u00ad计") },
  { weight: 1, arbitrary: fc.constantFrom(...ENGLISH.map((word) => word.toUpperCase()), "refactor\u212a", "İ") },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 300 }).map((length) => "a".repeat(length)) },
);
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
const part: fc.Arbitrary<Part> = fc.oneof(
  { weight: 4, arbitrary: text.map((value) => ({ type: "text", text: value })) },
  { weight: 1, arbitrary: text.map((value) => ({ type: "image_url", text: value })) },
);
const message: fc.Arbitrary<Message> = fc.record({
  role: fc.constantFrom("system", "user", "assistant", "tool"),
  content: fc.oneof(
    { weight: 5, arbitrary: text },
    { weight: 2, arbitrary: fc.array(part, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});
const conversation = fc.array(message, { minLength: 0, maxLength: 12 });

const NO_HEADERS = { get: () => undefined };
const CONVERSATIONS = 3000; // for each of the four presets

describe("the threshold presets", () => {
  test.each(Object.keys(PRESETS) as (keyof typeof PRESETS)[])("%s decides as the reference rule on generated conversations", (preset) => {
    const routing = routingOf(parseConfig(`policies: { main: { type: threshold, preset: ${preset} } }`, "test"));
    const tally = { weak: 0, strong: 0 };
    fc.assert(
      fc.property(conversation, fc.boolean(), (messages, escaped) => {
        const json = JSON.stringify({ model: "glm-5", messages });
        const spelled = escaped ? json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`) : json;
        const expected = reference(preset, messages);
        tally[expected]++;
        expect(routeBody(routing, Buffer.from(spelled), NO_HEADERS).decision.tier).toBe(expected);
      }),
      { numRuns: CONVERSATIONS },
    );
    expect(Math.min(tally.weak, tally.strong)).toBeGreaterThan(CONVERSATIONS / 10); // both answers were really asked for
  });

  test.each([
    ["all", "all of it"],
    ["user", "what users said"],
    ["last_user", "the last user message"],
  ] as const)("scope %s reads %s", (scope, _what) => {
    const settings = { keywords: ["design"], scopes: [scope], params: [], maxBodyBytes: 1 << 20, isUtf8 };
    const scanner = new ChatScanner(settings);
    const messages = [
      { role: "system", content: "sys" },
      { role: "user", content: "first" },
      { content: "answer", role: "assistant" },
      { content: "last", role: "user" },
    ];
    const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages })));
    const joined = { all: "sys first answer last", user: "first last", last_user: "last" }[scope];
    expect(scanned).toMatchObject({ kind: "chat", facts: { turns: 4, texts: { [scope]: { chars: joined.length } } } });
    expect(Buffer.from(scanner.text(scope)).toString()).toBe(joined);
  });
});
