// What every store of sessions keeps to, whatever stands behind it.
import { describe, expect, test } from "vitest";
import { type SessionStore, type SharableSessions, sessionsInMemory } from "../../src/request/guard/session-store.ts";
import { hashOfId } from "../../src/request/policy/id-hash.ts";

const STORES: readonly (readonly [name: string, make: () => SessionStore])[] = [["in memory", sessionsInMemory]];

const TIERS = ["weak", "strong"];
const [ONE, OTHER] = [hashOfId("one"), hashOfId("other")];
const action = (tier: string, inputTokens: number, atMs: number, isQuestion = true) => ({
  ...{ tier, inputTokens, isQuestion, willRefer: false, atMs },
});
const answer = (tier: string, cachedTokens: number | undefined, outputTokens?: number) => ({
  ...{ tier, fellBack: false, cachedTokens, outputTokens },
});

describe.each(STORES)("sessions %s", (_name, make) => {
  test("knows nothing of a session without an action, nor of an answer to none", () => {
    const store = make();
    expect(store.find(ONE, TIERS)).toBeUndefined();
    store.answered(ONE, answer("weak", 100));
    expect(store.find(ONE, TIERS)).toBeUndefined();
  });

  test("counts a session's actions and questions, and knows its last tier and what each has read", () => {
    const store = make();
    store.acted(ONE, action("weak", 1000, 10));
    store.acted(ONE, action("weak", 1500, 20, false));
    store.acted(ONE, action("strong", 2000, 30));
    expect(store.find(ONE, TIERS)).toEqual({
      ...{ tier: 1, actions: 3, questions: 2, answerTokens: 0, inputTokens: 2000, willRefer: false, leastTier: 0 },
      ...{ cachedTokens: [1500, 2000], servedAtMs: [20, 30] },
    });
    expect(store.find(OTHER, TIERS)).toBeUndefined();
  });

  test("knows what the last action says of those that follow", () => {
    const store = make();
    store.acted(ONE, { ...action("weak", 1000, 10), willRefer: true });
    expect(store.find(ONE, TIERS)).toMatchObject({ willRefer: true });
    store.acted(ONE, action("weak", 1000, 20));
    expect(store.find(ONE, TIERS)).toMatchObject({ willRefer: false });
  });

  test("numbers tiers as it is asked, and knows no session whose tier is not among them", () => {
    const store = make();
    store.acted(ONE, action("strong", 1000, 10));
    expect(store.find(ONE, ["weak", "middle", "strong"])).toMatchObject({ tier: 2, cachedTokens: [0, 0, 1000] });
    expect(store.find(ONE, ["weak"])).toBeUndefined();
  });

  test("believes an answer about the cache, and that a server without one goes on without", () => {
    const store = make();
    store.acted(ONE, action("weak", 1000, 10));
    store.answered(ONE, answer("weak", undefined, 300));
    expect(store.find(ONE, TIERS)).toMatchObject({ cachedTokens: [1000, 0], answerTokens: 300 });
    store.answered(ONE, answer("weak", 640, 300));
    expect(store.find(ONE, TIERS)).toMatchObject({ cachedTokens: [640, 0] });
    store.answered(ONE, answer("weak", 0));
    store.acted(ONE, action("weak", 2000, 20));
    expect(store.find(ONE, TIERS)).toMatchObject({ cachedTokens: [0, 0] });
    store.answered(ONE, answer("weak", 2000));
    expect(store.find(ONE, TIERS)).toMatchObject({ cachedTokens: [2000, 0] });
  });

  test("a bad answer raises so many of the next questions above its tier, results of tools not counted", () => {
    const store = make();
    const least = () => store.find(ONE, ["weak", "middle", "strong"])?.leastTier;
    store.answeredBadly(ONE, "weak", 2);
    expect(least()).toBeUndefined();
    store.acted(ONE, action("weak", 1000, 10));
    store.answeredBadly(ONE, "weak", 2);
    expect(least()).toBe(1);
    store.acted(ONE, action("middle", 1000, 20));
    store.acted(ONE, action("middle", 1000, 30, false));
    expect(least()).toBe(1);
    store.answeredBadly(ONE, "middle", 1);
    expect(least()).toBe(2);
    store.acted(ONE, action("strong", 1000, 40));
    expect(least()).toBe(0);
    store.answeredBadly(ONE, "strong", 1);
    expect(least()).toBe(2); // above it there is none
    store.keepOnly(new Set(["weak", "middle"]));
    expect(store.find(ONE, ["weak", "middle"])).toBeUndefined();
  });

  test("what a tier that is gone has answered raises nothing", () => {
    const store = make();
    store.acted(ONE, action("weak", 1000, 10));
    store.answeredBadly(ONE, "weak", 9);
    store.acted(ONE, action("strong", 1000, 20));
    store.keepOnly(new Set(["strong", "other"]));
    store.acted(OTHER, action("other", 1000, 30)); // takes its place
    expect(store.find(ONE, ["other", "strong"])?.leastTier).toBe(0);
  });

  test("an answer of another tier than the action went to moves the session there", () => {
    const store = make();
    store.acted(ONE, action("weak", 1000, 10));
    store.answered(ONE, { ...answer("strong", 1000), fellBack: true });
    expect(store.find(ONE, TIERS)).toMatchObject({ tier: 1, servedAtMs: [10, 10] });
  });

  test("forgets a tier that is gone, and the sessions that were with it; a new one begins without", () => {
    const store = make();
    store.acted(ONE, action("weak", 1000, 10));
    store.acted(ONE, action("strong", 2000, 20));
    store.acted(OTHER, action("weak", 500, 30));
    store.keepOnly(new Set(["strong", "new"]));
    expect(store.find(OTHER, ["new", "strong"])).toBeUndefined();
    expect(store.find(ONE, ["new", "strong"])).toMatchObject({ tier: 1, cachedTokens: [0, 2000] });
    store.acted(OTHER, action("new", 700, 40));
    expect(store.find(OTHER, ["new", "strong"])).toMatchObject({ tier: 0, actions: 1, cachedTokens: [700, 0] });
  });

  test("keeps what each of many tiers has read apart, for each session, and nothing of one that is gone", () => {
    const store = make();
    const many = Array.from({ length: 32 }, (_, at) => `tier ${at}`);
    many.forEach((tier, at) => {
      store.acted(ONE, action(tier, 1000 + at, 10 + at));
      store.acted(OTHER, action(tier, 5000 + at, 50 + at));
    });
    const of = (from: number) => many.map((_, at) => from + at);
    expect(store.find(ONE, many)).toMatchObject({ tier: 31, actions: 32, cachedTokens: of(1000), servedAtMs: of(10) });
    expect(store.find(OTHER, many)).toMatchObject({ tier: 31, inputTokens: 5031, cachedTokens: of(5000), servedAtMs: of(50) });
    const changed = many.with(4, "new");
    store.keepOnly(new Set(changed.filter((tier) => tier !== "new")));
    store.acted(OTHER, action("new", 700, 90));
    expect(store.find(ONE, changed)).toMatchObject({ tier: 31, cachedTokens: of(1000).with(4, 0), servedAtMs: of(10).with(4, 0) });
    expect(store.find(OTHER, changed)).toMatchObject({ tier: 4, cachedTokens: of(5000).with(4, 700), servedAtMs: of(50).with(4, 90) });
  });

  test("holds 100,000 sessions, and gives the room of those longest without an action to new ones", () => {
    const store = make();
    const hashes = Array.from({ length: 200_000 }, (_, at) => hashOfId(`session ${at}`));
    hashes.forEach((hash, at) => {
      store.acted(hash, action("weak", at, at + 1));
    });
    const known = (from: number, to: number) => hashes.slice(from, to).filter((hash) => store.find(hash, TIERS) !== undefined).length;
    expect(known(100_000, 200_000)).toBeGreaterThan(97_000);
    expect(known(0, 10_000)).toBeLessThan(2000);
    const [last] = hashes.slice(-1);
    expect(last && store.find(last, TIERS)).toMatchObject({ inputTokens: 199_999, actions: 1 });
  });
});

describe("what another process knows of a session", () => {
  const both = () => [sessionsInMemory(), sessionsInMemory()] as const;
  const told = (from: SharableSessions, to: SharableSessions) => {
    const snapshot = from.snapshot(ONE);
    if (snapshot !== undefined) to.merge(ONE, snapshot);
  };

  test("is known here as it is there", () => {
    const [here, there] = both();
    there.acted(ONE, action("weak", 1000, 10));
    there.acted(ONE, action("strong", 2000, 20, false));
    there.answered(ONE, answer("strong", 1500, 40));
    told(there, here);
    expect(here.find(ONE, TIERS)).toEqual(there.find(ONE, TIERS));
    expect(here.find(OTHER, TIERS)).toBeUndefined();
  });

  test("of a bad answer, too, until the questions that go up are asked", () => {
    const [here, there] = both();
    there.acted(ONE, action("weak", 1000, 10));
    there.answeredBadly(ONE, "weak", 1);
    told(there, here);
    expect(here.find(ONE, TIERS)).toMatchObject({ leastTier: 1 });
    here.acted(ONE, action("strong", 1000, 20));
    told(here, there);
    expect(there.find(ONE, TIERS)).toMatchObject({ tier: 1, leastTier: 0 });
  });

  test("changes nothing when it is told twice, late, or back", () => {
    const [here, there] = both();
    there.acted(ONE, action("weak", 1000, 10));
    const late = there.snapshot(ONE);
    there.acted(ONE, action("strong", 2000, 20));
    told(there, here);
    here.acted(ONE, action("weak", 3000, 30));
    const known = { ...here.find(ONE, TIERS) };
    told(there, here);
    if (late !== undefined) here.merge(ONE, late);
    expect(here.find(ONE, TIERS)).toEqual(known);
    expect(known).toMatchObject({ tier: 0, actions: 3, cachedTokens: [3000, 2000], servedAtMs: [30, 20] });
  });

  test("adds what was before to an action that was taken without knowing of it", () => {
    const [here, there] = both();
    for (const at of [10, 20, 30]) there.acted(ONE, action("strong", 1000 * at, at));
    here.acted(ONE, action("weak", 40_000, 40));
    told(there, here);
    expect(here.find(ONE, TIERS)).toMatchObject({ tier: 0, actions: 3, cachedTokens: [40_000, 30_000], servedAtMs: [40, 30] });
  });

  test("takes the place of a forgotten one without a trace of it", () => {
    const [here, there] = both();
    for (let id = 0; id < 200_000; id++) here.acted(hashOfId(`session ${id}`), action("weak", 1, 1e9));
    there.acted(ONE, action("strong", 2000, 20));
    told(there, here);
    expect(here.find(ONE, TIERS)).toEqual(there.find(ONE, TIERS));
  });

  test("takes such a place without a trace of what a third tier had read, too", () => {
    const [here, there] = both();
    const tiers = [...TIERS, "third"];
    const old = Array.from({ length: 200_000 }, (_, id) => hashOfId(`session ${id}`));
    for (const session of old) for (const tier of tiers) here.acted(session, action(tier, 1, 1e9));
    there.acted(ONE, action("weak", 2000, 20));
    told(there, here);
    expect(here.find(ONE, tiers)).toMatchObject({ cachedTokens: [2000, 0, 0], servedAtMs: [20, 0, 0] });
  });

  test("is nothing where there is none", () => {
    expect(sessionsInMemory().snapshot(ONE)).toBeUndefined();
    const store = sessionsInMemory();
    store.acted(OTHER, action("weak", 1, 1));
    expect(store.snapshot(ONE)).toBeUndefined();
  });
});
