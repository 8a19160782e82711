import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { plannedRollout } from "../../../src/config/routing-of.ts";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { eventsOf, wordEvents } from "../../../src/outcome/rollout/events.ts";
import { type Change, carriedOn, type KeptRollout } from "../../../src/outcome/rollout/kept-rollout.ts";
import { createRollout, type PlannedRollout } from "../../../src/outcome/rollout/rollouts.ts";
import type { Arm } from "../../../src/request/rollout/assignment.ts";
import type { Watched } from "../../../src/request/rollout/plan.ts";

const BEGUN = 1_800_000_000_000;
const STAGES = "stages: [{ share: 0.5, hours: 0.01 }, { share: 0.9, hours: 0.01 }, { share: 1, hours: 0 }]";

function planned(keys = ""): PlannedRollout {
  const policies = "active: main\npolicies: { main: { type: length, maxChars: 9 }, next: { type: length, maxChars: 99 } }";
  const config = parseConfig(`${policies}\nrollout: { candidate: next, by: request, settleMs: 1000, ${STAGES}, ${keys} }`, "test.yaml");
  const rollout = plannedRollout(config);
  if (rollout === undefined) throw new Error("a rollout");
  return rollout;
}

function outcomeOf(arm: Arm, unit: number, atMs: number, more: object = {}, kind: Outcome["kind"] = "joined"): Outcome {
  const served = { status: 200, responseFlags: [], durationMs: 100, firstByteMs: 50, ...more };
  const decided = { decision: { arm, tier: "weak", policy: "main@1", reason: "length" }, measured: { unit }, made: { atMs } };
  return {
    kind,
    requestId: String(unit),
    decided,
    served: kind === "unknown" ? undefined : served,
    isChat: true,
    ...more,
  } as unknown as Outcome;
}

function started(keys = "guards: { failed: 0.5 }", before?: KeptRollout | "bad") {
  let now = BEGUN;
  const changes: Change[] = [];
  const deps = { now: () => now, isHeard: () => true, onChange: (change: Change) => changes.push(change) };
  const rollout = createRollout(planned(keys), before, deps);
  let unit = 0;
  const serve = (arm: Arm, more: object = {}, kind?: Outcome["kind"]) => rollout.outcome(outcomeOf(arm, ++unit, now, more, kind));
  const pass = (ms: number) => {
    now += ms;
  };
  return { rollout, changes, serve, pass };
}

describe("a rollout", () => {
  test("is rolled back with the failure that proves harm, before any clock ticks", () => {
    const { rollout, changes, serve } = started();
    expect(rollout.standing).toEqual({ share: 0.5, isOver: false });
    let failures = 0;
    while (changes.length === 0 && failures < 100) {
      serve("stable");
      serve("candidate", { status: 503 });
      failures++;
    }
    expect(failures).toBeLessThan(20);
    expect(rollout.standing).toEqual({ share: 0, isOver: true });
    expect(changes).toMatchObject([{ action: "rollback", because: "harm", guards: ["failed"] }]);
    expect(rollout.status()).toMatchObject({ status: "rolled-back", share: 0, past: [{ because: expect.stringContaining("harm") }] });
  });

  test("is held instead where that is what harm shall do", () => {
    const { rollout, changes, serve } = started("guards: { failed: 0.5 }, onHarm: hold");
    for (let i = 0; i < 30; i++) serve("candidate", { status: 500 });
    expect(changes).toMatchObject([{ action: "hold", because: "harm" }]);
    expect(rollout.standing).toEqual({ share: 0.5, isOver: false });
    expect(rollout.act("start")).toEqual({ kind: "done" });
    expect(rollout.status()).toMatchObject({ status: "running", requests: { candidate: 0 } });
  });

  test("goes on through its stages when harm is excluded and their time is over, not before", () => {
    const { rollout, changes, serve, pass } = started("guards: { slow: 3, slowMs: 10 }");
    const stage = () => {
      const each = rollout.standing.share > 0.5 ? 10 : 2;
      for (let i = 1; i <= 300; i++) serve(i % each === 0 ? "stable" : "candidate");
    };
    stage();
    rollout.judge();
    expect(changes).toEqual([]);
    pass(60_000);
    rollout.judge();
    expect(changes).toMatchObject([{ action: "promote", because: "excluded" }]);
    expect(rollout.standing.share).toBe(0.9);
    stage();
    pass(60_000);
    rollout.judge();
    expect(rollout.standing).toEqual({ share: 1, isOver: true });
    expect(rollout.status()).toMatchObject({ status: "complete", stage: 2 });
    expect(rollout.act("rollback")).toEqual({ kind: "done" });
    expect(rollout.standing).toEqual({ share: 0, isOver: true });
  });

  test("whose candidate's requests pass without their decision is held for its split, though no guard saw a harm", () => {
    const { rollout, changes, serve, pass } = started();
    for (let i = 0; i < 100; i++) {
      serve("stable");
      serve("candidate", {}, "unrouted");
    }
    rollout.judge();
    expect(changes).toEqual([]); // their outcomes may only be late
    pass(3000);
    rollout.judge();
    expect(changes).toMatchObject([{ action: "hold", because: "split" }]);
    rollout.act("start");
    rollout.judge();
    expect(changes).toHaveLength(2);
    expect(rollout.status().status).toBe("running");
  });

  test("does what a person says, and says why not", () => {
    const { rollout, changes } = started();
    expect(rollout.act("start")).toEqual({ kind: "refused", why: "it is running" });
    expect(rollout.act("hold")).toEqual({ kind: "done" });
    expect(rollout.act("hold")).toEqual({ kind: "refused", why: "it is held" });
    expect(rollout.act("start")).toEqual({ kind: "done" });
    expect(rollout.act("promote")).toEqual({ kind: "done" });
    expect(rollout.act("promote")).toEqual({ kind: "done" });
    expect(rollout.act("promote")).toEqual({ kind: "refused", why: "this is its last stage" });
    expect(rollout.act("rollback")).toEqual({ kind: "done" });
    expect(rollout.act("promote")).toEqual({ kind: "refused", why: "it was rolled back: `start` begins anew" });
    expect(rollout.act("start")).toEqual({ kind: "done" });
    expect(rollout.status()).toMatchObject({ status: "running", stage: 0, past: [{ stage: 0 }, { stage: 1 }, { stage: 2 }] });
    expect(changes.map(({ action }) => action)).toEqual(["hold", "start", "promote", "promote", "rollback", "start"]);
  });

  test("without a readable file is held with no share, but for the first stage's own", () => {
    const { rollout } = started("guards: { failed: 0.5 }", "bad");
    expect(rollout.status()).toMatchObject({ status: "held", changed: { because: "its state could not be read" } });
  });

  test("draws its evidence against time, in a bounded number of points", () => {
    const { rollout, serve, pass } = started();
    for (let second = 0; second < 1000; second++) {
      serve("stable", { status: 503 });
      pass(1000);
      rollout.judge();
    }
    const { seconds, guards } = rollout.status().curve;
    expect(seconds.length).toBeGreaterThan(100);
    expect(seconds.length).toBeLessThanOrEqual(241);
    expect(guards).toMatchObject([{ guard: "failed" }]);
    expect(guards[0]?.excluded.at(-1)).toBeGreaterThan(1);
  });
});

describe("a rollout that was under way", () => {
  const underWay = (): KeptRollout => {
    const { rollout, serve } = started();
    for (let i = 0; i < 10; i++) serve("candidate");
    return rollout.kept();
  };
  const with_ = (keys: string) => {
    const { plan, candidate, stable } = planned(keys);
    return { candidate, stable, settings: plan.settings };
  };

  test("goes on with all it has counted where nothing has changed", () => {
    const kept = underWay();
    expect(carriedOn(with_("guards: { failed: 0.5 }"), JSON.parse(JSON.stringify(kept)), BEGUN).state.tally.requests.candidate).toBe(10);
  });

  test("begins its stage anew with other guards, and stays rolled back", () => {
    const kept = underWay();
    const rolledBack: KeptRollout = { ...kept, state: { ...kept.state, status: "rolled-back" } };
    const now = with_("guards: { failed: 0.6, slow: 0.5 }");
    expect(carriedOn(now, rolledBack, BEGUN + 5).state).toMatchObject({ status: "rolled-back", tally: { requests: { candidate: 0 } } });
    expect(carriedOn(now, kept, BEGUN + 5).state).toMatchObject({ status: "running", tally: { stage: 0, sinceMs: BEGUN + 5 } });
  });

  test("never begins at a greater share than it had", () => {
    const kept = underWay();
    const { settings, ...ids } = with_("guards: { failed: 0.5 }");
    const stages = [0, 0.1, 0.4, 0.8].map((share) => ({ share, atLeastMs: 0 }));
    expect(carriedOn({ ...ids, settings: { ...settings, stages } }, kept, BEGUN).state.tally.stage).toBe(2);
  });

  test("is another one under another name, or with another version of the candidate", () => {
    const kept = underWay();
    const rolledBack: KeptRollout = { ...kept, state: { ...kept.state, status: "rolled-back" } };
    expect(carriedOn(with_("guards: { failed: 0.5 }, name: again"), rolledBack, BEGUN).state.status).toBe("running");
    expect(carriedOn({ ...with_("guards: { failed: 0.5 }"), candidate: "next@2" }, rolledBack, BEGUN).state.status).toBe("running");
  });
});

describe("what a guard takes for harm", () => {
  const watched: readonly Watched[] = [
    { what: "failed" },
    { what: "slow", overMs: 1000 },
    { what: "firstByte", overMs: 200 },
    { what: "signals" },
    { what: "lowRatings" },
    { what: "cost" },
  ];
  const of = { arm: "candidate", unit: 7, decidedAtMs: BEGUN } as const;
  const seen = (more: object, kind?: Outcome["kind"], isHeard = true) =>
    eventsOf(outcomeOf("candidate", 7, BEGUN, more, kind), of, watched, isHeard).map((event) =>
      "guard" in event ? event.guard : "request",
    );

  test.each<[string, object, readonly (number | "request")[]]>([
    ["a good answer", {}, ["request"]],
    ["a status of 503", { status: 503 }, ["request", 0]],
    ["no response at all", { status: 0, responseFlags: ["UC"] }, ["request", 0]],
    ["a client that went before the answer", { status: 0, responseFlags: ["DC"] }, ["request"]],
    ["a status of 429, which is the client's", { status: 429 }, ["request"]],
    ["an answer that ends in an error", { failure: "error" }, ["request", 0]],
    ["a slow one", { durationMs: 1001 }, ["request", 1]],
    ["a late first byte", { firstByteMs: 201 }, ["request", 2]],
    ["one with a cost", { cost: { costUsd: 0.2 } }, ["request", 5]],
  ])("%s", (_, more, expected) => {
    expect(seen(more)).toEqual(expected);
  });

  test("nothing heard of a request is a failure, where others are heard of", () => {
    expect(seen({}, "unknown")).toEqual([0]);
    expect(seen({}, "unknown", false)).toEqual([]);
  });

  test("a request that passed without its decision, or was decided elsewhere, counts for nobody", () => {
    expect([seen({}, "unrouted"), seen({}, "elsewhere")]).toEqual([[], []]);
  });

  test.each([
    [{ signal: "repeat" }, [3]],
    [{ signal: "low-rating" }, []],
    [{ rating: 2 }, [4]],
    [{ rating: 3 }, []],
  ] as const)("said later: %o", (word, expected) => {
    expect(wordEvents(word, of, watched).map((event) => ("guard" in event ? event.guard : -1))).toEqual(expected);
  });
});
