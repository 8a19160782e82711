import { describe, expect, test } from "vitest";
import { OTHER_GROUPS } from "../../../src/study/evaluate/group-names.ts";
import type { Slice } from "../../../src/study/evaluate/result.ts";
import { type WarningGrounds, warningsOf } from "../../../src/study/evaluate/warnings.ts";
import { estimate } from "./results.ts";

const PRICE = { inputPerMTok: 1, outputPerMTok: 1, perHour: undefined };

function warnings(gains: readonly number[], more: Partial<WarningGrounds> = {}): readonly string[] {
  const sample = {
    rows: gains.length,
    weak: new Float64Array(gains.length),
    gains: Float64Array.from(gains),
    chars: new Uint32Array(gains.length),
    policies: [],
  };
  return warningsOf({
    sample,
    needs: gains.filter((gain) => gain > 0).length,
    scored: true,
    groups: [],
    records: [],
    prices: [
      { ...PRICE, tier: "weak" },
      { ...PRICE, tier: "strong" },
    ],
    outputTokens: 300,
    defaultTier: "strong",
    resamples: { asked: 1000, used: 1000 },
    ...more,
  });
}

/** Repeats a gain for as many rows. */
const rows = (...counts: readonly (readonly [count: number, gain: number])[]) =>
  counts.flatMap(([count, gain]) => Array.from({ length: count }, () => gain));
const ENOUGH = rows([300, 0], [100, 1]);
const COST = "costs are estimates: a token for every 4 bytes of text and 300 tokens of answer a request";

const group = (name: string, count: number): Slice => ({
  name,
  rows: count,
  weakShare: 0.5,
  misroute: estimate(0),
  gapRecovered: undefined,
  apgr: undefined,
});

describe("warnings", () => {
  test("are none but the costs' rule where there is enough of everything", () => {
    expect(warnings(ENOUGH)).toEqual([COST]);
  });

  test.each<[string, readonly string[]]>([
    ["only 199 rows: under 200, ", warnings(rows([100, 0], [99, 1]))],
    ["only 29 rows need strong: ", warnings(rows([300, 0], [29, 1]))],
    ["weak would do on only 29 rows: ", warnings(rows([29, 0], [300, 1]))],
    ["the gap between weak and strong, 2.5 points, is not clear of 0 on these rows", warnings(rows([300, 0], [55, 1], [45, -1]))],
    ["strong is no better than weak on these rows", warnings(rows([300, 0], [50, 1], [50, -1]))],
    ["1 of 2 groups have fewer than 50 rows", warnings(ENOUGH, { groups: [group("a", 50), group("b", 49)] })],
    ["more groups than are kept apart", warnings(ENOUGH, { groups: [group(OTHER_GROUPS, 500)] })],
    ["intervals are taken from 200 resamples instead of 1000, for 400 rows", warnings(ENOUGH, { resamples: { asked: 1000, used: 200 } })],
  ])("say: %s…", (beginning, told) => {
    expect(told.filter((warning) => warning.startsWith(beginning))).toHaveLength(1);
    expect(told).toHaveLength(2); // and the costs' rule
  });

  test("do not speak of a gap in labels", () => {
    expect(warnings(rows([300, 0], [100, 1]), { scored: false })).toEqual([COST]);
  });
});
