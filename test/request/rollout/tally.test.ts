// What is counted, what is not, and how replicas' counts become one.
import { describe, expect, test } from "vitest";
import { GUARD_DEFAULTS, type RolloutSettings } from "../../../src/request/rollout/settings.ts";
import { emptyTally, merged, metUnits, type Seen, saw, settle, type Tally } from "../../../src/request/rollout/tally.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

const SETTINGS: RolloutSettings = {
  name: "cheaper",
  stages: [
    { share: 0.1, atLeastMs: 1_000 },
    { share: 1, atLeastMs: 0 },
  ],
  by: "session",
  guards: [
    { kind: "event", name: "failed", ...GUARD_DEFAULTS.event },
    { kind: "amount", name: "cost", ...GUARD_DEFAULTS.amount, cap: 0.1 },
  ],
  onHarm: "rollback",
  alpha: 0.05,
  settleMs: 600_000,
};

const request = (unit: number, arm: Seen["arm"] = "stable", decidedAtMs = 0): Seen => ({ what: "request", unit, arm, decidedAtMs });
const failed = (unit: number, arm: Seen["arm"] = "stable", decidedAtMs = 0): Seen => ({ what: "harm", guard: 0, unit, arm, decidedAtMs });
const cost = (unit: number, amount: number, arm: Seen["arm"] = "stable"): Seen => ({
  what: "amount",
  guard: 1,
  amount,
  unit,
  arm,
  decidedAtMs: 0,
});

function counted(seen: readonly Seen[], settings = SETTINGS, sinceMs = 0): Tally {
  const tally = emptyTally(settings, 0, sinceMs);
  const met = metUnits(settings);
  for (const each of seen) saw(tally, met, each, settings);
  return tally;
}

const settled = (tally: Tally, nowMs: number) => {
  settle(tally, nowMs, SETTINGS);
  return tally.units;
};

describe("a tally", () => {
  test("counts a session once, however often it asks and fails", () => {
    const tally = counted([1, 1, 1, 2].flatMap((unit) => [request(unit), failed(unit)]));
    expect(tally.requests).toEqual({ stable: 4, candidate: 0 });
    expect(settled(tally, 1e9)).toEqual({ stable: 2, candidate: 0 });
    expect(tally.guards[0]).toEqual({ kind: "event", harmed: { stable: 2, candidate: 0 } });
  });

  test("counts each request where requests are the units", () => {
    const tally = counted([request(1), request(1), failed(1), failed(1)], { ...SETTINGS, by: "request" });
    expect(settled(tally, 1e9)).toEqual({ stable: 2, candidate: 0 });
    expect(tally.guards[0]).toEqual({ kind: "event", harmed: { stable: 2, candidate: 0 } });
  });

  test("counts nothing that was decided before its stage", () => {
    const tally = counted([request(1, "candidate", 99), failed(1, "candidate", 99), request(2, "candidate", 100)], SETTINGS, 100);
    expect([tally.requests.candidate, tally.guards[0]]).toEqual([1, { kind: "event", harmed: { stable: 0, candidate: 0 } }]);
  });

  test("counts units for the split only once the slower arm's answers have had time to come", () => {
    const tally = counted([request(1, "stable", 30_000), request(2, "candidate", 59_999), request(3, "stable", 60_000)]);
    expect(settled(tally, 659_999)).toEqual({ stable: 0, candidate: 0 });
    expect(settled(tally, 660_000)).toEqual({ stable: 1, candidate: 1 });
    expect(settled(tally, 720_000)).toEqual({ stable: 2, candidate: 1 });
    expect(tally.young).toEqual([]);
  });

  test("sums costs up to the cap, one for a unit, and bets on them", () => {
    const tally = counted([cost(1, 0.03), cost(1, 0.05), cost(2, 7), cost(3, 0.02, "candidate")]);
    const count = tally.guards[1];
    expect(count?.kind === "amount" && [count.units, count.sum.stable.toFixed(2), count.sum.candidate]).toEqual([
      { stable: 2, candidate: 1 },
      "0.13",
      0.02,
    ]);
    expect(count?.kind === "amount" && count.bets.over.every((value) => value !== 0)).toBe(true);
  });

  test("ignores what no guard of that kind stands for", () => {
    const seen: readonly Seen[] = [
      { ...failed(1), guard: 1 } as Seen,
      { ...cost(1, 1), guard: 0 } as Seen,
      { ...failed(1), guard: 7 } as Seen,
    ];
    expect(counted(seen).guards).toEqual(emptyTally(SETTINGS, 0, 0).guards);
  });

  test("of three replicas is that of one process that saw everything, through JSON too", () => {
    const random = randomSource(3);
    const seen = Array.from({ length: 3_000 }, (_, unit): Seen => {
      const arm = random() < 0.1 ? "candidate" : "stable";
      const told = { arm, unit, decidedAtMs: Math.floor(random() * 1_000_000) } as const;
      if (random() < 0.5) return { ...told, what: "request" };
      return random() < 0.5 ? { ...told, what: "harm", guard: 0 } : { ...told, what: "amount", guard: 1, amount: 0.1 * random() };
    });
    const [first, ...others] = [0, 1, 2].map((replica) => counted(seen.filter((_, at) => at % 3 === replica)));
    for (const each of others) settle(each, 800_000, SETTINGS);
    const whole = counted(seen);
    const sum = merged(first as Tally, JSON.parse(JSON.stringify(others)) as Tally[]);
    expect(settled(sum, 1e9)).toEqual(settled(whole, 1e9));
    expect([sum.requests, sum.guards[0]]).toEqual([whole.requests, whole.guards[0]]);
    const [one, other] = [sum.guards[1], whole.guards[1]];
    if (one?.kind !== "amount" || other?.kind !== "amount") throw new Error("the second guard is of amounts");
    expect(one.units).toEqual(other.units);
    for (const at of one.bets.over.keys()) expect(one.bets.over[at]).toBeCloseTo(other.bets.over[at] ?? Number.NaN, 9);
    for (const at of one.bets.under.keys()) expect(one.bets.under[at]).toBeCloseTo(other.bets.under[at] ?? Number.NaN, 9);
  });

  test("adds nothing of a replica in another stage, or in the same one begun anew, and changes none of the two", () => {
    const mine = counted([request(1)]);
    const late = { ...counted([request(2)]), stage: 1 };
    const anew = counted([request(2, "stable", 9)], SETTINGS, 5);
    expect(merged(mine, [late, anew]).requests).toEqual({ stable: 1, candidate: 0 });
    expect(merged(mine, [mine]).requests).toEqual({ stable: 2, candidate: 0 });
    expect(mine.requests).toEqual({ stable: 1, candidate: 0 });
  });
});
