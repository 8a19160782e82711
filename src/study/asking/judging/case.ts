// What there is to judge in a row: answers that a grader holds against a reference, pairs for the judge, or too little of either. Pure.
import type { LoopRow } from "../../loop/loop-row.ts";
import { goodAnswers } from "../answers-file.ts";
import type { GraderOf, Grading } from "../graders/grade.ts";
import type { Better } from "./verdict.ts";

export interface Answered {
  readonly tier: string;
  readonly text: string;
}

export type Case =
  | { readonly kind: "graded"; readonly answers: readonly Answered[]; readonly grading: Grading }
  | { readonly kind: "judged"; readonly base: Answered; readonly challengers: readonly Answered[] }
  | { readonly kind: "lacking" };

/** `tiers`: cheap first. All are held against the last, and a row without an answer of the last has nothing to be held against. */
export function caseOf(row: LoopRow, place: string, tiers: readonly string[], graderOf: GraderOf): Case {
  const good = goodAnswers(row.answers);
  const answers = tiers.flatMap((tier) => {
    const answer = good[tier];
    return answer === undefined ? [] : [{ tier, text: answer.text }];
  });
  const base = answers.at(-1);
  const challengers = answers.slice(0, -1);
  if (base === undefined || base.tier !== tiers.at(-1) || challengers.length === 0) return { kind: "lacking" };
  const grading = graderOf(row, place);
  return grading === undefined ? { kind: "judged", base, challengers } : { kind: "graded", answers, grading };
}

export const JUDGE = "judge"; // who a label is by

/** What people said of the first tier and the last; the last word counts. */
export interface PeopleSaid {
  readonly better: Better | undefined;
  readonly needed: "weak" | "strong";
}

export function peopleSaid({ labels }: LoopRow): PeopleSaid | undefined {
  const said = labels?.findLast(({ by, better, needed }) => by !== JUDGE && (better ?? needed) !== undefined);
  if (said === undefined) return undefined;
  const { better, needed } = said;
  return { better: better && BETTER[better], needed: needed ?? (better === "strong" ? "strong" : "weak") };
}

const BETTER: Readonly<Record<"weak" | "strong" | "tie", Better>> = { weak: "challenger", strong: "base", tie: "tie" };
