// What answers cost that a cascade threw away: as their servers say, else as much as had come of them.
import { describe, expect, test } from "vitest";
import type { Reading } from "../../../src/answer/answer-reader.ts";
import type { Judged } from "../../../src/answer/cascade/cascade.ts";
import { discardedOf, discardedUsd } from "../../../src/outcome/join/discarded.ts";
import type { Measured } from "../../../src/request/routing/routing.ts";

const PRICE = { inputPerMTok: 1_000_000, cachedInputPerMTok: 100_000, outputPerMTok: 2_000_000 };
const MEASURED = { inputTokens: 11 } as Measured;
const reading = (usage: Reading["usage"], knowsOutput: boolean): Reading => ({
  usage,
  knowsOutput,
  isComplete: false,
  failure: undefined,
  model: undefined,
  keys: [],
});
const usage = { inputTokens: 7, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 3, reasoningTokens: 0 };
const judged = (thrownAway: Judged["thrownAway"]): Judged => ({
  requestId: "r",
  tier: "weak",
  result: thrownAway === undefined ? "accepted" : "refused",
  reason: "refusal",
  heldMs: 1,
  heldBytes: 100,
  thrownAway,
});

describe("an answer that was thrown away", () => {
  test.each<[string, NonNullable<Judged["thrownAway"]>, object]>([
    [
      "whole: as its server says",
      { reading: reading(usage, true), bytes: 400, events: undefined },
      { basis: "exact", inputTokens: 7, outputTokens: 3, costUsd: 13 },
    ],
    [
      "whole, with a part from the prompt cache",
      { reading: reading({ ...usage, cachedInputTokens: 5 }, true), bytes: 400, events: undefined },
      { basis: "exact", inputTokens: 7, outputTokens: 3, costUsd: 8.5 },
    ],
    [
      "as a stream that had only begun: a token an event, and its request as estimated",
      { reading: reading(undefined, false), bytes: 1000, events: 5 },
      { basis: "estimated", inputTokens: 11, outputTokens: 5, costUsd: 21 },
    ],
    [
      "as a stream that had said what its request came to",
      { reading: reading({ ...usage, outputTokens: 1 }, false), bytes: 1000, events: 5 },
      { basis: "estimated", inputTokens: 7, outputTokens: 5, costUsd: 17 },
    ],
    [
      "without a word of usage: by its bytes",
      { reading: reading(undefined, false), bytes: 400, events: undefined },
      { basis: "estimated", inputTokens: 11, outputTokens: 100, costUsd: 211 },
    ],
  ])("%s", (_how, thrownAway, expected) => {
    expect(discardedOf(judged(thrownAway), MEASURED, PRICE)).toMatchObject({ tier: "weak", reason: "refusal", ...expected });
  });

  test("costs nobody knows what where its tier has no price", () => {
    const thrownAway = { reading: reading(usage, true), bytes: 1, events: undefined };
    const discarded = discardedOf(judged(thrownAway), undefined, undefined);
    expect(discarded).toMatchObject({ inputTokens: 7, costUsd: undefined });
    expect(discardedUsd(discarded && [discarded, { ...discarded, costUsd: 2 }])).toBe(2);
    expect(discardedUsd(undefined)).toBe(0);
  });

  test("is none where it passed", () => void expect(discardedOf(judged(undefined), MEASURED, PRICE)).toBeUndefined());
});
