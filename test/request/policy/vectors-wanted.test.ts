// Which vectors a policy wants that asks others: not those of policies that it will not come to.
import { expect, test } from "vitest";
import { banditPolicy } from "../../../src/request/policy/bandit/policy.ts";
import { chainPolicy } from "../../../src/request/policy/chain.ts";
import { cheapestPolicy } from "../../../src/request/policy/cheapest.ts";
import type { Policy, Verdict } from "../../../src/request/policy/policy.ts";
import { vectorKind } from "../../../src/request/policy/vectors.ts";
import { policyRequest } from "../../support/policy-request.ts";

const FROM = { endpoint: "http://e/", model: "m", keyFile: undefined, dimensions: undefined, timeoutMs: 50, pricePerMTok: 0 };

function linkOf(id: string, verdict: Verdict | undefined, more: Partial<Policy> = {}) {
  let times = 0;
  const policy: Policy = {
    needs: { keywords: [], scopes: [], params: [] },
    decide() {
      times++;
      return verdict;
    },
    signals: () => [],
    ...more,
  };
  return { id, policy, times: () => times };
}
const taking = (model: string) => {
  const source = { kind: vectorKind({ scope: "all", readBytes: 4096, model, dimensions: 2 }), from: FROM };
  return linkOf(model, undefined, { vectorsWanted: () => [source] });
};
const WEAK: Verdict = { tier: "weak", reason: "rule" };
const wanted = ({ vectorsWanted }: Policy) => vectorsWanted?.(policyRequest()).map(({ kind }) => kind.model);

const [one, two] = [taking("one"), taking("two")];
const rules = (verdict: Verdict | undefined) => linkOf("rules", verdict, { isRepeatable: true });

test.each([
  ["a chain wants those of all that it may come to", [one, two], ["one", "two"]],
  ["behind a rule that decides it wants none", [rules(WEAK), one], []],
  ["but what stands before it", [one, rules(WEAK), two], ["one"]],
  ["behind a rule that has nothing to say it does", [rules(undefined), one], ["one"]],
  ["of links that take none there is nothing to ask", [rules(WEAK)], undefined],
] as const)("%s", (_what, links, models) => {
  expect(wanted(chainPolicy([...links]))).toEqual(models);
});

test("a policy that remembers what it is asked is not asked before its turn", () => {
  const learning = linkOf("learning", WEAK);
  expect(wanted(chainPolicy([learning, one]))).toEqual(["one"]);
  expect(learning.times()).toBe(0);
});

test("a chain in a chain, the cheapest that suffices and a bandit want what their links want", () => {
  expect(wanted(chainPolicy([{ id: "inner", policy: chainPolicy([rules(undefined), one]) }, two]))).toEqual(["one", "two"]);
  const cheapest = cheapestPolicy({ by: ["one", "two"], atLeast: 0.5, tiers: ["weak", "strong"] }, [one, two]);
  expect(wanted(cheapest)).toEqual(["one", "two"]);
  const settings = {
    tiers: ["weak", "strong"],
    score: "one",
    qualityPerUsd: 20,
    usdPer1000: undefined,
    prior: undefined,
    priorMass: 0,
    explore: 0.05,
    maxExplore: 0.3,
    halfLifeHours: 100,
  };
  expect(wanted(banditPolicy(settings, { random: Math.random, now: () => 0, link: one }))).toEqual(["one"]);
});
