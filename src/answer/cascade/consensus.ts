// A consensus: the first answer is kept, whatever it is, and the next tier asked; the second passes where it says the same. The checks
// may speak against either: two that refuse do agree, and nobody wants that.
import { agreementOf, type Comparable, comparable } from "../agreement/agreement.ts";
import { AnswerReading } from "../checks/answer-reading.ts";
import type { AnswerHead, AnswerJudge, AnswerJudges, Judgement } from "../checks/judge.ts";
import type { FirstAnswer } from "./first-answers.ts";
import { type HoldSettings, MAX_WHOLE_BYTES } from "./hold.ts";

export interface ConsensusSettings {
  readonly similarity: number; // of words, from which on two answers agree that have nothing else to be compared by
  readonly ms: number; // so long a stream is held, from its headers on
}

/** Nothing of it is told by half an answer: streams are held whole. */
export function wholeHold({ ms }: ConsensusSettings): HoldSettings {
  return { bytes: MAX_WHOLE_BYTES, tokens: Number.POSITIVE_INFINITY, ms };
}

const bad = (reason: string): Judgement => ({ isGood: false, reason });

/** Of the first answer: it is always bad, that is, not for the client. `keep` is told of it before. */
export function firstJudge(judges: AnswerJudges, head: AnswerHead, keep: (first: FirstAnswer) => void): AnswerJudge {
  return wholeJudge(judges, head, {
    refused: () => keep("nothing"),
    whole(reading) {
      keep(comparable(reading.answer) ?? "nothing");
      return bad("to-compare");
    },
  });
}

/** Of the second: good where it says what the first did. */
export function secondJudge(judges: AnswerJudges, head: AnswerHead, first: Comparable, { similarity }: ConsensusSettings): AnswerJudge {
  return wholeJudge(judges, head, {
    refused() {},
    whole(reading) {
      const second = comparable(reading.answer);
      const agrees = second !== undefined && agreementOf(first, second, reading.asked?.text ?? "", similarity).agrees;
      return agrees ? { isGood: true } : bad("disagreement");
    },
  });
}

/** Of the second where the first was no answer to agree with: it need not be waited for. */
export function lonelyJudge(): AnswerJudge {
  const judgement = bad("nothing-to-compare");
  return { push: () => judgement, settle: () => judgement };
}

interface Whole {
  /** A check has spoken, or it took too long. */
  refused(): void;
  whole(reading: AnswerReading): Judgement;
}

function wholeJudge(judges: AnswerJudges, head: AnswerHead, { refused, whole }: Whole): AnswerJudge {
  const checks = judges.judge(head);
  const reading = new AnswerReading(head.request);
  const refuse = (judgement: Judgement) => {
    refused();
    return judgement;
  };
  return {
    push(piece) {
      reading.push(piece);
      const judgement = checks.push(piece);
      return judgement?.isGood === false ? refuse(judgement) : undefined;
    },
    settle(why) {
      if (why === "held") return refuse(bad("too-long"));
      const judgement = checks.settle(why);
      if (!judgement.isGood) return refuse(judgement);
      reading.finish("ended");
      return whole(reading);
    },
  };
}
