import { describe, expect, test } from "vitest";
import type { Estimate } from "../../../src/study/evaluate/result.ts";
import { adviceFor } from "../../../src/study/train/advice.ts";
import type { Family } from "../../../src/study/train/families.ts";
import type { FamilyEstimate, Figures } from "../../../src/study/train/intervals.ts";

const GAINS = Float64Array.from({ length: 2000 }, (_, row) => row % 3);
const about = (value: number): Estimate => ({ value, low: value - 0.02, high: value + 0.02 });
const figures = (apgr: number): Figures => ({ apgr: about(apgr), overLength: about(apgr - 0.55) });

/** A family's areas: by plain folds, with whole groups left out, and what is expected of the two. */
function family(name: Family, plain: number, groups: number | undefined, expected: number): FamilyEstimate {
  const scores = { plain: GAINS, groups: undefined };
  const scored = { family: name, scores, worth: { plain, groups, expected }, setting: "", parts: [], band: undefined };
  return { scored, ...figures(plain), groups: groups === undefined ? undefined : figures(groups) };
}

const LENGTH = family("length", 0.55, 0.55, 0.55);

function advise(newTopics: number, ...learned: readonly FamilyEstimate[]) {
  const { use, reach, best } = adviceFor([LENGTH, ...learned], { gains: GAINS, weights: undefined }, { weakShare: 0.65, newTopics });
  return [best.scored.family, use, reach];
}

const NEAR_LENGTH = ["n-grams", "learned", "topics like these only"] as const;
const NEAREST = ["trees on facts", "learned", "topics like these only"] as const;

describe("the advice", () => {
  const words = family("n-grams", 0.66, 0.5, 0.628);
  const moved = family("moved by distance", 0.655, 0.62, 0.625);

  test.each([
    ["the last of what is as good, where new topics are expected", 0.2, [words, moved], ["moved by distance", "learned", "any topic"]],
    [
      "what is never much worse than length on new topics, though another is worth more in all",
      0.2,
      [family("n-grams", 0.75, 0.529, 0.706), moved],
      ["moved by distance", "learned", "any topic"],
    ],
    ["what is .02 below length there and worth more", 0.2, [moved, family("n-grams", 0.75, 0.531, 0.706)], NEAR_LENGTH],
    ["what comes nearest to length there, where nothing keeps to it", 0.2, [family("trees on facts", 0.64, 0.52, 0.616), words], NEAREST],
    ["the very best where none are", 0, [words, moved], ["n-grams", "learned", "topics like these only"]],
    [
      "what is clearly better, whatever leans on what",
      0.2,
      [family("n-grams", 0.7, 0.6, 0.68), moved],
      ["n-grams", "learned", "any topic"],
    ],
    ["length where most is new and only known topics are told", 0.6, [words], ["n-grams", "length", "topics like these only"]],
    ["length where no family is clear of it", 0.2, [family("n-grams", 0.56, 0.6, 0.57)], ["n-grams", "length", "any topic"]],
    ["no reach where there were no groups", 0.6, [family("n-grams", 0.66, undefined, 0.66)], ["n-grams", "learned", "unknown"]],
  ] as const)("is %s", (_what, newTopics, learned, expected) => {
    expect(advise(newTopics, ...learned)).toEqual(expected);
  });
});
