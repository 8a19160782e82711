// Rows that were drawn with known chances, evaluated: figures of all requests, whatever was drawn more often.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { lengthPolicy } from "../../../src/request/policy/length.ts";
import { type ThresholdSettings, thresholdPolicy } from "../../../src/request/policy/threshold.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { Evaluation, type EvaluationSettings } from "../../../src/study/evaluate/evaluation.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import type { EvaluationResult } from "../../../src/study/evaluate/result.ts";
import { type PolicyOnTrial, trialNeeds } from "../../../src/study/evaluate/trial.ts";
import { draw } from "../../../src/study/sample/draw.ts";
import { designOf } from "../../../src/study/sample/inclusion.ts";

const THRESHOLD: ThresholdSettings = {
  keywords: ["debug"],
  maxChars: 100,
  maxBytes: undefined,
  maxTurns: 3,
  scope: "all",
  under: "weak",
  over: "strong",
};
const more = { threshold: undefined, scoreIsProbability: false };
const POLICIES: readonly PolicyOnTrial[] = [
  { ...more, name: "length", id: "length@1", policy: lengthPolicy({ maxChars: 100, under: "weak", over: "strong", scope: "all" }) },
  { ...more, name: "v7", id: "v7@1", policy: thresholdPolicy(THRESHOLD), threshold: THRESHOLD },
];

function evaluated(examples: readonly Example[], changes: Partial<EvaluationSettings> = {}): EvaluationResult {
  const evaluation = new Evaluation({
    policies: POLICIES,
    scanner: new ChatScanner({ ...trialNeeds(POLICIES), envelopes: [], maxBodyBytes: 1 << 20, isUtf8 }),
    prices: [
      { tier: "weak", inputPerMTok: 0.1, outputPerMTok: 0.1, perHour: undefined },
      { tier: "strong", inputPerMTok: 3, outputPerMTok: 15, perHour: undefined },
    ],
    defaultTier: "strong",
    outputTokens: 100,
    seed: 1,
    resamples: 150,
    sweep: true,
    gate: [],
    ...changes,
  });
  for (const example of examples) {
    const problem = evaluation.add(example);
    if (problem !== undefined) throw new Error(problem);
  }
  return evaluation.result(["rows.jsonl"], 0);
}

interface Request {
  readonly chars: number;
  readonly weak: number;
  readonly strong: number;
}

/** Strong is needed more often where a request is long, and most of all where it is about as long as the threshold. */
function requests(count: number, seed: number): readonly Request[] {
  const random = randomSource(seed);
  for (let warm = 0; warm < 20; warm++) random();
  return Array.from({ length: count }, () => {
    const chars = 5 + Math.floor(295 * random() ** 1.5);
    const need = Math.abs(chars - 100) < 30 ? 0.8 : chars > 100 ? 0.45 : 0.1;
    return { chars, weak: random() < need ? 0 : 1, strong: random() < 0.9 ? 1 : 0 };
  });
}

function exampleOf({ chars, weak, strong }: Request, weight?: number): Example {
  const text = `${chars % 3 === 0 ? "debug" : "plain"} `.padEnd(chars, "x");
  const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content: text }] }));
  const group = chars % 2 === 0 ? "even" : "odd";
  return { body, path: undefined, group, truth: { kind: "scores", weak, strong }, place: "x:1", ...(weight !== undefined && { weight }) };
}

describe("rows that stand for many", () => {
  test("come to what as many rows come to, in every figure, curve, cost, slice and setting", () => {
    const rows = requests(150, 3);
    const times = rows.map((_, at) => 1 + ((at * 7) % 5));
    const weighted = evaluated(rows.map((row, at) => exampleOf(row, times[at])));
    const repeated = evaluated(rows.flatMap((row, at) => Array.from({ length: times[at] ?? 1 }, () => exampleOf(row))));
    expect(weighted.population?.requests).toBe(repeated.rows);
    expect(weighted.neededStrong).toBeCloseTo(repeated.neededStrong, 12);
    expect(weighted.allWeakQuality).toBeCloseTo(repeated.allWeakQuality ?? 0, 12);
    expect(weighted.policies).toHaveLength(2);
    for (const [at, policy] of weighted.policies.entries()) {
      const other = repeated.policies[at];
      expect(valuesOf(policy)).toEqual(valuesOf(other));
      expect(policy.figures.rows).toBe(150);
    }
    const grid = ({ sweep }: EvaluationResult) =>
      rounded(sweep.flatMap((each) => (each.policy === "v7" ? [{ ...each, onFront: true }] : [])));
    expect(grid(weighted)).toEqual(grid(repeated)); // the cuts of a score stand at twentieths of the rows, and these differ
    const [last, other] = [weighted.sweep.at(-1), repeated.sweep.at(-1)];
    expect(rounded(last)).toEqual(rounded(other));
  });

  test("all alike change nothing, intervals included", () => {
    const rows = requests(150, 4);
    const { population, ...weighted } = evaluated(rows.map((row) => exampleOf(row, 4)));
    const plain = evaluated(rows.map((row) => exampleOf(row)));
    expect(population).toEqual({ requests: 600, worth: 150 });
    expect(rounded(weighted.policies.map(({ figures, comparisons }) => ({ figures, comparisons })))).toEqual(
      rounded(plain.policies.map(({ figures, comparisons }) => ({ figures, comparisons }))),
    );
  });

  test("and rows that stand for themselves alone are not mixed with them", () => {
    const evaluation = new Evaluation({
      policies: POLICIES,
      scanner: new ChatScanner({ ...trialNeeds(POLICIES), envelopes: [], maxBodyBytes: 1 << 20, isUtf8 }),
      prices: [],
      defaultTier: "strong",
      outputTokens: 0,
      seed: 1,
      resamples: 1,
      sweep: false,
      gate: [],
    });
    const [row] = requests(1, 1);
    if (row === undefined) throw new Error("a request");
    expect(evaluation.add({ ...exampleOf(row, 2), body: Buffer.from("{}") })).toBeDefined(); // not taken, decides nothing
    expect(() => evaluation.add(exampleOf(row))).toThrow(); // without prices no tier is known
  });
});

describe("a sample that was drawn more often near the threshold", () => {
  const all = requests(4000, 9);
  const truth = evaluated(
    all.map((row) => exampleOf(row)),
    { resamples: 1 },
  );
  const frame = {
    count: all.length,
    like: new Float64Array(all.length).fill(1),
    scores: Float64Array.from(all, ({ chars }) => chars),
    toWeak: Uint8Array.from(all, ({ chars }) => (chars > 100 ? 0 : 1)),
    suspects: new Uint8Array(all.length),
    fresh: new Uint8Array(all.length),
  };
  const design = designOf(frame, 300, false);
  const figure = ({ policies }: EvaluationResult) => policies[0]?.figures.labels.misroute ?? { value: 0, low: 0, high: 0 };

  test("tells the figures of all requests, its intervals hold them, and without the chances it would not", { timeout: 60_000 }, () => {
    const is = figure(truth).value;
    let [held, weighted, plain] = [0, 0, 0];
    const DRAWS = 40;
    for (let seed = 1; seed <= DRAWS; seed++) {
      const drawn = draw(design, seed);
      const rowOf = (at: number) => all[at] ?? { chars: 0, weak: 0, strong: 0 };
      const changes = { sweep: false, policies: POLICIES.slice(0, 1) };
      const found = figure(
        evaluated(
          drawn.map((at) => exampleOf(rowOf(at), 1 / (design.inclusion[at] ?? 1))),
          changes,
        ),
      );
      plain +=
        figure(
          evaluated(
            drawn.map((at) => exampleOf(rowOf(at))),
            { ...changes, resamples: 1 },
          ),
        ).value / DRAWS;
      weighted += found.value / DRAWS;
      if (found.low <= is && is <= found.high) held++;
    }
    expect(Math.abs(weighted - is)).toBeLessThan(0.012);
    expect(plain - is).toBeGreaterThan(0.04);
    expect(held).toBeGreaterThanOrEqual(0.9 * DRAWS);
  });
});

/** Point figures alone: of rows that are drawn as one, intervals are wider. */
function valuesOf(policy: EvaluationResult["policies"][number] | undefined) {
  if (policy === undefined) return undefined;
  const { figures, baselines, comparisons, byGroup, byLanguage, curve, keywords, goals, moved } = policy;
  const { confusion: _, ...labels } = figures.labels;
  const slices = [...byGroup, ...byLanguage].map(({ rows: _rows, ...slice }) => slice).toSorted((a, b) => a.name.localeCompare(b.name));
  const curves = curve.map(({ strongShare, gapRecovered }) => ({ strongShare, gapRecovered }));
  const effects = keywords.map(({ keyword, misrouteChange }) => ({ keyword, misrouteChange }));
  const parts = { weak: figures.weakShare, labels, scores: figures.scores, cost: figures.costPer1000 };
  const compared = comparisons.map((each) => ({ ...each, difference: each.difference.value }));
  return rounded({ ...withoutIntervals(parts), baselines, compared, slices: slices.map(withoutIntervals), curves, effects, goals, moved });
}

function withoutIntervals(of: object): object {
  return JSON.parse(JSON.stringify(of, (name, value: unknown) => (name === "low" || name === "high" ? undefined : value))) as object;
}

function rounded(of: unknown): unknown {
  return JSON.parse(JSON.stringify(of, (_, value: unknown) => (typeof value === "number" ? Number(value.toFixed(9)) + 0 : value)));
}
