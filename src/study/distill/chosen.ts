// Which rows teach: weak failed, strong did not, and strong's answer is whole. People count before scores, scores before a judge. Pure.
import type { LoopAnswer, LoopRow } from "../loop/loop-row.ts";
import { type NeededBy, neededBy } from "../loop/needed-by.ts";

export interface Thresholds {
  readonly weakAtMost: number; // scores, 0 to 1: so low, weak failed
  readonly strongAtLeast: number; // so high, strong did not
}

export const REASONS = [
  "nobody judged it",
  "people differ",
  "weak did well enough",
  "strong failed too",
  "strong's answer is missing",
  "strong's answer was cut off or refused",
  "the request ends with an answer begun",
  "the request holds more than text",
  "the request holds no text",
  "the same as another",
] as const;
export type Reason = (typeof REASONS)[number];

/** Undefined: it teaches. `teacher`: the tier whose answers are learnt. */
export function whyNot(row: LoopRow, teacher: string, thresholds: Thresholds): Reason | undefined {
  const judged = JUDGED[verdictOf(row, thresholds)];
  return judged ?? answerProblem(row.answers?.[teacher]);
}

const JUDGED: Readonly<Record<NeededBy, Reason | undefined>> = {
  strong: undefined,
  weak: "weak did well enough",
  neither: "strong failed too",
  disputed: "people differ",
  unlabelled: "nobody judged it",
};

function verdictOf({ labels = [], weak, strong, label }: LoopRow, { weakAtMost, strongAtLeast }: Thresholds): NeededBy {
  const people = labels.filter(({ by }) => by !== "judge");
  if (people.length > 0) return neededBy(people);
  if (weak !== undefined && strong !== undefined) {
    if (weak > weakAtMost) return "weak";
    return strong >= strongAtLeast ? "strong" : "neither";
  }
  return label ?? neededBy(labels);
}

/** As the interfaces name it: an answer that stopped for another reason than its end. */
const BROKEN_OFF = ["length", "max_tokens", "max_output_tokens", "incomplete", "content_filter", "refusal", "failed"];

function answerProblem(answer: LoopAnswer | undefined): Reason | undefined {
  if (answer === undefined || answer.error !== undefined || answer.text.trim() === "") return "strong's answer is missing";
  return BROKEN_OFF.includes(answer.finish ?? "") ? "strong's answer was cut off or refused" : undefined;
}
