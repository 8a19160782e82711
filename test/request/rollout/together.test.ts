// Rollouts by chance that four replicas judge together, with fixed seeds: however late they hear of each other, a harmless candidate is
// hardly ever rolled back, and a harmful one about as soon as by one process that sees everything.
import { describe, expect, test } from "vitest";
import { type Harm, HEALTHY, requestsUntilHarm, settingsFor, worse } from "../../../bench/rollout-simulation.ts";
import { sessionsBringRollbackOfAll, type Together, togetherUntilHarm } from "../../../bench/rollout-together-simulation.ts";
import { spreadOf } from "../../../bench/table.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

const stages = [{ share: 0.1, atLeastMs: 0 }];
const together = (judged: Together["judged"], every = 400): Together => ({ replicas: 4, every, judged });
const NOTHING: readonly Harm[] = [{ name: "failed", stable: 0, candidate: 0 }];

describe("a harmless candidate, with five guards and four replicas", () => {
  const rollbacks = (how: Together, runs: number, alpha = 0.05) => {
    const [random, settings] = [randomSource(51), settingsFor(HEALTHY, { stages, alpha })];
    const of = () => togetherUntilHarm(HEALTHY, 15_000, { settings, random, together: how });
    return Array.from({ length: runs }, of).filter((request) => request !== undefined).length / runs;
  };

  test.each([200, 2_000])("is rolled back in at most 5 % where each tells every %d requests what it has counted", (every) => {
    expect(rollbacks(together("sum", every), 200)).toBeLessThanOrEqual(0.05);
  });

  test("would be more often without the division among guards: the bound is one that can be broken", () => {
    expect(rollbacks(together("sum"), 100, 0.05 * 10)).toBeGreaterThan(0.05);
  });

  test("would be more often if each judged its own of now beside the others' of then: that is as many tests as replicas", () => {
    expect(rollbacks(together("own-view", 2_000), 200)).toBeGreaterThan(2 * rollbacks(together("sum", 2_000), 200));
  });
});

describe("sessions that fail again and again, wherever their requests fall, as often in one arm as in the other", () => {
  const rollbacks = (isClaimed: boolean, runs: number) => {
    const [random, settings] = [randomSource(52), settingsFor(NOTHING, { stages, by: "session" })];
    const sessions = { requests: 20, failing: 0.05, failed: 0.6 };
    const of = () => sessionsBringRollbackOfAll(sessions, 5_000, { settings, random, together: together("sum") }, isClaimed);
    return Array.from({ length: runs }, of).filter(Boolean).length / runs;
  };

  test("bring a rollback in at most 5 %, as one replica counts each", () => expect(rollbacks(true, 60)).toBeLessThanOrEqual(0.05));
  test("would bring one in every fifth rollout if each replica counted it", () => expect(rollbacks(false, 60)).toBeGreaterThan(0.2));
});

test("a candidate that fails 3 % instead of 1 % is found about as soon as by one process that sees everything", () => {
  const harms = worse("failed", { candidate: 0.03 });
  const settings = settingsFor(harms, { stages });
  const [alone, all] = [randomSource(53), randomSource(53)];
  const medianOf = (after: () => number | undefined) =>
    spreadOf(Array.from({ length: 100 }, after).map((requests) => requests ?? Number.POSITIVE_INFINITY)).median;
  const ofOne = medianOf(() => requestsUntilHarm(settings, { harms, random: alone }, 60_000));
  const ofFour = medianOf(() => {
    const requests = togetherUntilHarm(harms, 60_000, { settings, random: all, together: together("sum") });
    return requests && 0.1 * requests;
  });
  expect(ofFour).toBeLessThan(1.3 * ofOne);
});
