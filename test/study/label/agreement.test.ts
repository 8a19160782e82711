import { describe, expect, test } from "vitest";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { agreementOf, agreementReport } from "../../../src/study/label/agreement.ts";
import { agreementText } from "../../../src/study/label/agreement-text.ts";
import { standing } from "../../../src/study/label/journal.ts";
import type { LabelEntry } from "../../../src/study/label/label-entry.ts";

function times(count: number, a: string, b: string): readonly (readonly [string, string])[] {
  return Array.from({ length: count }, () => [a, b] as const);
}

describe("Cohen's kappa", () => {
  test.each([
    [
      "the worked example of 50 applicants",
      [...times(20, "y", "y"), ...times(5, "y", "n"), ...times(10, "n", "y"), ...times(15, "n", "n")],
      0.4,
    ],
    ["all alike", [...times(5, "y", "y"), ...times(5, "n", "n")], 1],
    ["all the other way", [...times(5, "y", "n"), ...times(5, "n", "y")], -1],
    ["as chance would have it", [...times(1, "y", "y"), ...times(1, "y", "n"), ...times(1, "n", "y"), ...times(1, "n", "n")], 0],
    ["three words", [...times(4, "a", "a"), ...times(4, "b", "b"), ...times(4, "c", "c"), ...times(3, "a", "b")], 12 / 17],
  ])("of %s", (_, pairs, kappa) => {
    expect(agreementOf(pairs).kappa?.value).toBeCloseTo(kappa, 10);
  });

  test("is not defined where both always say one thing, and where there is nothing", () => {
    expect([agreementOf(times(9, "y", "y")).kappa, agreementOf([]).kappa]).toEqual([undefined, undefined]);
  });

  test.each([
    [0.5, 0.95],
    [0.3, 0.9],
    [0.1, 0.95],
    [0.3, 0.7],
  ])("with %d strong and each right in %d of 60 rows, lies in its interval about 95 times of 100", (strong, right) => {
    const random = randomSource(11);
    const word = () => (random() < strong ? "strong" : "weak");
    const seen = (truth: string) => (random() < right ? truth : truth === "strong" ? "weak" : "strong");
    const chanceStrong = strong * right + (1 - strong) * (1 - right);
    const chance = chanceStrong ** 2 + (1 - chanceStrong) ** 2;
    const truth = (right ** 2 + (1 - right) ** 2 - chance) / (1 - chance);
    const draws = 1000;
    let held = 0;
    for (let draw = 0; draw < draws; draw++) {
      const words = Array.from({ length: 60 }, word);
      const { kappa } = agreementOf(words.map((each) => [seen(each), seen(each)] as const));
      if (kappa !== undefined && kappa.low <= truth && truth <= kappa.high) held++;
    }
    expect(held / draws).toBeGreaterThan(0.925);
    expect(held / draws).toBeLessThan(0.99);
  });
});

function label(by: string, id: string, said: Partial<LabelEntry>): LabelEntry {
  return { id, by, ...said };
}

const ENTRIES: readonly LabelEntry[] = [
  label("ana", "r-1", { needed: "weak", better: "tie", first: "weak" }),
  label("ben", "r-1", { needed: "weak", better: "weak", first: "weak" }),
  label("ana", "r-2", { needed: "strong", better: "strong", first: "strong" }),
  label("ben", "r-2", { needed: "strong", better: "strong", first: "weak" }),
  label("ana", "r-3", { needed: "weak" }),
  label("ben", "r-3", { better: "tie", first: "weak" }),
  label("ana", "r-4", { needed: "strong" }),
  label("ben", "r-4", { needed: "weak" }),
  label("ben", "r-4", { needed: "strong" }), // thought better of it
  label("ana", "r-5", { needed: "weak" }),
  label("ben", "r-5", { needed: "weak" }),
  label("ben", "r-5", { undone: true }),
];

describe("the agreement of two people", () => {
  const report = agreementReport(standing(ENTRIES));

  test("counts what stands, of rows that both labelled", () => {
    const [pair] = report.pairs;
    expect([pair?.people, pair?.verdict.rows, pair?.verdict.agreed.value, pair?.needed.rows, pair?.needed.agreed.value]).toEqual([
      ["ana", "ben"],
      4,
      0.5,
      3,
      1,
    ]);
    expect(pair?.disputes).toEqual([
      { id: "r-1", said: ["both", "only weak"] },
      { id: "r-3", said: ["weak", "neither"] },
    ]);
    expect(report.people.map(({ by, rows, weak, strong, neither }) => [by, rows, weak, strong, neither])).toEqual([
      ["ana", 5, 3, 2, 0],
      ["ben", 4, 1, 2, 1],
    ]);
  });

  test("is told with what it means, and names the rows they differ on", () => {
    const text = agreementText(report);
    expect(text).toContain("ana and ben both labelled 4 rows");
    expect(text).toContain("3 rows tell little of it: 50 that both label are enough.");
    expect(text).toContain("  r-1: both / only weak\n");
  });

  test.each([
    [0.5, "The criteria mean different things"],
    [0.75, "Fair, not good"],
    [0.95, "Good: one of them can label the rest"],
  ])("of 100 rows, %d of them alike, is judged", (share, sentence) => {
    const entries = Array.from({ length: 100 }, (_, at) => {
      const needed = at % 2 === 0 ? "weak" : "strong";
      const other = at < 100 * share ? needed : needed === "weak" ? "strong" : "weak";
      return [label("ana", `r-${at}`, { needed }), label("ben", `r-${at}`, { needed: other })];
    }).flat();
    expect(agreementText(agreementReport(standing(entries)))).toContain(sentence);
  });

  test("says of who takes mostly what stands first that the place counted", () => {
    const entries = Array.from({ length: 40 }, (_, at) =>
      label("ana", `r-${at}`, { better: "weak", needed: "weak", first: at < 32 ? "weak" : "strong" }),
    );
    const text = agreementText(agreementReport(standing(entries)));
    expect(text).toContain("of two answers chose the first 80 % [65–90]: the place of an answer counted");
    expect(text).toContain("No two of them labelled the same rows");
  });
});
