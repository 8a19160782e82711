// What a line of the decision log says, held against the documented fields; and that it can be evaluated.
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { DECISION_LINE_FIELDS, decisionLine } from "../../../src/outcome/sinks/decision-line.ts";
import type { NotedFacts } from "../../../src/request/routing/noted-facts.ts";
import { dataFile, examplesOf } from "../../study/dataset/files.ts";
import { MADE, outcome, SERVED, STARTED_AT } from "./outcomes.ts";

const NOW = STARTED_AT + 60_000;
const FULL = outcome({}, { prompt: { text: "설계 좀", cut: true }, traceparent: `00-${"a1".repeat(16)}-${"b2".repeat(8)}-01` });
const WANTED = { tier: "mid", reason: "rule", detail: "r" };
const REFUSED = { message: "the quota is used up", retryAfterSeconds: 9 };
const CHANGES = [{ by: "quota", from: "strong", to: "mid" }] as const;
const MOVED = {
  arm: "stable" as const,
  shadow: { policy: "next@1", tier: "weak", reason: "length" },
  wanted: WANTED,
  inSession: { last: "weak", reason: "cache" as const, gainUsd: -0.01 },
  changes: CHANGES,
  cannot: ["weak", "mid"],
  cached: { ageSeconds: 61.5, model: "m", inputTokens: 10, outputTokens: 20, savedUsd: 0.5, similarity: 0.98 },
  refused: REFUSED,
  cascade: ["weak", "strong"],
  shaped: "weak",
};
const NOTED: NotedFacts = {
  unit: 7,
  turn: "user",
  toolLoop: true,
  humanTurns: 2,
  inputTokens: 9,
  maxTokens: 100,
  script: "hangul",
  topic: "law",
  topicModel: "d91ec167",
  tools: true,
  images: true,
  files: true,
  audio: true,
  video: true,
  json: true,
  chars: { all: 12, user: 8, last_user: 5, prompt: 5 },
  headers: { "x-team": "blue" },
};
const SHADOW = { policy: "next@1", tier: "weak", reason: "rule" };
const parsed = (...args: Parameters<typeof outcome>) => JSON.parse(decisionLine(outcome(...args), NOW)) as Record<string, unknown>;

function paths(value: object, front = ""): string[] {
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner) ? paths(inner, `${front}${name}.`) : [front + name],
  );
}

const outcomeWithAll = (cost: Outcome["cost"]): Outcome => ({
  ...FULL,
  decided: FULL.decided && {
    ...FULL.decided,
    decision: { ...FULL.decided.decision, audit: 0.02, ...MOVED, shadow: SHADOW },
    measured: FULL.decided.measured && { ...FULL.decided.measured, facts: NOTED },
  },
  failure: "cut-short",
  discarded: [{ tier: "weak", reason: "refusal", basis: "exact", inputTokens: 1, outputTokens: 2, costUsd: 0.5 }],
  cost: cost && { ...cost, cachedInputTokens: 4, cacheWriteTokens: 2, reasoningTokens: 50 },
});

describe("a line of the decision log", () => {
  test("has every documented field and no other, in their order", () => {
    const { cost } = FULL;
    const full = outcomeWithAll(cost);
    const maps = (path: string) => path.replace(/^(facts\.headers)\..*/, "$1");
    expect(paths(JSON.parse(decisionLine(full, NOW))).map(maps)).toEqual(DECISION_LINE_FIELDS.map(({ field }) => field));
  });

  test("says what was decided, what was measured, who served and what it cost", () => {
    expect(decisionLine(FULL, NOW)).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(decisionLine(FULL, NOW))).toEqual({
      time: "2026-05-06T07:08:09.123Z",
      requestId: "id-1",
      traceId: "a1".repeat(16),
      decision: { tier: "strong", policy: "main@v7", reason: "keyword", detail: "설계", score: 0.75, propensity: 0.5, ms: 0.042 },
      signals: {
        format: "chat-completions",
        model: "gpt-4o",
        turns: 3,
        chars: 12,
        textBytes: 30,
        keywordHits: ["설계"],
        stream: true,
        continued: true,
        bodyBytes: 321,
      },
      outcome: {
        kind: "joined",
        tier: "weak",
        cluster: "weak-spot",
        model: "glm-5-air-0715",
        fellBack: true,
        attempts: 3,
        status: 200,
        flags: ["UF"],
        firstByteMs: 120.5,
        durationMs: 1500.25,
        requestBytes: 321,
        responseBytes: 4000,
      },
      cost: { basis: "exact", inputTokens: 10, outputTokens: 200, usd: 0.0031 },
      prompt: "설계 좀",
      promptCut: true,
    });
  });

  test("says the time as ISO 8601 has it, also when requests of other seconds come between", () => {
    const times = [STARTED_AT, STARTED_AT + 0.9, STARTED_AT + 877, STARTED_AT + 878, STARTED_AT - 124, STARTED_AT, 999, 1000, 1];
    for (const startedAtMs of times) {
      expect(parsed({ served: { ...SERVED, startedAtMs } })["time"]).toBe(new Date(startedAtMs).toISOString());
    }
  });

  test("leaves out what there is not: no decision of an unrouted request, nothing served of an unknown one, no prompt unless kept", () => {
    expect(parsed({ kind: "unrouted", decided: undefined, cost: undefined })).not.toHaveProperty("decision");
    expect(parsed({ kind: "unknown", served: undefined, cost: undefined })).toMatchObject({ outcome: { kind: "unknown" } });
    expect(Object.keys(parsed({ cost: undefined }))).toEqual(["time", "requestId", "decision", "signals", "outcome"]);
  });

  test.each([
    ["Envoy's start", { served: SERVED }, STARTED_AT],
    ["the decision, where Envoy never spoke", { served: undefined }, MADE.atMs],
    ["now, where neither is known", { served: { ...SERVED, startedAtMs: 0 }, decided: undefined }, NOW],
  ])("has the time of %s", (_name, parts, time) => {
    expect(parsed(parts).time).toBe(new Date(time).toISOString());
  });
});

test("a line with its prompt and a label that a person added is a row of a data set", async () => {
  const labelled = { ...(JSON.parse(decisionLine(FULL, NOW)) as object), label: "weak" };
  const [example] = await examplesOf([dataFile("decisions.1.jsonl", `${JSON.stringify(labelled)}\n`)]);
  expect(JSON.parse(String(example && Buffer.from(example.body)))).toEqual({ messages: [{ role: "user", content: "설계 좀" }] });
});
