import { expect, test } from "vitest";
import { nextSteps, type Ways } from "../../../src/study/evaluate/next-steps.ts";
import type { PolicyResult } from "../../../src/study/evaluate/result.ts";
import { SCORES } from "../report/html-results.ts";
import { comparison, estimate, figures, policyResult } from "./results.ts";

const WAYS: Ways = {
  again: "again",
  train: "train",
  check: "check",
  watch: "top",
  onOther: (policy) => `other ${policy}`,
  use: (policy) => [`active: ${policy}`],
  useWeak: ["active: cheap"],
  useOnly: (tier) => [`active: only ${tier}`],
  useLength: ["active: byLength"],
};

const stepsOf = (...policies: PolicyResult[]) => nextSteps({ ...SCORES, policies }, WAYS);
const confusion = (truePositives: number, trueNegatives: number) => ({
  truePositives,
  falsePositives: 0,
  falseNegatives: 0,
  trueNegatives,
});
const withConfusion = (rows: number, needs: number) => {
  const some = figures({ rows });
  return policyResult({ figures: { ...some, labels: { ...some.labels, confusion: confusion(needs, rows - needs) } } });
};
const overRandom = (value: number, low: number, high: number) => comparison("random", "misroute", value, low, high);

test.each<[string, PolicyResult, RegExp, readonly string[], readonly string[]]>([
  ["knows the rows", policyResult({ trainedOn: 900 }), /keep rows apart/, ["other v7"], []],
  ["has 20 rows", withConfusion(20, 10), /^label 10 more rows at least, 180 to tell much/, ["again"], []],
  ["has no row that needs strong", withConfusion(400, 0), /^label rows that need strong/, ["again"], []],
  ["has rows that need strong alone", withConfusion(400, 400), /^label rows for which weak would do/, ["again"], []],
  [
    "sends everything to weak",
    policyResult({ figures: figures({ weakShare: estimate(1) }), comparisons: [overRandom(0, 0, 0)] }),
    /^it sends everything to one tier/,
    ["train"],
    [],
  ],
  ["finds no gap", policyResult({ figures: figures({ gapRecovered: 0 }) }), /not swapped/, [], ["active: cheap"]],
  [
    "is worse than random",
    policyResult({ evidence: "worse", comparisons: [overRandom(0.1, 0.05, 0.15)] }),
    /^do not use it/,
    ["train"],
    ["active: cheap"],
  ],
  [
    "is ahead, and not provably",
    policyResult({ comparisons: [overRandom(-0.02, -0.06, 0.02)] }),
    /about 3,000 more labels would show it/,
    ["train"],
    ["active: cheap"],
  ],
  [
    "is hardly ahead",
    policyResult({ comparisons: [overRandom(-0.001, -0.04, 0.04)] }),
    /more labels will hardly change/,
    ["train"],
    ["active: cheap"],
  ],
  [
    "is behind, and not provably",
    policyResult({ comparisons: [overRandom(0.02, -0.02, 0.06)] }),
    /more labels will hardly change/,
    ["train"],
    ["active: cheap"],
  ],
  [
    "is beaten by one tier",
    policyResult({
      evidence: "better",
      comparisons: [overRandom(-0.1, -0.15, -0.05)],
      single: { tier: "strong", baseline: "all-strong", figure: "quality", difference: estimate(-0.1), evidence: "worse", sentence: "" },
    }),
    /^send everything to strong: it does better/,
    [],
    ["active: only strong"],
  ],
  [
    "routes",
    policyResult({ evidence: "better", comparisons: [overRandom(-0.1, -0.15, -0.05)] }),
    /^use it: put this into sluice\.yaml/,
    ["check", "top"],
    ["active: v7"],
  ],
  [
    "routes, and length better",
    policyResult({
      evidence: "better",
      comparisons: [overRandom(-0.1, -0.15, -0.05), comparison("length", "misroute", 0.1, 0.05, 0.15)],
    }),
    /^length alone routes better/,
    ["again --sweep"],
    ["active: byLength"],
  ],
])("of a policy that %s", (_, policy, what, commands, config) => {
  expect(stepsOf(policy)).toEqual([{ policies: ["v7"], what: expect.stringMatching(what), commands, config }]);
});

test("steps that say the same are told once, for all their policies", () => {
  const few = withConfusion(20, 10);
  expect(stepsOf(few, { ...few, name: "v1" }).map(({ policies }) => policies)).toEqual([["v7", "v1"]]);
});
