import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { scoreRead } from "../../../src/request/policy/learned/score.ts";
import { FACT_NAMES } from "../../../src/request/policy/learned/surface-facts.ts";
import { TextReader } from "../../../src/request/policy/learned/text-reader.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { ask } from "../../../src/study/evaluate/trial.ts";
import { compareFamilies, type FamilyScores, type PlacedPart } from "../../../src/study/train/families.ts";
import { trainFinal } from "../../../src/study/train/final-model.ts";
import type { LeftOut, Splits } from "../../../src/study/train/left-out.ts";
import { linearParts } from "../../../src/study/train/parts.ts";
import { collectRows } from "../../../src/study/train/training-rows.ts";
import { modelOf } from "../../request/policy/learned/model-of.ts";
import { sampleExamples, streamed } from "./sample-examples.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const examples = sampleExamples({ rows: 300, telling: 0.8, truth: "scores" }).map(
  (example, row): Example => ({
    ...example,
    group: `group ${row % 3}`,
    truth: row % 5 === 0 ? { kind: "scores", weak: 0.9, strong: 0.1 } : example.truth,
  }),
);
const rows = await collectRows(streamed(examples), scanner, {
  scope: "all",
  target: "strong-gains",
  maxRows: 1000,
  random: randomSource(1),
  onRow: () => {},
  refuse: () => {},
});
const all = Int32Array.from({ length: rows.count }, (_, row) => row);
/** What is tested is what was trained on: the scores are then those of a fit to all rows, which is what the final model is. */
const whole = [{ chosen: all, tested: all }];
const SPLITS: Splits = { plain: whole, groups: whole };
const families = compareFamilies({ rows, splits: SPLITS, seed: 1, newTopics: 0.2 }, () => {});

/** What the model made of it gives each request on the way that live requests take. */
function served(family: FamilyScores): number[] {
  const model = modelOf([], { ...trainFinal(rows, family, 1), calibration: { a: 1, b: 0 } });
  const reader = new TextReader();
  return examples.map((example) => {
    const asked = ask(scanner, example);
    if (asked.kind === "wrong") throw new Error(asked.problem);
    reader.read(asked.request.text("all"));
    const probability = scoreRead(model, model.scope, reader, asked.request.facts, new Float64Array(FACT_NAMES.length));
    return Math.log(probability / (1 - probability));
  });
}

const spreadOf = ({ plain }: LeftOut) => Math.max(...plain) - Math.min(...plain);

describe("the final model", () => {
  test.each(families.map((family) => [family.family, family] as const))("of %s scores requests as its fit scored them", (_name, family) => {
    const actual = served(family);
    const steps = 0.02 * spreadOf(family.scores); // weights are kept in 255 steps, those of either side
    for (const row of all) expect(Math.abs((actual[row] ?? 0) - (family.scores.plain[row] ?? 0))).toBeLessThan(steps);
  });

  test("keeps character grams as light as they were fitted", () => {
    const part = linearParts({ rows, splits: SPLITS, seed: 1, newTopics: 0.2, progress: () => {} }, "n-grams", "better", 0.3)[2];
    const [grams] = families.filter(({ family }) => family === "n-grams");
    if (part === undefined || grams === undefined) throw new Error("not compared");
    const actual = served({ ...grams, parts: [{ part, link: undefined, middle: 0, near: 1, far: 1 }] });
    const steps = 0.02 * spreadOf(part.scores);
    for (const row of all) expect(Math.abs((actual[row] ?? 0) - (part.scores.plain[row] ?? 0))).toBeLessThan(steps);
  });

  test("moves weight by the share of features that the training rows had", () => {
    const mixed = families.find(({ family }) => family === "n-grams, trees and length");
    if (mixed === undefined) throw new Error("not compared");
    const parts = mixed.parts.map((placed) => ({ ...placed, far: placed.part.kind === "length" ? 3 : 0 }));
    const ofParts = (weight: (placed: PlacedPart) => number) =>
      served({ ...mixed, parts: parts.map((own) => ({ ...own, near: weight(own), far: weight(own) })) });
    const [near, far] = [ofParts((own) => own.near), ofParts((own) => own.far)];
    const half = served({ ...mixed, parts, band: { from: 0, to: 2 } }); // every feature is known, which is halfway there
    for (const row of all) expect(half[row]).toBeCloseTo(((near[row] ?? 0) + (far[row] ?? 0)) / 2, 6);
    expect(near).not.toEqual(far);
  });

  test("has no second side where strong is never known to be worse", () => {
    const none = { ...rows, worse: new Float64Array(rows.count) };
    const names = compareFamilies({ rows: none, splits: SPLITS, seed: 1, newTopics: 0.2 }, () => {}).map(({ family }) => family);
    expect(names).not.toContain("two-sided n-grams");
    expect(names).toContain("n-grams, trees and length");
  });
});
