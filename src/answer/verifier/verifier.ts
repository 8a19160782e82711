// What a verifier is made of, and what it says: how probable it is that an answer is right, by its form and its question's.
import type { Calibration, FactTrees } from "../../request/policy/learned/learned-model.ts";
import { probability } from "../../request/policy/learned/score.ts";
import { treeScore } from "../../request/policy/learned/trees.ts";
import { ANSWER_FACTS, answerFacts } from "./answer-facts.ts";
import type { AskingCosts } from "./asking-cost.ts";

export interface Verifier {
  readonly id: string; // the first digits of the file's checksum
  readonly trees: FactTrees; // their sum is high where an answer is wrong
  readonly calibration: Calibration; // of that sum, to the probability that it is wrong
  readonly share: number; // of answers, that `threshold` was chosen to send on
  readonly threshold: number; // probability of being right below which an answer is sent on
  readonly weighedThreshold: number; // the same where it is weighed by what asking again costs
  readonly costs: AskingCosts | undefined; // undefined: the rows did not hold what strong answered
  readonly summary: VerifierSummary;
}

/** What was found when it was made, for whoever comes across the file later. */
export interface VerifierSummary {
  readonly rows: number;
  readonly wrong: number; // of them
  readonly apgr: number; // by cross-validation; escalation at random has 0.5
  readonly apgrLeftOut: number | undefined; // with whole groups left out; undefined: there were none
  readonly fingerprint: string; // of all rows read
  readonly seed: number;
  readonly date: string; // as given to `train`
}

/** Of an answer's text to a question. Takes 0.15 ms for 400 characters, 3 ms at most, of which most is of the longest that is read. */
export function probabilityRight({ trees, calibration }: Verifier, text: string, question: string): number {
  answerFacts(text, question, FACTS);
  return 1 - probability(calibration, treeScore(trees, FACTS));
}

const FACTS = new Float64Array(ANSWER_FACTS.length);
