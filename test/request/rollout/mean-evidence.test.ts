// Bets on costs: right however costs are spread, and able to tell.
import { describe, expect, test } from "vitest";
import { bet, dearer, dearerExcluded, type MeanSettings, noBets } from "../../../src/request/rollout/mean-evidence.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

const SETTINGS: MeanSettings = { share: 0.1, allowed: 0, margin: 0.3 };
const NEEDED = Math.log(20);

/** Costs of long tail: many small, few up to the cap. Their mean is about .1. */
const longTail = (random: () => number) => Math.min(1, -0.1 * Math.log(1 - random()));
/** The worst spread for a test of means: nothing or the cap. */
const allOrNothing = (random: () => number) => (random() < 0.02 ? 1 : 0);

interface Watched {
  readonly dearer: number | undefined; // units until it was called so
  readonly excluded: number | undefined;
}

function watched(factor: number, costOf: (random: () => number) => number, units: number, random: () => number): Watched {
  const bets = noBets();
  let [called, excluded]: (number | undefined)[] = [];
  for (let unit = 1; unit <= units; unit++) {
    const isCandidate = random() < SETTINGS.share;
    // `factor` times as dear: more often where costs are all or nothing, else higher
    const cost = costOf(random);
    const own = costOf === allOrNothing ? (cost > 0 || random() < 0.02 * (factor - 1) ? 1 : 0) : cost * factor;
    bet(bets, isCandidate, isCandidate ? own : cost, SETTINGS);
    if (unit % 8 !== 0) continue;
    if (called === undefined && dearer(bets) >= NEEDED) called = unit;
    if (excluded === undefined && dearerExcluded(bets) >= NEEDED) excluded = unit;
  }
  return { dearer: called, excluded };
}

const share = (runs: readonly Watched[], of: keyof Watched) => runs.filter((run) => run[of] !== undefined).length / runs.length;

describe("bets on a mean", () => {
  const COSTS = { "long-tailed": longTail, "all or nothing": allOrNothing } as const;

  test.each(["long-tailed", "all or nothing"] as const)("call equal %s costs dearer in at most 5 %% of the rollouts", (name) => {
    const random = randomSource(21);
    const runs = Array.from({ length: 300 }, () => watched(1, COSTS[name], 3_000, random));
    expect(share(runs, "dearer")).toBeLessThanOrEqual(0.05);
  });

  test.each(["long-tailed", "all or nothing"] as const)("exclude the margin where %s costs are over it in at most 5 %%", (name) => {
    const random = randomSource(22);
    const runs = Array.from({ length: 300 }, () => watched(1.3 * 1.01, COSTS[name], 3_000, random));
    expect(share(runs, "excluded")).toBeLessThanOrEqual(0.05);
  });

  test("find costs twice as high, and exclude the margin where they are equal", () => {
    const random = randomSource(23);
    const twice = Array.from({ length: 20 }, () => watched(2, longTail, 10_000, random));
    const equal = Array.from({ length: 20 }, () => watched(1, longTail, 40_000, random));
    expect(share(twice, "dearer")).toBe(1);
    expect(share(equal, "excluded")).toBeGreaterThan(0.8);
  });

  test("stay finite when every unit costs the cap, or more", () => {
    const bets = noBets();
    for (let unit = 0; unit < 100_000; unit++) bet(bets, unit % 10 === 0, 7, SETTINGS);
    expect(Number.isFinite(dearer(bets)) && Number.isFinite(dearerExcluded(bets))).toBe(true);
  });

  test("are a mean over stakes, computed without overflow", () => {
    const bets = { over: [0, Math.log(3), 0, 0, 0, 0], under: [2_000, 0, 0, 0, 0, 0] };
    expect(dearer(bets)).toBeCloseTo(Math.log(8 / 6), 12);
    expect(dearerExcluded(bets)).toBeCloseTo(2_000 - Math.log(6), 9);
  });
});
