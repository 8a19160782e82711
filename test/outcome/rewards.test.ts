// What policies that learn are told: of which outcomes, how good each was, and what people say.
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { NO_NEEDS, type Policy } from "../../src/request/policy/policy.ts";
import { createRewards } from "../../src/serving/rewards.ts";
import { outcome, SERVED } from "./sinks/outcomes.ts";

function listening() {
  const heard: unknown[] = [];
  const learning: Policy = {
    needs: NO_NEEDS,
    decide: () => undefined,
    signals: () => [],
    learner: {
      ended: (requestId, tier, { quality, costUsd }) => void heard.push([requestId, tier, quality, costUsd]),
      rated: (requestId, quality) => void heard.push([requestId, quality]),
      standing: () => ({ qualityPerUsd: 2, tiers: [] }),
    },
  };
  const chain: Policy = { needs: NO_NEEDS, decide: () => undefined, signals: () => [], links: [{ id: "try@1", policy: learning }] };
  const rewards = createRewards();
  const decides = { id: "chain@1", policy: chain };
  rewards.takesEffect([decides]);
  return { rewards, heard, decides, plain: { id: "plain@1", policy: { ...chain, links: [] } } };
}

const served = { ...SERVED, tier: "strong", fellBack: false };
const decidedWith = (more: object): Partial<Outcome> => {
  const { decided } = outcome();
  return { served, decided: decided && { ...decided, decision: { ...decided.decision, ...more } } };
};

describe("of an outcome", () => {
  test.each([
    ["a good answer is worth 1 and its cost", { served }, 1],
    ["an answer by another tier is the chosen one's failure", {}, 0],
    ["an error in an answer with a good status is a failure", { served, failure: "error" }, 0],
    ["a status of 503 is a failure", { served: { ...served, status: 503 } }, 0],
  ] satisfies readonly (readonly [string, Partial<Outcome>, number])[])("%s", (_what, parts, quality) => {
    const { rewards, heard } = listening();
    rewards.outcome(outcome(parts));
    expect(heard).toEqual([["id-1", "strong", quality, 0.0031]]);
  });

  test.each([
    ["a client's mistake", { served: { ...served, status: 400 } }],
    ["another process's decision", { served, kind: "elsewhere" }],
    ["what is no chat", { served, isChat: false }],
    ["an end that nobody told", { served: undefined, kind: "unknown" }],
    ["a tier that a guard chose", decidedWith({ wanted: { tier: "weak", reason: "bandit-best" } })],
    ["a policy that draws no lots", decidedWith({ propensity: undefined })],
  ] satisfies readonly (readonly [string, Partial<Outcome>])[])("%s says nothing", (_what, parts) => {
    const { rewards, heard } = listening();
    rewards.outcome(outcome(parts));
    expect(heard).toEqual([]);
  });
});

describe("of what people say", () => {
  test("a rating is from 0 to 1, a repeat is 0, and whoever heard it before still does", () => {
    const { rewards, heard } = listening();
    const others: unknown[] = [];
    const word = rewards.hears((requestId) => void others.push(requestId));
    word("a", { rating: 1 });
    word("b", { rating: 5 });
    word("c", { rating: 4 });
    word("d", { signal: "repeat" });
    word("e", { signal: "low-rating" }); // its rating has been told
    word("f", { signal: "cheap-strong" }); // its cost has been told
    expect(heard).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", 0.75],
      ["d", 0],
    ]);
    expect(others).toEqual(["a", "b", "c", "d", "e", "f"]);
  });
});

test("a policy that is no longer in force is told nothing", () => {
  const { rewards, heard, plain } = listening();
  expect(rewards.areWanted()).toBe(true);
  rewards.takesEffect([plain]);
  rewards.outcome(outcome({ served }));
  expect(rewards.areWanted()).toBe(false);
  expect(heard).toEqual([]);
});

test("of several policies that decide, each that learns is told once", () => {
  const { rewards, heard, plain, decides } = listening();
  rewards.takesEffect([plain, decides, { ...decides, id: "candidate@1" }]);
  rewards.outcome(outcome({ served }));
  expect(heard).toHaveLength(1);
  expect(rewards.standings()).toEqual([{ policy: "try@1", qualityPerUsd: 2, tiers: [] }]);
});
