// From stage to stage: what is decided of which counts, and what a decision makes of the state.
import { describe, expect, test } from "vitest";
import { type EventGuard, GUARD_DEFAULTS, ROLLOUT_DEFAULTS, type RolloutSettings } from "../../../src/request/rollout/settings.ts";
import {
  type Action,
  afterVerdict,
  type Because,
  begunAnew,
  type RolloutState,
  resumed,
  rolloutState,
  type Status,
  seesHarm,
  shareOf,
  verdictOf,
} from "../../../src/request/rollout/stages.ts";
import { emptyTally, type PerArm, type Tally } from "../../../src/request/rollout/tally.ts";

const HOUR = 3_600_000;
const FAILED: EventGuard = { kind: "event", name: "failed", ...GUARD_DEFAULTS.event, negligible: undefined };
const SETTINGS: RolloutSettings = {
  ...ROLLOUT_DEFAULTS,
  name: "cheaper",
  by: "request",
  stages: [
    { share: 0, atLeastMs: HOUR },
    { share: 0.1, atLeastMs: 48 * HOUR },
    { share: 0.5, atLeastMs: 48 * HOUR },
    { share: 1, atLeastMs: 0 },
  ],
  guards: [FAILED, { ...FAILED, name: "slow" }],
};
const HARMLESS = { stable: 9_000, candidate: 1_000 } as const; // exactly as often

/** In the stage of 10 % since 0, with a right split. */
function at10(
  harmed: PerArm = { ...HARMLESS },
  units: PerArm = { stable: 90_000, candidate: 10_000 },
  status: Status = "running",
): RolloutState {
  const empty = emptyTally(SETTINGS, 1, 0);
  const harmless = { kind: "event", harmed: { ...HARMLESS } } as const;
  return {
    rollout: "cheaper",
    status,
    past: [],
    tally: { ...empty, requests: { ...units }, units, guards: [{ kind: "event", harmed }, harmless] },
  };
}

const BROKEN = { stable: 90_000, candidate: 9_000 };
const HARMFUL = { stable: 900, candidate: 300 };
const OPEN = { stable: 90, candidate: 10 };

describe("the verdict", () => {
  test.each<[string, RolloutState, number, Partial<RolloutSettings>, Action, Because]>([
    ["in shadow before its time is over", rolloutState(SETTINGS, 0), HOUR - 1, {}, "stay", "time"],
    ["in shadow when its time is over", rolloutState(SETTINGS, 0), HOUR, {}, "promote", "shadow"],
    ["in shadow while held", { ...rolloutState(SETTINGS, 0), status: "held" }, 2 * HOUR, {}, "stay", "held"],
    ["with harm excluded before the time is over", at10(), 48 * HOUR - 1, {}, "stay", "time"],
    ["with harm excluded and the time over", at10(), 48 * HOUR, {}, "promote", "excluded"],
    ["with harm neither found nor excluded, though the time is over", at10(OPEN), 480 * HOUR, {}, "stay", "open"],
    ["with harm found", at10(HARMFUL), 1, {}, "rollback", "harm"],
    ["with harm found, where it shall hold", at10(HARMFUL), 1, { onHarm: "hold" }, "hold", "harm"],
    ["with harm found while held", at10(HARMFUL, undefined, "held"), 1, {}, "rollback", "harm"],
    ["with harm found while held, where it shall hold", at10(HARMFUL, undefined, "held"), 1, { onHarm: "hold" }, "stay", "harm"],
    ["with a broken split, whatever the guards say", at10(HARMFUL, BROKEN), 1, {}, "hold", "split"],
    ["with a broken split while held", at10(HARMFUL, BROKEN, "held"), 1, {}, "stay", "split"],
    ["while held with harm excluded", at10(undefined, undefined, "held"), 99 * HOUR, {}, "stay", "held"],
    ["in a last stage that is not all", at10(), 99 * HOUR, { stages: SETTINGS.stages.slice(0, 2) }, "stay", "last-stage"],
    ["after a rollback", at10(HARMFUL, undefined, "rolled-back"), 1, {}, "stay", "ended"],
    ["when all have it", at10(HARMFUL, undefined, "complete"), 1, {}, "stay", "ended"],
  ])("%s", (_, state, nowMs, more, action, because) => {
    const verdict = verdictOf(state, { ...SETTINGS, ...more }, nowMs);
    expect([verdict.action, verdict.because]).toEqual([action, because]);
  });

  test("names the guard, the rates, and the evidence beside what is needed of it", () => {
    const { findings } = verdictOf(at10(HARMFUL), SETTINGS, 1);
    expect(findings.map(({ guard, is }) => [guard, is])).toEqual([
      ["failed", "harmful"],
      ["slow", "excluded"],
    ]);
    expect(findings[0]?.rates).toEqual({ stable: 0.01, candidate: 0.03 });
    expect(findings[0]?.harm.needed).toBeCloseTo(Math.log((2 * 2) / 0.05), 12); // two guards, two stages that compare
    expect(findings[0]?.harm.is).toBeGreaterThan(30);
    expect(findings[0]?.excluded.needed).toBeCloseTo(Math.log(1 / 0.05), 12);
  });

  test("sees harm by the guard whose event came, as the whole verdict does", () => {
    expect([0, 1, 2].map((guard) => seesHarm(at10(HARMFUL), guard, SETTINGS))).toEqual([true, false, false]);
    expect(seesHarm(rolloutState(SETTINGS, 0), 0, SETTINGS)).toBe(false);
  });

  test("a rate that is negligible excludes harm where there are too few events to compare", () => {
    const settings = { ...SETTINGS, guards: [{ ...FAILED, negligible: 0.001 }, FAILED] };
    const state = at10({ stable: 9, candidate: 1 }, { stable: 180_000, candidate: 20_000 });
    expect(verdictOf(state, settings, 1).findings[0]?.is).toBe("excluded");
    expect(verdictOf(state, SETTINGS, 1).findings[0]?.is).toBe("open");
    const needed = verdictOf(state, settings, 1).findings.map(({ excluded }) => Math.exp(excluded.needed));
    expect(needed.map(Math.round)).toEqual([40, 20]); // two ways may each be wrong
  });

  test("with nothing counted at all is open, and says nothing of how long it takes", () => {
    const verdict = verdictOf({ ...at10(), tally: emptyTally(SETTINGS, 1, 0) }, SETTINGS, 48 * HOUR);
    expect([verdict.because, verdict.moreRequests]).toEqual(["open", undefined]);
  });

  test("says about how many more requests are needed: with so many more at the same rates, harm is excluded", () => {
    const verdict = verdictOf(at10(OPEN), SETTINGS, 48 * HOUR);
    const more = verdict.moreRequests ?? Number.NaN;
    const factor = (10_000 + more) / 10_000;
    const scaled = (by: number) => ({ stable: Math.round(by * OPEN.stable), candidate: Math.round(by * OPEN.candidate) });
    expect(verdictOf(at10(scaled(1.1 * factor)), SETTINGS, 48 * HOUR).findings[0]?.is).toBe("excluded");
    expect(verdictOf(at10(scaled(0.85 * factor)), SETTINGS, 48 * HOUR).findings[0]?.is).toBe("open");
  });

  test("of ten million events is there in a moment, and of a hundred million too", () => {
    for (const millions of [10, 100]) {
      const harmed = { stable: 900_000 * millions, candidate: 100_000 * millions };
      const units = { stable: 9e8 * millions, candidate: 1e8 * millions };
      expect(verdictOf(at10(harmed, units), SETTINGS, 48 * HOUR).findings[0]?.is).toBe("excluded");
      const worse = { ...harmed, candidate: Math.round(1.5 * harmed.candidate) };
      const held = verdictOf(at10(worse, units), { ...SETTINGS, guards: [{ ...FAILED, allowed: 0.6, margin: 0.5001 }] }, 1);
      expect([held.findings[0]?.is, held.moreRequests]).toEqual(["open", undefined]);
    }
  });

  test("says no number where at these rates harm would never be excluded", () => {
    expect(verdictOf(at10({ stable: 90, candidate: 17 }), SETTINGS, 48 * HOUR).moreRequests).toBeUndefined();
  });
});

describe("a rollout", () => {
  test("goes through all its stages, and remembers each", () => {
    let state = rolloutState(SETTINGS, 0);
    const shares = [shareOf(state, SETTINGS)];
    for (let hour = 1; state.status === "running" && hour < 200; hour++) {
      const harmless = at10().tally;
      const half = {
        ...harmless,
        units: { stable: 50_000, candidate: 50_000 },
        guards: [0, 1].map(() => ({ kind: "event" as const, harmed: { stable: 5_000, candidate: 5_000 } })),
      };
      const counts: Tally = state.tally.stage === 2 ? half : harmless;
      state = { ...state, tally: { ...counts, stage: state.tally.stage, sinceMs: state.tally.sinceMs } };
      const next = afterVerdict(state, verdictOf(state, SETTINGS, hour * HOUR), SETTINGS, hour * HOUR);
      if (next !== state) shares.push(shareOf(next, SETTINGS));
      state = JSON.parse(JSON.stringify(next)) as RolloutState; // a restart at each hour
    }
    expect([state.status, shares]).toEqual(["complete", [0, 0.1, 0.5, 1]]);
    expect(state.past.map(({ stage, untilMs, because }) => [stage, untilMs / HOUR, because])).toEqual([
      [0, 1, "shadow"],
      [1, 49, "excluded"],
      [2, 97, "excluded"],
    ]);
  });

  test("rolled back has no share, and no promotion brings it back", () => {
    const state = at10(HARMFUL);
    const back = afterVerdict(state, verdictOf(state, SETTINGS, 5), SETTINGS, 5);
    expect([back.status, shareOf(back, SETTINGS), back.past.map(({ because }) => because)]).toEqual(["rolled-back", 0, ["harm"]]);
    expect(afterVerdict(back, { action: "promote", because: "asked" }, SETTINGS, 6)).toBe(back);
  });

  test("that stays is the same object, so that nothing is written", () => {
    const state = at10(OPEN);
    expect(afterVerdict(state, verdictOf(state, SETTINGS, 5), SETTINGS, 5)).toBe(state);
  });

  test("held keeps its share and goes on with what it has counted", () => {
    const held = afterVerdict(at10(), { action: "hold", because: "asked" }, SETTINGS, 5);
    expect([held.status, shareOf(held, SETTINGS)]).toEqual(["held", 0.1]);
    expect([resumed(held).status, resumed(held).tally]).toEqual(["running", held.tally]);
    expect(resumed({ ...held, status: "rolled-back" }).status).toBe("rolled-back");
  });

  test("is promoted and rolled back by a person's word, before its time and after its end", () => {
    const half = afterVerdict(at10(OPEN), { action: "promote", because: "asked" }, SETTINGS, 5);
    const all = afterVerdict(half, { action: "promote", because: "asked" }, SETTINGS, 6);
    expect([shareOf(half, SETTINGS), shareOf(all, SETTINGS), all.status]).toEqual([0.5, 1, "complete"]);
    expect(shareOf(afterVerdict(all, { action: "rollback", because: "asked" }, SETTINGS, 7), SETTINGS)).toBe(0);
    expect(afterVerdict(all, { action: "promote", because: "asked" }, SETTINGS, 7)).toBe(all);
  });

  test("whose broken split was mended begins its stage anew, with nothing counted", () => {
    const state = begunAnew(at10(HARMFUL, BROKEN, "held"), "asked", SETTINGS, 77);
    expect([state.status, state.tally.stage, state.tally.sinceMs, state.tally.units.stable]).toEqual(["running", 1, 77, 0]);
    expect(state.past).toHaveLength(1);
  });
});
