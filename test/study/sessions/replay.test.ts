// Sessions played turn by turn: the prompt caches, what they save, and what a switch breaks.
import { describe, expect, test } from "vitest";
import { SESSION_DEFAULTS } from "../../../src/request/guard/session-rule.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { generatedSessions, TRACE_LAB } from "../../../src/study/sessions/generated.ts";
import { measuredWays } from "../../../src/study/sessions/measure.ts";
import { type Played, type PlaySettings, play, WAYS, type Way } from "../../../src/study/sessions/replay.ts";
import type { Session, Turn } from "../../../src/study/sessions/turn.ts";

const PRICES = [
  { tier: "weak", inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 5 },
  { tier: "strong", inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25, outputPerMTok: 25 },
];
const SETTINGS: PlaySettings = { ...SESSION_DEFAULTS, prices: PRICES };

const turn = (more: Partial<Turn>): Turn => ({
  ...{ atMs: 0, inputTokens: 10_000, sharedTokens: 0, outputTokens: 0, answersTools: false, keepsState: false, quality: undefined },
  wanted: [0],
  ...more,
});

/** Four turns of a growing conversation, ten seconds apart, with these tiers wanted. */
function conversation(wanted: readonly number[], more: Partial<Turn> = {}): Session {
  return wanted.map((tier, at) =>
    turn({
      atMs: 10_000 * at,
      inputTokens: 10_000 + 1_000 * at,
      sharedTokens: at === 0 ? 0 : 9_000 + 1_000 * at,
      wanted: [tier],
      ...(at === 0 ? {} : more),
    }),
  );
}

describe("a session played by request", () => {
  test("reads from the cache what the same tier read before, and pays the rest as written to it", () => {
    const played = play(conversation([1, 1]), "per-request", 0, SETTINGS);
    expect(played.cachedTokens).toBe(10_000);
    expect(played.costUsd).toBeCloseTo((10_000 * 6.25 + 10_000 * 0.5 + 1_000 * 6.25) / 1e6, 12);
  });

  test.each<[string, Session, Partial<Played>]>([
    ["loses the cache in a switch", conversation([1, 0]), { cachedTokens: 0, switches: 1, unsafe: 0 }],
    ["finds a tier's older front again when it comes back", conversation([1, 0, 1]), { cachedTokens: 10_000, switches: 2 }],
    [
      "has lost it when that was too long ago",
      [turn({}), turn({ atMs: 300_001, sharedTokens: 10_000, inputTokens: 11_000 })],
      { cachedTokens: 0 },
    ],
    [
      "still has it at the end of its life",
      [turn({}), turn({ atMs: 300_000, sharedTokens: 10_000, inputTokens: 11_000 })],
      { cachedTokens: 10_000 },
    ],
    [
      "has only the front that a summary left",
      [turn({}), turn({ atMs: 1000, sharedTokens: 3_000, inputTokens: 5_000 })],
      { cachedTokens: 3_000 },
    ],
    ["caches nothing so short", [turn({ inputTokens: 1_000 }), turn({ inputTokens: 1_200, sharedTokens: 1_000 })], { cachedTokens: 0 }],
    ["breaks a tool loop", conversation([1, 0, 0], { answersTools: true }), { switches: 1, unsafe: 1 }],
    ["leaves the server that keeps its state", conversation([0, 1, 0], { keepsState: true }), { switches: 2, unsafe: 2 }],
  ])("%s", (_, session, sums) => {
    expect(play(session, "per-request", 0, SETTINGS)).toMatchObject(sums);
  });

  test("has no cost where the price of a tier that answers is not known, and one where it does not answer", () => {
    const prices = [{ tier: "weak", inputPerMTok: undefined, outputPerMTok: 1 }, ...PRICES.slice(1)];
    expect(play(conversation([1, 0]), "per-request", 0, { ...SETTINGS, prices }).costUsd).toBeNaN();
    expect(play(conversation([1, 0]), "all-strong", 0, { ...SETTINGS, prices }).costUsd).toBeGreaterThan(0);
  });

  test("sums the quality of the answers that are judged, by the tier that gave them", () => {
    const quality = { weak: 0.25, strong: 0.75 };
    const session = conversation([1, 0, 0]).map((each, at) => (at === 2 ? each : { ...each, quality }));
    expect(play(session, "per-request", 0, SETTINGS)).toMatchObject({ judged: 2, quality: 1 });
  });
});

describe("the ways of routing", () => {
  const tiersOf = (way: Way, wanted: readonly number[], more: Partial<Turn> = {}) =>
    play(conversation(wanted, more), way, 0, SETTINGS).switches;

  test.each<[Way, readonly number[], Partial<Turn>, number]>([
    ["all-weak", [1, 0, 1], {}, 0],
    ["all-strong", [1, 0, 1], {}, 0],
    ["per-request", [1, 0, 1], {}, 2],
    ["sticky", [1, 0, 1], {}, 0],
    ["session", [0, 1, 1], {}, 1], // up
    ["session", [0, 1, 0], { answersTools: true }, 0],
    ["session", [0, 1, 0], { keepsState: true }, 0],
  ])("%s of %j %j switches %d times", (way, wanted, more, switches) => {
    expect(tiersOf(way, wanted, more)).toBe(switches);
  });
});

describe("20,000 turns of generated sessions", () => {
  const sessions = generatedSessions(20_000, randomSource(7));
  const turns = sessions.flat();
  const unsafe = (way: Way, policy: number) => sessions.reduce((sum, session) => sum + play(session, way, policy, SETTINGS).unsafe, 0);

  test("are the same for the same seed, and others for another", () => {
    expect(generatedSessions(2_000, randomSource(7))).toEqual(generatedSessions(2_000, randomSource(7)));
    expect(generatedSessions(2_000, randomSource(7))).not.toEqual(generatedSessions(2_000, randomSource(8)));
  });

  test.each([0, 1])(
    "have no unsafe switch with the session rule or with the first decision kept, and many by request (policy %d)",
    (policy) => {
      expect(turns.length).toBeGreaterThanOrEqual(20_000);
      expect(unsafe("session", policy)).toBe(0);
      expect(unsafe("sticky", policy)).toBe(0);
      expect(unsafe("per-request", policy)).toBeGreaterThan(policy === 0 ? 5_000 : 200);
    },
  );

  test("are as long and as large as the published ones", () => {
    const many = generatedSessions(200_000, randomSource(3));
    const all = many.flat();
    const questions = all.filter(({ answersTools }) => !answersTools).length;
    expect(questions / many.length).toBeGreaterThan(7.5); // 9.2
    expect(questions / many.length).toBeLessThan(12.5);
    expect(all.length / questions - 1).toBeGreaterThan(7); // 7.8
    expect(all.length / questions - 1).toBeLessThan(9);
    expect(all.reduce((sum, { outputTokens }) => sum + outputTokens, 0) / all.length).toBeGreaterThan(450); // 523
    expect(all.reduce((sum, { outputTokens }) => sum + outputTokens, 0) / all.length).toBeLessThan(650);
    const lengths = many.map((session) => session.filter(({ answersTools }) => !answersTools).length).toSorted((a, b) => a - b);
    const at = (share: number) => lengths[Math.floor(share * lengths.length)] ?? 0;
    expect([at(0.5), at(0.9)]).toEqual([1, expect.closeTo(TRACE_LAB.questions[2]?.[1] ?? 0, -1)]);
  });

  test("keep time and shared tokens as a conversation does", () => {
    for (const session of sessions)
      session.forEach(({ atMs, sharedTokens, inputTokens, answersTools, keepsState }, at) => {
        const before = session[at - 1];
        expect(inputTokens).toBeLessThanOrEqual(200_000);
        expect(sharedTokens).toBeLessThanOrEqual(before?.inputTokens ?? 0);
        if (before === undefined) expect([answersTools, keepsState]).toEqual([false, false]);
        else expect(atMs).toBeGreaterThan(before.atMs);
      });
  });
});

describe("the measured ways", () => {
  const ways = measuredWays(generatedSessions(20_000, randomSource(7)), {
    ...{ ...SETTINGS, policies: ["by call", "by question"], seed: 1, resamples: 200 },
  });
  const of = (way: Way, policy?: string) => {
    const found = ways.find((each) => each.way === way && each.policy === policy);
    if (found === undefined) throw new Error(`measured: ${way}`);
    return found;
  };

  test("are the two tiers alone, then each policy by request, sticky and with the session rule", () => {
    expect(ways.map(({ way, policy }) => `${policy} ${way}`)).toEqual([
      ...["undefined all-weak", "undefined all-strong", "by call per-request", "by call sticky", "by call session"],
      ...["by question per-request", "by question sticky", "by question session"],
    ]);
    expect(new Set(ways.map(({ way }) => way))).toEqual(new Set(WAYS));
  });

  test("have their value inside their interval, and one tier alone keeps the whole cache", () => {
    for (const way of ways)
      for (const estimate of [way.costPerSession, way.cachedShare, way.cacheKept, way.quality, way.switches]) {
        expect(estimate?.low).toBeLessThanOrEqual((estimate?.value ?? 0) + 1e-12);
        expect(estimate?.high).toBeGreaterThanOrEqual((estimate?.value ?? 0) - 1e-12);
      }
    expect(of("all-strong").cacheKept).toEqual({ value: 1, low: 1, high: 1 });
    expect(of("all-strong").costOfAllStrong).toEqual({ value: 1, low: 1, high: 1 });
  });

  test("say that the session rule keeps more of the cache than routing by request, and more of the quality than the first decision", () => {
    for (const policy of ["by call", "by question"]) {
      const [byRequest, sticky, session] = [of("per-request", policy), of("sticky", policy), of("session", policy)];
      expect(session.cacheKept.value).toBeGreaterThan(byRequest.cacheKept.value);
      expect(session.quality?.value).toBeGreaterThan(sticky.quality?.value ?? 1);
      expect(session.unsafe).toBe(0);
      expect(byRequest.unsafe).toBeGreaterThan(0);
      expect(session.costOfPerRequest?.value).toBeLessThan(1);
    }
  });
});
