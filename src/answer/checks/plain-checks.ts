// The checks that need one look: an error in place of an answer, one that was cut off or ran into its limit, an empty one, an unsure one.
import type { Watch } from "./check.ts";

/** An error inside an answer of status 200, whole or in the middle of a stream. */
export const watchError: Watch = ({ failure }) =>
  failure === "error" ? { bad: "an error came in place of an answer, or behind its beginning" } : undefined;

/** The server closed the answer before its end. */
export const watchCutShort: Watch = ({ failure }, when) =>
  when === "ended" && failure === "cut-short" ? { bad: "it ended before it was complete" } : undefined;

const TRUNCATED: ReadonlySet<string> = new Set([
  "length",
  "max_tokens",
  "max_output_tokens",
  "model_context_window_exceeded",
  "incomplete",
]);

/** The model's tokens ran out. Known from the last event. */
export const watchTruncated: Watch = ({ answer: { finish } }) => {
  if (finish === undefined) return undefined;
  return TRUNCATED.has(finish) ? { bad: `it ended by ${finish}` } : "good";
};

/** No word, no call, nothing else, though it says that it is complete. A refusal is no empty answer. */
export const watchEmpty: Watch = ({ answer, isComplete }, when) => {
  if (answer.calls.length > 0 || answer.hasOther || answer.refusal !== "" || answer.text.trim() !== "") return "good";
  const hasEnded = when === "ended" && isComplete;
  return answer.isKnown && (answer.finish !== undefined || hasEnded) ? { bad: "it has no words and no calls" } : undefined;
};

/** Fewer tokens say little of how sure the model was. */
const LEAST_TOKENS = 8;

/** The mean log probability of its tokens is below `least`. Where the answer carries none the check is silent. */
export function watchLogProb(least: number): Watch {
  return ({ answer: { logProbs, logProbTokens } }, when) => {
    if (when === "growing" || logProbTokens < LEAST_TOKENS) return undefined;
    const mean = logProbs / logProbTokens;
    return mean < least ? { bad: `mean log probability ${mean.toFixed(2)} of ${logProbTokens} tokens, below ${least}` } : "good";
  };
}
