// What an outcome comes to for limits.
import { describe, expect, test } from "vitest";
import { settlementOf } from "../../../src/outcome/limits/settlement.ts";
import { outcomeOf } from "../live/sample.ts";

const discarded = { tier: "weak", reason: "refusal", basis: "exact", inputTokens: 9, outputTokens: 9, costUsd: 0.25 } as const;

describe("a budget", () => {
  test("pays for an answer that a cascade threw away, too", () => {
    const outcome = outcomeOf("strong", {}, 0.5);
    expect(settlementOf(outcome, true)).toMatchObject({ kind: "answered", tier: "strong", microUsd: 500_000 });
    expect(settlementOf({ ...outcome, discarded: [discarded] }, true)).toMatchObject({
      tier: "strong",
      outputTokens: 100,
      microUsd: 750_000,
    });
  });

  test("does not know what a request cost of whose answer nobody knows it", () => {
    expect(settlementOf({ ...outcomeOf("strong"), discarded: [discarded] }, true)).toMatchObject({ microUsd: undefined });
  });
});
