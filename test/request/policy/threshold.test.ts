import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { type ThresholdSettings, thresholdPolicy } from "../../../src/request/policy/threshold.ts";
import { policyRequest as policyRequestOf } from "../../../src/request/routing/policy-request.ts";
import { policyRequest } from "../../support/policy-request.ts";

const SETTINGS: ThresholdSettings = {
  keywords: ["design", "设计"],
  maxChars: 500,
  maxBytes: undefined,
  maxTurns: 5,
  scope: "all",
  under: "weak",
  over: "strong",
};

/** Ten characters in one message, unless the measured values say otherwise. */
function asked({ turns = 1, ...measured }: { turns?: number; chars?: number; textBytes?: number; keywordHits?: readonly string[] } = {}) {
  return policyRequest({ measured: { chars: 10, textBytes: 10, ...measured }, facts: { turns } });
}

describe("the threshold policy", () => {
  test.each([
    ["nothing over its threshold is weak", {}, {}, "weak", "under-thresholds"],
    ["a keyword is strong", { keywordHits: ["设计"] }, {}, "strong", "keyword"],
    ["another policy's keyword is not", { keywordHits: ["hello"] }, {}, "weak", "under-thresholds"],
    ["500 characters are not over 500", { chars: 500 }, {}, "weak", "under-thresholds"],
    ["501 characters are", { chars: 501 }, {}, "strong", "chars"],
    ["5 messages are not over 5", { turns: 5 }, {}, "weak", "under-thresholds"],
    ["6 messages are", { turns: 6 }, {}, "strong", "turns"],
    ["bytes are not asked without a byte threshold", { textBytes: 100_000 }, {}, "weak", "under-thresholds"],
    ["600 bytes are not over 600", { textBytes: 600 }, { maxBytes: 600 }, "weak", "under-thresholds"],
    ["601 bytes are", { textBytes: 601 }, { maxBytes: 600 }, "strong", "bytes"],
    ["the keyword is named before length and turns", { keywordHits: ["design"], chars: 900, turns: 9 }, {}, "strong", "keyword"],
    ["length is named before bytes and turns", { chars: 900, textBytes: 900, turns: 9 }, { maxBytes: 600 }, "strong", "chars"],
    ["bytes are named before turns", { textBytes: 900, turns: 9 }, { maxBytes: 600 }, "strong", "bytes"],
  ] as const)("%s", (_what, measured, settings, tier, reason) => {
    expect(thresholdPolicy({ ...SETTINGS, ...settings }).decide(asked(measured))).toMatchObject({ tier, reason });
  });

  test.each([
    ["inside a longer word", "the designated day", undefined],
    ["as a word of its own, in any case", "A Design.", "design"],
    ["beside letters beyond ASCII, which the scanner does not judge", "le déçudesign", undefined],
    ["in a script without spaces", "请设计它", "设计"],
    ["once inside, once alone", "designated design", "design"],
    ["written full-width", "ｄｅｓｉｇｎ!", "design"],
    ["written full-width, inside a longer word", "ｄｅｓｉｇｎated", undefined],
    ["parted by what is not seen", "de\u00adsign", "design"],
    ["one that stands behind another in the list, where that is inside a word", "designated 设计", "设计"],
  ])("with whole words takes a keyword %s", (_what, text, detail) => {
    const policy = thresholdPolicy({ ...SETTINGS, wholeWords: true });
    const scanner = new ChatScanner({ ...policy.needs, maxBodyBytes: 1 << 20, isUtf8 });
    const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages: [{ role: "user", content: text }] })));
    if (scanned.kind !== "chat") throw new Error("no chat");
    const request = policyRequestOf(scanned.facts, scanner, { get: () => undefined });
    expect(policy.decide(request)?.detail).toBe(detail);
    expect(policy.signals(request)[0]).toEqual({ name: "keyword", value: detail ? 1 : 0, threshold: 0, over: detail !== undefined });
  });

  test("with whole words does not count what another policy has looked for inside words", () => {
    const request = policyRequest({ text: "designated", keywords: ["design"] });
    expect(thresholdPolicy(SETTINGS).decide(request)?.reason).toBe("keyword");
    expect(thresholdPolicy({ ...SETTINGS, wholeWords: true }).decide(request)?.reason).toBe("under-thresholds");
  });

  test("names the keyword that stands first in its own list", () => {
    expect(thresholdPolicy(SETTINGS).decide(asked({ keywordHits: ["hello", "设计", "design"] }))?.detail).toBe("design");
  });

  test("reads the scope it was given", () => {
    const request = policyRequest({ texts: { all: "x".repeat(501), user: "short" } });
    expect(thresholdPolicy(SETTINGS).decide(request)?.tier).toBe("strong");
    expect(thresholdPolicy({ ...SETTINGS, scope: "user" }).decide(request)?.tier).toBe("weak");
    expect(thresholdPolicy({ ...SETTINGS, scope: "user" }).needs.scopes).toEqual(["user"]);
  });

  test("shows every quantity beside its threshold, and agrees with the verdict on which are over", () => {
    const policy = thresholdPolicy({ ...SETTINGS, maxBytes: 600 });
    expect(policy.signals(asked({ turns: 7, chars: 12, textBytes: 700, keywordHits: ["hello"] }))).toEqual([
      { name: "keyword", value: 0, threshold: 0, over: false },
      { name: "chars", value: 12, threshold: 500, over: false },
      { name: "bytes", value: 700, threshold: 600, over: true },
      { name: "turns", value: 7, threshold: 5, over: true },
    ]);
    const names = thresholdPolicy(SETTINGS)
      .signals(asked())
      .map(({ name }) => name);
    expect(names).toEqual(["keyword", "chars", "turns"]);
  });

  test("sends to the tiers it was given", () => {
    const policy = thresholdPolicy({ ...SETTINGS, under: "small", over: "huge" });
    expect(policy.decide(asked())?.tier).toBe("small");
    expect(policy.decide(asked({ turns: 6 }))?.tier).toBe("huge");
  });
});
