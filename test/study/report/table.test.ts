import { expect, test } from "vitest";
import type { EvaluationResult, PolicyResult, SingleTier, Slice } from "../../../src/study/evaluate/result.ts";
import { tableReport } from "../../../src/study/report/table.ts";

const estimate = (value: number, low = value, high = value) => ({ value, low, high });

const slice = (name: string, rows: number): Slice => ({
  name,
  rows,
  weakShare: 0.5,
  misroute: estimate(0.25, 0.2, 0.3),
  gapRecovered: estimate(0.5, -0.25, 1),
  apgr: undefined,
});

const POLICY: PolicyResult = {
  name: "v7",
  id: "main@v7",
  figures: {
    rows: 1313,
    weakShare: estimate(0.7806, 0.7597, 0.805),
    labels: {
      confusion: { truePositives: 53, falsePositives: 235, falseNegatives: 189, trueNegatives: 836 },
      precision: estimate(0.184, 0.141, 0.23),
      recall: estimate(0.219, 0.163, 0.267),
      f1: undefined,
      misroute: estimate(0.3229, 0.2974, 0.3462),
      falseNegativeRate: estimate(0.144, 0.126, 0.164),
      falsePositiveRate: estimate(0.179, 0.157, 0.201),
    },
    scores: {
      quality: estimate(0.718, 0.691, 0.74),
      qualityKept: estimate(0.863, 0.837, 0.888),
      gapRecovered: estimate(0.227, 0.154, 0.295),
      apgr: estimate(0.504, 0.472, 0.531),
      strongFor50: estimate(0.495, 0.457, 0.533),
      strongFor80: undefined,
    },
    costPer1000: 1.17,
  },
  baselines: [
    { name: "all-weak", weakShare: 1, misroute: 0.184, quality: 0.685, gapRecovered: 0, apgr: undefined, costPer1000: 0.04 },
    { name: "all-strong", weakShare: 0, misroute: 0.816, quality: 0.832, gapRecovered: 1, apgr: undefined, costPer1000: 4.81 },
    { name: "random", weakShare: 0.7806, misroute: 0.323, quality: 0.717, gapRecovered: 0.219, apgr: 0.5, costPer1000: 1.09 },
    { name: "length", weakShare: 0.7806, misroute: 0.323, quality: 0.718, gapRecovered: 0.227, apgr: 0.571, costPer1000: 1.18 },
  ],
  comparisons: [],
  trainedOn: 0,
  moved: 0,
  evidence: "none",
  verdict: "recovers 23 % of the gap at 78 % weak; random would recover 22 %: no evidence that it routes",
  single: {
    tier: "weak",
    baseline: "all-weak",
    figure: "quality",
    difference: { value: 0.033, low: 0.012, high: 0.052 },
    evidence: "better",
    sentence: "weak alone has a quality of 0.685, 3.3 points less [1.2–5.2] than the policy: the policy is better",
  },
  goals: {
    misrouteMet: false,
    shareMet: false,
    sentence: "misroutes 32 % (goal: at most 5 %) at 78 % weak (goal: 60 to 70 %): neither met",
  },
  byGroup: [slice("law", 50), slice("moral scenarios", 1200)],
  byLanguage: [slice("latin", 1313)],
  curve: [],
  keywords: [],
  calibration: [],
  worst: [],
  robust: [],
};

const RESULT: EvaluationResult = {
  files: ["mmlu.jsonl.gz"],
  rows: 1313,
  skipped: 0,
  truth: "scores",
  neededStrong: 0.184,
  allWeakQuality: 0.685,
  allStrongQuality: 0.832,
  resamples: 1000,
  seed: 1,
  warnings: ["1 of 2 groups has few rows"],
  policies: [POLICY],
  sweep: [],
  gate: [],
};

test("scores: whether it routes stands first, the figures beside their baselines below, then the parts", () => {
  expect(tableReport(RESULT)).toBe(`Data  mmlu.jsonl.gz
      1,313 rows with scores; 18.4 % need strong; quality 0.685 all weak, 0.832 all strong

Does it route?
  NO EVIDENCE  v7  recovers 23 % of the gap at 78 % weak; random would recover 22 %: no evidence that it routes

warning: 1 of 2 groups has few rows

v7 (main@v7)
                           weak %   misroute %         FN %         FP %       kept %        gap %         APGR  $/1,000
  v7                         78.1         32.3         14.4         17.9         86.3         22.7         .504     1.17
    95 % interval     [76.0–80.5]  [29.7–34.6]  [12.6–16.4]  [15.7–20.1]  [83.7–88.8]  [15.4–29.5]  [.472–.531]
  random, same share         78.1         32.3                                   86.2         21.9         .500     1.09
  length, same share         78.1         32.3                                   86.3         22.7         .571     1.18
  all weak                    100         18.4                                   82.3          0.0            –     0.04
  all strong                  0.0         81.6                                    100          100            –     4.81
  precision 18.4 % [14.1–23.0], recall 21.9 % [16.3–26.7], F1 –, quality 0.718 [.691–.740]
  strong needed: 49.5 % [45.7–53.3] for half of the gap, – for 80 % of it
  one tier: weak alone has a quality of 0.685, 3.3 points less [1.2–5.2] than the policy: the policy is better
  goals: misroutes 32 % (goal: at most 5 %) at 78 % weak (goal: 60 to 70 %): neither met

v7, by group
                    rows  weak %  misroute %               gap %               APGR
  moral scenarios  1,200    50.0        25.0  [20.0–30.0]   50.0  [-25.0–100]     –
  law                 50    50.0        25.0  [20.0–30.0]   50.0  [-25.0–100]     –
`);
});

test("a policy that beats a coin and is beaten by one tier alone is told so first", () => {
  const single = { ...(POLICY.single as SingleTier), evidence: "worse" as const };
  const text = tableReport({ ...RESULT, policies: [{ ...POLICY, evidence: "better", single }] });
  expect(text).toContain("\n  YES, BUT     v7  recovers");
  expect(tableReport({ ...RESULT, policies: [{ ...POLICY, evidence: "better" }] })).toContain("\n  YES          v7  recovers");
});

test("labels: precision, recall and F1 take the place of quality and gap; without prices there is no column of costs", () => {
  const { labels, weakShare } = POLICY.figures;
  const policy: PolicyResult = {
    ...POLICY,
    id: "v7",
    figures: { rows: 1313, labels, weakShare, scores: undefined, costPer1000: undefined },
    baselines: POLICY.baselines.map((each) => ({
      ...each,
      quality: undefined,
      gapRecovered: undefined,
      apgr: undefined,
      costPer1000: undefined,
    })),
    byGroup: [],
  };
  const result: EvaluationResult = {
    ...RESULT,
    truth: "labels",
    allWeakQuality: undefined,
    allStrongQuality: undefined,
    warnings: [],
    policies: [policy],
  };
  const text = tableReport(result);
  expect(text).toContain("1,313 rows with labels; 18.4 % need strong\n");
  expect(text).toContain(`
v7
                           weak %   misroute %         FN %         FP %  precision %     recall %  F1 %
  v7                         78.1         32.3         14.4         17.9         18.4         21.9     –
    95 % interval     [76.0–80.5]  [29.7–34.6]  [12.6–16.4]  [15.7–20.1]  [14.1–23.0]  [16.3–26.7]
  random, same share         78.1         32.3
`);
  expect(text).not.toContain("strong needed:");
});

test("each kind of evidence has its word, and names stand under each other", () => {
  const policies = (["better", "none", "worse"] as const).map((evidence, at) => ({
    ...POLICY,
    name: "p".repeat(at + 1),
    evidence,
    verdict: "so",
  }));
  expect(tableReport({ ...RESULT, policies })).toContain("  YES          p    so\n  NO EVIDENCE  pp   so\n  NO, WORSE    ppp  so\n");
});

test("a gate that failed says how far, and each condition with its figure", () => {
  const gate = [
    { condition: "misroute<=0.5", policy: "v7", met: true, figure: "misroute 0.31 [0.29–0.33]" },
    { condition: "better-than=random", policy: "v7", met: false, figure: "gap-recovered less random's 0.01 [-0.05–0.06]" },
  ];
  expect(tableReport({ ...RESULT, gate })).toContain(`
Gate: FAILED, 1 of 2 conditions not met
  met      v7  misroute<=0.5       misroute 0.31 [0.29–0.33]
  NOT MET  v7  better-than=random  gap-recovered less random's 0.01 [-0.05–0.06]
`);
  expect(tableReport({ ...RESULT, gate: gate.slice(0, 1) })).toContain("Gate: passed\n");
});

test("a sweep shows its front alone, most weak first, settings that come to the same once, and at most twenty", () => {
  const point = (setting: string, weakShare: number, onFront = true) => ({
    policy: "v7",
    setting,
    weakShare,
    misroute: 0.2,
    gapRecovered: 1 - weakShare,
    costPer1000: undefined,
    onFront,
  });
  const few = tableReport({ ...RESULT, sweep: [point("a", 0.2), point("b", 0.9), point("same as b", 0.9), point("c", 0.5, false)] });
  expect(few).toContain(`
Sweep: 2 of 4 settings are on the front (none is both cheaper and better)
  policy  setting  weak %  misroute %  gap %  $/1,000
  v7      b          90.0        20.0   10.0        –
  v7      a          20.0        20.0   80.0        –
`);
  const many = tableReport({ ...RESULT, sweep: Array.from({ length: 100 }, (_, at) => point(`s${at}`, at / 100)) });
  expect(many).toContain("Sweep: 100 of 100 settings are on the front (none is both cheaper and better), 20 of them shown\n");
  expect(many.match(/^ {2}v7 +s\d+/gm)).toHaveLength(20);
  expect(many).toMatch(/^ {2}v7 +s99 /m);
  expect(many).toMatch(/^ {2}v7 +s0 /m);
});

test("of many groups the largest are shown, and how many more there are", () => {
  const byGroup = Array.from({ length: 40 }, (_, at) => slice(`g${at}`, at + 1));
  const text = tableReport({ ...RESULT, policies: [{ ...POLICY, byGroup }] });
  expect(text.match(/^ {2}g\d+/gm)).toHaveLength(12);
  expect(text).toContain("  g39 ");
  expect(text).toContain("and 28 smaller: --json and --html have them all");
});

test("of a long name the end is shown, which tells a model file from others", () => {
  const text = tableReport({ ...RESULT, policies: [{ ...POLICY, name: "learned:models/2026/week-12.json" }] });
  expect(text).toContain("  NO EVIDENCE  …odels/2026/week-12.json  recovers");
  expect(text).toContain("\n  …2026/week-12.json ");
});

test("no line is longer than 120 characters, whatever the names and sentences", () => {
  const long = "a-very-long-name-of-something ".repeat(8).trim();
  const policy = {
    ...POLICY,
    name: long,
    id: `${long}@12345678`,
    verdict: long,
    goals: { ...POLICY.goals, sentence: long },
    byGroup: [slice(long, 10), slice("b", 9)],
  };
  const sweep = [
    { policy: long, setting: long, weakShare: 0.123, misroute: 0.123, gapRecovered: 0.123, costPer1000: 1234.5, onFront: true },
  ];
  const gate = [{ condition: "precision>=0.12345", policy: long, met: false, figure: "precision 0.1234 [0.1234–0.1234]" }];
  const text = tableReport({
    ...RESULT,
    files: [long, long, long, long],
    skipped: 12345,
    warnings: [long],
    policies: [policy],
    sweep,
    gate,
  });
  expect(text.split("\n").filter((line) => [...line].length > 120)).toEqual([]);
  expect(text).toContain("and 1 more files");
});
