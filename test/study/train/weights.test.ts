// Rows that were drawn with unlike chances: what is trained, estimated and cut is for the requests that they stand for.
import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { encodeModel, parseModel } from "../../../src/request/policy/learned/model-file.ts";
import { scoreRead } from "../../../src/request/policy/learned/score.ts";
import { FACT_NAMES } from "../../../src/request/policy/learned/surface-facts.ts";
import { TextReader } from "../../../src/request/policy/learned/text-reader.ts";
import { treeScore } from "../../../src/request/policy/learned/trees.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { ask } from "../../../src/study/evaluate/trial.ts";
import { TREE_SETTINGS, trainTrees } from "../../../src/study/train/boosted-trees.ts";
import { fitCalibration, reliabilityOf } from "../../../src/study/train/calibration.ts";
import { rawScore, trainLogistic } from "../../../src/study/train/logistic.ts";
import { quantilesOf } from "../../../src/study/train/quantiles.ts";
import { reportText } from "../../../src/study/train/report.ts";
import { train } from "../../../src/study/train/train.ts";
import { SETTINGS, sampleExamples, streamed } from "./sample-examples.ts";

/** Rows of two facts, half of which stand for three; and the same written out three times. */
const ROWS = 240;
const random = randomSource(4);
const FACTS = Float64Array.from({ length: 2 * ROWS }, () => Math.floor(random() * 2));
const POSITIVE = Uint8Array.from({ length: ROWS }, (_, row) => (random() < 0.3 + 0.5 * (FACTS[2 * row] ?? 0) ? 1 : 0));
const WEIGHTS = Float64Array.from({ length: ROWS }, () => (random() < 0.5 ? 3 : 1));
const WRITTEN_OUT = [...WEIGHTS].flatMap((weight, row) => Array.from({ length: weight }, () => row));
const ALL = Int32Array.from({ length: ROWS }, (_, row) => row);
const OUT = {
  facts: Float64Array.from(WRITTEN_OUT.flatMap((row) => [FACTS[2 * row] ?? 0, FACTS[2 * row + 1] ?? 0])),
  positive: Uint8Array.from(WRITTEN_OUT, (row) => POSITIVE[row] ?? 0),
  all: Int32Array.from(WRITTEN_OUT.keys()),
};

describe("a row that stands for three is fitted as if it stood there three times", () => {
  test("by the logistic regression", () => {
    const linear = (facts: Float64Array, weights?: Float64Array) => {
      const rows = facts.length / 2;
      const none = { columns: Array.from({ length: rows }, () => new Int32Array(0)), norms: new Float64Array(rows) };
      const dense = Float64Array.from({ length: 3 * rows }, (_, at) =>
        at % 3 === 2 ? 1 : (facts[2 * Math.floor(at / 3) + (at % 3)] ?? 0),
      );
      return { ...none, squares: new Float32Array(0), dense, width: 3, offset: 0, weights };
    };
    const fitted = (rows: ReturnType<typeof linear>, positive: Uint8Array, chosen: Int32Array) => {
      const [weights] = trainLogistic(rows, Float64Array.from(positive), chosen, [1], randomSource(1));
      return weights === undefined ? [] : [0, 1, 2, 3, 4].map((row) => rawScore(linear(FACTS), row, weights));
    };
    const weighed = fitted(linear(FACTS, WEIGHTS), POSITIVE, ALL);
    fitted(linear(OUT.facts), OUT.positive, OUT.all).forEach((score, at) => {
      expect(weighed[at]).toBeCloseTo(score, 1);
    });
    expect(Math.max(...fitted(linear(FACTS), POSITIVE, ALL).map((score, at) => Math.abs(score - (weighed[at] ?? 0))))).toBeGreaterThan(0.1);
  });

  test("by the trees", () => {
    const whole = { ...TREE_SETTINGS, rowShare: 2, factShare: 2, leastRows: 1 };
    const weighed = trainTrees(FACTS, 2, POSITIVE, ALL, whole, randomSource(1), WEIGHTS);
    const out = trainTrees(OUT.facts, 2, OUT.positive, OUT.all, whole, randomSource(1));
    for (let row = 0; row < 9; row++) expect(treeScore(weighed, FACTS, 2 * row)).toBeCloseTo(treeScore(out, FACTS, 2 * row), 9);
  });

  test("by the calibration, and in what it is held against", () => {
    const raw = Float64Array.from({ length: ROWS }, (_, row) => (FACTS[2 * row] ?? 0) + row / ROWS);
    const rawOut = Float64Array.from(WRITTEN_OUT, (row) => raw[row] ?? 0);
    const weighed = fitCalibration(raw, POSITIVE, WEIGHTS);
    const out = fitCalibration(rawOut, OUT.positive);
    expect([weighed.a, weighed.b]).toEqual([expect.closeTo(out.a, 6), expect.closeTo(out.b, 6)]);
    const sure = new Float64Array(ROWS).fill(0.5);
    const mean = OUT.positive.reduce((sum, value) => sum + value, 0) / OUT.positive.length;
    const { bins } = reliabilityOf(sure, POSITIVE, WEIGHTS);
    const standFor = bins.map((_, bin) => WEIGHTS.slice(24 * bin, 24 * bin + 24).reduce((sum, weight) => sum + weight, 0));
    expect(bins.reduce((sum, { observed }, bin) => sum + observed * (standFor[bin] ?? 0), 0) / OUT.all.length).toBeCloseTo(mean, 9);
  });

  test("by the percentiles", () => {
    const values = Float64Array.from({ length: ROWS }, (_, row) => row);
    const weighed = quantilesOf(values, WEIGHTS);
    const out = quantilesOf(Float64Array.from(WRITTEN_OUT));
    weighed.forEach((value, percent) => {
      expect(Math.abs(value - (out[percent] ?? 0))).toBeLessThan(2);
    });
  });
});

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const isHard = ({ body }: Example) => /theorem|derive|integral|prove|eigenvalue|asymptotic/.test(new TextDecoder().decode(body));

/** Hard requests nine in ten, of the others one in five. */
function drawnFrom(population: readonly Example[]): Example[] {
  const draws = randomSource(9);
  return population.flatMap((example) => {
    const chance = isHard(example) ? 0.9 : 0.2;
    return draws() < chance ? [{ ...example, weight: 1 / chance }] : [];
  });
}

describe("training on rows that were drawn", () => {
  const population = sampleExamples({ rows: 3000, telling: 0.8, truth: "scores" });
  const drawn = drawnFrom(population);
  const needing = population.filter(({ truth }) => truth.kind === "scores" && truth.strong > truth.weak).length / population.length;
  const shareUnderCut = (model: ReturnType<typeof parseModel>) => {
    const reader = new TextReader(model.readBytes);
    const scratch = new Float64Array(FACT_NAMES.length);
    const under = population.filter((example) => {
      const asked = ask(scanner, example);
      if (asked.kind !== "asked") throw new Error("no chat");
      reader.read(asked.request.text("all"));
      return scoreRead(model, "all", reader, asked.request.facts, scratch) < model.cut;
    });
    return under.length / population.length;
  };

  test("tells the share, the probabilities and the cut of what they were drawn from", async () => {
    const told = await train(streamed(drawn), scanner, SETTINGS, { rows: () => {}, models: () => {}, refuse: () => {} });
    const plain = drawn.map(({ weight: _, ...example }) => example);
    const blind = await train(streamed(plain), scanner, SETTINGS, { rows: () => {}, models: () => {}, refuse: () => {} });
    if (told.model === undefined || blind.model === undefined) throw new Error("no model");
    expect(Math.abs(told.report.needing - needing)).toBeLessThan(0.03);
    expect(blind.report.needing - needing).toBeGreaterThan(0.1);
    expect(Math.abs(shareUnderCut(parseModel(encodeModel(told.model))) - 0.65)).toBeLessThan(0.05);
    expect(shareUnderCut(parseModel(encodeModel(blind.model)))).toBeGreaterThan(0.7);
    expect(reportText(told.report)).toMatch(/drawn with known chances: they tell as much as \d+ of one chance/);
    expect(told.report.worth).toBeLessThan(drawn.length);
  });

  test("leaves out rows without a chance among rows with one, and says which", async () => {
    const refused: string[] = [];
    const refuse = ({ place }: Example, why: string) => refused.push(`${place}: ${why}`);
    const { weight: _, ...odd } = drawn[1] as Example;
    const mixed = [drawn[0] as Example, odd, ...drawn.slice(2)];
    const { report } = await train(streamed(mixed), scanner, SETTINGS, { rows: () => {}, models: () => {}, refuse });
    expect(report.rows).toBe(drawn.length - 1);
    expect(refused).toEqual([`${odd.place}: the row has no chance to be drawn (inclusion), the first row has one`]);
  });
});
