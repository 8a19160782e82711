// What is found of a judge's biases where the truth is known, and what its scores come to without them.
import { describe, expect, test } from "vitest";
import { type Observation, pairFigures } from "../../../src/study/asking/judging/bias.ts";
import { cohensKappa } from "../../../src/study/asking/judging/kappa.ts";
import { linearRegression, logisticRegression, solved } from "../../../src/study/asking/judging/regression.ts";
import type { Better, Look } from "../../../src/study/asking/judging/verdict.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

interface Judge {
  readonly first: number; // what standing first adds to a score, of 10
  readonly longer: number; // what being longer by a deviation adds
  readonly seed: number;
  readonly rows: number;
  readonly lengthOfGood?: number; // characters that a better answer is longer by, truly
  readonly people?: number; // rows that people judged
}

/** Normal, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random() || 1e-12)) * Math.cos(2 * Math.PI * random());
}

/** The base is better by .6 of a standard deviation, and 250 characters longer on average. */
function judged({ first, longer, seed, rows, lengthOfGood = 0, people = 0 }: Judge) {
  const random = randomSource(seed);
  let [wins, gaps] = [0, 0];
  const observations = Array.from({ length: rows }, (_, at): Observation => {
    const gap = 0.6 + normal(random);
    const difference = Math.round(250 + 300 * normal(random) + lengthOfGood * gap);
    wins += gap > 0 ? 1 : 0;
    gaps += gap;
    const look = (place: number): Look => {
      const seen = gap + longer * Math.tanh(difference / 300) + first * place + 0.3 * normal(random);
      const tenths = (score: number) => Math.round(10 * Math.min(10, Math.max(0, score))) / 100;
      return [tenths(5 - seen / 2), tenths(5 + seen / 2)];
    };
    const truly: Better = gap > 0 ? "base" : "challenger";
    return { looks: [look(-1), look(1)], chars: [1000, 1000 + difference], people: at < people ? truly : undefined };
  });
  return { figures: pairFigures(observations), wins: wins / rows, gap: gaps / rows / 10 };
}

describe("on a set with known truth", () => {
  test.each([1, 2, 3, 4, 5])("a judge of both biases is found out, and corrected within 2 points of the truth (seed %i)", (seed) => {
    const { figures, wins, gap } = judged({ first: 0.5, longer: 1.2, seed, rows: 4000 });
    expect(figures.position.low).toBeGreaterThan(0);
    expect(figures.length.low).toBeGreaterThan(0);
    expect(figures.first.low).toBeGreaterThan(0.5);
    expect(figures.longer.low).toBeGreaterThan(0.5);
    expect(figures.judged.base.value - wins).toBeGreaterThan(0.05); // as it is judged it is far off
    expect(Math.abs(figures.corrected.base.value - wins)).toBeLessThan(0.02);
    const { base, challenger } = figures.corrected.mean;
    expect(Math.abs(base - challenger - gap)).toBeLessThan(0.02);
  });

  test.each([1, 2, 3])("so is one that tips what would be ties: half of the pairs are equally good (seed %i)", (seed) => {
    const random = randomSource(seed);
    let truth = 0;
    const pairs = 4000;
    const observations = Array.from({ length: pairs }, (): Observation => {
      const drawn = random();
      const better = drawn < 0.33 ? 1 : drawn < 0.42 ? -1 : 0;
      const sentences = 3 + Math.floor(6 * random()) - 1 - Math.floor(5 * random());
      truth += (better + 1) / 2 / pairs;
      const gap = (place: number) => 5 * better + 1.5 * Math.tanh((72 * sentences) / 300) + 0.8 * place;
      const look = (place: number): Look => [0.5 - gap(place) / 20, 0.5 + gap(place) / 20];
      return { looks: [look(-1), look(1)], chars: [500, 500 + 72 * sentences], people: undefined };
    });
    const { judged, corrected } = pairFigures(observations);
    expect(judged.base.value - truth).toBeGreaterThan(0.1);
    expect(Math.abs(corrected.base.value - truth)).toBeLessThan(0.03);
  });

  test.each([1, 2, 3])("a fair judge is left as it is (seed %i)", (seed) => {
    const { figures, wins } = judged({ first: 0, longer: 0, seed, rows: 4000 });
    expect(Math.abs(figures.position.value)).toBeLessThan(0.15);
    expect(Math.abs(figures.length.value)).toBeLessThan(0.3);
    expect(figures.byPeople).toBeUndefined();
    expect(figures.corrected.base.low - 0.01).toBeLessThan(wins);
    expect(figures.corrected.base.high + 0.01).toBeGreaterThan(wins);
    expect(Math.abs(figures.judged.base.value - wins)).toBeLessThan(0.02);
  });

  test.each([1, 2, 3])(
    "length that goes along with being better is taken for bias, but not where people say what is better (seed %i)",
    (seed) => {
      const { figures, wins } = judged({ first: 0.3, longer: 0, seed, rows: 4000, lengthOfGood: 250, people: 800 });
      expect(figures.corrected.base.value - wins).toBeLessThan(-0.03); // taken for bias
      const { value = 0, low = 0, high = 0 } = figures.byPeople ?? {};
      expect(Math.abs(value - wins)).toBeLessThan(0.02);
      expect([low < wins, high > wins, high - low < 0.1]).toEqual([true, true, true]);
    },
  );

  test("one that always says A is all ties, and first wins every time", () => {
    const look = { first: [0.9, 0.1] as const, second: [0.1, 0.9] as const };
    const same = Array.from(
      { length: 100 },
      (_, at): Observation => ({ looks: [look.first, look.second], chars: [at, 50], people: undefined }),
    );
    const { first, consistent, judged: of } = pairFigures(same);
    expect([first.value, consistent, of.base.value]).toEqual([1, 0, 0.5]);
  });
});

describe("regressions", () => {
  const random = randomSource(7);
  const columns = Array.from({ length: 4000 }, () => [1, random() - 0.5, random() - 0.5]);
  const clusters = columns.map((_, at) => at);

  test("find what made the outcomes, within their own errors", () => {
    const outcomes = columns.map(([, x = 0, y = 0]) => (random() < 1 / (1 + Math.exp(-(0.4 + 2 * x - y))) ? 1 : 0));
    const { coefficients, covariance } = logisticRegression({ columns, outcomes, clusters });
    for (const [at, truth] of [0.4, 2, -1].entries()) {
      const error = Math.sqrt(covariance[at]?.[at] ?? 0);
      expect(Math.abs((coefficients[at] ?? 0) - truth)).toBeLessThan(3 * error);
      expect(error).toBeLessThan(0.2);
    }
  });

  test("of numbers too, and rows that stand twice are no more evidence", () => {
    const outcomes = columns.map(([, x = 0]) => 1 + 3 * x + (random() - 0.5));
    const once = linearRegression({ columns, outcomes, clusters });
    expect(once.coefficients[1]).toBeCloseTo(3, 1);
    const twice = <Item>(items: readonly Item[]) => items.flatMap((item) => [item, item]);
    const doubled = linearRegression({ columns: twice(columns), outcomes: twice(outcomes), clusters: twice(clusters) });
    expect(doubled.covariance[1]?.[1]).toBeCloseTo(once.covariance[1]?.[1] ?? 0, 6);
  });

  test("one side that wins every time has a finite rate", () => {
    const { coefficients } = logisticRegression({ columns: columns.slice(0, 50), outcomes: columns.slice(0, 50).map(() => 1), clusters });
    expect(Number.isFinite(coefficients[0])).toBe(true);
  });

  test("solve equations, and pass over a column that says nothing", () => {
    expect(
      solved(
        [
          [0, 2],
          [3, 1],
        ],
        [4, 5],
      ),
    ).toEqual([1, 2]);
    expect(
      solved(
        [
          [1, 0],
          [0, 0],
        ],
        [3, 0],
      ),
    ).toEqual([3, 0]);
  });
});

describe("agreement with people", () => {
  const times = (count: number, pair: readonly [string, string]) => Array.from({ length: count }, () => pair);

  test("is Cohen's kappa: his own example of two raters, in any order", () => {
    const pairs = [...times(20, ["y", "y"]), ...times(5, ["y", "n"]), ...times(10, ["n", "y"]), ...times(15, ["n", "n"])];
    const found = cohensKappa(pairs, randomSource(1));
    expect(found?.kappa.value).toBeCloseTo(0.4, 10);
    expect(found?.kappa.low).toBeGreaterThan(0.1);
    expect(found?.kappa.high).toBeLessThan(0.68);
    const drawn = randomSource(2);
    const mixed = pairs.map((pair) => ({ pair, at: drawn() })).sort((one, other) => one.at - other.at);
    expect(
      cohensKappa(
        mixed.map(({ pair }) => pair),
        randomSource(1),
      ),
    ).toEqual(found);
  });

  test("is none where one says the same of everything, and of nothing is not known", () => {
    expect(cohensKappa([...times(5, ["a", "a"]), ...times(5, ["a", "b"])], randomSource(1))?.kappa.value).toBeCloseTo(0, 10);
    expect(cohensKappa([], randomSource(1))).toBeUndefined();
  });
});
