import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { splitsFor, worthOf } from "../../../src/study/train/left-out.ts";
import { linearParts, type Part, treesPart } from "../../../src/study/train/parts.ts";
import { collectRows } from "../../../src/study/train/training-rows.ts";
import { sampleExamples, streamed } from "./sample-examples.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const ROWS = 600;
const RATES = [0.1, 0.7, 0.2, 0.5, 0.3]; // of the groups

/** Texts that tell nothing, in groups that need strong more or less often. */
const random = randomSource(3);
const examples = sampleExamples({ rows: ROWS, telling: 0.05, truth: "label" }).map((example, row) => {
  const needed = random() < (RATES[row % RATES.length] ?? 0) ? "strong" : "weak";
  return { ...example, group: `group ${row % RATES.length}`, truth: { kind: "label", needed } as const };
});
const settings = { scope: "all", target: "strong-gains", maxRows: ROWS, random, onRow: () => {}, refuse: () => {} } as const;
const rows = await collectRows(streamed(examples), scanner, settings);
const splits = splitsFor(
  rows,
  Int32Array.from({ length: ROWS }, (_, row) => row),
  randomSource(1),
);
const fitting = { rows, splits, seed: 1, newTopics: 0.2, progress: () => {} };

describe("the scores of folds that were trained on more or fewer rows that need strong", () => {
  test.each([
    ["trees", () => treesPart(fitting, "better")],
    ...[0, 2, 4].map((cost) => [`n-grams at cost ${cost}`, () => linearParts(fitting, "n-grams", "better")[cost]] as const),
  ] as const)("say of groups left out no more and no less than texts do that tell nothing: %s", (_name, part: () => Part | undefined) => {
    const scores = part()?.scores;
    if (scores === undefined) throw new Error("no such part");
    expect(Math.abs((worthOf(scores, rows, 0.2).groups ?? 0) - 0.5)).toBeLessThan(0.07);
  });
});
