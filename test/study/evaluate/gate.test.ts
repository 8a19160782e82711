import { describe, expect, test } from "vitest";
import { type GateCondition, parseGate } from "../../../src/study/evaluate/gate.ts";
import { gateChecks } from "../../../src/study/evaluate/gate-checks.ts";
import type { PolicyResult } from "../../../src/study/evaluate/result.ts";
import { comparison, estimate, figures, policyResult } from "./results.ts";

describe("a gate", () => {
  test("is read condition by condition, as it was written", () => {
    expect(parseGate("misroute<=0.05, weak-share=0.6..0.7,APGR >= 60%,cost-per-1000<5,f1>.5,better-than=random")).toEqual({
      kind: "gate",
      conditions: [
        { text: "misroute<=0.05", kind: "limit", figure: "misroute", operator: "<=", limit: 0.05 },
        { text: "weak-share=0.6..0.7", kind: "range", figure: "weak-share", least: 0.6, most: 0.7 },
        { text: "APGR >= 60%", kind: "limit", figure: "apgr", operator: ">=", limit: 0.6 },
        { text: "cost-per-1000<5", kind: "limit", figure: "cost-per-1000", operator: "<", limit: 5 },
        { text: "f1>.5", kind: "limit", figure: "f1", operator: ">", limit: 0.5 },
        { text: "better-than=random", kind: "better-than", baseline: "random" },
      ],
    });
  });

  test.each([
    ["", 'the condition "": write a figure, an operator'],
    ["misroute", 'the condition "misroute": write a figure, an operator (<=, >=, <, >, =) and a number'],
    ["misroute<=0.05,", 'the condition "": '],
    ["misrouted<=0.05", 'no figure is called "misrouted"; there are misroute, fn, fp,'],
    ["misroute<=low", '"low" is no number'],
    ["misroute<=", '"" is no number'],
    ["misroute<=1e-2", '"1e-2" is no number'],
    ["misroute==0.05", '"=" takes a range, as in "misroute=0.6..0.7"'],
    ["weak-share=0.6", '"=" takes a range'],
    ["weak-share=0.6..", '"=" takes a range'],
    ["weak-share=0.1..0.2..0.3", '"=" takes a range'],
    ["weak-share=0.7..0.6", "the range 0.7..0.6 is empty"],
    ["misroute<=5", "misroute lies from 0 to 1, 5 does not: did you mean 5 % (0.05)?"],
    ["fn<7.5", "did you mean 7.5 % (0.075)?"],
    ["weak-share=60..70", "did you mean 60 % (0.6)?"],
    ["weak-share=0.6..70", "did you mean 70 % (0.7)?"],
    ["apgr>=60", "did you mean 60 % (0.6)?"],
    ["quality-kept>=95", "did you mean 95 % (0.95)?"],
    ["misroute<=-0.1", "misroute lies from 0 to 1, -0.1 does not"],
    ["misroute<=500%", "misroute lies from 0 to 1, 500% does not"],
    ["cost-per-1000<=-1", "cost-per-1000 lies at 0 or above, -1 does not"],
    ["cost-per-1000<=5%", "cost-per-1000 is in US dollars"],
    ["misroute<=1", "it can never fail"],
    ["weak-share>=0", "it can never fail"],
    ["weak-share=0..1", "it can never fail"],
    ["misroute<0", "it can never pass"],
    ["recall>100%", "it can never pass"],
    ["weak-share>=0.7,weak-share<=0.6", 'the conditions "weak-share>=0.7" and "weak-share<=0.6": no value meets both'],
    ["better-than=chance", 'write "better-than=random" or "better-than=length" or "better-than=single"'],
    ["better-than>=random", 'write "better-than=random" or "better-than=length" or "better-than=single"'],
  ])("of %j is refused with the reason", (text, reason) => {
    const gate = parseGate(text);
    expect(gate.kind === "wrong" ? gate.problem : "taken").toContain(reason);
  });
});

test.each([
  ["misroute<=5%", [Number.NEGATIVE_INFINITY, 0.05]],
  ["weak-share=60%..70%", [0.6, 0.7]],
  ["weak-share=60..70%", [0.6, 0.7]],
])("%s is a percentage of each bound", (text, [least, most]) => {
  const gate = parseGate(text);
  const [condition] = gate.kind === "gate" ? gate.conditions : [];
  if (condition?.kind === "range") expect([condition.least, condition.most]).toEqual([least, most]);
  else expect(condition).toMatchObject({ limit: most });
});

function check(text: string, policy: PolicyResult) {
  const gate = parseGate(text);
  return gateChecks(gate.kind === "gate" ? gate.conditions : ([] as readonly GateCondition[]), [policy])[0];
}

describe("a gate's checks", () => {
  const policy = policyResult({
    name: "v7",
    figures: figures({
      misroute: estimate(0.0512, 0.04, 0.06),
      weakShare: estimate(0.7, 0.68, 0.72),
      precision: undefined,
      costPer1000: 5.8,
    }),
  });

  test.each([
    ["misroute<=0.0512", true, "misroute 0.0512 [0.04–0.06]"],
    ["misroute<0.0512", false, "misroute 0.0512 [0.04–0.06]"],
    ["misroute<=0.05", false, "misroute 0.0512 [0.04–0.06]"],
    ["misroute>=0.0512", true, "misroute 0.0512 [0.04–0.06]"],
    ["misroute>0.05", true, "misroute 0.0512 [0.04–0.06]"],
    ["misroute>0.0512", false, "misroute 0.0512 [0.04–0.06]"],
    ["weak-share=0.6..0.7", true, "weak-share 0.7 [0.68–0.72]"],
    ["weak-share=0.71..0.8", false, "weak-share 0.7 [0.68–0.72]"],
    ["cost-per-1000<=5.8", true, "cost-per-1000 5.8"],
    ["precision>=0", false, "precision is undefined: nothing went to strong"],
    ["apgr>=0.6", false, "apgr is undefined: it takes rows with scores on which strong is better than weak"],
    ["quality>=0.6", false, "quality is undefined: it takes rows with scores"],
  ])("hold %s against the figure: %s", (text, met, figure) => {
    expect(check(text, policy)).toEqual({ condition: text, policy: "v7", met, figure });
  });

  test("hold the share against a limit it only misses by rounding", () => {
    const share = estimate(1 - 0.4 - 1e-16, 0.5, 0.7);
    expect(check("weak-share=0.6..0.7", policyResult({ figures: figures({ weakShare: share }) }))?.met).toBe(true);
  });

  test.each([
    [comparison("random", "apgr", 0.1, 0.05, 0.15), true],
    [comparison("random", "apgr", 0.1, -0.01, 0.15), false],
    [comparison("random", "apgr", -0.1, -0.2, -0.05), false],
    [comparison("random", "misroute", -0.1, -0.2, -0.05), true],
    [comparison("random", "misroute", 0.1, 0.05, 0.2), false],
  ])("judge better-than by the interval of the difference (%#)", (difference, met) => {
    expect(check("better-than=random", policyResult({ comparisons: [difference] }))?.met).toBe(met);
  });

  test.each([
    ["better", true],
    ["none", false],
    ["worse", false],
  ] as const)("judge better-than=single by the evidence against the best single tier: %s", (evidence, met) => {
    const single = { tier: "weak", baseline: "all-weak", figure: "misroute", difference: estimate(0.1), sentence: "" } as const;
    expect(check("better-than=single", policyResult({ single: { ...single, evidence } }))?.met).toBe(met);
    expect(check("better-than=single", policyResult({ single: undefined }))?.met).toBe(false);
  });

  test("judge better-than by the deciding figure, which stands first", () => {
    const comparisons = [
      comparison("random", "apgr", 0.01, -0.1, 0.1),
      comparison("length", "apgr", 0.1, 0.05, 0.15),
      comparison("random", "gapRecovered", 0.2, 0.1, 0.3),
      comparison("length", "gapRecovered", 0, -0.1, 0.1),
    ];
    expect(check("better-than=random", policyResult({ comparisons }))?.met).toBe(false);
    expect(check("better-than=length", policyResult({ comparisons }))).toMatchObject({
      met: true,
      figure: "apgr less length's 0.1 [0.05–0.15]",
    });
    expect(check("better-than=random", policyResult({ comparisons: [] }))).toMatchObject({
      met: false,
      figure: "no comparison with random on these rows",
    });
  });

  test("are made for every policy and condition", () => {
    const gate = parseGate("misroute<=0.05,fn<=0.1");
    const checks = gateChecks(gate.kind === "gate" ? gate.conditions : [], [policyResult({ name: "a" }), policyResult({ name: "b" })]);
    expect(checks.map((one) => `${one.policy} ${one.condition}`)).toEqual([
      "a misroute<=0.05",
      "a fn<=0.1",
      "b misroute<=0.05",
      "b fn<=0.1",
    ]);
  });
});
