// Rules that go by what a request is about: told by a model, once a request, and noted for the log.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { policyNamed } from "../../../src/config/routing-of.ts";
import { notedFacts } from "../../../src/request/routing/noted-facts.ts";
import { Members } from "../../../src/study/dataset/logged-request.ts";
import { askAgain } from "../../../src/study/offpolicy/asked-again.ts";
import { policyRequest } from "../../support/policy-request.ts";
import { modelOf } from "./learned/model-of.ts";
import { topicsOfWords } from "./learned/topics-of.ts";

const TOPICS = topicsOfWords({ law: ["plaintiff", "statute"], code: ["compiler", "recursion"] });
const MODELS: Readonly<Record<string, ReturnType<typeof modelOf>>> = {
  "topics.json": modelOf([], { id: "11111111", scope: "last_user", topics: TOPICS }),
  "later.json": modelOf([], { id: "22222222", scope: "last_user", topics: TOPICS }),
  "none.json": modelOf([]),
};
const readModel = (file: string) => {
  const model = MODELS[file];
  return model === undefined ? ({ kind: "problem", message: `there is no file ${file}` } as const) : ({ kind: "model", model } as const);
};

function configOf(rules: string, more = "") {
  return parseConfig(`policies:\n  main: { type: rules, ${more}rules: [${rules}], fallback: { tier: weak } }\n`, "a.yaml", readModel);
}

const LAW = "{ name: courts, match: { topic: [law] }, tier: strong }";
const policy = policyNamed(configOf(LAW, "topics: topics.json, "), "main").policy;

describe("a rule for a topic", () => {
  test.each([
    ["is about it", "the plaintiff cites a statute", "strong"],
    ["is about another", "a compiler without recursion", "weak"],
    ["is about nothing that can be told", "good morning", "weak"],
  ])("decides of a request that %s", (_, text, tier) => {
    expect(policy.decide(policyRequest({ text }))?.tier).toBe(tier);
  });

  test("may ask for what is no topic, beside other conditions", () => {
    const config = configOf(
      "{ name: rest, match: { any: [{ topic: [other], maxChars: 20 }, { topic: [code] }] }, tier: strong }",
      "topics: topics.json, ",
    );
    const tierOf = (text: string) => policyNamed(config, "main").policy.decide(policyRequest({ text }))?.tier;
    expect(["good morning", "good morning to all of you", "a compiler", "the plaintiff"].map(tierOf)).toEqual([
      "strong",
      "weak",
      "strong",
      "weak",
    ]);
  });

  test("has the text of the model's messages measured, and of no others", () => {
    expect(policy.needs.scopes).toEqual(["last_user"]);
    const silent = policyNamed(configOf("{ name: all, tier: strong }", "topics: topics.json, "), "main").policy;
    expect(silent.needs.scopes).toEqual([]);
  });

  test("notes the topic on the request, which is read once for all of one model", () => {
    let reads = 0;
    const request = policyRequest({ text: "the plaintiff" });
    const text: typeof request.text = (scope) => {
      reads++;
      return request.text(scope);
    };
    const counted = { ...request, text };
    policy.decide(counted);
    policyNamed(configOf(LAW, "topics: topics.json, "), "main").policy.decide(counted);
    expect([reads, counted.topic?.name, counted.topic?.model]).toEqual([1, "law", "11111111"]);
    policyNamed(configOf(LAW, "topics: later.json, "), "main").policy.decide(counted);
    expect([reads, counted.topic?.model]).toEqual([2, "22222222"]);
  });

  test("takes nothing where no rule asks for one: the request stays unread", () => {
    const request = policyRequest({ text: "the plaintiff" });
    policyNamed(configOf("{ name: all, tier: strong }", "topics: topics.json, "), "main").policy.decide(request);
    expect(request.topic).toBeUndefined();
  });

  test("has another version with another model", () => {
    const idWith = (file: string) => policyNamed(configOf(LAW, `topics: ${file}, `), "main").id;
    expect(idWith("topics.json")).not.toBe(idWith("later.json"));
    expect(idWith("topics.json")).toBe(idWith("topics.json"));
  });
});

describe("the decision log", () => {
  const request = policyRequest({ text: "the plaintiff" });
  policy.decide(request);
  const noted = notedFacts(request, 1);

  test("has the topic and whose it is, where one was asked for", () => {
    expect(noted).toMatchObject({ topic: "law", topicModel: "11111111" });
    expect(notedFacts(policyRequest({ text: "the plaintiff" }), 1)).not.toHaveProperty("topic");
  });

  test.each([
    ["decides again by the topic, without any text", "topics.json", { kind: "tier", tier: "strong" }],
    ["of another model says that the text is not there", "later.json", { kind: "not-logged", what: "the text" }],
  ])("a rule %s", (_, file, expected) => {
    const again = policyNamed(configOf(LAW, `topics: ${file}, `), "main").policy;
    const none = new Members({});
    const logged = { facts: new Members({ ...noted }), signals: none, outcome: none, cost: none, prompt: undefined, requestId: "r" };
    expect(askAgain(again, logged as never, undefined as never)).toEqual(expected);
  });
});

describe("the configuration", () => {
  test.each([
    ["a topic without a model for it", LAW, "", "needs the policy's `topics`, the model that tells them"],
    [
      "a topic that the model never tells",
      "{ name: a, match: { topic: [lwa] }, tier: weak }",
      "topics: topics.json, ",
      "there is no topic lwa; did you mean law?",
    ],
    ["one in an alternative", "{ name: a, match: { any: [{ topic: [x] }] }, tier: weak }", "topics: topics.json, ", "there is no topic x"],
    ["a model that tells no topics", LAW, "topics: none.json, ", "the model tells no topics: train it with `--topics`"],
    ["a file that is not there", LAW, "topics: gone.json, ", "there is no file gone.json"],
  ])("refuses %s", (_, rules, more, message) => {
    expect(() => configOf(rules, more)).toThrow(message);
  });
});
