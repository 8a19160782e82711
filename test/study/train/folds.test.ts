import { describe, expect, test } from "vitest";
import { TextReader } from "../../../src/request/policy/learned/text-reader.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { FOLDS, foldsOf, rowsIn, rowsOutside } from "../../../src/study/train/folds.ts";
import { nearDuplicates } from "../../../src/study/train/near-duplicates.ts";

const reader = new TextReader();

function featuresOf(text: string): Int32Array {
  reader.read(new TextEncoder().encode(text));
  return reader.buckets.slice(0, reader.count).sort();
}

describe("near-duplicate prompts", () => {
  test("are found by their words, whatever their case, spaces and numbers; others stay apart", () => {
    const clusters = nearDuplicates(
      [
        "A train leaves the station at 9 o'clock and travels 120 miles to the west; how long does the journey take?",
        "Name the capital of Portugal.",
        "a train leaves the station at 7 o'clock  and travels 250 miles to the west; how long does the journey take?",
        "Which gas do plants take in from the air?",
        "A Train leaves the station at 9 o'clock and travels 120 miles to the west. How long does the journey take?",
      ].map(featuresOf),
    );
    expect([...clusters]).toEqual([0, 1, 0, 3, 0]);
  });

  test("are one cluster where each is near the next", () => {
    const words = Array.from({ length: 60 }, (_, at) => `word${at}`);
    const texts = Array.from({ length: 6 }, (_, at) => words.slice(at * 3, at * 3 + 40).join(" "));
    expect(new Set(nearDuplicates(texts.map(featuresOf))).size).toBe(1);
    expect(new Set(nearDuplicates([texts[0] ?? "", words.slice(40).join(" ")].map(featuresOf))).size).toBe(2);
  });

  test("in thousands of the same prompt are found at once", () => {
    const same = featuresOf("How are you today, my friend?");
    expect(new Set(nearDuplicates(Array.from({ length: 5000 }, () => same))).size).toBe(1);
  });
});

describe("folds", () => {
  const clusters = Int32Array.from({ length: 1000 }, (_, row) => row - (row % 3));
  const positive = Uint8Array.from({ length: 1000 }, (_, row) => (row % 7 === 0 ? 1 : 0));
  const folds = foldsOf(clusters, positive, randomSource(1));

  test("keep a cluster whole", () => {
    clusters.forEach((cluster, row) => {
      expect(folds[row]).toBe(folds[cluster]);
    });
  });

  test("are even in rows and in rows that need strong", () => {
    for (let fold = 0; fold < FOLDS; fold++) {
      const rows = rowsIn(folds, fold);
      expect(Math.abs(rows.length - 200)).toBeLessThan(30);
      expect(Math.abs(rows.filter((row) => positive[row] === 1).length - 28.6)).toBeLessThan(6);
      expect(rowsOutside(folds, fold).length).toBe(1000 - rows.length);
    }
  });

  test("deal single rows evenly, of either kind, whatever one large cluster holds", () => {
    const large = clusters.map((_, row) => (row < 200 ? 0 : row));
    const needing = positive.map((_, row) => ((row < 200 ? row % 2 === 0 : row % 8 === 0) ? 1 : 0));
    const dealt = foldsOf(large, needing, randomSource(1));
    for (let fold = 0; fold < FOLDS; fold++) {
      const single = rowsIn(dealt, fold).filter((row) => row >= 200);
      expect(single.filter((row) => needing[row] === 1)).toHaveLength(20);
      expect(single).toHaveLength(160);
    }
  });

  test("are the same for the same seed, others for another", () => {
    expect(foldsOf(clusters, positive, randomSource(1))).toEqual(folds);
    expect(foldsOf(clusters, positive, randomSource(2))).not.toEqual(folds);
  });
});
