// Rows with what people said of them: all of it under `labels`, and what they agree on where `evaluate` and `train` read it. Pure.
import type { LoopLabel, LoopRow } from "../loop/loop-row.ts";
import { type NeededBy, neededBy } from "../loop/needed-by.ts";
import type { LabelEntry } from "./label-entry.ts";

/** `label`: which tier was needed. `scores`: the share of people who preferred each answer, a tie as half. `none`: labels alone. */
export const TRUTHS = ["label", "scores", "none"] as const;
export type TruthKind = (typeof TRUTHS)[number];

/** Why a row cannot carry a truth. */
export type LeftOut = Exclude<NeededBy, "weak" | "strong"> | "not compared";

export type LabelledRow = { readonly kind: "row"; readonly row: LoopRow } | { readonly kind: "left out"; readonly why: LeftOut };

/** What is said now takes the place of what the same person had said in the row. */
export function labelledRow(row: LoopRow, said: readonly LabelEntry[], truth: TruthKind): LabelledRow {
  const before = (row.labels ?? []).filter(({ by }) => !said.some((entry) => entry.by === by));
  const labels = [...before, ...said.map(labelOf)];
  const { label: _label, ...rest } = row;
  const { weak: _weak, strong: _strong, ...bare } = rest;
  const people = labels.filter(({ by }) => by !== "judge");
  switch (truth) {
    case "none":
      return { kind: "row", row: labels.length === 0 ? row : { ...row, labels } };
    case "label": {
      const needed = neededBy(people);
      return isTier(needed) ? { kind: "row", row: { ...bare, labels, label: needed } } : { kind: "left out", why: needed };
    }
    case "scores": {
      const scores = scoresBy(people);
      return typeof scores === "string" ? { kind: "left out", why: scores } : { kind: "row", row: { ...rest, labels, ...scores } };
    }
    default:
      return truth satisfies never;
  }
}

function labelOf({ id: _id, first: _first, undone: _undone, ...label }: LabelEntry): LoopLabel {
  return label;
}

function scoresBy(labels: readonly LoopLabel[]): { readonly weak: number; readonly strong: number } | LeftOut {
  const compared = labels.filter(({ better }) => better !== undefined);
  if (compared.length === 0) return labels.length === 0 ? "unlabelled" : "not compared";
  const points = compared.reduce((sum, { better }) => sum + (better === "strong" ? 1 : better === "tie" ? 0.5 : 0), 0);
  const strong = points / compared.length;
  return { weak: 1 - strong, strong };
}

function isTier(needed: NeededBy): needed is "weak" | "strong" {
  return needed === "weak" || needed === "strong";
}
