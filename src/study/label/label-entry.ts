// A label as it is kept on disk, a line each: who said what of which row. What is said of two answers that stand in a random order becomes
// what is said of weak and strong here, and nowhere else. Pure.
import { createHash } from "node:crypto";
import type { LoopLabel, LoopRow } from "../loop/loop-row.ts";

export type Side = "weak" | "strong";

/** Of a row without two answers, its request is judged: `weak` suffices, or it needs `strong`. Else which answers do. */
export const REQUEST_CHOICES = ["weak", "strong"] as const;
export const ANSWER_CHOICES = ["A", "B", "both", "neither"] as const;
export type Choice = (typeof REQUEST_CHOICES)[number] | (typeof ANSWER_CHOICES)[number];

export interface LabelEntry extends LoopLabel {
  readonly id: string; // of the row
  readonly first?: Side | undefined; // whose answer stood first, as A
  readonly undone?: true; // what the same person had said of the row is taken back
}

/** What the names of two tiers are in `answers`, the cheap one first. */
export type TierPair = readonly [weak: string, strong: string];

/** The two answers, where both are there to be compared. */
export function answersOf({ answers }: LoopRow, [weak, strong]: TierPair): Readonly<Record<Side, string>> | undefined {
  const [cheap, dear] = [answers?.[weak], answers?.[strong]];
  if (cheap === undefined || dear === undefined || cheap.error !== undefined || dear.error !== undefined) return undefined;
  return { weak: cheap.text, strong: dear.text };
}

/** Whose orders are drawn: each person sees another one, always the same for the same seed. */
export interface Drawing {
  readonly by: string;
  readonly seed: number;
}

/** Whose answer stands first, as A. */
export function firstOf({ by, seed }: Drawing, id: string): Side {
  return (hash("first", seed, by, id)[0] ?? 0) % 2 === 0 ? "weak" : "strong";
}

/** Names a row for one person and seed in letters alone, which no spreadsheet takes for a number. */
export function keyOf({ by, seed }: Drawing, id: string): string {
  return [...hash("key", seed, by, id).subarray(0, 10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join("");
}

function hash(...parts: readonly (string | number)[]): Buffer {
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}

/** `neither`: no tier's answer was good enough, so none was needed more than the other. */
export function saidOf(choice: Choice, first: Side): Pick<LoopLabel, "needed" | "better"> {
  switch (choice) {
    case "weak":
    case "strong":
      return { needed: choice };
    case "A":
      return { needed: first, better: first };
    case "B":
      return { needed: otherOf(first), better: otherOf(first) };
    case "both":
      return { needed: "weak", better: "tie" };
    case "neither":
      return { better: "tie" };
    default:
      return choice satisfies never;
  }
}

/** The choice that was made, as the person sees it. */
export function choiceOf({ needed, better }: LoopLabel, first: Side): Choice | undefined {
  if (better === undefined) return needed;
  if (better === "tie") return needed === undefined ? "neither" : "both";
  return better === first ? "A" : "B";
}

function otherOf(side: Side): Side {
  return side === "weak" ? "strong" : "weak";
}
