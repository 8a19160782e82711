import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import type { Truth } from "../../../src/study/dataset/example.ts";
import { linearRows } from "../../../src/study/train/linear-rows.ts";
import { collectRows } from "../../../src/study/train/training-rows.ts";
import { sampleExamples, streamed } from "./sample-examples.ts";

const scanner = new ChatScanner({ keywords: [], scopes: ["all"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
const SCORES: readonly Truth[] = [
  { kind: "scores", weak: 0, strong: 0.5 },
  { kind: "scores", weak: 0.75, strong: 0.875 },
  { kind: "scores", weak: 0.4, strong: 0.4 },
  { kind: "scores", weak: 0.5, strong: 0.25 },
];
const LABELS: readonly Truth[] = [
  { kind: "label", needed: "strong" },
  { kind: "label", needed: "weak" },
];

describe("what is fitted of a row", () => {
  test.each([
    ["scores", "strong-gains", SCORES, [1, 0.25, 0, 0], [0, 0, 0, 0.5]],
    ["scores", "weak-fails", SCORES, [1, 0, 1, 0], [0, 0, 0, 0]],
    ["labels", "strong-gains", LABELS, [1, 0], [0, 0]],
  ] as const)(
    "of %s for %s is by how much strong is better, and worse, where 1 is the largest difference",
    async (_kind, target, truths, better, worse) => {
      const made = sampleExamples({ rows: truths.length, telling: 1, truth: "scores" });
      const examples = made.map((example, row) => ({ ...example, truth: truths[row] ?? example.truth }));
      const settings = { scope: "all", target, maxRows: 10, random: () => 0, onRow: () => {}, refuse: () => {} } as const;
      const rows = await collectRows(streamed(examples), scanner, settings);
      expect([...rows.better]).toEqual(better);
      expect([...rows.worse]).toEqual(worse);
    },
  );
});

describe("character grams", () => {
  const settings = { scope: "all", target: "strong-gains", maxRows: 10, random: () => 0, onRow: () => {}, refuse: () => {} } as const;
  const rowsOf = async (prompts: readonly string[]) => {
    const [sample] = sampleExamples({ rows: 1, telling: 1, truth: "label" });
    if (sample === undefined) throw new Error("no sample");
    const examples = prompts.map((content) => ({
      ...sample,
      body: new TextEncoder().encode(JSON.stringify({ messages: [{ role: "user", content }] })),
    }));
    return collectRows(streamed(examples), scanner, settings);
  };

  test("are told from words, symbols and pairs by the bucket they fall into", async () => {
    const { features, tokenShares } = await rowsOf(["wonderful bridges!"]);
    const own = [...(features[0] ?? [])];
    expect(own.filter((feature) => tokenShares[feature] === 1)).toHaveLength(5); // two words, a symbol, two pairs
    expect(own.filter((feature) => tokenShares[feature] === 0)).toHaveLength(17); // of 20 characters with the spaces around them
  });

  test("weigh as much less beside them in a fit as it is asked to have them", async () => {
    const rows = await rowsOf(["wonderful bridges!", "what a day"]);
    const fit = { kind: "n-grams", target: Float64Array.of(1, 0) } as const;
    const squaresAt = (grams: number) => linearRows(rows, { ...fit, grams }, Int32Array.of(0, 1)).squares;
    const [full, light] = [squaresAt(1), squaresAt(0.3)];
    for (const feature of rows.features.flatMap((own) => [...own])) {
      const factor = rows.tokenShares[feature] === 0 ? 0.3 : 1;
      expect((light[feature] ?? 0) / (full[feature] ?? 0)).toBeCloseTo(factor, 5);
    }
  });
});
