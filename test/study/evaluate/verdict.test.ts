import { describe, expect, test } from "vitest";
import { comparisonsOf, decidingFigure, evidenceOf } from "../../../src/study/evaluate/comparison.ts";
import { hundredths, percent } from "../../../src/study/evaluate/figure-text.ts";
import { goalsOf } from "../../../src/study/evaluate/goals.ts";
import { judge } from "../../../src/study/evaluate/judge.ts";
import type { Baseline, Comparison } from "../../../src/study/evaluate/result.ts";
import { type Findings, verdictOf } from "../../../src/study/evaluate/verdict.ts";
import { comparison, estimate, figures } from "./results.ts";

const baselines: readonly Baseline[] = [
  { name: "random", weakShare: 0.68, misroute: 0.41, quality: 0.6, gapRecovered: 0.32, apgr: 0.5, costPer1000: undefined },
];

function twoOutcomes(gapRecovered: number, ...comparisons: Comparison[]): Findings {
  return {
    figures: figures({ gapRecovered, weakShare: estimate(0.68) }),
    baselines,
    comparisons,
    graded: false,
    trainedOn: 0,
    truth: "scores",
    single: undefined,
  };
}

describe("the verdict on two outcomes with scores", () => {
  const overRandom = comparison("random", "gapRecovered", 0.09, 0.06, 0.12);
  const BETTER = "recovers 41 % of the gap at 68 % weak, 9 points more than random [6–12]";

  test.each<[string, Findings]>([
    [
      "recovers 31 % of the gap at 68 % weak; random would recover 32 %: no evidence that it routes",
      twoOutcomes(0.31, comparison("random", "gapRecovered", -0.01, -0.04, 0.02), comparison("length", "gapRecovered", -0.2, -0.3, -0.1)),
    ],
    [
      `${BETTER} and 5 points more than length [2–8]: it routes`,
      twoOutcomes(0.41, overRandom, comparison("length", "gapRecovered", 0.05, 0.02, 0.08)),
    ],
    [
      `${BETTER}: it routes, but not provably better than length (2 points more [-1–5])`,
      twoOutcomes(0.41, overRandom, comparison("length", "gapRecovered", 0.02, -0.01, 0.05)),
    ],
    [
      `${BETTER}, but 5 points less than length [2–8]: it routes, and length alone routes better`,
      twoOutcomes(0.41, overRandom, comparison("length", "gapRecovered", -0.05, -0.08, -0.02)),
    ],
    [
      "recovers 20 % of the gap at 68 % weak, 12 points less than random [9–15]: it routes worse than random",
      twoOutcomes(0.2, comparison("random", "gapRecovered", -0.12, -0.15, -0.09)),
    ],
    ["strong is no better than weak on these rows: there is no gap to recover", twoOutcomes(0)],
  ])("is: %s", (sentence, findings) => {
    expect(verdictOf(findings)).toBe(sentence);
  });

  test("says that there are few rows where that may be why nothing is found", () => {
    const findings = twoOutcomes(0.31, comparison("random", "gapRecovered", 0.1, -0.1, 0.3));
    expect(verdictOf({ ...findings, figures: { ...findings.figures, rows: 120 } })).toMatch(
      /no evidence that it routes \(only 120 rows\)$/,
    );
  });

  test.each([
    [1, "sends everything to weak: there is no routing to judge"],
    [0, "sends everything to strong: there is no routing to judge"],
  ])("judges no routing where %d of the rows go to weak", (share, sentence) => {
    const findings = twoOutcomes(0.31, comparison("random", "gapRecovered", 0, 0, 0));
    expect(verdictOf({ ...findings, figures: { ...findings.figures, weakShare: estimate(share) } })).toBe(sentence);
  });
});

describe("the verdict on scores that order the rows", () => {
  const findings: Findings = {
    figures: figures({ gapRecovered: 0.45, apgr: 0.648, weakShare: estimate(0.68) }),
    baselines,
    comparisons: [comparison("random", "apgr", 0.148, 0.121, 0.175), comparison("length", "apgr", 0.077, 0.049, 0.105)],
    graded: true,
    truth: "scores",
    trainedOn: 0,
    single: undefined,
  };

  const AREA = "recovers 45 % of the gap at 68 % weak; over all thresholds APGR is 0.648";

  test("is on the area under the curve", () => {
    expect(verdictOf(findings)).toBe(`${AREA}, 15 points more than random [12–18] and 7.7 points more than length [4.9–11]: it routes`);
  });

  test.each([
    [20, `${AREA}, 15 points more than random`],
    [21, "was trained on 21 of these 1000 rows: its figures say nothing, evaluate it on others"],
  ])("is refused where the policy was trained on more than a few of the rows: %d of 1,000", (trainedOn, front) => {
    const sentence = verdictOf({ ...findings, figures: { ...findings.figures, rows: 1000 }, trainedOn });
    expect(sentence.startsWith(front)).toBe(true);
  });

  test("says when the policy goes by the length", () => {
    const comparisons = [comparison("random", "apgr", 0.07, 0.03, 0.12), comparison("length", "apgr", 0, -1e-17, 1e-17)];
    expect(verdictOf({ ...findings, comparisons })).toMatch(/more than random \[3–12\]: it routes, just as length does$/);
  });

  test("finds nothing where the interval reaches random's 0.500", () => {
    expect(verdictOf({ ...findings, comparisons: [comparison("random", "apgr", 0.01, -0.02, 0.04)] })).toBe(
      `${AREA}; random has 0.500: no evidence that it routes`,
    );
  });
});

describe("the verdict on labels", () => {
  const findings: Findings = {
    figures: figures({ misroute: estimate(0.042), weakShare: estimate(0.68) }),
    baselines,
    comparisons: [comparison("random", "misroute", -0.37, -0.4, -0.34), comparison("length", "misroute", -0.05, -0.08, -0.02)],
    graded: false,
    truth: "labels",
    trainedOn: 0,
    single: undefined,
  };

  test("counts misroutes, of which fewer is better", () => {
    expect(verdictOf(findings)).toBe(
      "misroutes 4.2 % at 68 % weak, 37 points fewer than random [34–40] and 5 points fewer than length [2–8]: it routes",
    );
  });

  test("finds nothing, or worse than random", () => {
    expect(verdictOf({ ...findings, comparisons: [comparison("random", "misroute", 0.01, -0.02, 0.04)] })).toBe(
      "misroutes 4.2 % at 68 % weak; random would misroute 41 %: no evidence that it routes",
    );
    expect(verdictOf({ ...findings, comparisons: [comparison("random", "misroute", 0.1, 0.07, 0.13)] })).toBe(
      "misroutes 4.2 % at 68 % weak, 10 points more than random [7–13]: it routes worse than random",
    );
  });
});

describe("what decides", () => {
  test.each([
    [true, "scores", "apgr"],
    [false, "scores", "gapRecovered"],
    [true, "labels", "misroute"],
    [false, "labels", "misroute"],
  ] as const)("graded %s with %s: %s", (graded, truth, figure) => {
    expect(decidingFigure(graded, truth)).toBe(figure);
  });

  test("stands first among the comparisons; labels are compared by misroutes alone", () => {
    const rows = 40;
    const sample = {
      rows,
      weak: new Float64Array(rows),
      gains: new Float64Array(rows).map((_, at) => (at < 20 ? 1 : 0)),
      chars: new Uint32Array(rows).fill(1),
      policies: [{ scores: new Float32Array(rows).map((_, at) => -at), tiers: new Uint8Array(rows).map((_, at) => (at < 15 ? 1 : 0)) }],
    };
    const policy = judge(sample, { seed: 1, resamples: 50, shares: [] }).policies[0] as ReturnType<typeof judge>["policies"][0];
    const named = (graded: boolean, truth: "scores" | "labels") =>
      comparisonsOf(policy, graded, truth).map((one) => `${one.figure} ${one.with} ${evidenceOf(one)}`);
    expect(named(true, "scores")).toEqual([
      "apgr random better",
      "apgr length better",
      "gapRecovered random better",
      "gapRecovered length better",
      "misroute random better",
      "misroute length better",
    ]);
    expect(named(false, "scores")[0]).toBe("gapRecovered random better");
    expect(named(true, "labels")).toEqual(["misroute random better", "misroute length better"]);
  });

  test("is no evidence where a policy is the baseline, but for rounding", () => {
    expect(evidenceOf(comparison("length", "apgr", 1e-16, 1e-17, 1e-16))).toBe("none");
    expect(evidenceOf(undefined)).toBe("none");
  });
});

describe("the goals", () => {
  test.each([
    [0.05, 0.6, true, true, "misroutes 5 % (goal: at most 5 %) at 60 % weak (goal: 60 to 70 %): both met"],
    [
      0.042,
      0.3,
      true,
      false,
      "misroutes 4.2 % (goal: at most 5 %) at 30 % weak (goal: 60 to 70 %): not met, few misroutes with little weak save nothing",
    ],
    [0.02, 0.82, true, false, "misroutes 2 % (goal: at most 5 %) at 82 % weak (goal: 60 to 70 %): not met, more goes to weak than planned"],
    [0.31, 0.68, false, true, "misroutes 31 % (goal: at most 5 %) at 68 % weak (goal: 60 to 70 %): not met, too many misroutes"],
    [0.0504, 0.6, false, true, "misroutes 5.04 % (goal: at most 5 %) at 60 % weak (goal: 60 to 70 %): not met, too many misroutes"],
    [0.31, 0.5, false, false, "misroutes 31 % (goal: at most 5 %) at 50 % weak (goal: 60 to 70 %): neither met"],
  ])("of %d misroutes at %d weak are judged together", (misroute, weakShare, misrouteMet, shareMet, sentence) => {
    expect(goalsOf(figures({ misroute: estimate(misroute), weakShare: estimate(weakShare) }))).toEqual({ misrouteMet, shareMet, sentence });
  });
});

describe("figures in sentences", () => {
  test.each([
    [0.3149, "31"],
    [0.0421, "4.2"],
    [0.05, "5"],
    [0.0996, "10"],
    [-0.012, "-1.2"],
    [-0.0001, "0"],
    [1, "100"],
  ])("show %d as %s hundredths", (fraction, text) => {
    expect(hundredths(fraction)).toBe(text);
    expect(percent(fraction)).toBe(`${text} %`);
  });
});
