// What a check is: told of an answer as it grows, it says once what it has against it, or that it will have nothing against it.
import type { AnswerFailure } from "../ending/ending.ts";
import type { AnswerSoFar } from "../said/answer-so-far.ts";
import type { Asked } from "../said/asked.ts";

/** `growing`: more may come; `held`: more would come, and is not waited for; `ended`: this is all. */
export type When = "growing" | "held" | "ended";

/** An answer as checks see it. */
export interface Watched {
  readonly answer: AnswerSoFar;
  /** Undefined: not known. Read at the first look. */
  readonly asked: Asked | undefined;
  /** What its ending says; `cut-short` only when it has ended. */
  readonly failure: AnswerFailure | undefined;
  /** By its own words all has come. */
  readonly isComplete: boolean;
}

/** `good`: whatever comes, this check has nothing against it. Undefined: it cannot tell yet. */
export type Finding = "good" | { readonly bad: string };

/** Keeps what it needs of one answer. Called with `held` or `ended` at most once, at last: undefined then means good. */
export type Watch = (watched: Watched, when: When) => Finding | undefined;
