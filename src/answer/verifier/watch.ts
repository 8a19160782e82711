// The verifier as a check: it speaks when an answer in words has ended, for that is what it was trained on.
import type { AnswerSoFar } from "../said/answer-so-far.ts";
import type { Asked } from "../said/asked.ts";
import { askingCostRatio } from "./asking-cost.ts";
import { probabilityRight, type Verifier } from "./verifier.ts";

/** What it sees of an answer; see checks/check.ts. */
interface Verified {
  readonly answer: AnswerSoFar;
  readonly asked: Asked | undefined;
  readonly isComplete: boolean;
}

/** `weighed`: by what asking again costs; an answer that is dear to repair must be more surely wrong. */
export type Weighing = "plain" | "weighed";

/** Silent of calls of tools, of answers of which more would come, and where the request is not known. */
export function watchVerifier(verifier: Verifier, threshold: number, weighing: Weighing) {
  return ({ answer, asked, isComplete }: Verified, when: "growing" | "held" | "ended"): "good" | { readonly bad: string } | undefined => {
    if (answer.calls.length > 0 || answer.hasOther || answer.isTextCut) return "good";
    const hasEnded = answer.finish !== undefined || (when === "ended" && isComplete);
    if (!hasEnded || answer.text.trim() === "") return undefined;
    if (asked === undefined || asked.text === "") return "good";
    const right = probabilityRight(verifier, answer.text, asked.text);
    const ratio = weighing === "plain" ? 1 : askingCostRatio(verifier.costs, answer.chars, asked.text.length);
    const least = 1 - (1 - threshold) * ratio;
    return right < least ? { bad: `it is right with a probability of ${right.toFixed(2)}, below ${least.toFixed(2)}` } : "good";
  };
}
