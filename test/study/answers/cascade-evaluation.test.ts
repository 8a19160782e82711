// Quality at equal cost on rows small enough to reckon by hand, and what a cascade's order is worth.
import { describe, expect, test } from "vitest";
import { askingCost } from "../../../src/answer/verifier/asking-cost.ts";
import { askingCosts } from "../../../src/study/answers/asking-costs.ts";
import { type CascadeResult, COSTS, cascadeEvaluation, type Way } from "../../../src/study/answers/cascade-evaluation.ts";
import { cascadeText } from "../../../src/study/answers/cascade-text.ts";
import { type CascadeRows, costCurve, orderOf, qualityAt, randomCurve } from "../../../src/study/answers/cost-curves.ts";

/** Ten rows: weak is wrong in the last five, strong is right in all; weak costs 1, strong 10. */
const ROWS: CascadeRows = {
  count: 10,
  weak: Float64Array.of(1, 1, 1, 1, 1, 0, 0, 0, 0, 0),
  gains: Float64Array.of(0, 0, 0, 0, 0, 1, 1, 1, 1, 1),
  weakCost: new Float64Array(10).fill(1),
  strongCost: new Float64Array(10).fill(10),
  before: Float64Array.from({ length: 10 }, (_, row) => row % 2), // knows nothing
  behind: Float64Array.from({ length: 10 }, (_, row) => row), // knows all
  weighed: Float64Array.from({ length: 10 }, (_, row) => row),
  flagged: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
};
const ONCE = new Uint8Array(10).fill(1);

describe("a curve of quality against cost", () => {
  const order = orderOf(ROWS.behind);

  test.each([
    ["in weak's place: five rows more for 9 each", costCurve(ROWS, ONCE, order, "instead"), 10 + 45, 10],
    ["behind weak: five rows more for 10 each", costCurve(ROWS, ONCE, order, "behind"), 10 + 50, 10],
    ["half of that, half of the gain", costCurve(ROWS, ONCE, order, "behind"), 10 + 25, 7.5],
    ["nothing more, nothing gained", costCurve(ROWS, ONCE, order, "behind"), 10, 5],
    ["more than there is to spend", costCurve(ROWS, ONCE, order, "behind"), 1000, 10],
    ["at random, in weak's place", randomCurve(ROWS, ONCE, "instead"), 55, 7.5],
    ["at random, behind weak", randomCurve(ROWS, ONCE, "behind"), 60, 7.5],
    ["two rows ahead, for 9 each", costCurve(ROWS, ONCE, order, "behind", { order, share: 0.2 }), 28, 7],
  ])("%s", (_what, curve, cost, quality) => {
    expect(qualityAt(curve, cost)).toBeCloseTo(quality, 9);
  });

  test("costs at least what all weak costs", () => {
    expect(qualityAt(costCurve(ROWS, ONCE, order, "behind"), 9)).toBeUndefined();
  });

  test("counts a row as often as it was drawn", () => {
    const times = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 3);
    expect(qualityAt(costCurve(ROWS, times, order, "behind"), 3 + 15)).toBeCloseTo(1.5, 9);
  });

  test("ties stand in no order of the file", () => {
    expect([...orderOf(new Float64Array(10))]).not.toEqual([...ROWS.weak.keys()]);
  });
});

const result = cascadeEvaluation(ROWS, 1, 200);
const meanOf = ({ ways }: CascadeResult, way: Way) => ways.find((each) => each.way === way)?.mean.value ?? Number.NaN;

describe("an evaluation", () => {
  test("knows both ends, and what the checks alone come to", () => {
    expect(result).toMatchObject({ rows: 10, weak: { quality: 0.5, cost: 0.1 }, strong: { quality: 1, costPer1000: 10_000 } });
    expect(result.checks).toEqual({ share: 0.1, quality: 0.6, cost: 0.2, atRandom: 0.55 });
  });

  test("a cascade that knows the wrong answers is far over all others at equal cost", () => {
    expect(meanOf(result, "behind")).toBeGreaterThan(meanOf(result, "random") + 0.1);
    expect(meanOf(result, "escalated")).toBeLessThan(meanOf(result, "random"));
    const found = result.differences.find(({ way, over }) => way === "behind" && over === "random");
    expect(found?.mean.low).toBeGreaterThan(0);
    expect(found?.p).toBeLessThan(0.05);
  });

  test("the text has a line a way, within 140 characters", () => {
    const text = cascadeText(result, {
      files: ["rows.jsonl"],
      policy: "v7",
      verifier: "verifier.json",
      tiers: ["weak", "strong"],
      pricesAssumed: true,
      warnings: ["something"],
    });
    const lines = text.split("\n");
    expect(lines.every((line) => line.length <= 140)).toBe(true);
    expect(lines.find((line) => line.includes("cascade, by checks and verifier  "))?.match(/\.\d{3}|1\.000/g)?.length).toBe(
      COSTS.length + 3,
    );
    expect(text).toContain("warning: something");
    expect(text).toMatch(/cascade, by checks and verifier +\.750 \[/);
    expect(text).toContain("The checks alone ask 10.0 % again: quality .600 at 20.0 % of the cost; as many at random .550.");
    expect(text).toContain("cascade, by checks and verifier: better than tier at random");
  });
});

describe("what asking again costs", () => {
  const lengths = Float64Array.from({ length: 400 }, (_, row) => 10 * (row + 1));

  test("is learned by how long the weak tier's answer is", () => {
    const costs = askingCosts({ weakChars: lengths, strongChars: lengths.map((chars) => 2 * chars), askedChars: new Float64Array(400) });
    expect(costs?.upTo).toEqual([500, 1000, 1500, 2000, 2500, 3000, 3500]);
    expect(costs?.mean).toBeCloseTo(4010, -1);
    expect(costs && askingCost(costs, 500, 400)).toBe(510 + 100);
    expect(costs && askingCost(costs, 90_000, 0)).toBe(7510);
  });

  test("is not known where few rows hold the strong tier's answers", () => {
    expect(askingCosts({ weakChars: lengths, strongChars: lengths.map(() => Number.NaN), askedChars: lengths })).toBeUndefined();
  });
});
