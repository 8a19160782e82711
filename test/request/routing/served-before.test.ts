// Which tier gave out an id: what is learned is known, what is too much or too old is forgotten, and memory is bounded.
import { beforeEach, expect, test } from "vitest";
import { type LearnedTiers, learnedTiers } from "../../../src/request/routing/served-before.ts";

const DAY = 86_400;
let clock: number;
let learned: LearnedTiers;

beforeEach(() => {
  clock = 0;
  learned = learnedTiers(() => clock);
});

const id = (at: number) => `resp_${at.toString(16).padStart(48, "0")}`;

test("nothing is known before anything was learned", () => {
  expect(learned.knowsAny).toBe(false);
  expect(learned.tierOf("resp_1")).toBeUndefined();
});

test("what was learned is known, and of a key what was learned last", () => {
  learned.learn("resp_1", "weak");
  learned.learn("resp_2", "strong");
  learned.learn("resp_3", "weak");
  learned.learn("resp_3", "strong");
  expect(learned.knowsAny).toBe(true);
  expect(["resp_1", "resp_2", "resp_3", "resp_4", ""].map(learned.tierOf)).toEqual(["weak", "strong", "strong", undefined, undefined]);
});

test("100,000 keys are nearly all known, and none is taken for another", () => {
  for (let at = 0; at < 100_000; at++) learned.learn(id(at), at % 3 === 0 ? "weak" : "strong");
  let known = 0;
  for (let at = 0; at < 100_000; at++) {
    const tier = learned.tierOf(id(at));
    if (tier === undefined) continue;
    known++;
    if (tier !== (at % 3 === 0 ? "weak" : "strong")) throw new Error(`${id(at)} is taken for another`);
  }
  expect(known).toBeGreaterThan(93_000);
  for (let at = 100_000; at < 300_000; at++) if (learned.tierOf(id(at)) !== undefined) throw new Error(`${id(at)} was never learned`);
});

test("of more keys than there is room for, those are forgotten that were longest not asked for", () => {
  learned.learn("asked for", "weak");
  for (let at = 0; at < 1_000_000; at++) {
    if (at % 1000 === 0) {
      clock++;
      expect(learned.tierOf("asked for")).toBe("weak");
    }
    learned.learn(id(at), "strong");
  }
  expect(learned.tierOf(id(0))).toBeUndefined();
  expect(learned.tierOf(id(999_999))).toBe("strong");
});

test("what nobody asked for in thirty days is forgotten", () => {
  learned.learn("asked for", "weak");
  learned.learn("not asked for", "weak");
  clock = 20 * DAY;
  expect(learned.tierOf("asked for")).toBe("weak");
  clock = 31 * DAY;
  expect(learned.tierOf("asked for")).toBe("weak");
  expect(learned.tierOf("not asked for")).toBeUndefined();
});

test("what came from a tier that is gone is forgotten, also when it comes back", () => {
  learned.learn("a", "weak");
  learned.learn("b", "strong");
  learned.keepOnly(new Set(["strong", "other"]));
  expect([learned.tierOf("a"), learned.tierOf("b")]).toEqual([undefined, "strong"]);
  learned.learn("c", "other");
  learned.keepOnly(new Set(["weak", "strong", "other"]));
  expect([learned.tierOf("a"), learned.tierOf("b"), learned.tierOf("c")]).toEqual([undefined, "strong", "other"]);
});
