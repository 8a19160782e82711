// Whether an answer that came with a good status failed all the same: by its own words, or because Envoy saw the server end it.
import type { Reading } from "../../answer/answer-reader.ts";
import type { AnswerFailure } from "../../answer/ending/ending.ts";
import type { Served } from "./served.ts";

/** Response flags that, behind a good status, say that it was not the client who ended the answer. Names as in %RESPONSE_FLAGS%. */
const CUT_OFF = new Set(["UMSDR", "SI", "DT"]);
/** The same, unless they were an earlier attempt's: Envoy keeps them. */
const CUT_OFF_OR_RETRIED = new Set(["UC", "UR", "UPE", "UT", "LR"]);

/** Undefined: it did not fail, or by its status. */
export function answerFailure({ status, responseFlags, attempts }: Served, reading: Reading | undefined): AnswerFailure | undefined {
  if (status < 200 || status > 299) return undefined;
  if (reading?.failure !== undefined) return reading.failure;
  if (reading?.isComplete) return undefined;
  const isCutOff = responseFlags.some((flag) => CUT_OFF.has(flag) || (attempts <= 1 && CUT_OFF_OR_RETRIED.has(flag)));
  return isCutOff ? "cut-short" : undefined;
}
