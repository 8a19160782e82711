// Whole rollouts by chance, with fixed seeds: how often a harmless candidate is rolled back though it is watched at every event, and how
// soon a harmful one is. The figures of docs/rollout.md are made by the same functions, with more runs (bench/rollout.ts).
import { describe, expect, test } from "vitest";
import {
  type Harm,
  HEALTHY,
  type Reading,
  requestsUntilHarm,
  ruleOfTheGuides,
  sessionsBringRollback,
  settingsFor,
  simulated,
  worse,
} from "../../../bench/rollout-simulation.ts";
import { spreadOf } from "../../../bench/table.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

const HOUR = 3_600_000;
const stage = (share: number) => [{ share, atLeastMs: 0 }];
const only = (stable: number, candidate: number): readonly Harm[] => [{ name: "failed", stable, candidate }];

describe("a harmless candidate", () => {
  test("is rolled back in at most 5 % of 2,000 rollouts of two stages and five guards, watched at every event", () => {
    const random = randomSource(31);
    let rollbacks = 0;
    for (let run = 0; run < 2_000; run++) {
      const back = [0.1, 0.5].some((share) => {
        // five guards in one stage; half the probability is for the other one
        const settings = settingsFor(HEALTHY, { stages: stage(share), alpha: 0.05 / 2 });
        return requestsUntilHarm(settings, { harms: HEALTHY, random }, 15_000) !== undefined;
      });
      if (back) rollbacks++;
    }
    expect(rollbacks).toBeGreaterThan(5);
    expect(rollbacks).toBeLessThanOrEqual(100);
  });

  test("would be rolled back far more often without the division among guards: the bound is one that can be broken", () => {
    const random = randomSource(32);
    const settings = settingsFor(HEALTHY, { stages: stage(0.1), alpha: 0.05 * 2 * 5 });
    let rollbacks = 0;
    for (let run = 0; run < 300; run++) if (requestsUntilHarm(settings, { harms: HEALTHY, random }, 15_000) !== undefined) rollbacks++;
    expect(rollbacks / 300).toBeGreaterThan(0.08);
    expect(rollbacks / 300).toBeLessThanOrEqual(0.5);
  });
});

describe("sessions that fail again and again, as often in one arm as in the other", () => {
  const rollbacks = (by: "session" | "request") => {
    const random = randomSource(37);
    const settings = settingsFor(only(0, 0), { stages: stage(0.1), by });
    const sessions = { requests: 20, failing: 0.05, failed: 0.6 };
    return Array.from({ length: 200 }, () => sessionsBringRollback(settings, sessions, 10_000, random)).filter(Boolean).length / 200;
  };

  test("bring a rollback in at most 5 %, as each counts once", () => expect(rollbacks("session")).toBeLessThanOrEqual(0.05));
  test("would bring one in every other rollout if each request counted", () => expect(rollbacks("request")).toBeGreaterThan(0.4));
});

describe("a harmful candidate, with one guard", () => {
  // Candidate's requests until the rollback: at the most, half and nine tenths of the runs.
  test.each([
    [0.1, 0.01, 0.02, 1_350, 3_400, 60_000],
    [0.1, 0.01, 0.03, 350, 1_000, 60_000],
    [0.1, 0.01, 0.05, 110, 330, 60_000],
    [0.1, 0.05, 0.08, 800, 1_900, 60_000],
    [0.01, 0.01, 0.03, 560, 1_200, 200_000],
    [0.5, 0.01, 0.03, 650, 1_600, 60_000],
  ])("at a share of %f, with %f of the requests harmed instead of %f, is rolled back", (share, stable, candidate, half, most, requests) => {
    const random = randomSource(33);
    const harms = only(stable, candidate);
    const settings = settingsFor(harms, { stages: stage(share) });
    const runs = Array.from({ length: 400 }, () => requestsUntilHarm(settings, { harms, random }, requests));
    const found = runs.flatMap((after) => after ?? []).sort((a, b) => a - b);
    expect(found.length).toBeGreaterThanOrEqual(396);
    expect(found[200]).toBeLessThan(half);
    expect(found[360]).toBeLessThan(most);
  });

  test("and four others, and a stage to come, that fails 3 % instead of 1 % is rolled back before 1,500 requests in 9 of 10 runs", () => {
    const random = randomSource(34);
    const harms = worse("failed", { candidate: 0.03 });
    const settings = settingsFor(harms);
    const runs = Array.from({ length: 400 }, () => requestsUntilHarm(settings, { harms, random }, 60_000));
    expect(runs.filter((after) => after !== undefined && after < 1_500).length).toBeGreaterThanOrEqual(360);
  });
});

describe("whole rollouts", () => {
  const stages = [
    { share: 0, atLeastMs: HOUR / 12 },
    { share: 0.1, atLeastMs: HOUR },
    { share: 0.5, atLeastMs: HOUR },
    { share: 1, atLeastMs: 0 },
  ];

  test("of a candidate that harms half as often go through all stages, not before their times", () => {
    const random = randomSource(35);
    const harms = HEALTHY.map((harm) => ({ ...harm, candidate: harm.stable / 2 }));
    const runs = Array.from({ length: 5 }, () => simulated(settingsFor(harms, { stages }), { harms, perSecond: 20, random }, 24 * HOUR));
    expect(runs.map(({ state, stages: past }) => [state.status, past])).toEqual(runs.map(() => ["complete", 3]));
    expect(Math.min(...runs.map(({ endedMs }) => endedMs))).toBeGreaterThan(2 * HOUR);
  });

  test("of one that fails five times as often end in its first stage with traffic", () => {
    const random = randomSource(36);
    const harms = worse("failed", { candidate: 0.05 });
    const runs = Array.from({ length: 20 }, () => simulated(settingsFor(harms, { stages }), { harms, perSecond: 20, random }, 3 * HOUR));
    expect(runs.map(({ state, stages: past }) => [state.status, past])).toEqual(runs.map(() => ["rolled-back", 1]));
    expect(spreadOf(runs.map(({ candidate }) => candidate)).median).toBeLessThan(400);
  });
});

describe("the rule of the guides, in two days at 10 % of 10 requests a second", () => {
  const found = (harms: readonly Harm[], seed: number, reading: Reading = "together") => {
    const random = randomSource(seed);
    const runs = Array.from({ length: 100 }, () => ruleOfTheGuides({ harms, random }, 60, 2 * 1_440, reading));
    return runs.filter((minute) => minute !== undefined);
  };

  test("rolls every harmless candidate back", () => expect(found(HEALTHY, 41)).toHaveLength(100));

  test("rolls fewer back, the harmful ones included, where each of the five minutes must be over", () => {
    const harmful = worse("failed", { candidate: 0.018 });
    expect(found(HEALTHY, 44, "each").length).toBeLessThan(90);
    const median = (minutes: readonly number[]) => spreadOf(minutes).median;
    expect(median(found(harmful, 45, "each"))).toBeGreaterThan(3 * median(found(harmful, 45)));
  });

  test("does not where nothing ever happens", () => {
    expect(
      found(
        worse("failed", { candidate: 0 }).map((harm) => ({ ...harm, candidate: 0 })),
        42,
      ),
    ).toHaveLength(0);
  });

  test("waits for the end of a day to see twice the misroutes, where nothing else happens", () => {
    const harms = HEALTHY.map((harm) => ({ ...harm, candidate: harm.name === "misroute" ? 0.1 : 0 }));
    expect(new Set(found(harms, 43))).toEqual(new Set([1_440]));
  });
});
