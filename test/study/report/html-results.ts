// Evaluation results for the tests of the page: two ordinary policies, and what can go wrong around them.
import type {
  Baseline,
  CurvePoint,
  EvaluationResult,
  KeywordEffect,
  Misroute,
  PolicyResult,
  Slice,
} from "../../../src/study/evaluate/result.ts";

export const estimate = (value: number, width = 0.04) => ({ value, low: value - width, high: value + width });
const point = (value: number) => ({ value, low: value, high: value });

export const slice = (name: string, rows: number, at = 0): Slice => ({
  name,
  rows,
  weakShare: 0.5,
  misroute: estimate(0.2 + (at % 7) / 20, 0.1),
  gapRecovered: at % 5 === 0 ? undefined : estimate(0.4, 3),
  apgr: at % 5 === 0 ? undefined : estimate(0.55, 0.2),
});

function curve(bend: number): readonly CurvePoint[] {
  return Array.from({ length: 101 }, (_, at) => {
    const gapRecovered = (at / 100) ** bend;
    const width = 0.3 * gapRecovered * (1 - gapRecovered);
    return { strongShare: at / 100, gapRecovered, low: gapRecovered - width, high: gapRecovered + width };
  });
}

const BASELINES: readonly Baseline[] = [
  { name: "all-weak", weakShare: 1, misroute: 0.184, quality: 0.685, gapRecovered: 0, apgr: undefined, costPer1000: 0.04 },
  { name: "all-strong", weakShare: 0, misroute: 0.816, quality: 0.832, gapRecovered: 1, apgr: undefined, costPer1000: 4.81 },
  { name: "random", weakShare: 0.78, misroute: 0.323, quality: 0.717, gapRecovered: 0.22, apgr: 0.5, costPer1000: 1.09 },
  { name: "length", weakShare: 0.78, misroute: 0.323, quality: 0.718, gapRecovered: 0.27, apgr: 0.571, costPer1000: 1.18 },
];

const KEYWORDS: readonly KeywordEffect[] = [
  { keyword: "refactor", found: 0, decisive: 0, helped: 0, hurt: 0, misrouteChange: 0 },
  { keyword: "design", found: 15, decisive: 9, helped: 1, hurt: 8, misrouteChange: -0.0053 },
  { keyword: "prove", found: 12, decisive: 11, helped: 10, hurt: 1, misrouteChange: 0.0069 },
  { keyword: "性能优化", found: 4, decisive: 2, helped: 1, hurt: 1, misrouteChange: 0 },
];

export const misroute = (excerpt: string, kind: Misroute["kind"] = "FN"): Misroute => ({
  place: "mmlu.jsonl.gz:233",
  kind,
  excerpt,
  reason: "under-thresholds",
  score: 0.0524899,
  loss: kind === "FN" ? 1 : 0,
});

export const THRESHOLD: PolicyResult = {
  name: "v7",
  id: "threshold@v7",
  figures: {
    rows: 1313,
    weakShare: estimate(0.78),
    labels: {
      confusion: { truePositives: 53, falsePositives: 235, falseNegatives: 189, trueNegatives: 836 },
      precision: estimate(0.184),
      recall: estimate(0.219),
      f1: estimate(0.2),
      misroute: estimate(0.323),
      falseNegativeRate: estimate(0.144),
      falsePositiveRate: estimate(0.179),
    },
    scores: {
      quality: estimate(0.718),
      qualityKept: estimate(0.863),
      gapRecovered: estimate(0.227, 0.07),
      apgr: estimate(0.504),
      strongFor50: estimate(0.495),
      strongFor80: undefined,
    },
    costPer1000: 1.17,
  },
  baselines: BASELINES,
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
  byGroup: [slice("law", 50, 1), slice("moral scenarios", 1200, 2), slice("virology", 63, 5)],
  byLanguage: [slice("latin", 1300, 1), slice("han", 13, 2)],
  curve: curve(0.97),
  keywords: KEYWORDS,
  calibration: [],
  worst: [misroute("What is the worldwide prevalence of obesity?"), misroute("Design a cache.", "FP")],
  robust: [],
};

export const LEARNED: PolicyResult = {
  ...THRESHOLD,
  name: "learned:models/week-12.json",
  id: "learned@d55a6a36",
  evidence: "better",
  verdict: "recovers 54 % of the gap at 65 % weak; over all thresholds APGR is 0.634, 13 points more than random [9.2–18]: it routes",
  curve: curve(0.6),
  keywords: [],
  calibration: Array.from({ length: 10 }, (_, at) => ({ rows: 131, predicted: 0.05 + at / 12, observed: 0.08 + at / 14 })),
};

const SWEEP = Array.from({ length: 60 }, (_, at) => ({
  policy: at % 2 === 0 ? "v7" : "length",
  setting: `maxChars ${100 * at}`,
  weakShare: at / 60,
  misroute: 0.3,
  gapRecovered: 1 - at / 60 - (at % 3) / 20,
  costPer1000: 4 - at / 20,
  onFront: at % 3 === 0,
}));

export const SCORES: EvaluationResult = {
  files: ["mmlu.jsonl.gz"],
  rows: 1313,
  skipped: 2,
  truth: "scores",
  neededStrong: 0.184,
  allWeakQuality: 0.685,
  allStrongQuality: 0.832,
  resamples: 1000,
  seed: 1,
  warnings: ["39 of 45 groups have fewer than 50 rows: their figures are hints, not findings"],
  policies: [THRESHOLD, LEARNED],
  sweep: SWEEP,
  gate: [
    { condition: "misroute<=0.5", policy: "v7", met: true, figure: "misroute 0.323 [0.29–0.35]" },
    { condition: "apgr>=0.6", policy: "v7", met: false, figure: "apgr 0.504 [0.47–0.53]" },
  ],
};

/** Without scores, prices and sweep: what labels alone allow. */
export function labelled(policy: PolicyResult): PolicyResult {
  const baselines = policy.baselines.map(({ name, weakShare, misroute: rate }) => ({
    name,
    weakShare,
    misroute: rate,
    quality: undefined,
    gapRecovered: undefined,
    apgr: undefined,
    costPer1000: undefined,
  }));
  const unscored = (slices: readonly Slice[]) => slices.map((each) => ({ ...each, gapRecovered: undefined, apgr: undefined }));
  return {
    ...policy,
    figures: { ...policy.figures, scores: undefined, costPer1000: undefined },
    baselines,
    byGroup: unscored(policy.byGroup),
    byLanguage: unscored(policy.byLanguage),
  };
}

export const LABELS: EvaluationResult = {
  ...SCORES,
  truth: "labels",
  allWeakQuality: undefined,
  allStrongQuality: undefined,
  policies: [labelled(THRESHOLD), labelled(LEARNED)],
  sweep: SWEEP.map((each) => ({ ...each, gapRecovered: undefined, costPer1000: undefined })),
};

/** One row, which needed weak: next to nothing is defined. */
export const ONE_ROW: EvaluationResult = {
  ...LABELS,
  rows: 1,
  skipped: 0,
  neededStrong: 0,
  warnings: [],
  policies: [
    {
      ...labelled(THRESHOLD),
      figures: {
        rows: 1,
        weakShare: point(1),
        labels: {
          confusion: { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 1 },
          precision: undefined,
          recall: undefined,
          f1: undefined,
          misroute: point(0),
          falseNegativeRate: point(0),
          falsePositiveRate: point(0),
        },
        scores: undefined,
        costPer1000: undefined,
      },
      byGroup: [],
      byLanguage: [{ ...slice("latin", 1), weakShare: 1, misroute: point(0), gapRecovered: undefined, apgr: undefined }],
      curve: [],
      keywords: [],
      worst: [],
    },
  ],
  sweep: [],
  gate: [],
};

/** How a run is told whose every word is one of these. */
const accountOf = (texts: readonly string[]): Pick<EvaluationResult, "about" | "next"> => ({
  about: {
    version: "1.0.0",
    date: "2026-01-31",
    command: texts.join(" "),
    configuration: {
      file: texts[0],
      defaultTier: "strong",
      tiers: texts,
      policies: texts.map((text) => ({ name: text, id: text, settings: { keywords: texts } })),
    },
  },
  next: texts.map((text) => ({ policies: [text], what: text, commands: [text], config: [text] })),
});

const ODD_TEXTS = [
  "a group with a name that is far too long for any chart to show in full, whatever its width",
  "长文本分类与多语言评测数据集的名称也可能非常非常长以至于放不下而必须截断显示",
  "مجموعة من الأسئلة العامة حول التاريخ والجغرافيا والعلوم",
  "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 family 🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉",
  "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
  "line\nbreaks\tand tabs",
  "\u202eoverridden\u202c direction",
  "half a pair \ud83d",
];

/** Many policies and groups, in all scripts, of lengths that fit nowhere; intervals far beyond the axes. */
export const CROWDED: EvaluationResult = {
  ...SCORES,
  ...accountOf([...ODD_TEXTS, "a-word-without-a-place-to-break".repeat(12)]),
  files: Array.from({ length: 9 }, (_, at) => `/data/${"a-long-folder-name/".repeat(6)}week-${at}.jsonl.gz`),
  policies: Array.from({ length: 7 }, (_, at) => ({
    ...(at % 2 === 0 ? THRESHOLD : LEARNED),
    name: `learned:${"models-of-this-year-".repeat(at)}${at}.json`,
    byGroup: Array.from({ length: 60 }, (_, group) => slice(`${ODD_TEXTS[group % ODD_TEXTS.length]} ${group}`, 1000 - group, group)),
    keywords: Array.from({ length: 90 }, (_, word) => ({
      keyword: `${ODD_TEXTS[word % ODD_TEXTS.length]} ${word}`,
      found: 100_000,
      decisive: word,
      helped: word * 1000,
      hurt: (90 - word) * 900,
      misrouteChange: (word - 45) / 90,
    })),
    worst: ODD_TEXTS.map((text) => misroute(text)),
  })),
};

const ATTACKS = [
  `<script>window.injected=1</script>`,
  `<img src=x onerror="window.injected=1">`,
  `"><svg onload="window.injected=1">`,
  `' onmouseover='window.injected=1`,
  `</style></title></details><iframe src="https://example.com/"></iframe>`,
  `&lt;b&gt;]]><!--`,
];

/** Every text that comes from users or their files tries to be markup. */
export const HOSTILE: EvaluationResult = {
  ...SCORES,
  ...accountOf(ATTACKS),
  files: ATTACKS,
  warnings: ATTACKS,
  policies: ATTACKS.map((attack) => ({
    ...THRESHOLD,
    name: attack,
    id: attack,
    verdict: attack,
    goals: { ...THRESHOLD.goals, sentence: attack },
    byGroup: ATTACKS.map((name, at) => slice(name, 50 + at, at)),
    byLanguage: ATTACKS.map((name, at) => slice(name, 50 + at, at)),
    keywords: ATTACKS.map((keyword, at) => ({ keyword, found: 9, decisive: 9, helped: at, hurt: 1, misrouteChange: at / 100 })),
    calibration: LEARNED.calibration,
    worst: ATTACKS.map((text) => ({ ...misroute(text), place: text, reason: text })),
  })),
  sweep: SWEEP.map((each, at) => ({ ...each, policy: ATTACKS[at % ATTACKS.length] ?? "", setting: ATTACKS[at % ATTACKS.length] ?? "" })),
  gate: ATTACKS.map((text) => ({ condition: text, policy: text, met: false, figure: text })),
};
