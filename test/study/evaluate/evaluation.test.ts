// Evaluations from example to result, through the real scanner and the policies' own code.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { NO_NEEDS, type Policy, type Verdict } from "../../../src/request/policy/policy.ts";
import { type ThresholdSettings, thresholdPolicy } from "../../../src/request/policy/threshold.ts";
import type { Example, Truth } from "../../../src/study/dataset/example.ts";
import { Evaluation, type EvaluationSettings } from "../../../src/study/evaluate/evaluation.ts";
import { parseGate } from "../../../src/study/evaluate/gate.ts";
import type { EvaluationResult, PolicyResult } from "../../../src/study/evaluate/result.ts";
import { type PolicyOnTrial, trialNeeds } from "../../../src/study/evaluate/trial.ts";

const PRICES = [
  { tier: "weak", inputPerMTok: 0.1, outputPerMTok: 0.1, perHour: undefined },
  { tier: "strong", inputPerMTok: 3, outputPerMTok: 15, perHour: undefined },
];

const THRESHOLD: ThresholdSettings = {
  keywords: ["design", "debug"],
  maxChars: 40,
  maxBytes: undefined,
  maxTurns: 3,
  scope: "all",
  under: "weak",
  over: "strong",
};

function onTrial(name: string, policy: Policy, more: Partial<PolicyOnTrial> = {}): PolicyOnTrial {
  return { name, id: `${name}@1`, policy, threshold: undefined, scoreIsProbability: false, ...more };
}

const threshold = onTrial("v7", thresholdPolicy(THRESHOLD), { threshold: THRESHOLD });

/** Decides by the text of the last user message. */
function byText(name: string, verdictOf: (text: string) => Verdict | undefined, more: Partial<PolicyOnTrial> = {}): PolicyOnTrial {
  const policy: Policy = {
    needs: { ...NO_NEEDS, scopes: ["last_user"] },
    decide: (request) => verdictOf(new TextDecoder().decode(request.text("last_user"))),
    signals: () => [],
  };
  return onTrial(name, policy, more);
}

function evaluation(policies: readonly PolicyOnTrial[], more: Partial<EvaluationSettings> = {}): Evaluation {
  return new Evaluation({
    policies,
    scanner: new ChatScanner({ ...trialNeeds(policies), maxBodyBytes: 1 << 20, isUtf8 }),
    prices: PRICES,
    defaultTier: "strong",
    outputTokens: 100,
    seed: 1,
    resamples: 50,
    sweep: false,
    gate: [],
    ...more,
  });
}

const label = (needed: "weak" | "strong"): Truth => ({ kind: "label", needed });
const scores = (weak: number, strong: number): Truth => ({ kind: "scores", weak, strong });

let line = 0;
function example(text: string, truth: Truth, more: Partial<Example> = {}): Example {
  const body = new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content: text }] }));
  return { body, path: undefined, group: undefined, truth, place: `data.jsonl:${++line}`, ...more };
}

function evaluated(
  policies: readonly PolicyOnTrial[],
  examples: readonly Example[],
  more: Partial<EvaluationSettings> = {},
): EvaluationResult {
  const all = evaluation(policies, more);
  for (const one of examples) expect(all.add(one)).toBeUndefined();
  return all.result(["data.jsonl"], 3);
}

function only(result: EvaluationResult): PolicyResult {
  expect(result.policies).toHaveLength(1);
  return result.policies[0] as PolicyResult;
}

const LONG = "a request of more than forty characters, with no word in it";

describe("an evaluation on labels", () => {
  const result = evaluated(
    [threshold],
    [
      example("design a bridge", label("strong")),
      example("debug", label("weak")),
      example("design and debug", label("strong")),
      example(LONG, label("strong")),
      example(`${LONG}: design`, label("weak")),
      example("hi", label("weak")),
      example("prove it", label("strong"), { place: "data.jsonl:missed" }),
      example("안녕하세요", label("weak"), {
        body: new TextEncoder().encode('{"messages":[{"role":"system","content":"You help."},{"role":"user","content":"안녕하세요"}]}'),
      }),
    ],
  );
  const policy = only(result);

  test("counts what went where it was needed", () => {
    expect(result).toMatchObject({
      rows: 8,
      skipped: 3,
      truth: "labels",
      neededStrong: 0.5,
      allWeakQuality: undefined,
      files: ["data.jsonl"],
    });
    expect(policy.figures.labels.confusion).toEqual({ truePositives: 3, falsePositives: 2, falseNegatives: 1, trueNegatives: 2 });
    expect(policy.figures.weakShare.value).toBeCloseTo(3 / 8);
    expect(policy.figures.scores).toBeUndefined();
    expect(policy.baselines.map(({ name }) => name)).toEqual(["all-weak", "all-strong", "random", "length"]);
    expect(policy.baselines.map(({ misroute }) => misroute)).toEqual([0.5, 0.5, 0.5, 0.375]);
    expect(
      policy.baselines.every(({ quality, gapRecovered, apgr }) => [quality, gapRecovered, apgr].every((one) => one === undefined)),
    ).toBe(true);
  });

  test("tells each keyword's effect: what it alone sends to strong, and whether that was needed", () => {
    expect(policy.keywords).toEqual([
      { keyword: "design", found: 3, decisive: 1, helped: 1, hurt: 0, misrouteChange: 1 / 8 },
      { keyword: "debug", found: 2, decisive: 1, helped: 0, hurt: 1, misrouteChange: -1 / 8 },
    ]);
  });

  test("shows the misroutes with place, reason and the front of the text", () => {
    expect(policy.worst.map(({ kind, excerpt, reason }) => `${kind} ${excerpt} (${reason})`).toSorted()).toEqual(
      ["FN prove it (under-thresholds)", `FP ${LONG}: design (keyword: design)`, "FP debug (keyword: debug)"].toSorted(),
    );
    expect(policy.worst.find(({ kind }) => kind === "FN")).toMatchObject({ place: "data.jsonl:missed", loss: 1, score: 0 });
  });

  test("judges by language", () => {
    expect(policy.byLanguage.map(({ name, rows }) => [name, rows])).toEqual([
      ["latin", 7],
      ["hangul", 1],
    ]);
    expect(policy.byGroup).toEqual([]);
  });

  test("warns of few rows", () => {
    expect(result.warnings).toContain("only 8 rows: under 200, intervals are so wide that a policy can hardly be told from random");
    expect(result.warnings).toContain("only 4 rows need strong: recall, misses and the gap rest on these few");
  });
});

describe("an evaluation on scores", () => {
  const graded = byText("graded", (text) => ({ tier: Number(text) > 0.5 ? "strong" : "weak", reason: "score", score: Number(text) }), {
    scoreIsProbability: true,
  });
  const examples = Array.from({ length: 20 }, (_, at) =>
    example(String(at / 20), scores(0.5, at >= 10 ? 1 : 0.5), { group: at % 2 ? "odd" : "even" }),
  );

  test("gives quality, the gap recovered and the curve", () => {
    const result = evaluated([graded], examples);
    const { figures, curve, calibration, byGroup } = only(result);
    expect(result).toMatchObject({ truth: "scores", allWeakQuality: 0.5, allStrongQuality: 0.75, neededStrong: 0.5 });
    expect(figures.scores?.quality.value).toBeCloseTo(0.725);
    expect(figures.scores?.qualityKept.value).toBeCloseTo(0.725 / 0.75);
    expect(figures.scores?.gapRecovered?.value).toBeCloseTo(0.9);
    expect(figures.scores?.apgr?.value).toBeCloseTo(0.75);
    expect(figures.scores?.strongFor80?.value).toBeCloseTo(0.4);
    expect(curve).toHaveLength(101);
    expect(curve[25]).toMatchObject({ strongShare: 0.25 });
    expect(curve[25]?.gapRecovered).toBeCloseTo(0.5);
    expect(curve.every(({ low, high }) => low <= high)).toBe(true);
    expect(calibration).toHaveLength(10);
    expect(byGroup.map(({ name, rows }) => [name, rows])).toEqual([
      ["even", 10],
      ["odd", 10],
    ]);
    expect(byGroup[0]?.misroute.value).toBeCloseTo(0.1);
  });

  test("finds a policy that routes, and one that does not", () => {
    const blind = byText("blind", (text) => ({ tier: "weak", reason: "score", score: Math.round(20 * Number(text)) % 2 }));
    const many = Array.from({ length: 300 }, (_, at) => example(String((at % 20) / 20), scores(0, at % 20 >= 10 ? 1 : 0)));
    const [routes, doesNot] = evaluated([graded, blind], many).policies;
    expect(routes).toMatchObject({ evidence: "better", calibration: { length: 10 } });
    expect(routes?.verdict).toMatch(/: it routes/);
    expect(doesNot).toMatchObject({ evidence: "none", calibration: [] });
    expect(doesNot?.verdict).toMatch(/no evidence that it routes/);
  });

  test("judges by decisions alone where some rows have no score, and says so", () => {
    const partly = byText("partly", (text) => (Number(text) > 0.8 ? undefined : { tier: "weak", reason: "score", score: Number(text) }));
    const result = evaluated([partly], examples);
    expect(only(result).comparisons[0]?.figure).toBe("gapRecovered");
    expect(only(result).figures.weakShare.value).toBeCloseTo(17 / 20);
    expect(result.warnings).toContain("partly abstains on 3 of 20 rows: they count for the default tier, strong");
    expect(result.warnings).toContain("partly: 3 of 20 rows have no score, so it is judged by its decisions alone");
  });

  test("does not mix the scores of a chain's links", () => {
    const chain = byText("chain", (text) => ({
      tier: "weak",
      reason: "score",
      score: Number(text),
      link: Number(text) > 0.5 ? "a@1" : "b@1",
    }));
    expect(evaluated([chain], examples).warnings).toContain(
      "chain: several links give scores, each in its own unit, so it is judged by its decisions alone",
    );
  });

  test("says when there is no gap", () => {
    const result = evaluated(
      [graded],
      [...examples, ...examples].map((one) => ({ ...one, truth: scores(0.5, 0.5) })),
    );
    expect(only(result).figures.scores?.gapRecovered).toBeUndefined();
    expect(only(result).curve).toEqual([]);
    expect(only(result).verdict).toBe("strong is no better than weak on these rows: there is no gap to recover");
    expect(result.warnings).toContain("strong is no better than weak on these rows: shares of the gap are undefined");
  });
});

describe("costs", () => {
  const examples = [example("a".repeat(40), label("weak")), example("b".repeat(400), label("strong"))];
  const cost = (price: (typeof PRICES)[0], bytes: number) =>
    (((bytes / 4) * (price.inputPerMTok ?? 0) + 100 * (price.outputPerMTok ?? 0)) * 1000) / 1e6;
  const [weak, strong] = PRICES as [(typeof PRICES)[0], (typeof PRICES)[0]];

  test("follow from the prices, a token for every four bytes, and the tokens of an answer", () => {
    const { figures, baselines } = only(evaluated([threshold], examples));
    expect(figures.costPer1000).toBeCloseTo((cost(weak, 40) + cost(strong, 400)) / 2, 9);
    const costs = Object.fromEntries(baselines.map(({ name, costPer1000 }) => [name, costPer1000]));
    expect(costs["all-weak"]).toBeCloseTo((cost(weak, 40) + cost(weak, 400)) / 2, 9);
    expect(costs["all-strong"]).toBeCloseTo((cost(strong, 40) + cost(strong, 400)) / 2, 9);
    expect(costs.random).toBeCloseTo(((costs["all-weak"] ?? 0) + (costs["all-strong"] ?? 0)) / 2, 9);
    expect(costs.length).toBeCloseTo(figures.costPer1000 ?? 0, 9);
  });

  test("are unknown without a price of a tier that is used, and hourly prices are not counted", () => {
    const hourly = { ...strong, inputPerMTok: undefined, perHour: 12 };
    const result = evaluated([threshold], examples, { prices: [weak, hourly] });
    expect(only(result).figures.costPer1000).toBeUndefined();
    expect(only(result).baselines[0]?.costPer1000).toBeUndefined();
    expect(result.warnings).toContain("no costs: the price of a token is not known for strong");
    expect(result.warnings).toContain("prices by the hour (strong) are paid whatever is routed: not counted per request");
  });

  test("of a policy with more tiers count each tier's own price; every tier but the first counts as strong", () => {
    const middle = { tier: "middle", inputPerMTok: 1, outputPerMTok: 1, perHour: undefined };
    const tiers = new Map([
      ["a", "weak"],
      ["b", "middle"],
      ["c", "strong"],
    ]);
    const policy = byText("tiers", (text) => ({ tier: tiers.get(text.charAt(0)) ?? "none", reason: "score" }));
    const third = example("c".repeat(20), label("strong"));
    const result = evaluated([policy], [...examples, third], { prices: [weak, middle, strong] });
    expect(only(result).figures.labels.confusion).toMatchObject({ truePositives: 2, trueNegatives: 1 });
    expect(only(result).figures.costPer1000).toBeCloseTo((cost(weak, 40) + cost(middle, 400) + cost(strong, 20)) / 3, 9);
    expect(result.warnings).toContain("weak is judged as weak, all other tiers (middle, strong) as strong");
  });
});

describe("an example that cannot be used", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  test.each<[string, Partial<Example>, RegExp]>([
    ["is not JSON", { body: bytes("{") }, /^the request cannot be read: not-json$/],
    ["is no request of a known format", { body: bytes('{"a":1}') }, /^the request is JSON of no format that is read$/],
    ["goes to another interface", { path: "/v1/embeddings" }, /^the path \/v1\/embeddings stands for an interface that is not a chat$/],
    ["has scores among labels", { truth: scores(0, 1) }, /^the row has scores, the rows before it labels/],
  ])("because it %s is told, and leaves nothing behind", (_, more, problem) => {
    const all = evaluation([threshold]);
    all.add(example("hi", label("weak")));
    expect(all.add(example("design", label("strong"), more))).toMatch(problem);
    expect(all.rows).toBe(1);
    expect(only(all.result([], 1)).keywords[0]?.found).toBe(0);
  });
});

describe("sweep and gate", () => {
  const examples = Array.from({ length: 30 }, (_, at) => example("x".repeat(at * 20 || 1), label(at > 12 ? "strong" : "weak")));

  test("try a threshold policy's relatives, scores and length, and mark the front", () => {
    const graded = byText("graded", (text) => ({ tier: "weak", reason: "score", score: -text.length }));
    const { sweep } = evaluated([threshold, graded], examples, { sweep: true });
    expect(new Set(sweep.map(({ policy }) => policy))).toEqual(new Set(["v7", "graded", "length"]));
    const own = sweep.find(({ setting }) => setting === "maxChars 40, maxTurns 3, all keywords");
    const outcomes = sweep.map(({ policy, weakShare, misroute, costPer1000 }) => `${policy} ${weakShare} ${misroute} ${costPer1000}`);
    expect(new Set(outcomes).size).toBe(sweep.length);
    expect(own?.weakShare).toBeCloseTo(3 / 30);
    const front = sweep.filter(({ onFront }) => onFront);
    expect(Math.min(...front.map(({ misroute }) => misroute))).toBe(Math.min(...sweep.map(({ misroute }) => misroute)));
    expect(front.some(({ weakShare }) => weakShare === 1)).toBe(true);
    expect(front.length).toBeLessThan(sweep.length);
  });

  test("are empty when not asked for", () => {
    expect(evaluated([threshold], examples)).toMatchObject({ sweep: [], gate: [] });
  });

  test("judge every policy", () => {
    const gate = parseGate("misroute<=0.5,weak-share>=0.9");
    const result = evaluated([threshold], examples, { gate: gate.kind === "gate" ? gate.conditions : [] });
    expect(result.gate.map(({ condition, met }) => [condition, met])).toEqual([
      ["misroute<=0.5", true],
      ["weak-share>=0.9", false],
    ]);
  });
});

test("a policy that was trained on the rows gets no evidence from them, and passes no gate", () => {
  const perfect = byText("learned", (text) => ({ tier: text.startsWith("hard") ? "strong" : "weak", reason: "learned-over" }));
  const examples = Array.from({ length: 300 }, (_, i) =>
    example(`${i % 3 === 0 ? "hard" : "easy"} ${i}`, label(i % 3 === 0 ? "strong" : "weak")),
  );
  const knowing = (known: number): PolicyOnTrial => {
    const hasSeen: Policy["hasSeen"] = (request) => Number(new TextDecoder().decode(request.text("last_user")).slice(5)) < known;
    return { ...perfect, policy: { ...perfect.policy, hasSeen } };
  };
  const parsed = parseGate("misroute<=0.05,better-than=random");
  const gate = parsed.kind === "gate" ? parsed.conditions : [];
  const [fresh] = evaluated([knowing(6)], examples, { gate }).policies;
  expect(fresh).toMatchObject({ trainedOn: 6, evidence: "better" });
  const result = evaluated([knowing(7)], examples, { gate });
  expect(result.policies[0]).toMatchObject({ trainedOn: 7, evidence: "none" });
  expect(result.gate.map(({ met, figure }) => [met, figure])).toEqual([
    [false, "trained on 7 of these rows"],
    [false, "trained on 7 of these rows"],
  ]);
});
