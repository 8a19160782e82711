import { describe, expect, test } from "vitest";
import type { RequestFacts } from "../../src/chat/facts.ts";
import { type ThresholdSettings, thresholdPolicy } from "../../src/policy/threshold.ts";

const SETTINGS: ThresholdSettings = {
  keywords: ["design", "设计"],
  maxChars: 500,
  maxBytes: undefined,
  maxTurns: 5,
  scope: "all",
  under: "weak",
  over: "strong",
};
const EASY: RequestFacts = { turns: 1, chars: 10, textBytes: 10, keywordHits: [] };

describe("the threshold policy", () => {
  test.each([
    ["nothing over its threshold is weak", {}, {}, "weak", "under-thresholds"],
    ["a keyword is strong", { keywordHits: ["设计"] }, {}, "strong", "keyword"],
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
  ] as const)("%s", (_what, facts, settings, tier, reason) => {
    expect(thresholdPolicy({ ...SETTINGS, ...settings }).decide({ ...EASY, ...facts })).toMatchObject({ tier, reason });
  });

  test("names the keyword that decided", () => {
    expect(thresholdPolicy(SETTINGS).decide({ ...EASY, keywordHits: ["设计", "design"] }).detail).toBe("设计");
  });

  test("shows every quantity beside its threshold, and agrees with the verdict on which are over", () => {
    const policy = thresholdPolicy({ ...SETTINGS, maxBytes: 600 });
    expect(policy.signals({ turns: 7, chars: 12, textBytes: 700, keywordHits: [] })).toEqual([
      { name: "keyword", value: 0, threshold: 0, over: false },
      { name: "chars", value: 12, threshold: 500, over: false },
      { name: "bytes", value: 700, threshold: 600, over: true },
      { name: "turns", value: 7, threshold: 5, over: true },
    ]);
    expect(
      thresholdPolicy(SETTINGS)
        .signals(EASY)
        .map(({ name }) => name),
    ).toEqual(["keyword", "chars", "turns"]);
  });

  test("sends to the tiers it was given", () => {
    const policy = thresholdPolicy({ ...SETTINGS, under: "small", over: "huge" });
    expect(policy.decide(EASY).tier).toBe("small");
    expect(policy.decide({ ...EASY, turns: 6 }).tier).toBe("huge");
  });
});
