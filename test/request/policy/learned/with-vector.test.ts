// A learned policy whose model takes vectors: what it says of a request with its vector, and without.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../../src/request/chat/scanner.ts";
import { embeddedText } from "../../../../src/request/policy/learned/embedded-text.ts";
import { encodeModel, parseModel } from "../../../../src/request/policy/learned/model-file.ts";
import { type LearnedSettings, learnedPolicy, vectorKindOf } from "../../../../src/request/policy/learned/policy.ts";
import type { ThresholdMove } from "../../../../src/request/policy/learned/share-keeper.ts";
import type { Policy, PolicyRequest } from "../../../../src/request/policy/policy.ts";
import { policyRequest } from "../../../../src/request/routing/policy-request.ts";
import { vectorModelOf } from "./vector-model.ts";

const MODEL = vectorModelOf(["prove", "theorem"]);
const FROM = { endpoint: "http://e/v1", model: "small", keyFile: undefined, dimensions: undefined, timeoutMs: 50, pricePerMTok: 0 };
const SETTINGS: LearnedSettings = {
  model: MODEL,
  threshold: 0.5,
  weakShare: 0.65,
  minThreshold: undefined,
  maxThreshold: undefined,
  minConfidence: 0.5,
  unsure: "up",
  under: "weak",
  over: "strong",
  highest: "strong",
};
const KEY = vectorKindOf(MODEL)?.key ?? "";
const [FOR_STRONG, FOR_WEAK] = [Float32Array.of(1, 0), Float32Array.of(-1, 0)];

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });

function asked(content: string, vector?: Float32Array, key = KEY): PolicyRequest {
  const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages: [{ role: "user", content }] })));
  if (scanned.kind !== "chat") throw new Error("no chat");
  const vectors = vector && new Map([[key, vector]]);
  return policyRequest(scanned.facts, scanner, { get: () => undefined }, undefined, vectors);
}

describe("with an endpoint", () => {
  const policy = learnedPolicy({ ...SETTINGS, embedding: FROM });

  test.each([
    ["its vector decides", "hello", FOR_STRONG, { tier: "strong", reason: "learned-over" }],
    ["against the words, where they say nothing beside it", "prove", FOR_WEAK, { tier: "weak", reason: "learned-under" }],
    [
      "without it the words decide, and the verdict says so",
      "prove",
      undefined,
      { tier: "strong", reason: "learned-over", detail: "no-vector" },
    ],
    ["for either tier", "hello", undefined, { tier: "weak", reason: "learned-under", detail: "no-vector" }],
  ] as const)("%s", (_what, text, vector, verdict) => {
    expect(policy.decide(asked(text, vector))).toMatchObject(verdict);
    if (vector !== undefined) expect(policy.decide(asked(text, vector))).not.toHaveProperty("detail");
  });

  test("the vector of another model is none", () => {
    expect(policy.decide(asked("hello", FOR_STRONG, "another"))).toMatchObject({ tier: "weak", detail: "no-vector" });
  });

  test("it asks for one vector of each request, of the model's scope and dimensions", () => {
    expect(policy.vectorsWanted?.(asked("hello"))).toEqual([
      { kind: { key: KEY, scope: "all", readBytes: MODEL.readBytes, model: "small", dimensions: 2 }, from: FROM },
    ]);
  });

  test("the signals are those of the score that decides", () => {
    const value = (request: PolicyRequest) => policy.signals(request).find(({ name }) => name === "probability")?.value;
    expect(value(asked("hello", FOR_STRONG))).toBeCloseTo(0.982, 3);
    expect(value(asked("hello"))).toBeCloseTo(0.047, 3);
  });

  test("each score has the threshold of its own training, where there are two", () => {
    const split = learnedPolicy({ ...SETTINGS, threshold: 0.01, thresholdWithVector: 0.99, embedding: FROM });
    expect(split.decide(asked("hello"))?.tier).toBe("strong");
    expect(split.decide(asked("hello", FOR_STRONG))?.tier).toBe("weak");
  });
});

test("without an endpoint nothing is asked for and nothing is missed, but a vector that is there counts", () => {
  const policy = learnedPolicy(SETTINGS);
  expect(policy.vectorsWanted).toBeUndefined();
  expect(policy.decide(asked("prove"))).toMatchObject({ tier: "strong" });
  expect(policy.decide(asked("prove"))).not.toHaveProperty("detail");
  expect(policy.decide(asked("prove", FOR_WEAK))).toMatchObject({ tier: "weak" });
});

test("beside the words the vector is added to what they say", () => {
  const policy = learnedPolicy({ ...SETTINGS, model: vectorModelOf(["prove"], 1), embedding: FROM });
  const oddsOf = (text: string, vector?: Float32Array) => {
    const score = policy.decide(asked(text, vector))?.score ?? 0;
    return Math.log(score / (1 - score));
  };
  const both = oddsOf("prove", FOR_STRONG);
  const word = oddsOf("prove", FOR_WEAK);
  const vector = oddsOf("hello", FOR_STRONG);
  expect(both - word).toBeCloseTo(8, 3);
  expect(both - vector).toBeCloseTo(oddsOf("prove") - oddsOf("hello"), 3);
});

test("thresholds that move hold the share of each score by itself, and those of the one that decides are told", () => {
  const moves: ThresholdMove[] = [];
  const told = { onMove: (move: ThresholdMove) => void moves.push(move), onHeld() {}, onLeftOut() {} };
  const policy = learnedPolicy({ ...SETTINGS, threshold: "auto", thresholdWithVector: "auto", embedding: FROM }, told);
  const shares = (vectorOf: ((at: number) => Float32Array) | undefined) => {
    const tiers = Array.from({ length: 6000 }, (_, at) => policy.decide(asked(at % 5 === 0 ? "prove" : "hello", vectorOf?.(at)))?.tier);
    return tiers.slice(3000).filter((tier) => tier === "weak").length / 3000;
  };
  const withVector = shares((at) => Float32Array.of(((at * 7919) % 1000) / 500 - 1, 0));
  expect(Math.abs(withVector - 0.65)).toBeLessThan(0.05);
  expect(moves.length).toBeGreaterThan(0);
  const before = [moves.length, policy.liveThreshold?.()];
  shares(undefined);
  expect([moves.length, policy.liveThreshold?.()]).toEqual(before);
});

test("a model of several tiers weighs the vector at those steps where it tells something", () => {
  const { parts, known, calibration, embedding } = vectorModelOf(["prove"]);
  if (embedding === undefined) throw new Error("no embedding");
  const ladder: Partial<typeof MODEL> = { tiers: ["weak", "mid", "strong"], above: [{ parts, known, calibration, cut: 0.5 }] };
  const model = vectorModelOf(["prove"], 0, { ...ladder, embedding: { ...embedding, steps: [embedding.steps[0], undefined] } });
  const policy: Policy = learnedPolicy({ ...SETTINGS, model, tiers: ["weak", "mid", "strong"], embedding: FROM });
  const tierOf = (text: string, vector?: Float32Array) => policy.decide(asked(text, vector))?.tier;
  expect([tierOf("hello", FOR_STRONG), tierOf("prove", FOR_STRONG), tierOf("prove", FOR_WEAK)]).toEqual(["mid", "strong", "weak"]);
});

describe("the model file", () => {
  const model = vectorModelOf(["prove"], 0.5);
  const written = encodeModel(model);

  test("holds the weights of vectors as they were", () => {
    expect(parseModel(written).embedding).toEqual(model.embedding);
  });

  test("without them says nothing of vectors", () => {
    const { embedding: _, ...plain } = model;
    expect(new TextDecoder().decode(encodeModel(plain))).not.toContain("embedding");
    expect(parseModel(encodeModel(plain))).not.toHaveProperty("embedding");
  });

  const embedding = model.embedding ?? { model: "", dimensions: 0, isCut: false, steps: [], quantiles: [] };
  const [step] = embedding.steps;
  const [part] = step?.parts ?? [];
  test.each([
    ["as many numbers as dimensions", { dimensions: 3 }, "vector"],
    ["a name", { model: "" }, "embedding"],
    ["a step for each of the model's", { steps: [] }, "embedding.steps"],
    ["all quantiles", { quantiles: [0.1] }, "quantiles"],
    ["numbers", { steps: [step && part && { ...step, parts: [{ ...part, vector: Float32Array.of(Number.NaN, 0) }] }] }, "vector"],
  ])("must have %s", (_what, changes, name) => {
    const damaged = encodeModel({ ...model, embedding: { ...embedding, ...changes } });
    expect(() => parseModel(damaged)).toThrow(`damaged: \`${name}\` is missing or out of range`);
  });
});

test("of a long text front and back are embedded, and no character is cut", () => {
  const text = Buffer.from(`${"가".repeat(1000)}${"x".repeat(5000)}${"나".repeat(1000)}`);
  const [front = "", back = "", ...rest] = embeddedText(text, 4096).split("\n");
  expect([new Set(front), new Set(back), rest]).toEqual([new Set("가"), new Set("나"), []]);
  expect(Buffer.byteLength(front + back)).toBeLessThanOrEqual(4096);
  expect(embeddedText(Buffer.from("짧은 글"), 4096)).toBe("짧은 글");
});
