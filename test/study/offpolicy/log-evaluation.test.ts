// From a decision log as it is written to what other policies would have come to: figures near the truth, and refusals that say why.
import { describe, expect, test } from "vitest";
import { evaluatedLog } from "../../../src/cli/evaluate-log.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { policyNamed } from "../../../src/config/routing-of.ts";
import { SluiceError } from "../../../src/errors.ts";
import type { LogEvaluation } from "../../../src/study/offpolicy/log-evaluation.ts";
import type { Reward } from "../../../src/study/offpolicy/reward.ts";
import { dataFile } from "../dataset/files.ts";
import { LONG, routedLog } from "./routed-log.ts";

const CONFIG = parseConfig(
  `active: main
policies:
  main: { type: fixed, tier: weak }
  byLength: { type: length, maxChars: ${LONG} }
  strong: { type: fixed, tier: strong }
  byWord: { type: rules, rules: [{ name: r, tier: strong, match: { keywords: [more] } }], fallback: { tier: weak } }
  byHeader:
    type: rules
    headers: [x-team]
    rules: [{ name: r, tier: strong, match: { headers: { x-team: a } } }]
    fallback: { tier: weak }
`,
  "test.yaml",
);
const WEAK = "policies: { main: { type: fixed, tier: weak } }";
/** Long ones are answered well by strong alone. */
const good = (tier: string, chars: number) => (tier === "strong" ? 0.9 : chars > LONG ? 0.3 : 0.9);

async function judged(log: string | readonly string[], names: readonly string[], { reward = "signals" as Reward } = {}) {
  const policies = names.map((name) => ({ ...policyNamed(CONFIG, name), name, threshold: undefined, scoreIsProbability: false }));
  const files = typeof log === "string" ? [dataFile(`decisions-${Math.random()}.jsonl`, log)] : log;
  const { text, notes } = await evaluatedLog(CONFIG, policies, { log: files, reward, json: true });
  return { result: JSON.parse(text) as LogEvaluation, notes };
}

const AUDITED = routedLog({ config: `audit: { share: 0.2 }\n${WEAK}`, requests: 6000, days: 2, seed: 1, good });

describe("a log with an audit slice", () => {
  test("judges policies that read facts: quality, change, cost and share near the truth", async () => {
    const { result } = await judged(AUDITED, ["byLength", "strong", "main"]);
    const truths = [
      { quality: 0.9, cost: 5.5, strong: 0.5 },
      { quality: 0.9, cost: 10, strong: 1 },
      { quality: 0.6, cost: 1, strong: 0 },
    ];
    expect(result).toMatchObject({ requests: 6000, sessions: 6000 });
    for (const [at, truth] of truths.entries()) {
      const { judged: found, shares } = result.policies[at] ?? {};
      if (found?.kind !== "judged" || found.quality === undefined || found.qualityChange === undefined) throw new Error("it is judged");
      for (const { value, low, high } of Object.values(found.quality)) {
        expect(Math.abs(value - truth.quality)).toBeLessThan(0.08);
        expect(low).toBeLessThan(truth.quality);
        expect(high).toBeGreaterThan(truth.quality);
      }
      expect(found.qualityChange.value).toBeCloseTo(found.quality.snips.value - (result.seen.quality?.value ?? 0), 6);
      expect(found.costPer1000?.snips.value).toBeCloseTo(truth.cost, 0);
      expect(shares?.[1]?.share.value).toBeCloseTo(truth.strong, 1);
    }
  });

  test("tells the misroute rate of the policy in force without bias: half are long, of which weak loses 60 in 100", async () => {
    const { misroutes } = (await judged(AUDITED, ["main"])).result;
    expect(misroutes?.all.low).toBeLessThan(0.3);
    expect(misroutes?.all.high).toBeGreaterThan(0.3);
    expect(misroutes?.all.value).toBeCloseTo(0.3, 1);
    expect(misroutes?.tooStrong).toBe(0);
  });

  test("where everything goes to strong, what weak does as well is misrouted", async () => {
    const config = "audit: { share: 0.3 }\npolicies: { main: { type: fixed, tier: strong } }";
    const log = routedLog({ config, requests: 6000, days: 2, seed: 4, good });
    const { misroutes } = (await judged(log, ["strong"])).result;
    expect(misroutes?.all.value).toBeCloseTo(0.7, 1); // 1 less the 0.3 that strong adds
    expect(misroutes?.tooWeak).toBe(0);
  });

  test("too small a one is refused, and says how many more days it takes", async () => {
    const log = routedLog({ config: `audit: { share: 0.01 }\n${WEAK}`, requests: 3000, days: 4, seed: 2, good });
    const [policy] = (await judged(log, ["strong"])).result.policies;
    if (policy?.judged.kind !== "too-little") throw new Error("it is too little");
    expect(policy.effective).toBeLessThan(60);
    expect(policy.judged.moreDays).toBeCloseTo(4 * (200 / policy.effective - 1), 1);
  });
});

describe("what a policy reads", () => {
  test.each<[policy: string, what: string]>([
    ["byWord", "keywords of the text"],
    ["byHeader", "the header x-team"],
  ])("and the log does not hold is named: %s", async (policy, what) => {
    const error = await judged(AUDITED, [policy]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code: "log-lacks" });
    expect((error as Error).message).toContain(what);
  });

  test("is there where prompts are kept", async () => {
    const log = routedLog({ config: `capturePrompts: true\naudit: { share: 0.2 }\n${WEAK}`, requests: 4000, days: 2, seed: 3, good });
    const [byWord, byLength] = (await judged(log, ["byWord", "byLength"])).result.policies;
    expect(byWord?.judged).toEqual(byLength?.judged);
    expect(byWord?.judged.kind).toBe("judged");
  });

  test("a log without chances is refused", async () => {
    const log = routedLog({ config: WEAK, requests: 50, days: 1, seed: 3, good });
    await expect(judged(log, ["strong"])).rejects.toMatchObject({ code: "log-without-chances" });
  });
});

describe("what an answer was worth", () => {
  const lines = AUDITED.split("\n").filter((line) => line !== "");
  const qualityOf = async (log: string, reward: Reward) => (await judged(log, ["main"], { reward })).result.seen.quality?.value;

  test("a rating or a signal behind it in the log counts for the request it names", async () => {
    const good = lines.filter((line) => !line.includes('"failure"')).slice(0, 400);
    const ids = good.map((line) => (JSON.parse(line) as { requestId: string }).requestId);
    const words = ids
      .slice(0, 100)
      .map((requestId, at) => JSON.stringify(at % 2 === 0 ? { requestId, rating: 1 } : { requestId, signal: "repeat" }));
    const log = [...good, ...words, JSON.stringify({ requestId: "nobody's", rating: 1 })].join("\n");
    expect(await qualityOf(log, "signals")).toBeCloseTo(0.75, 6);
    expect(await qualityOf(log, "served")).toBe(1);
    expect(await qualityOf(log, "rating")).toBe(0);
  });

  test("a label that a person gave says which tier was needed", async () => {
    const labelled = lines
      .slice(0, 1000)
      .map((line, at) => JSON.stringify({ ...(JSON.parse(line) as object), label: at % 4 === 0 ? "strong" : "weak" }));
    const taken = labelled.filter((line, at) => at % 4 === 0 && line.includes('"decision":{"tier":"strong"')).length;
    expect(await qualityOf(labelled.join("\n"), "label")).toBeCloseTo((750 + taken) / 1000, 6);
  });
});

test("lines that are no decisions are stepped over, counted, and told with their places", async () => {
  const [first = "", ...rest] = AUDITED.split("\n");
  const bad = ["{", '{"time":"now"}', '{"time":"2026-05-06T00:00:00Z","decision":{"tier":"weak"}}', "[]"];
  const file = dataFile("with-bad.jsonl.1", [first, ...bad, ...rest].join("\n"));
  const { result, notes } = await judged([file], ["main"]);
  expect(result.requests).toBe(6000);
  expect(notes).toContain("stepped over 4 lines that are no decisions");
  expect(notes).toContain("with-bad.jsonl.1:2: ");
  expect(notes).toContain("with-bad.jsonl.1:4: expected decision with tier, policy and reason");
  expect(notes).toContain("and 1 more");
});

test("rotated and packed files are read as one log", async () => {
  const lines = AUDITED.split("\n");
  const files = [
    dataFile("rotated.jsonl.2.gz", lines.slice(0, 3000).join("\n")),
    dataFile("rotated.1.jsonl", lines.slice(3000).join("\n")),
  ];
  expect((await judged(files, ["byLength"])).result).toEqual((await judged(AUDITED, ["byLength"])).result);
});

test("an action that its session held weighs what the decision weighs that brought it there", async () => {
  const line = (tier: string, at: number, more: object) =>
    JSON.stringify({
      time: new Date(at * 1000).toISOString(),
      requestId: `r${at}`,
      decision: { tier, policy: "main@1", ...more },
      signals: { turns: 1, chars: 4, bodyBytes: 10 },
      facts: { unit: Math.floor(at / 2) },
      outcome: { kind: "joined", status: tier === "strong" ? 200 : 503 },
    });
  const sessions = Array.from({ length: 1000 }, (_, at) => {
    const drawn = at % 2 === 0;
    const [tier, propensity] = [drawn ? "strong" : "weak", 0.5];
    return [line(tier, 2 * at, { reason: "rule", propensity }), line(tier, 2 * at + 1, { reason: "pinned", propensity: 1 })];
  });
  const [policy] = (await judged(sessions.flat().join("\n"), ["strong"])).result.policies;
  expect(policy?.judged).toMatchObject({ quality: { snips: { value: 1 } } });
});
