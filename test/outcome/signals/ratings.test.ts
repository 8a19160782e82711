import { describe, expect, test } from "vitest";
import { createRatings, DAY_MS, ratedFigures } from "../../../src/outcome/signals/ratings.ts";

const WEAK = { tier: "weak", policy: "main@1", reason: "under-thresholds" };
const CODE = { tier: "strong", policy: "main@1", reason: "rule", rule: "code" };

function atDay() {
  const clock = { day: 20_000 };
  return { clock, ratings: createRatings(() => clock.day * DAY_MS + 1000) };
}

describe("a week of ratings", () => {
  test("comes to a mean, a success rate and a number for each tier, in their order, and for each rule by its name", () => {
    const { ratings } = atDay();
    for (const rating of [5, 4, 3]) ratings.rated(WEAK, rating);
    ratings.rated(CODE, 1);
    expect(ratedFigures(ratings.sums(), ["weak", "strong"])).toEqual({
      tiers: [
        { tier: "weak", ratings: 3, mean: 4, good: 2 / 3 },
        { tier: "strong", ratings: 1, mean: 1, good: 0 },
      ],
      rules: [
        { tier: "weak", policy: "main@1", reason: "under-thresholds", ratings: 3, mean: 4, good: 2 / 3 },
        { tier: "strong", policy: "main@1", reason: "rule:code", ratings: 1, mean: 1, good: 0 },
      ],
    });
  });

  test("forgets what is older than seven days, one day at a time", () => {
    const { clock, ratings } = atDay();
    for (let day = 0; day < 9; day++) {
      clock.day = 20_000 + day;
      ratings.rated(WEAK, day < 2 ? 1 : 5);
    }
    expect(ratedFigures(ratings.sums(), []).tiers).toEqual([{ tier: "weak", ratings: 7, mean: 5, good: 1 }]);
    clock.day += 6;
    expect(ratedFigures(ratings.sums(), []).tiers).toMatchObject([{ ratings: 1 }]);
    clock.day += 1;
    expect(ratings.sums()).toEqual([]);
  });

  test("adds up over processes", () => {
    const [one, other] = [atDay().ratings, atDay().ratings];
    one.rated(WEAK, 2);
    other.rated(WEAK, 4);
    expect(ratedFigures([...one.sums(), ...other.sums()], ["weak"]).tiers).toEqual([{ tier: "weak", ratings: 2, mean: 3, good: 0.5 }]);
  });

  test("has room for some hundred reasons a day; what is beyond counts for its tier", () => {
    const { ratings } = atDay();
    for (let at = 0; at < 1000; at++) ratings.rated({ ...WEAK, reason: `r${at}` }, 4);
    const sums = ratings.sums();
    expect(sums.length).toBeLessThanOrEqual(201);
    expect(ratedFigures(sums, ["weak"]).tiers).toEqual([{ tier: "weak", ratings: 1000, mean: 4, good: 1 }]);
  });
});
