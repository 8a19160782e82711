// The switch rule of a session, case by case: what binds an action to its tier, and what the prompt cache's price says of a switch.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Action,
  gainOfSwitch,
  SESSION_DEFAULTS,
  type SessionSettings,
  type SessionState,
  sessionDecision,
} from "../../../src/request/guard/session-rule.ts";

const WEAK = { inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25 };
const STRONG = { inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25 };
/** Nearly as dear as strong, and without a discount for what is cached. */
const CLOSE = { inputPerMTok: 4 };
const settings = (...prices: SessionSettings["prices"]): SessionSettings => ({ ...SESSION_DEFAULTS, prices });
const PRICED = settings(WEAK, STRONG);
const UP = { ...PRICED, upInToolLoops: true };
const NOW = 1_000_000;

const onTier = (tier: number, more: Partial<SessionState> = {}): SessionState => ({
  ...{ tier, actions: 8, questions: 1, answerTokens: 0 },
  cachedTokens: tier === 0 ? [50_000, 0] : [0, 50_000],
  servedAtMs: [NOW - 10_000, NOW - 10_000],
  ...more,
});
const action = (wanted: number, more: Partial<Action> = {}): Action => ({
  ...{ wanted, answersTools: false, keptBy: undefined, inputTokens: 51_000, atMs: NOW },
  ...more,
});

describe("an action of a session", () => {
  test.each<[string, SessionState | undefined, Action, SessionSettings, number, string]>([
    ["goes where its policy wants when the session is new", undefined, action(0), PRICED, 0, "new"],
    ["stays where it is wanted to stay", onTier(1), action(1), PRICED, 1, "same"],
    ["goes up, whatever that costs", onTier(0), action(1), PRICED, 1, "up"],
    ["does not go up in a tool loop", onTier(0), action(1, { answersTools: true }), PRICED, 0, "tool-loop"],
    ["goes up in a tool loop where that is allowed", onTier(0), action(1, { answersTools: true }), UP, 1, "up"],
    ["does not go down there for all that", onTier(1), action(0, { answersTools: true }), UP, 1, "tool-loop"],
    ["nor away from who keeps what it refers to", onTier(0), action(1, { answersTools: true, keptBy: -1 }), UP, 0, "server-state"],
    [
      "does not go down in a tool loop, however long the tool took",
      onTier(1),
      action(0, { answersTools: true, atMs: 9e9 }),
      PRICED,
      1,
      "tool-loop",
    ],
    ["goes to who keeps what it refers to", onTier(1), action(1, { keptBy: 0 }), PRICED, 0, "server-state"],
    ["goes to who keeps what it refers to, in a session that is not known", undefined, action(1, { keptBy: 0 }), PRICED, 0, "server-state"],
    ["stays where nobody knows who keeps it", onTier(1), action(0, { keptBy: -1 }), PRICED, 1, "server-state"],
    ["goes down where it pays over the turn", onTier(1), action(0), PRICED, 0, "pays"],
    [
      "keeps a warm cache where so short a turn does not pay",
      onTier(1, { actions: 1, questions: 1 }),
      action(0),
      settings({ ...WEAK, cacheWritePerMTok: 3 }, STRONG),
      1,
      "cache",
    ],
    [
      "keeps a warm cache of a tier that reads it for less than the other reads anew",
      onTier(1),
      action(0),
      settings(CLOSE, STRONG),
      1,
      "cache",
    ],
    ["is free when the cache is older than it lives", onTier(1), action(0, { atMs: NOW + 291_000 }), settings(CLOSE, STRONG), 0, "cold"],
    ["is not free a second before", onTier(1), action(0, { atMs: NOW + 289_000 }), settings(CLOSE, STRONG), 1, "cache"],
    ["is free where nothing was cached", onTier(1, { cachedTokens: [0, 0] }), action(0), settings(CLOSE, STRONG), 0, "cold"],
    ["keeps a warm cache where a price is not known", onTier(1), action(0), settings({ inputPerMTok: undefined }, STRONG), 1, "cache"],
    ["does not switch for less than a tenth of a cent", onTier(1), action(0, { inputTokens: 400 }), PRICED, 1, "cache"],
    [
      "goes to the middle one of three tiers by the same rule",
      onTier(2, { cachedTokens: [0, 0, 50_000], servedAtMs: [0, 0, NOW] }),
      action(1),
      settings(WEAK, WEAK, STRONG),
      1,
      "pays",
    ],
  ])("%s", (_, state, asked, by, tier, reason) => {
    expect(sessionDecision(state, asked, by)).toMatchObject({ tier, reason });
  });

  test("is told what going down saves: what is read now, and what the rest of the turn reads from the cache", () => {
    const state = onTier(1, { actions: 8, questions: 1 }); // (3 + 8) / (1 + 1) = 5.5 actions are expected
    const now = (50_000 * 0.5 + 1_000 * 6.25 - 51_000 * 1.25) / 1e6;
    const later = (4.5 * 51_000 * (0.5 - 0.1)) / 1e6;
    expect(gainOfSwitch(state, action(0), PRICED)).toBeCloseTo(now + later, 12);
    expect(sessionDecision(state, action(0), PRICED).gainUsd).toBeCloseTo(now + later, 12);
  });

  test("counts the answers that the rest of the turn will have", () => {
    const priced = settings({ ...WEAK, outputPerMTok: 5 }, { ...STRONG, outputPerMTok: 25 });
    const answering = onTier(1, { answerTokens: 400 });
    expect(gainOfSwitch(answering, action(0), priced) - gainOfSwitch(onTier(1), action(0), priced)).toBeCloseTo((5.5 * 400 * 20) / 1e6, 12);
  });

  test("finds the other tier's cache where that still lives", () => {
    const cold = onTier(1);
    const warm = onTier(1, { cachedTokens: [45_000, 50_000] });
    expect(gainOfSwitch(warm, action(0), PRICED) - gainOfSwitch(cold, action(0), PRICED)).toBeCloseTo((45_000 * (1.25 - 0.1)) / 1e6, 12);
  });

  test("is never moved in a tool loop, nor away from the server that keeps its state", () => {
    const state = fc.record({
      tier: fc.nat(1),
      cachedTokens: fc.array(fc.nat(200_000), { minLength: 2, maxLength: 2 }),
      servedAtMs: fc.array(fc.nat(2_000_000), { minLength: 2, maxLength: 2 }),
      actions: fc.integer({ min: 1, max: 99 }),
      questions: fc.integer({ min: 1, max: 9 }),
      answerTokens: fc.nat(5_000),
    });
    const asked = fc.record({
      wanted: fc.nat(1),
      answersTools: fc.boolean(),
      keptBy: fc.option(fc.constantFrom(-1, 0, 1), { nil: undefined }),
      inputTokens: fc.nat(200_000),
      atMs: fc.nat(2_000_000),
    });
    fc.assert(
      fc.property(state, asked, (known, about) => {
        const { tier } = sessionDecision(known, about, PRICED);
        if (about.keptBy !== undefined)
          expect(tier).toBe(about.keptBy < 0 && about.wanted !== known.tier ? known.tier : about.keptBy < 0 ? about.wanted : about.keptBy);
        else if (about.answersTools) expect(tier).toBe(known.tier);
        else expect([known.tier, about.wanted]).toContain(tier);
      }),
    );
  });
});
