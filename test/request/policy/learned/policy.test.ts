import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../../src/request/chat/scanner.ts";
import { defaultMinConfidence, type LearnedSettings, learnedPolicy } from "../../../../src/request/policy/learned/policy.ts";
import type { ThresholdMove } from "../../../../src/request/policy/learned/share-keeper.ts";
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
      const model = modelOf([], { facts, trees });
      const score = learnedPolicy({ ...SETTINGS, model, minConfidence: 0.5 }).decide(asked(text))?.score ?? 0;
      return Math.log(score / (1 - score));
    };
    expect(scoreOf("well")).toBeCloseTo(-3, 6);
    expect(scoreOf("well?")).toBeCloseTo(-1, 6);
    expect(scoreOf("well??")).toBeCloseTo(6, 6);
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
