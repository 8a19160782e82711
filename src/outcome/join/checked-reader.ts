// Reads an answer as answer-reader.ts does, and has it looked at by checks beside: nobody waits for what they say.
import { type AnswerText, answerReader } from "../../answer/answer-reader.ts";
import type { AnswerJudges, Judgement } from "../../answer/checks/judge.ts";
import { answerJudges } from "../../answer/checks/judges.ts";

/** Those that need not know the request. */
const BESIDE: AnswerJudges = answerJudges([
  { check: "error" },
  { check: "cut-short" },
  { check: "truncated" },
  { check: "empty" },
  { check: "refusal" },
  { check: "repetition", distinct: 0.5 },
]);

/** Undefined where nothing is made of a bad answer. */
export function checksBeside(upAfterBad: number): AnswerJudges | undefined {
  return upAfterBad > 0 ? BESIDE : undefined;
}

export function checkedReader(checks: AnswerJudges): AnswerText {
  const reader = answerReader();
  const judge = checks.judge({ status: 200, contentType: "", request: undefined }); // that of another is an error, and no answer
  let judgement: Judgement | undefined;
  return {
    push(piece) {
      reader.push(piece);
      judgement ??= judge.push(piece);
    },
    get keys() {
      return reader.keys;
    },
    /** One whose end was not seen is bad only by what was. */
    finish(how) {
      if (how === "seen") judgement ??= judge.settle("ended");
      return { ...reader.finish(how), bad: judgement?.isGood === false ? judgement.reason : undefined };
    },
  };
}
