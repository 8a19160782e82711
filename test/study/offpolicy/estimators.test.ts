// The estimators on logs whose truth is known: near it on average, and inside the interval as often as it says.
import { describe, expect, test } from "vitest";
import { changeOf, estimatesOf, meanByUnit } from "../../../src/study/offpolicy/estimators.ts";
import { unitsOf } from "../../../src/study/offpolicy/logged.ts";
import { predictedValues } from "../../../src/study/offpolicy/reward-model.ts";
import { effectiveUnits, moreDaysNeeded, weightsFor } from "../../../src/study/offpolicy/weights.ts";
import { type Decides, madeRequests, meanOf, type SimulatedLog, simulatedLog } from "./simulated-log.ts";

const REQUESTS = madeRequests(20_000, 7);
const inForce: Decides = ({ features: [length = 0] }) => (length > 0.6 ? 1 : 0);
const byWords: Decides = ({ features: [, words = 0] }) => (words > 0.5 ? 1 : 0);

const NO_CUT = Number.POSITIVE_INFINITY;

function judged({ logged, requests }: SimulatedLog, values: Float64Array, candidate: Decides) {
  const target = Uint8Array.from(requests, (known) => candidate(known));
  const weights = weightsFor(logged, target, NO_CUT).of;
  const observed = { values, weights, units: logged.units, predicted: predictedValues(logged, values, target) };
  const estimates = estimatesOf(observed);
  const change = changeOf(observed);
  if (estimates === undefined || change === undefined) throw new Error("there are rows");
  return { ...estimates, change, effective: effectiveUnits(weights, logged.units) };
}

const names = ["ips", "snips", "doublyRobust", "change"] as const;

describe.each([
  { share: 0.02, perSession: 1, rows: 10_000, runs: 200 },
  { share: 0.1, perSession: 1, rows: 3000, runs: 200 },
  { share: 0.1, perSession: 4, rows: 6000, runs: 200 },
])("with $share of the sessions at random, $perSession requests each, $rows in all", ({ share, perSession, rows, runs }) => {
  test("intervals of 95 in 100 hold the truth in at least 93 of 100 logs", () => {
    const candidate = byWords;
    const truth = meanOf(REQUESTS, candidate, "quality");
    const change = truth - meanOf(REQUESTS, inForce, "quality");
    const held = { ips: 0, snips: 0, doublyRobust: 0, change: 0 };
    const sums = { ips: 0, snips: 0, doublyRobust: 0, change: 0 };
    for (let run = 0; run < runs; run++) {
      const seed = run * 2_654_435_761 + 17;
      const log = simulatedLog({ from: REQUESTS, rows, share, perSession, policy: inForce, seed });
      const found = judged(log, log.rewards, candidate);
      expect(found.effective).toBeGreaterThan(140);
      for (const estimator of names) {
        const { value, low, high } = found[estimator];
        const expected = estimator === "change" ? change : truth;
        sums[estimator] += value / runs;
        if (low <= expected && expected <= high) held[estimator]++;
      }
    }
    for (const estimator of names) {
      expect(held[estimator] / runs, estimator).toBeGreaterThanOrEqual(0.93);
      expect(Math.abs(sums[estimator] - (estimator === "change" ? change : truth)), estimator).toBeLessThan(0.01);
    }
  });
});

describe("the estimators", () => {
  const log = simulatedLog({ from: REQUESTS, rows: 20_000, share: 0.05, perSession: 2, policy: inForce, seed: 3 });

  test("of the policy in force come to what was seen, its audit slice aside", () => {
    const found = judged(log, log.rewards, inForce);
    expect(Math.abs(found.snips.value - meanOf(log.requests, inForce, "quality"))).toBeLessThan(0.005);
    expect(found.change.low).toBeLessThan(0);
    expect(found.change.high).toBeGreaterThan(0);
  });

  test("the doubly robust one is narrower than plain weights where the facts tell something", () => {
    const found = judged(log, log.costs, () => 1);
    const width = ({ low, high }: { low: number; high: number }) => high - low;
    expect(width(found.doublyRobust)).toBeLessThan(0.2 * width(found.ips));
    expect(found.doublyRobust.value).toBeCloseTo(
      meanOf(REQUESTS, () => 1, "costUsd"),
      4,
    );
  });

  test("a model of rewards that is nonsense widens the interval and does not move the estimate", () => {
    const target = Uint8Array.from(log.requests, () => 1);
    const weights = weightsFor(log.logged, target, NO_CUT).of;
    const wrong = { taken: Float64Array.from(log.rewards, () => 0.1), target: Float64Array.from(log.rewards, () => 0.1) };
    const { doublyRobust } = estimatesOf({ values: log.rewards, weights, units: log.logged.units, predicted: wrong }) ?? {};
    expect(Math.abs((doublyRobust?.value ?? 0) - meanOf(REQUESTS, () => 1, "quality"))).toBeLessThan(0.1);
    expect(judged(log, log.rewards, () => 1).doublyRobust.value).toBeGreaterThan(doublyRobust?.low ?? 1);
  });

  test("intervals of correlated requests count sessions, not requests", () => {
    const values = Float64Array.from({ length: 400 }, (_, row) => (Math.floor(row / 40) % 2 === 0 ? 1 : 0));
    const width = (ids: number[]) => {
      const found = meanByUnit(values, unitsOf(ids));
      return (found?.high ?? 0) - (found?.low ?? 0);
    };
    const bySession = width([...values.keys()].map((row) => Math.floor(row / 40)));
    expect(bySession).toBeGreaterThan(5 * width([...values.keys()]));
  });

  test("a row whose value is not known counts nowhere, and without any there is no estimate", () => {
    const target = Uint8Array.from(log.requests, (known) => inForce(known));
    const weights = weightsFor(log.logged, target, NO_CUT).of;
    const values = log.rewards.map((value, row) => (row % 3 === 0 ? value : Number.NaN));
    const estimates = (of: Float64Array) =>
      estimatesOf({ values: of, weights, units: log.logged.units, predicted: predictedValues(log.logged, of, target) });
    expect(estimates(values)?.snips.value).toBeCloseTo(meanOf(log.requests, inForce, "quality"), 1);
    expect(estimates(values.fill(Number.NaN))).toBeUndefined();
  });
});

describe("weights", () => {
  const taken = Uint8Array.from([0, 1, 1, 0]);
  const propensity = Float64Array.from([0.5, 0.25, 0.0001, 1]);

  test("are 1 / chance where the policy would have gone there too, else nothing", () => {
    expect([...weightsFor({ taken, propensity }, Uint8Array.from([0, 1, 0, 1]), NO_CUT).of]).toEqual([2, 4, 0, 0]);
  });

  test("over the most are cut to it, and counted", () => {
    expect(weightsFor({ taken, propensity }, taken, 1000)).toEqual({ of: Float64Array.from([2, 4, 1000, 1]), cut: 1 });
  });

  test.each<[name: string, weights: number[], ids: number[], size: number]>([
    ["of equal weights, all of them", [1, 1, 1, 1], [1, 2, 3, 4], 4],
    ["of one heavy one, hardly more than that", [1000, 1, 1, 1], [1, 2, 3, 4], 1.006],
    ["of two requests in each session, the sessions", [1, 1, 1, 1], [1, 1, 2, 2], 2],
    ["of nothing, nothing", [0, 0], [1, 2], 0],
  ])("are worth, %s", (_, weights, ids, size) => {
    expect(effectiveUnits(Float64Array.from(weights), unitsOf(ids))).toBeCloseTo(size, 3);
  });

  test.each<[effective: number, days: number, more: number | undefined]>([
    [200, 7, undefined],
    [100, 7, 7],
    [50, 2, 6],
    [0, 7, Number.POSITIVE_INFINITY],
  ])("worth %d units after %d days need %s more", (effective, days, more) => {
    expect(moreDaysNeeded(effective, days)).toBe(more);
  });
});
