import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import { ChatScanner } from "../../../src/request/chat/scanner.ts";
import type { Truth } from "../../../src/study/dataset/example.ts";
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
