// What became of a request whose answer a cascade judged: thrown away before, or fallen back.
import { beforeEach, describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { outcomeJoin } from "../../../src/outcome/join/outcome-join.ts";
import { entryByStrong } from "../../support/served-entries.ts";

let outcomes: Outcome[];
beforeEach(() => {
  outcomes = [];
});

function join(isJudgedElsewhere = false) {
  return outcomeJoin({
    maxWaiting: 100,
    maxWaitingUnlogged: 100,
    maxAgeMs: 1000,
    now: () => 0,
    isJudgedElsewhere,
    priceOf: () => undefined,
    tierOf: (cluster) => cluster,
    onOutcome: (outcome) => outcomes.push(outcome),
    onIgnored() {},
  });
}

describe("a request of a cascade", () => {
  const decidedFor = (cascade?: readonly string[]) => ({
    decision: { tier: "weak", policy: "main@v7", reason: "rule", ...(cascade && { cascade }) },
    measured: undefined,
  });
  const discarded = { tier: "weak", reason: "refusal", basis: "exact", inputTokens: 7, outputTokens: 3, costUsd: 0.1 } as const;

  test("whose answer was thrown away was served by the next tier: that is no fallback, and what it cost is told", () => {
    const joined = join();
    joined.decided("r", decidedFor(["weak", "strong"]));
    joined.discarded("r", discarded);
    joined.entry(entryByStrong());
    expect(outcomes).toMatchObject([{ served: { tier: "strong", fellBack: false }, discarded: [discarded] }]);
  });

  test("whose answer was thrown away by another process, which says so twice, lost one", () => {
    const joined = join(true);
    joined.decided("r", decidedFor(["weak", "mid", "strong"]));
    for (const tier of ["weak", "mid", "weak"]) joined.discarded("r", { ...discarded, tier });
    joined.entry(entryByStrong());
    expect(outcomes[0]?.discarded?.map(({ tier }) => tier)).toEqual(["weak", "mid"]);
  });

  test("of which nothing was thrown away fell back to the next tier", () => {
    const joined = join();
    joined.decided("r", decidedFor(["weak", "strong"]));
    joined.entry(entryByStrong());
    expect(outcomes).toMatchObject([{ served: { tier: "strong", fellBack: true } }]);
    expect(outcomes[0]?.discarded).toBeUndefined();
  });

  test("whose answer another process may have thrown away is taken for one of which it was", () => {
    const joined = join(true);
    joined.decided("r", decidedFor(["weak", "strong"]));
    joined.entry(entryByStrong());
    expect(outcomes).toMatchObject([{ served: { tier: "strong", fellBack: false } }]);
  });

  test("that is not known any more keeps nothing of what was thrown away", () => {
    const joined = join();
    joined.discarded("r", discarded);
    joined.decided("r", decidedFor());
    joined.discarded("r", discarded);
    joined.entry(entryByStrong());
    expect(outcomes[0]?.discarded).toBeUndefined();
  });
});
