// Every setting of a sweep against the policy it stands for, asked about every row anew.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_ACTION } from "../../src/request/chat/actions.ts";
import type { RequestFacts } from "../../src/request/chat/facts.ts";
import type { PolicyRequest } from "../../src/request/policy/policy.ts";
import { type ThresholdSettings, thresholdPolicy } from "../../src/request/policy/threshold.ts";
import { scoreSettings } from "../../src/study/evaluate/sweep.ts";
import { ThresholdGrid } from "../../src/study/evaluate/threshold-grid.ts";
import { sum } from "./evaluate-oracle.ts";

const LATIN = ["design", "debug"];
const HAN = ["设计"];
const KEYWORDS = [...LATIN, ...HAN];
const FOREIGN = "another policy's word";
const UNDER = { perByte: 0.001, fixed: 0.5 };
const OVER = { perByte: 0.03, fixed: 2 };

interface SweptRow {
  readonly chars: number;
  readonly turns: number;
  readonly hits: readonly string[];
  readonly gain: number;
}

const sweptRow: fc.Arbitrary<SweptRow> = fc.record({
  chars: fc.constantFrom(0, 99, 100, 101, 420, 421, 1e6),
  turns: fc.constantFrom(1, 3, 4, 6, 12),
  hits: fc.subarray([...KEYWORDS, FOREIGN]),
  gain: fc.constantFrom(-0.5, 0, 0.25, 1),
});

const settings: ThresholdSettings = {
  keywords: KEYWORDS,
  maxChars: 420,
  maxBytes: 1263, // three times 421
  maxTurns: 4,
  scope: "all",
  under: "weak",
  over: "strong",
};

function factsOf({ chars, turns, hits }: SweptRow): RequestFacts {
  const text = { chars, textBytes: 3 * chars, keywordHits: hits, codeFences: 0, script: "other" } as const;
  return {
    format: "chat-completions",
    humanTurns: turns,
    bodyBytes: 200,
    files: false,
    audio: false,
    video: false,
    turns,
    texts: { all: text },
    stream: false,
    tools: false,
    images: false,
    jsonOutput: false,
    inputTokens: 40,
    maxTokens: undefined,
    action: NO_ACTION,
    continued: false,
    continuedBy: [],
    requestedModel: undefined,
    user: undefined,
    session: undefined,
  };
}

const askedOf = (row: SweptRow) => ({ facts: factsOf(row) }) as PolicyRequest;

function sentBy(tried: ThresholdSettings, rows: readonly SweptRow[]): readonly SweptRow[] {
  const policy = thresholdPolicy(tried);
  return rows.filter((row) => policy.decide(askedOf(row))?.tier === "strong");
}

/** What a setting's words say, as settings. */
function read(text: string): ThresholdSettings {
  const [, chars = "", turns = "", words = ""] = /^maxChars (\w+), maxTurns (\w+), (.+)$/.exec(text) ?? [];
  const limit = (written: string) => (written === "none" ? Number.POSITIVE_INFINITY : Number(written));
  return { ...settings, maxChars: limit(chars), maxTurns: limit(turns), keywords: keywordsOf(words) };
}

function keywordsOf(words: string): readonly string[] {
  const without = /^keywords without (.+)$/.exec(words)?.[1];
  if (without !== undefined) return KEYWORDS.filter((keyword) => keyword !== without);
  const parts: Record<string, readonly string[]> = {
    "no keywords": [],
    "all keywords": KEYWORDS,
    "keywords latin": LATIN,
    "keywords han": HAN,
  };
  return parts[words] ?? ["a part nobody knows"];
}

const needs = (rows: readonly SweptRow[]) => rows.filter(({ gain }) => gain > 0).length;
const gained = (rows: readonly SweptRow[]) => sum(rows.map(({ gain }) => gain));

describe("a sweep of a threshold policy", () => {
  test("comes for every setting to what that policy decides", () => {
    fc.assert(
      fc.property(fc.array(sweptRow, { minLength: 1, maxLength: 30 }), (rows) => {
        const grid = new ThresholdGrid(settings);
        for (const row of rows) grid.add(askedOf(row), { weak: 0, gain: row.gain }, 3 * row.chars);
        const tried = grid.settings("v7", UNDER, OVER);
        expect(new Set(tried.map(({ setting }) => setting)).size).toBe(tried.length);
        for (const { setting, sent, costUsd } of tried) {
          const expected = sentBy(read(setting), rows);
          expect({ setting, rows: sent.rows, needs: sent.needs }).toEqual({ setting, rows: expected.length, needs: needs(expected) });
          expect(sent.gained).toBeCloseTo(gained(expected), 10);
          const costs = rows
            .map((row) => (expected.includes(row) ? OVER : UNDER))
            .map(({ perByte, fixed }, at) => perByte * 3 * (rows[at]?.chars ?? 0) + fixed);
          expect(costUsd).toBeCloseTo(sum(costs), 5);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("tries every length with all turns and every script's words, and leaves each word out at the policy's own limits", () => {
    const grid = new ThresholdGrid(settings);
    grid.add(askedOf({ chars: 1, turns: 1, hits: [], gain: 0 }), { weak: 0, gain: 0 }, 1);
    const tried = grid.settings("v7", undefined, OVER).map(({ setting }) => setting);
    expect(tried).toHaveLength(14 * 6 * 4 + 3);
    expect(tried).toContain("maxChars 420, maxTurns 4, keywords without design");
    expect(tried).toContain("maxChars none, maxTurns none, no keywords");
    expect(grid.settings("v7", undefined, OVER)[0]?.costUsd).toBeUndefined();
  });
});

describe("a sweep of scores", () => {
  test("comes for every cut to what is sent from that score up", () => {
    const row = fc.record({ score: fc.nat(40), gain: fc.constantFrom(-0.5, 0, 1) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), (rows) => {
        const cost = { allWeak: 5, allStrong: 99, extraOf: (at: number) => at };
        const gains = Float64Array.from(rows, ({ gain }) => gain);
        const cuts = scoreSettings("length", "chars", { scores: rows.map(({ score }) => score), gains }, cost);
        expect(cuts.length).toBeLessThanOrEqual(21);
        expect(cuts[0]).toMatchObject({ setting: "nothing to strong", sent: { rows: 0, needs: 0, gained: 0 }, costUsd: 5 });
        expect(cuts.at(-1)?.sent.rows).toBe(rows.length);
        for (const { setting, sent, costUsd } of cuts.slice(1)) {
          const least = Number(/^strong from chars (\d+)$/.exec(setting)?.[1]);
          const up = rows.flatMap((one, at) => (one.score >= least ? [{ ...one, at }] : []));
          expect(sent.rows).toBe(up.length);
          expect(sent.needs).toBe(up.filter(({ gain }) => gain > 0).length);
          expect(sent.gained).toBeCloseTo(sum(up.map(({ gain }) => gain)), 10);
          expect(costUsd).toBeCloseTo(5 + sum(up.map(({ at }) => at)), 10);
        }
        expect(new Set(cuts.map(({ sent }) => sent.rows)).size).toBe(cuts.length);
      }),
    );
  });
});
