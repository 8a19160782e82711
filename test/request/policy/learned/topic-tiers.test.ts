// The learned policy with tiers by topic: the score chooses, and what the request is about says which of the tiers may be had.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../../src/config/load.ts";
import { policyNamed } from "../../../../src/config/routing-of.ts";
import { tierInSet } from "../../../../src/request/policy/learned/topic-tiers.ts";
import { notedFacts } from "../../../../src/request/routing/noted-facts.ts";
import { policyRequest } from "../../../support/policy-request.ts";
import { modelOf } from "./model-of.ts";
import { topicsOfWords } from "./topics-of.ts";

const TOPICS = topicsOfWords({ law: ["plaintiff", "statute"], chat: ["weather", "weekend"] });
const MODELS: Readonly<Record<string, ReturnType<typeof modelOf>>> = {
  "topics.json": modelOf(["prove", "theorem"], { topics: TOPICS }),
  "none.json": modelOf(["prove", "theorem"]),
};
const readModel = (file: string) => {
  const model = MODELS[file];
  return model === undefined ? ({ kind: "problem", message: `there is no file ${file}` } as const) : ({ kind: "model", model } as const);
};

const TIERS = "tiers: [{ name: weak }, { name: standard }, { name: strong }]\n";
const configOf = (settings: string, more = "") =>
  parseConfig(`${TIERS}${more}policies: { main: { type: learned, ${settings} } }\n`, "a", readModel);
const SETS = "file: topics.json, threshold: 0.5, minConfidence: 0.5, byTopic: { law: [strong], chat: [standard, weak] }";
const policyOf = (settings: string, more = "") => policyNamed(configOf(settings, more), "main").policy;
const policy = policyOf(SETS);

describe("tiers by topic", () => {
  test.each([
    ["takes the cheapest of the topic's tiers that is no lesser one", "the plaintiff", "strong", "topic", "law"],
    ["takes the dearest of them where all are lesser ones", "prove theorem prove weather", "standard", "topic", "chat"],
    ["leaves a tier that the topic may have", "the weather", "weak", "learned-under", undefined],
    ["leaves what is about nothing that can be told", "good morning", "weak", "learned-under", undefined],
    ["leaves it with a high score, too", "prove theorem", "strong", "learned-over", undefined],
  ])("%s", (_, text, tier, reason, detail) => {
    const verdict = policy.decide(policyRequest({ text }));
    expect([verdict?.tier, verdict?.reason, verdict?.detail]).toEqual([tier, reason, detail]);
  });

  test("tells its score as one that orders nothing where the topic has changed the tier, and as ever elsewhere", () => {
    const [changed, left] = ["the plaintiff", "the weather"].map((text) => policy.decide(policyRequest({ text })));
    expect(changed).not.toHaveProperty("score");
    expect(changed?.linkScore).toBeLessThan(0.5);
    expect(left?.score).toBeLessThan(0.5);
    expect(changed).not.toHaveProperty("toCut"); // a tier that no cut has chosen is not near one
  });

  test("holds for a request that the policy is unsure of, and has nothing to say where it abstains", () => {
    const unsure = "file: topics.json, threshold: 0.5, minConfidence: 1, byTopic: { chat: [standard] }";
    const text = "the weather";
    expect(policyOf(`${unsure}, unsure: up`).decide(policyRequest({ text }))).toMatchObject({ tier: "standard", reason: "topic" });
    expect(policyOf(`${unsure}, unsure: abstain`).decide(policyRequest({ text }))).toBeUndefined();
  });

  test("may be given for what is about no topic, and for topics that the model tells alone", () => {
    const others = policyOf("file: topics.json, threshold: 0.5, byTopic: { other: [standard, strong] }");
    expect(others.decide(policyRequest({ text: "good morning" }))).toMatchObject({ tier: "standard", reason: "topic", detail: "other" });
    expect(others.decide(policyRequest({ text: "the plaintiff" }))).toMatchObject({ tier: "weak", reason: "learned-under" });
  });

  test("notes the topic for the log, and reads the text once", () => {
    let reads = 0;
    const request = policyRequest({ text: "the plaintiff" });
    const text: typeof request.text = (scope) => {
      reads++;
      return request.text(scope);
    };
    const counted = { ...request, text };
    policy.decide(counted);
    expect(reads).toBe(1);
    expect(notedFacts(counted, 1)).toMatchObject({ topic: "law", topicModel: "00000000" });
  });

  test("costs nothing where none are given: no topic is told", () => {
    const request = policyRequest({ text: "the plaintiff" });
    policyOf("file: topics.json, threshold: 0.5").decide(request);
    expect(request.topic).toBeUndefined();
  });

  test("belong to the policy's version, and policies without any keep theirs", () => {
    const idOf = (settings: string) => policyNamed(configOf(settings), "main").id;
    const plain = "file: topics.json, threshold: 0.5";
    const ids = [plain, `${plain}, byTopic: { law: [strong] }`, `${plain}, byTopic: { law: [standard] }`].map(idOf);
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toBe("main@a5a91ecf");
  });
});

describe("the tier in a set", () => {
  const order = ["a", "b", "c"];
  test.each<[chosen: string, set: readonly string[], tier: string]>([
    ["a", ["a", "b"], "a"],
    ["b", ["a", "c"], "c"],
    ["c", ["b", "a"], "b"],
    ["a", ["c"], "c"],
    ["cascade", ["a", "b", "c"], "b"], // it costs more than its first tier
    ["a", ["cascade", "c"], "cascade"],
    ["c", ["a", "cascade"], "cascade"],
    ["cascade", ["cascade", "c"], "cascade"],
  ])("for %s of %j is %s", (chosen, set, tier) => {
    expect(tierInSet({ sets: { law: set }, order })("law", chosen)).toBe(tier);
  });

  test("of a topic without one is what was chosen", () => {
    expect(tierInSet({ sets: { law: ["c"] }, order })("chat", "a")).toBe("a");
  });
});

describe("the configuration", () => {
  test.each([
    ["a topic that the model never tells", "file: topics.json, byTopic: { lwa: [weak] }", "there is no topic lwa; did you mean law?"],
    ["a tier that is none", "file: topics.json, byTopic: { law: [srong] }", "there is no tier srong; did you mean strong?"],
    ["a set without tiers", "file: topics.json, byTopic: { law: [] }", "byTopic.law"],
    ["a model that tells no topics", "file: none.json, byTopic: { law: [weak] }", "the model tells no topics: train it with `--topics`"],
    ["topics without a model", "byTopic: { law: [weak] }", "needs `file`, a model that tells topics"],
  ])("refuses %s", (_, settings, message) => {
    expect(() => configOf(settings)).toThrow(message);
  });

  test("may name the cascade in the place of a tier", () => {
    const cascades = policyOf(
      "file: topics.json, threshold: 0.5, byTopic: { law: [cascade, strong] }",
      "cascade: { steps: [weak, strong] }\n",
    );
    expect(cascades.decide(policyRequest({ text: "the plaintiff" }))).toMatchObject({ tier: "weak", cascade: true, reason: "topic" });
  });
});
