// Has a pair judged: once in each order, each time under a mark that nobody could foresee.
import type { ChatScanner } from "../../../request/chat/scanner.ts";
import type { LoopRow } from "../../loop/loop-row.ts";
import type { Asker } from "../call/asker.ts";
import { foresee } from "../foresight.ts";
import type { Foreseen } from "../target.ts";
import { type JudgePromptSettings, judgeRequest } from "./judge-prompt.ts";
import { type AB, type Looks, readScores } from "./verdict.ts";

export interface Judge {
  readonly asker: Asker;
  readonly prompt: JudgePromptSettings;
  readonly scanner: ChatScanner;
  readonly outputTokens: number; // of what it says, expected
  readonly mark: () => string;
}

export interface Pair {
  readonly request: LoopRow["request"];
  readonly rubric: string;
  readonly challenger: string;
  readonly base: string;
}

/** Undefined looks: the judge gave no answer, or no scores. */
export interface JudgedLooks {
  readonly looks: Looks | undefined;
  readonly cost: number; // dollars, as far as known
}

const TRIES = 2; // a judge that forgets its scores is asked once more

export async function judgePair(judge: Judge, { request, rubric, challenger, base }: Pair): Promise<JudgedLooks> {
  const [first, second] = await Promise.all([
    look(judge, { request, rubric, a: challenger, b: base }),
    look(judge, { request, rubric, a: base, b: challenger }),
  ]);
  const cost = first.cost + second.cost;
  if (first.scores === undefined || second.scores === undefined) return { looks: undefined, cost };
  return {
    looks: [
      [first.scores.a, first.scores.b],
      [second.scores.b, second.scores.a],
    ],
    cost,
  };
}

interface Shown {
  readonly request: LoopRow["request"];
  readonly rubric: string;
  readonly a: string;
  readonly b: string;
}

async function look(judge: Judge, shown: Shown): Promise<{ readonly scores: AB | undefined; readonly cost: number }> {
  let cost = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const asked = judgeRequest({ ...shown, mark: judge.mark() }, judge.prompt);
    const answer = await judge.asker.ask(asked, judge.prompt.format, foreseenOf(judge, asked));
    cost += answer.cost ?? 0;
    if (answer.error !== undefined) break;
    const scores = readScores(answer.text);
    if (scores !== undefined) return { scores, cost };
  }
  return { scores: undefined, cost };
}

/** Of one look; both orders take as many. */
export function foreseenLook(judge: Judge, { request, rubric, challenger, base }: Pair): Foreseen {
  return foreseenOf(judge, judgeRequest({ request, rubric, a: challenger, b: base, mark: ANY_MARK }, judge.prompt));
}

/** Of the same length: what is foreseen of the same rows is the same every time. */
const ANY_MARK = "0123456789ab";

const PATHS = { "chat-completions": "/v1/chat/completions", messages: "/v1/messages" } as const;

function foreseenOf({ prompt, scanner, outputTokens }: Judge, request: LoopRow["request"]): Foreseen {
  const askable = foresee({ id: "", request, path: PATHS[prompt.format] }, scanner, outputTokens);
  if (askable === undefined) throw new Error("invariant: what a judge is asked is a chat");
  return askable.expected;
}
