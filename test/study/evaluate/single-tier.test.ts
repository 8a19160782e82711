// The best single tier at the same cost, from rows to what is said of it.
import { describe, expect, test } from "vitest";
import { comparisonsOf } from "../../../src/study/evaluate/comparison.ts";
import { figuresOf } from "../../../src/study/evaluate/figures.ts";
import { judge } from "../../../src/study/evaluate/judge.ts";
import type { Baseline } from "../../../src/study/evaluate/result.ts";
import type { TruthKind } from "../../../src/study/evaluate/rows.ts";
import { singleTierOf } from "../../../src/study/evaluate/single-tier.ts";
import { verdictOf } from "../../../src/study/evaluate/verdict.ts";

const ROWS = 1000;
const TIERS = [{ tier: "small" }, { tier: "large" }];

interface Case {
  readonly goes: (row: number) => boolean; // to strong
  readonly weak: (row: number) => number; // quality
  readonly strong: (row: number) => number;
  readonly truth?: TruthKind;
  readonly costs?: readonly [weak: number, policy: number, strong: number];
  readonly trainedOn?: number;
}

function found({ goes, weak, strong, truth = "scores", costs, trainedOn = 0 }: Case) {
  const rows = Array.from({ length: ROWS }, (_, row) => row);
  const sample = {
    rows: ROWS,
    weak: Float64Array.from(rows, weak),
    gains: Float64Array.from(rows, (row) => strong(row) - weak(row)),
    chars: new Uint32Array(ROWS).fill(1),
    policies: [{ tiers: Uint8Array.from(rows, (row) => (goes(row) ? 1 : 0)), scores: Uint8Array.from(rows, (row) => (goes(row) ? 1 : 0)) }],
  };
  const { policies, totals } = judge(sample, { seed: 1, resamples: 200, shares: [] });
  const judged = policies[0];
  if (judged === undefined) throw new Error("judged");
  const figures = figuresOf(judged, totals, truth, costs?.[1]);
  const needs = totals.needs / ROWS;
  const alone = (name: Baseline["name"], misroute: number, quality: number, costPer1000: number | undefined): Baseline => ({
    ...{ name, weakShare: name === "all-weak" ? 1 : 0, misroute, costPer1000, gapRecovered: undefined, apgr: undefined },
    quality: truth === "scores" ? quality : undefined,
  });
  const baselines = [
    alone("all-weak", needs, totals.weak / ROWS, costs?.[0]),
    alone("all-strong", 1 - needs, (totals.weak + totals.gap) / ROWS, costs?.[2]),
  ];
  const single = singleTierOf({ judged, figures, baselines, truth, trainedOn, tiers: TIERS });
  const comparisons = comparisonsOf(judged, false, truth);
  return { single, verdict: verdictOf({ figures, baselines, comparisons, graded: false, truth, trainedOn, single }) };
}

const needsStrong = (share: number) => (row: number) => (row * 7) % ROWS < share * ROWS;

describe("one tier at the same cost", () => {
  test("is weak for labels of which few need strong, and beats a policy that sends more astray than it catches", () => {
    const need = needsStrong(0.1);
    // Catches half of the 10 %, and wastes 15 %: far better than a coin, and worse than no routing.
    const goes = (row: number) => (need(row) ? row % 2 === 0 : (row * 13) % 100 < 17);
    const { single, verdict } = found({ goes, weak: (row) => (need(row) ? 0 : 1), strong: () => 1, truth: "labels" });
    expect(single).toMatchObject({ tier: "small", baseline: "all-weak", figure: "misroute", evidence: "worse" });
    expect(single?.sentence).toMatch(/^small alone misroutes 10 %, 1\d points fewer \[.+\] than the policy, and costs no more$/);
    expect(verdict).toMatch(/more than random|fewer than random/);
    expect(verdict).toMatch(/No router is needed: small alone misroutes 10 %/);
  });

  test("is not beaten by a policy that keeps quality, which is told without a warning", () => {
    const need = needsStrong(0.4);
    const { single, verdict } = found({ goes: need, weak: (row) => (need(row) ? 0 : 1), strong: () => 1 });
    expect(single).toMatchObject({ tier: "small", evidence: "better" });
    expect(single?.sentence).toMatch(/^small alone has a quality of 0\.600, 40 points less \[.+\] than the policy: the policy is better$/);
    expect(verdict).not.toMatch(/No router/);
  });

  test("is strong where the policy sends nearly everything there, as a leaderboard's router did", () => {
    const goes = (row: number) => row % 70 !== 0;
    const fails = (row: number) => row % 70 === 0;
    const { single } = found({ goes, weak: (row) => (fails(row) ? 0 : row % 3 === 0 ? 0.9 : 0.5), strong: () => 0.9, costs: [1, 9.9, 10] });
    expect(single).toMatchObject({ tier: "large", baseline: "all-strong", evidence: "worse" });
  });

  test.each<[string, Case["costs"], number, string]>([
    ["costs more than the policy", [1, 5, 10], 2, "small"],
    ["costs 5 % more, which is the same", [1, 9.6, 10], 2, "large"],
    ["costs less", [1, 12, 10], 2, "large"],
    ["has no price, and the policy sends half there", undefined, 2, "small"],
    ["has no price, and the policy sends 99 % there", undefined, 100, "large"],
  ])("may be strong by its cost: it %s", (_, costs, every, tier) => {
    const goes = (row: number) => (every === 2 ? row % 2 === 0 : row % every !== 0);
    expect(found({ goes, weak: () => 0.5, strong: () => 0.9, ...(costs === undefined ? {} : { costs }) }).single?.tier).toBe(tier);
  });

  test("is nothing to hold a policy against that is one tier itself", () => {
    expect(found({ goes: () => true, weak: () => 0.5, strong: () => 0.9 }).single).toBeUndefined();
    expect(found({ goes: () => false, weak: () => 0.5, strong: () => 0.9 }).single).toBeUndefined();
  });

  test("is no evidence where the policy was trained on the rows", () => {
    const need = needsStrong(0.4);
    const known = { goes: need, weak: (row: number) => (need(row) ? 0 : 1), strong: () => 1, trainedOn: 500 };
    expect(found(known).single?.evidence).toBe("none");
  });
});
