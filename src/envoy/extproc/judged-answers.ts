// What the call of a judging filter asks of whoever judges: may the client have this answer, or is the next tier to be asked.
import type { HeaderReader } from "../wire/processing-request.ts";

/** One attempt at a request, before its answer begins. */
export interface JudgedAttempt {
  readonly requestId: string | undefined; // of the decision, too
  readonly attempts: string; // the tier of each attempt, in order: `weak,strong`
  readonly attempt: number; // 1: the first
  readonly request: HeaderReader; // its headers
  readonly requestBody: Uint8Array | undefined; // where the filter is sent it
}

/** `hold`: not known yet. `pass`: the client gets it. `ask-next`: nobody gets it, and the next attempt is made. */
export type AnswerVerdict = "hold" | "pass" | "ask-next";
export type LastVerdict = Exclude<AnswerVerdict, "hold">;

/** One answer while it is held. Behind the first verdict only `closed` is called. */
export interface JudgedAnswer {
  /** Milliseconds that it may be held from its headers on; undefined: until it is whole. */
  readonly holdMs: number | undefined;
  piece(body: Uint8Array): AnswerVerdict;
  ended(): LastVerdict;
  /** It may be held no longer: its time is over, or this process is to end. */
  expired(): LastVerdict;
  /** Nothing more is asked of it; where there was no verdict, Envoy or the client went away. Called exactly once, last. */
  closed(): void;
}

export interface JudgedAnswers {
  /** An attempt is about to be made. */
  asked(attempt: Omit<JudgedAttempt, "request" | "requestBody">): void;
  /** Undefined: it passes unjudged. `headers`: of the answer. */
  judge(attempt: JudgedAttempt, headers: HeaderReader): JudgedAnswer | undefined;
}

/** Which judges apply is asked for each answer; undefined: none. */
export interface Judging {
  asked: JudgedAnswers["asked"];
  judge: JudgedAnswers["judge"];
  /** An answer is held; `release` is called when it may be held no longer. To be called back when it is not held any more. */
  holding(release: () => void): () => void;
  /** Has what is held decided at once, and holds nothing from now on. */
  close(): void;
}

export function judgingBy({ asked, judge }: JudgedAnswers): Judging {
  const held = new Set<() => void>();
  let closed = false;
  return {
    asked,
    judge: (attempt, headers) => (closed ? undefined : judge(attempt, headers)),
    holding(release) {
      held.add(release);
      return () => void held.delete(release);
    },
    close() {
      closed = true;
      for (const release of held) release();
    },
  };
}
