import { describe, expect, test } from "vitest";
import type { LabelEntry } from "../../../src/study/label/label-entry.ts";
import { labelledRow } from "../../../src/study/label/labelled-rows.ts";
import type { LoopLabel, LoopRow } from "../../../src/study/loop/loop-row.ts";

const ROW: LoopRow = { id: "r-1", request: { messages: [] }, inclusion: 0.5, weak: 0.2, strong: 0.9 };

function said(...labels: readonly Partial<LoopLabel>[]): readonly LabelEntry[] {
  return labels.map((label, at) => ({ id: "r-1", by: `person-${at}`, ...label }));
}

const WEAK = { needed: "weak", better: "weak" } as const;
const STRONG = { needed: "strong", better: "strong" } as const;
const BOTH = { needed: "weak", better: "tie" } as const;
const NEITHER = { better: "tie" } as const;

describe("the label of a row", () => {
  test.each([
    ["one", said(STRONG), "strong"],
    ["two who agree", said(WEAK, BOTH), "weak"],
    ["most of three", said(WEAK, STRONG, STRONG), "strong"],
    ["two who differ", said(WEAK, STRONG), "disputed"],
    ["two, one of whom lets neither stand", said(WEAK, NEITHER), "disputed"],
    ["one who lets neither stand", said(NEITHER), "neither"],
    ["nobody", said(), "unlabelled"],
  ])("is what is said by %s", (_, entries, expected) => {
    const labelled = labelledRow(ROW, entries, "label");
    expect(labelled.kind === "row" ? labelled.row.label : labelled.why).toBe(expected);
    if (labelled.kind === "row") expect(labelled.row).not.toHaveProperty("weak");
  });
});

describe("the scores of a row", () => {
  test.each([
    ["one who prefers weak", said(WEAK), [1, 0]],
    ["one to whom they are equal", said(NEITHER), [0.5, 0.5]],
    ["two", said(BOTH, STRONG), [0.25, 0.75]],
    ["one who did not compare", said({ needed: "strong" }), "not compared"],
    ["nobody", said(), "unlabelled"],
  ])("are those of %s", (_, entries, expected) => {
    const labelled = labelledRow({ ...ROW, label: "weak" }, entries, "scores");
    expect(labelled.kind === "row" ? [labelled.row.weak, labelled.row.strong] : labelled.why).toEqual(expected);
    if (labelled.kind === "row") expect(labelled.row).not.toHaveProperty("label");
  });
});

describe("the labels of a row", () => {
  const judged: LoopRow = {
    ...ROW,
    labels: [
      { by: "judge", better: "strong" },
      { by: "person-0", needed: "weak" },
    ],
  };

  test("are all kept, a person's last in the place of the first, and the judge's do not decide", () => {
    const labelled = labelledRow(judged, said(BOTH), "label");
    expect(labelled).toMatchObject({
      row: { label: "weak", inclusion: 0.5, labels: [{ by: "judge" }, { by: "person-0", better: "tie" }] },
    });
  });

  test("say nothing of what stood first", () => {
    const labelled = labelledRow(ROW, [{ id: "r-1", by: "ana", first: "weak", ...BOTH, note: "close" }], "none");
    expect(labelled).toEqual({ kind: "row", row: { ...ROW, labels: [{ by: "ana", ...BOTH, note: "close" }] } });
    expect(labelledRow(ROW, [], "none")).toEqual({ kind: "row", row: ROW });
  });
});
