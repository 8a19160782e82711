import { describe, expect, test } from "vitest";
import { ShareKeeper, type ShareSettings, type ThresholdMove } from "../../../../src/request/policy/learned/share-keeper.ts";
import { randomSource } from "../../../../src/study/evaluate/random-source.ts";

const SETTINGS: ShareSettings = { target: 0.65, start: 0.65, lowest: 0.1, highest: 0.95 };

/** Runs scores through a keeper; the weak share it comes to in each part of the run. */
function run(settings: ShareSettings, scores: Iterable<number>, part = 10_000) {
  const moves: ThresholdMove[] = [];
  const keeper = new ShareKeeper(settings, (move) => moves.push(move));
  const shares: number[] = [];
  let [weak, seen] = [0, 0];
  for (const score of scores) {
    if (score < keeper.threshold) weak++;
    keeper.observe(score);
    if (++seen % part > 0) continue;
    shares.push(weak / part);
    weak = 0;
  }
  return { moves, shares, threshold: keeper.threshold };
}

function* drawn(count: number, shape: (uniform: number) => number, seed = 1) {
  const random = randomSource(seed);
  for (let at = 0; at < count; at++) yield shape(random());
}

describe("the keeper of a weak share", () => {
  test.each([
    ["higher than in training", (uniform: number) => uniform ** 0.5],
    ["lower than in training", (uniform: number) => uniform ** 2],
    ["crowded in a narrow band", (uniform: number) => 0.2 + uniform / 50],
  ])("comes within a point of its target on scores %s, and stays there", (_what, shape) => {
    const { shares } = run(SETTINGS, drawn(80_000, shape));
    for (const share of shares.slice(1)) expect(Math.abs(share - 0.65)).toBeLessThan(0.015);
    const settled = shares.slice(2).reduce((sum, share) => sum + share, 0) / (shares.length - 2);
    expect(Math.abs(settled - 0.65)).toBeLessThan(0.01);
  });

  test("follows traffic that changes in the middle", () => {
    const before = [...drawn(30_000, (uniform) => uniform)];
    const after = [...drawn(40_000, (uniform) => uniform ** 2, 2)];
    const { shares } = run(SETTINGS, [...before, ...after]);
    expect(Math.abs((shares[4] ?? 0) - 0.65)).toBeLessThan(0.015);
    expect(Math.abs((shares[6] ?? 0) - 0.65)).toBeLessThan(0.015);
  });

  test("moves seldom while the share is right", () => {
    const { moves } = run(
      SETTINGS,
      drawn(200_000, (uniform) => uniform),
    );
    expect(moves.length).toBeLessThan(10);
  });

  test("does not move before it has seen enough, and then says from where, to where and why", () => {
    expect(
      run(
        SETTINGS,
        drawn(1023, (uniform) => uniform ** 2),
      ).moves,
    ).toEqual([]);
    const { moves, threshold } = run(
      SETTINGS,
      drawn(1024, (uniform) => uniform ** 2),
    );
    expect(moves).toHaveLength(1);
    expect(moves[0]).toMatchObject({ from: 0.65, to: threshold, requests: 1024 });
    expect(moves[0]?.observedShare).toBeGreaterThan(0.75);
  });

  test.each([
    ["below", (uniform: number) => uniform / 100, 0.1],
    ["above", (uniform: number) => 0.99 + uniform / 100, 0.95],
  ])("stays within its bounds where the target lies %s them, and reports that it got there once", (_what, shape, bound) => {
    const { moves, threshold } = run(SETTINGS, drawn(50_000, shape));
    expect(threshold).toBe(bound);
    expect(moves).toHaveLength(1);
  });

  test("stands still where all scores are the same", () => {
    const { moves } = run(
      { ...SETTINGS, start: 0.5 },
      drawn(50_000, () => 0.5),
    );
    expect(moves.length).toBeLessThanOrEqual(1);
  });

  test("does the same for the same scores", () => {
    const scores = [...drawn(50_000, (uniform) => uniform ** 3)];
    expect(run(SETTINGS, scores)).toEqual(run(SETTINGS, scores));
  });
});
