// Where a request goes whose tier is known not to take it. A slow, plain statement of the rule is held against the guard for any tiers.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ABILITIES, type AbleTier, type Asks, answerTokens } from "../../../src/request/guard/abilities.ts";
import { canGuard, WINDOW_MARGIN } from "../../../src/request/guard/can.ts";
import type { Decision } from "../../../src/request/routing/decision.ts";

type TierText = readonly [name: string, can?: AbleTier["can"], contextTokens?: number, params?: AbleTier["params"]];

const tiersOf = (texts: readonly TierText[]): readonly AbleTier[] =>
  texts.map(([name, can = {}, contextTokens, params = []]) => ({ name, can, contextTokens, params }));

const bitsOf = (...names: readonly string[]) =>
  ABILITIES.reduce((bits, ability, index) => (names.includes(ability) ? bits | (1 << index) : bits), 0);

const asking = (what: readonly string[], inputTokens = 0, answer?: number): Asks => ({
  bits: bitsOf(...what),
  inputTokens,
  answerTokens: answer,
});

const picked = (tier: string): Decision => ({ tier, policy: "main@v7", reason: "keyword", detail: "why", score: 3, propensity: 0.5 });

function checked(texts: readonly TierText[], tier: string, asks: Asks): Decision {
  const guard = canGuard(tiersOf(texts));
  if (guard === undefined) throw new Error("the tiers lack nothing");
  return guard.checked(picked(tier), asks);
}

const no = (...names: readonly string[]): AbleTier["can"] => Object.fromEntries(names.map((name) => [name, false]));
const yes = (...names: readonly string[]): AbleTier["can"] => Object.fromEntries(names.map((name) => [name, true]));

describe("a request that not every tier can take", () => {
  const three: readonly TierText[] = [["weak", no("images", "tools"), 32_000], ["mid", no("images"), 128_000], ["strong"]];
  const topless: readonly TierText[] = [
    ["weak", yes("images"), 1_000_000],
    ["mid", yes("images")],
    ["strong", no("images"), 200_000],
  ];
  const none: readonly TierText[] = [
    ["weak", no("audio"), 8_000],
    ["mid", no("audio"), 64_000],
    ["strong", no("audio"), 32_000],
  ];
  const limit = (tokens: number, overwrite: boolean) => [{ name: "max_tokens", json: String(tokens), overwrite }];
  const limited: readonly TierText[] = [["weak", {}, 1000, limit(600, false)], ["mid", {}, 1000, limit(100, true)], ["strong"]];

  test.each<[why: string, tiers: readonly TierText[], tier: string, asks: Asks, result: readonly unknown[]]>([
    ["goes up past all that cannot", three, "weak", asking(["images"]), ["strong", "cannot", "images", ["weak", "mid"]]],
    ["goes to the next that can, not to the last", three, "weak", asking(["tools"]), ["mid", "cannot", "tools", ["weak"]]],
    [
      "names all that the decided tier lacks",
      three,
      "weak",
      asking(["tools", "images"], 30_000, 0),
      ["strong", "cannot", "images-tools-window", ["weak", "mid"]],
    ],
    ["stays where it can be taken, and is told which cannot", three, "mid", asking(["tools"]), ["mid", "keyword", "why", ["weak"]]],
    ["goes down only where none above can", topless, "strong", asking(["images"]), ["mid", "cannot-above", "images", ["strong"]]],
    ["and so for a window", topless, "strong", asking([], 500_000), ["mid", "cannot-above", "window", ["strong"]]],
    [
      "goes to the largest window where none can",
      none,
      "weak",
      asking(["audio"]),
      ["mid", "cannot-any", "audio", ["weak", "mid", "strong"]],
    ],
    [
      "is flagged also where that is the tier decided",
      none,
      "mid",
      asking(["audio"]),
      ["mid", "cannot-any", "audio", ["weak", "mid", "strong"]],
    ],
    ["counts the answer that is asked for", three, "weak", asking([], 20_000, 10_000), ["mid", "cannot", "window", ["weak"]]],
    ["else the answer that the tier asks for", limited, "weak", asking([], 400), ["mid", "cannot", "window", ["weak"]]],
    ["but not in place of the client's", limited, "weak", asking([], 400, 10), ["weak", "keyword", "why", undefined]],
    ["unless the tier's counts whatever the client says", limited, "mid", asking([], 400, 10_000), ["mid", "keyword", "why", ["weak"]]],
  ])("%s", (_, tiers, tier, asks, [to, reason, detail, cannot]) => {
    expect(checked(tiers, tier, asks)).toMatchObject({ tier: to, reason, detail });
    expect(checked(tiers, tier, asks).cannot).toEqual(cannot);
  });

  test("keeps what was wanted and its score, and no chance, which was another tier's", () => {
    const wanted = { tier: "weak", reason: "keyword", detail: "why" };
    const moved = { tier: "mid", policy: "main@v7", reason: "cannot", detail: "tools", score: 3, wanted, cannot: ["weak"] };
    expect(checked(three, "weak", asking(["tools"]))).toEqual(moved);
  });

  test("the very decision comes back where every tier can take it", () => {
    const decision = picked("weak");
    expect(canGuard(tiersOf(three))?.checked(decision, asking(["json", "video"], 20_000, 1_000))).toBe(decision);
  });

  test("a window is full at the estimate and its margin", () => {
    const full = Math.floor(32_000 / (1 + WINDOW_MARGIN));
    expect(checked(three, "weak", asking([], full)).tier).toBe("weak");
    expect(checked(three, "weak", asking([], full + 1)).tier).toBe("mid");
  });
});

test("there is no guard where nothing is said, nor where all that is said is yes", () => {
  expect(canGuard(tiersOf([["weak"], ["strong", yes(...ABILITIES)]]))).toBeUndefined();
});

test("what each tier lacks is told for explanations", () => {
  const guard = canGuard(tiersOf([["weak", no("images"), 100], ["strong"]]));
  expect([...(guard?.lacking(asking(["images"], 100)) ?? [])]).toEqual([["weak", ["images", "window"]]]);
});

describe("the longest answer that a body allows", () => {
  const placed = (values: Readonly<Record<string, string>>) => {
    const body = Buffer.from(Object.values(values).join(" "));
    let at = 0;
    const params = Object.entries(values).map(([name, text]) => {
      const start = at;
      at += text.length + 1;
      return { name, start, end: start + text.length };
    });
    return answerTokens(body, params);
  };

  test.each<[values: Readonly<Record<string, string>>, tokens: number | undefined]>([
    [{ max_tokens: "100" }, 100],
    [{ max_completion_tokens: "7", max_tokens: "12" }, 12],
    [{ max_output_tokens: "0" }, 0],
    [{ temperature: "1", top_p: "0" }, undefined],
    [{ max_tokens: "null" }, undefined],
    [{ max_tokens: '"9"' }, undefined],
    [{ max_tokens: "1e3" }, undefined],
    [{ max_tokens: "9".repeat(16) }, undefined],
  ])("%j: %s", (values, tokens) => {
    expect(placed(values)).toBe(tokens);
  });
});

describe("for any tiers, any decision and any request", () => {
  const can = fc.dictionary(fc.constantFrom(...ABILITIES), fc.boolean());
  const tokens = fc.integer({ min: 1, max: 50 });
  const anyTiers = fc
    .array(fc.record({ can, contextTokens: fc.option(tokens, { nil: undefined }) }), { minLength: 1, maxLength: 5 })
    .map((list) => list.map((tier, index): AbleTier => ({ name: `t${index}`, params: [], ...tier })));
  const anyAsks = fc.record({ bits: fc.nat(63), inputTokens: fc.nat(50), answerTokens: fc.option(fc.nat(20), { nil: undefined }) });

  const takes = ({ can: able, contextTokens = 1e9 }: AbleTier, { bits, inputTokens, answerTokens: answer = 0 }: Asks) =>
    ABILITIES.every((ability) => able[ability] !== false || (bits & bitsOf(ability)) === 0) && inputTokens * 1.15 + answer <= contextTokens;

  test("the result takes it or is flagged, and is the nearest that does, upwards first", () => {
    fc.assert(
      fc.property(anyTiers, fc.nat(), anyAsks, (tiers, pick, asks) => {
        const at = pick % tiers.length;
        const decision = picked(`t${at}`);
        const result = canGuard(tiers)?.checked(decision, asks) ?? decision;
        const able = tiers.map((tier) => takes(tier, asks));
        const to = tiers.findIndex(({ name }) => name === result.tier);
        expect(result.cannot ?? []).toEqual(tiers.filter((tier) => !takes(tier, asks)).map(({ name }) => name));
        if (!able.includes(true)) {
          const window = (tier?: AbleTier) => tier?.contextTokens ?? 1e9;
          expect([result.reason, window(tiers[to])]).toEqual(["cannot-any", Math.max(...tiers.map(window))]);
        } else if (able[at]) expect([to, result.reason, result.wanted]).toEqual([at, "keyword", undefined]);
        else {
          const above = able.indexOf(true, at + 1);
          expect([to, result.reason]).toEqual(above >= 0 ? [above, "cannot"] : [able.lastIndexOf(true, at - 1), "cannot-above"]);
          expect(result.wanted?.tier).toBe(`t${at}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
