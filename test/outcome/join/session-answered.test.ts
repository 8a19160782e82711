// What an answer tells of its session: the prompt cache of those who answered, and whether another tier did.
import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { cachedAfter, sessionAnswered } from "../../../src/outcome/join/session-answered.ts";
import type { AnsweredBy } from "../../../src/request/guard/session-store.ts";

const cost = (cachedInputTokens: number, cacheWriteTokens = 0, basis: "exact" | "estimated" = "exact") => ({
  ...{ basis, inputTokens: 10_000, cachedInputTokens, cacheWriteTokens, outputTokens: 50, reasoningTokens: 0 },
  ...{ costUsd: undefined, isPriced: false },
});

describe("what its servers keep now", () => {
  test.each<[what: string, ...Parameters<typeof cachedAfter>, expected: number | undefined]>([
    ["what was read and what was written, where both are said", cost(6000, 3000), 6000, 9000],
    ["what was written by the first", cost(0, 9000), 0, 9000],
    ["all of it, where only what was read is said", cost(6016), 6100, 10_000],
    ["nothing, where nothing was read of what was sent before", cost(0), 6000, 0],
    ["is not said by the first, which can read nothing", cost(0), 0, undefined],
    ["is not said of a prompt too short for a cache", cost(0), 2000, undefined],
    ["is not said by an estimate", cost(0, 0, "estimated"), 6000, undefined],
  ])("%s", (_, said, expectedTokens, expected) => {
    expect(cachedAfter(said, expectedTokens)).toBe(expected);
  });
});

describe("an outcome", () => {
  const action = { session: [1, 2] as const, expectedTokens: 6000 };
  const told = (more: object, measured: object | undefined = { action }): readonly AnsweredBy[] => {
    const answers: AnsweredBy[] = [];
    const served = { tier: "weak", fellBack: false };
    const outcome = { decided: { decision: {}, measured }, served, cost: cost(6016), ...more } as unknown as Outcome;
    sessionAnswered({ answered: (_, answer) => answers.push(answer), answeredBadly() {} }, outcome, 0);
    return answers;
  };

  test("is told to the session it belongs to", () => {
    expect(told({})).toEqual([{ tier: "weak", fellBack: false, cachedTokens: 10_000, outputTokens: 50 }]);
  });

  test("of another tier than was decided says that this one has read all", () => {
    const served = { tier: "strong", fellBack: true };
    expect(told({ served, cost: cost(0) })).toEqual([{ tier: "strong", fellBack: true, cachedTokens: 10_000, outputTokens: 50 }]);
  });

  test.each<[what: string, more: object, measured?: object]>([
    ["of a request without a session", {}, {}],
    ["that is an error, or costs nothing", { cost: undefined }],
    ["of a tier that is not known", { served: { tier: undefined, fellBack: false } }],
    ["that Envoy never reported", { served: undefined }],
  ])("tells nothing: one %s", (_, more, measured) => {
    expect(told(more, measured)).toEqual([]);
  });
});

describe("a bad answer has the next questions go up", () => {
  const measured = { action: { session: [1, 2] as const, expectedTokens: 0 } };
  const raisedBy = (more: object, upAfterBad: number) => {
    const raised: unknown[] = [];
    const outcome = { decided: { decision: {}, measured }, served: { tier: "weak", fellBack: false }, ...more } as unknown as Outcome;
    sessionAnswered({ answered() {}, answeredBadly: (...told) => raised.push(told) }, outcome, upAfterBad);
    return raised;
  };

  test.each<[what: string, more: object, upAfterBad: number, isRaised: boolean]>([
    ["one that was cut", { failure: "cut-short" }, 2, true],
    ["one that was refused, whatever it cost", { bad: "refusal", cost: cost(0) }, 2, true],
    ["not a good one", { cost: cost(0) }, 2, false],
    ["not where nothing is to go up", { bad: "refusal" }, 0, false],
    ["not one of a tier that is not known", { bad: "refusal", served: { tier: undefined } }, 2, false],
  ])("%s", (_what, more, upAfterBad, isRaised) => {
    expect(raisedBy(more, upAfterBad)).toEqual(isRaised ? [[[1, 2], "weak", 2]] : []);
  });
});
