import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../../src/request/chat/scanner.ts";
import { defaultMinConfidence, type LearnedSettings, learnedPolicy } from "../../../../src/request/policy/learned/policy.ts";
import type { ThresholdMove } from "../../../../src/request/policy/learned/share-keeper.ts";
import { FACT_NAMES } from "../../../../src/request/policy/learned/surface-facts.ts";
import { BUCKETS, TextReader } from "../../../../src/request/policy/learned/text-reader.ts";
import type { PolicyRequest } from "../../../../src/request/policy/policy.ts";
import { modelOf } from "./model-of.ts";

const SETTINGS: LearnedSettings = {
  model: modelOf(["prove", "theorem"]),
  threshold: 0.5,
  weakShare: 0.65,
  minThreshold: undefined,
  maxThreshold: undefined,
  minConfidence: 0.6,
  unsure: "abstain",
  under: "weak",
  over: "strong",
  highest: "top",
};

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function asked(content: string): PolicyRequest {
  const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages: [{ role: "user", content }] })));
  if (scanned.kind !== "chat") throw new Error("no chat");
  return {
    facts: scanned.facts,
    requestId: undefined,
    path: undefined,
    voter: undefined,
    borders: new Map(),
    header: () => undefined,
    text: (scope) => scanner.text(scope),
    foldedText: () => undefined,
  };
}

describe("the learned policy", () => {
  test.each([
    ["a high probability goes over", "prove", {}, { tier: "strong", reason: "learned-over" }],
    ["a low one goes under", "hello", {}, { tier: "weak", reason: "learned-under" }],
    ["a threshold above the probability keeps it under", "prove", { threshold: 0.999 }, { tier: "weak", reason: "learned-under" }],
    ["unsure, it abstains", "prove", { minConfidence: 0.999 }, undefined],
    ["or goes up", "hello", { minConfidence: 0.999, unsure: "up" }, { tier: "top", reason: "learned-unsure" }],
    ["untrained, it abstains", "prove", { model: undefined }, undefined],
    ["or goes up as well", "prove", { model: undefined, unsure: "up" }, { tier: "top", reason: "untrained" }],
  ] as const)("%s", (_what, text, changes, verdict) => {
    const decided = learnedPolicy({ ...SETTINGS, ...changes }).decide(asked(text));
    if (verdict === undefined) expect(decided).toBeUndefined();
    else expect(decided).toMatchObject(verdict);
  });

  test("a probability equal to the threshold goes over", () => {
    const score = learnedPolicy(SETTINGS).decide(asked("prove"))?.score ?? 0;
    expect(score).toBeGreaterThan(0.9);
    expect(learnedPolicy({ ...SETTINGS, threshold: score }).decide(asked("prove"))?.tier).toBe("strong");
  });

  test("reads the scope its model was trained on, and needs nothing without a model", () => {
    expect(learnedPolicy({ ...SETTINGS, model: modelOf([], { scope: "last_user" }) }).needs.scopes).toEqual(["last_user"]);
    expect(learnedPolicy({ ...SETTINGS, model: undefined }).needs.scopes).toEqual([]);
  });

  test("shows its probability and confidence beside their thresholds", () => {
    const request = asked("prove");
    const score = learnedPolicy(SETTINGS).decide(request)?.score ?? 0;
    expect(learnedPolicy(SETTINGS).signals(request)).toEqual([
      { name: "confidence", value: score, threshold: 0.6, over: true },
      { name: "probability", value: score, threshold: 0.5, over: true },
    ]);
  });

  test("adds facts and trees to the words where the model has them", () => {
    const facts = new Float64Array(18);
    facts[7] = 2; // questions
    const trees = { depth: 1, facts: Uint8Array.of(7), thresholds: Float64Array.of(1.5), leaves: Float64Array.of(0, 5) };
    const scoreOf = (text: string) => {
      const model = modelOf([], {}, { facts, trees });
      const score = learnedPolicy({ ...SETTINGS, model, minConfidence: 0.5 }).decide(asked(text))?.score ?? 0;
      return Math.log(score / (1 - score));
    };
    expect(scoreOf("well")).toBeCloseTo(-3, 6);
    expect(scoreOf("well?")).toBeCloseTo(-1, 6);
    expect(scoreOf("well??")).toBeCloseTo(6, 6);
  });

  test("of more than two tiers takes the cheapest that is enough, each by its own step", () => {
    const { parts, known, calibration } = modelOf(["theorem"]);
    const model = modelOf(["prove", "theorem"], { tiers: ["s", "m", "l"], above: [{ parts, known, calibration, cut: 0.5 }] });
    const policy = learnedPolicy({ ...SETTINGS, model, tiers: ["small", "medium", "large"], minConfidence: 0.5 });
    const tierFor = (text: string) => policy.decide(asked(text));
    expect(tierFor("hello")).toMatchObject({ tier: "small", reason: "learned-under" });
    expect(tierFor("prove")).toMatchObject({ tier: "medium", reason: "learned-over" });
    expect(tierFor("theorem")).toMatchObject({ tier: "large", reason: "learned-over" });
    expect(policy.predicts).toBeUndefined();
  });

  test("moves weight from words to length with the share of features that training never met", () => {
    const facts = Float64Array.from(FACT_NAMES, (name) => (name === "log-chars" ? 1 : 0));
    const { parts } = modelOf(["prove"]);
    const length = { bias: 0, grams: undefined, facts, trees: undefined, link: undefined, middle: 2, near: 0, far: 10 };
    const bits = new Uint8Array(BUCKETS / 8);
    const reader = new TextReader();
    reader.read(new TextEncoder().encode("prove that it holds"));
    for (const bucket of reader.buckets.subarray(0, reader.count)) bits[bucket >> 3] = (bits[bucket >> 3] ?? 0) | (1 << (bucket & 7));
    const model = {
      ...modelOf([]),
      parts: [...parts.map((part) => ({ ...part, far: 0 })), length],
      known: { bits, from: 0.2, to: 1 },
      calibration: { a: 0.01, b: 0 },
    };
    const rawOf = (text: string, changes = {}) => {
      const decided = learnedPolicy({ ...SETTINGS, model: { ...model, ...changes }, minConfidence: 0.5 }).decide(asked(text));
      const score = decided?.score ?? 0;
      return 100 * Math.log(score / (1 - score));
    };
    const words = (text: string) => rawOf(text, { known: undefined });
    const lengthOf = (text: string) => 10 * (Math.log1p(text.length) - 2);
    expect(rawOf("prove that it holds")).toBeCloseTo(words("prove that it holds"), 6);
    expect(rawOf("quux zyzzy bloop wug")).toBeCloseTo(lengthOf("quux zyzzy bloop wug"), 6);
    const half = "prove that it quux zyzzy";
    const nearness = (rawOf(half) - lengthOf(half)) / (words(half) - lengthOf(half));
    expect(nearness).toBeGreaterThan(0.1);
    expect(nearness).toBeLessThan(0.9);
  });

  test("without a fixed threshold it begins at the trained cut and moves to hold the weak share", () => {
    const moves: ThresholdMove[] = [];
    const model = modelOf(["prove"], { cut: 0.2, quantiles: Array.from({ length: 101 }, (_, percent) => percent / 100) });
    const settings = { ...SETTINGS, model, threshold: "auto", minConfidence: defaultMinConfidence("auto") } as const;
    const policy = learnedPolicy(
      { ...settings, minThreshold: 0, maxThreshold: 1 },
      { onMove: (move) => moves.push(move), onHeld() {}, onLeftOut() {} },
    );
    const thresholdOf = () => policy.signals(asked("hello")).find(({ name }) => name === "probability")?.threshold;
    expect(thresholdOf()).toBe(0.2);
    let weak = 0;
    for (let request = 0; request < 4096; request++) {
      const decided = policy.decide(asked("prove ".repeat(1 + (request % 10)).concat("x".repeat(request % 7))));
      if (decided?.tier === "weak") weak++;
    }
    expect(weak).toBeGreaterThan(0);
    expect(moves[0]).toMatchObject({ from: 0.2, observedShare: 0, requests: 256 });
    expect(thresholdOf()).toBe(moves.at(-1)?.to);
  });

  test("looking at signals moves nothing", () => {
    const moves: ThresholdMove[] = [];
    const policy = learnedPolicy({ ...SETTINGS, threshold: "auto" }, { onMove: (move) => moves.push(move), onHeld() {}, onLeftOut() {} });
    for (let look = 0; look < 3000; look++) policy.signals(asked("prove"));
    expect(moves).toEqual([]);
  });
});
