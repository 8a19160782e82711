import { isUtf8 } from "node:buffer";
import { expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { scoreRead } from "../../../src/request/policy/learned/score.ts";
import { FACT_NAMES } from "../../../src/request/policy/learned/surface-facts.ts";
import { TextReader } from "../../../src/request/policy/learned/text-reader.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { ask } from "../../../src/study/evaluate/trial.ts";
import { costsUpTo, type LinearFamily, linearRows } from "../../../src/study/train/families.ts";
import { trainFinal } from "../../../src/study/train/final-model.ts";
import { rawScore, trainLogistic } from "../../../src/study/train/logistic.ts";
import { collectRows } from "../../../src/study/train/training-rows.ts";
import { modelOf } from "../../request/policy/learned/model-of.ts";
import { sampleExamples, streamed } from "./sample-examples.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const examples = sampleExamples({ rows: 300, telling: 0.8, truth: "label" });
const rows = await collectRows(streamed(examples), scanner, {
  scope: "all",
  target: "strong-gains",
  maxRows: 1000,
  random: randomSource(1),
  onRow: () => {},
  refuse: () => {},
});
const all = Int32Array.from({ length: rows.count }, (_, row) => row);
const COST = 0.3;

/** What the family's fit gives each row, before it is folded into a model. */
function fitted(family: LinearFamily): number[] {
  const input = linearRows(rows, family, all);
  const scores: number[] = [];
  for (const weights of trainLogistic(input, rows.positive, all, costsUpTo(COST), randomSource(1)))
    for (const row of all) scores[row] = rawScore(input, row, weights);
  return scores;
}

/** What the model made of it gives each request on the way that live requests take. */
function served(family: LinearFamily | "n-grams averaged with trees", divisors = { grams: 1, trees: 1 }): number[] {
  const scored = { family, cost: COST, scores: new Float64Array(0), apgr: 0, setting: "" };
  const model = modelOf([], { ...trainFinal(rows, scored, divisors, 1), calibration: { a: 1, b: 0 } });
  const reader = new TextReader();
  return examples.map((example) => {
    const asked = ask(scanner, example);
    if (asked.kind === "wrong") throw new Error(asked.problem);
    reader.read(asked.request.text("all"));
    const probability = scoreRead(model, reader, asked.request.facts, new Float64Array(FACT_NAMES.length));
    return Math.log(probability / (1 - probability));
  });
}

test.each(["linear facts", "n-grams", "n-grams and facts"] as const)("a model of %s scores requests as its fit scored them", (family) => {
  const [expected, actual] = [fitted(family), served(family)];
  for (const row of all) expect(Math.abs((actual[row] ?? 0) - (expected[row] ?? 0))).toBeLessThan(0.02); // steps of the weights
});

test("an average is the n-grams' score and the trees', each by its divisor", () => {
  const grams = served("n-grams");
  const [both, halved] = [served("n-grams averaged with trees"), served("n-grams averaged with trees", { grams: 2, trees: 4 })];
  for (const row of all) {
    const trees = (both[row] ?? 0) - (grams[row] ?? 0);
    expect(halved[row]).toBeCloseTo((grams[row] ?? 0) / 2 + trees / 4, 6);
  }
});
