// Steering: days with a daily cycle go through a budget that is too small for them; the law alone, and where a request stands among others.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Guarded } from "../../../../src/request/guard/guard.ts";
import { limitBook } from "../../../../src/request/guard/limits/book.ts";
import { createLedger } from "../../../../src/request/guard/limits/ledger.ts";
import type { Limit } from "../../../../src/request/guard/limits/limit.ts";
import { createDayProfile, createScores, plannedShift } from "../../../../src/request/guard/limits/pace.ts";
import type { PolicyRequest } from "../../../../src/request/policy/policy.ts";
import type { Decision } from "../../../../src/request/routing/decision.ts";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const START = Date.parse("2026-11-29T00:00:00Z");
const TIERS = [
  { name: "weak", price: { inputPerMTok: 0.1, outputPerMTok: 0.4 } },
  { name: "strong", price: { inputPerMTok: 3, outputPerMTok: 15 } },
];
const INPUT_TOKENS = 300;
const REQUESTS_A_DAY = 12_000;

/** Numbers from 0 to 1, the same in every run. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface DayOf {
  readonly spentUsd: number;
  readonly strongByQuarter: readonly number[]; // share of those that wanted strong and got it, in each six hours
  readonly keptScore: number; // mean
  readonly movedScore: number;
  readonly refused: number;
}

/** Half of the requests want strong, and score .5 to 1; most come in the afternoon. What they cost is not what was expected of them. */
function days(count: number, limit: Partial<Limit>, usd: number, hasScores: boolean): readonly DayOf[] {
  const random = randoms(7);
  const ledger = createLedger();
  let now = START;
  const base = { name: "day", kind: "budget", measure: "usd", per: "day", tier: undefined, by: undefined, warnAt: [0.8] } as const;
  const limits = [{ ...base, amount: usd * 1e6, isHard: false, steering: "pace", ...limit } as const];
  const settings = { limits, timeZone: "UTC", order: "cheaper-first", maxScopes: 10 } as const;
  const listener = { onMark: () => {}, onUnpriced: () => {} };
  const book = limitBook({ settings, tiers: TIERS, ledger, now: () => now, listener });
  book.takesEffect();
  return Array.from({ length: count }, (_, day) => {
    const [wanted, got] = [new Float64Array(4), new Float64Array(4)];
    const [kept, moved] = [[] as number[], [] as number[]];
    let [spent, refused] = [0, 0];
    for (let at = 0; at < REQUESTS_A_DAY; ) {
      now += (DAY / REQUESTS_A_DAY / (1 + 0.9 * Math.sin(((now % DAY) / DAY - 0.35) * 2 * Math.PI))) * -Math.log(1 - random());
      if (now >= START + (day + 1) * DAY) break;
      at++;
      const isStrong = random() < 0.5;
      const score = isStrong ? 0.5 + random() / 2 : random() / 2;
      const requestId = `${day}-${at}`;
      const facts = { inputTokens: INPUT_TOKENS, maxTokens: undefined, user: undefined, session: undefined };
      const request = { facts, requestId, header: () => undefined } as unknown as PolicyRequest;
      const first: Decision = { tier: isStrong ? "strong" : "weak", policy: "p", reason: "r", ...(hasScores && { score }) };
      const guarded: Guarded = { request, verdict: undefined, isLocked: false };
      const decision = book.guards.reduce((before, guard) => guard.checked(before, guarded), first);
      book.decided({ requestId, decision, measured: { limits: book.noteOf(request) }, bodyBytes: 1 });
      const quarter = Math.floor((now % DAY) / (6 * HOUR));
      if (isStrong) wanted[quarter] = (wanted[quarter] ?? 0) + 1;
      if (decision.refused !== undefined) {
        refused++;
        continue;
      }
      if (isStrong && decision.tier === "strong") got[quarter] = (got[quarter] ?? 0) + 1;
      if (isStrong) (decision.tier === "strong" ? kept : moved).push(score);
      const { inputPerMTok, outputPerMTok } = TIERS[decision.tier === "strong" ? 1 : 0]?.price ?? { inputPerMTok: 0, outputPerMTok: 0 };
      const outputTokens = Math.round(100 + 800 * random() ** 2);
      const microUsd = INPUT_TOKENS * 1.2 * inputPerMTok + outputTokens * outputPerMTok;
      spent += microUsd / 1e6;
      const answer = { inputTokens: INPUT_TOKENS * 1.2, outputTokens, microUsd, isExact: true, wasDecided: true } as const;
      book.settled(requestId, { kind: "answered", tier: decision.tier, ...answer }, book.noteOf(request));
    }
    now = START + (day + 1) * DAY;
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const strongByQuarter = [...got].map((count, quarter) => count / (wanted[quarter] ?? 1));
    return { spentUsd: spent, strongByQuarter, keptScore: mean(kept), movedScore: mean(moved), refused };
  });
}

/** What a day comes to where nothing is steered: about $42. */
const FULL_USD = days(1, { steering: "off" }, 1000, true)[0]?.spentUsd ?? 0;
const BUDGET_USD = 0.6 * FULL_USD;

describe("a budget of three fifths of what the days would come to", () => {
  const steered = days(4, {}, BUDGET_USD, true);
  const shown = (list: readonly DayOf[]) => list.map(({ spentUsd }) => spentUsd / BUDGET_USD);

  test("each day ends within it and uses it, also the first, of which nothing was known", () => {
    for (const share of shown(steered)) expect(share).toBeLessThanOrEqual(1.005);
    expect(Math.min(...shown(steered))).toBeGreaterThan(0.93);
    expect(Math.min(...shown(steered.slice(2)))).toBeGreaterThan(0.97);
  });

  test("no quarter of a day that has been learned goes without strong, where a cut leaves the evening none", () => {
    const learned = steered.slice(2).flatMap(({ strongByQuarter }) => strongByQuarter);
    expect(Math.min(...learned)).toBeGreaterThan(0.35);
    const cut = days(1, { steering: "off", isHard: true }, BUDGET_USD, true)[0];
    expect(cut?.strongByQuarter[3]).toBeLessThan(0.05);
    expect(cut?.refused).toBeGreaterThan(1000);
  });

  test("those go down that ask least for strong", () => {
    for (const { keptScore, movedScore } of steered.slice(1)) expect(keptScore - movedScore).toBeGreaterThan(0.2);
  });

  test("without scores a share goes down by the session's hash, and the day ends as well within it", () => {
    const [, , third] = days(3, {}, BUDGET_USD, false);
    expect((third?.spentUsd ?? 0) / BUDGET_USD).toBeLessThanOrEqual(1.005);
    expect((third?.spentUsd ?? 0) / BUDGET_USD).toBeGreaterThan(0.95);
  });

  test("`late` leaves all as it is up to the first mark", () => {
    const [first] = days(1, { steering: "late" }, BUDGET_USD, true);
    expect(first?.strongByQuarter[0]).toBe(1);
    expect(first?.strongByQuarter[1]).toBe(1);
    expect((first?.spentUsd ?? 0) / BUDGET_USD).toBeLessThanOrEqual(1.005);
  });

  test("a budget that is large enough moves nothing", () => {
    const [, second] = days(2, {}, 1.3 * FULL_USD, true);
    expect(Math.min(...(second?.strongByQuarter ?? []))).toBeGreaterThan(0.99);
  });
});

describe("how far down", () => {
  const pace = { demand: [50, 20, 5], before: undefined, elapsed: 0.5 };

  test.each<[left: number, shift: number]>([
    [60, 0],
    [50, 0],
    [35, 0.5],
    [20, 1],
    [12.5, 1.5],
    [5, 2],
    [1, 2],
    [0, 2],
    [-3, 2],
  ])("with %d left it is %d", (left, shift) => {
    expect(plannedShift({ ...pace, left })).toBeCloseTo(shift, 9);
  });

  test("the rest of the demand at that shift is what is left, whatever the figures", () => {
    const amounts = fc.double({ min: 1, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(amounts, { minLength: 2, maxLength: 6 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        amounts,
        (all, elapsed, left) => {
          const demand = all.toSorted((a, b) => b - a);
          const shift = plannedShift({ demand, before: undefined, elapsed, left });
          const rest = (down: number) => ((1 - elapsed) * (demand[down] ?? 0)) / elapsed;
          const whole = Math.floor(shift);
          const at = rest(whole) + (shift - whole) * ((rest(whole + 1) || 0) - rest(whole));
          if (shift > 0 && shift < demand.length - 1) expect(at / left).toBeCloseTo(1, 6);
          if (shift === 0) expect(rest(0)).toBeLessThanOrEqual(left);
        },
      ),
    );
  });

  test("the window before is asked as long as little of this one is known", () => {
    const before = [100, 10];
    expect(plannedShift({ left: 50, demand: [0, 0], before, elapsed: 0 })).toBeCloseTo(50 / 90, 9);
    expect(plannedShift({ left: 50, demand: [0, 0], before: undefined, elapsed: 0 })).toBe(0);
  });
});

describe("where a score stands among the newest", () => {
  test("scores that are alike are told apart by chance, so that any share can be taken of them", () => {
    const scores = createScores();
    for (let at = 0; at < 300; at++) scores.add(at % 2);
    expect([scores.position(0, 0), scores.position(0, 0.5), scores.position(1, 0), scores.position(1, 0.5)]).toEqual([0, 0.25, 0.5, 0.75]);
    expect(createScores().position(3, 0.4)).toBe(0.4);
  });
});

describe("when requests come", () => {
  test("is learned by the hour, so that a night's silence is no saving", () => {
    const profile = createDayProfile();
    expect(profile.elapsed(START, START + DAY, START + DAY / 4)).toBe(0.25);
    for (let hour = 0; hour < 49; hour++) if (hour % 24 >= 12) profile.observe(START + hour * HOUR, 10);
    profile.observe(START + 49 * HOUR, 0);
    expect(profile.elapsed(START, START + DAY, START + DAY / 2)).toBeCloseTo(0, 1);
    expect(profile.elapsed(START, START + DAY, START + 0.75 * DAY)).toBeCloseTo(0.5, 1);
    expect(profile.elapsed(START, START + 30 * DAY, START + 15 * DAY)).toBeCloseTo(0.5, 2);
    expect(createDayProfile(profile.weights()).weights()).toEqual(profile.weights());
  });
});
