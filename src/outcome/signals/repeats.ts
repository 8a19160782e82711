// Finds repeats: nearly the same message, by the same user or session, soon after a weaker tier's answer. Works on outcomes, off the
// request path; what it remembers is bounded in users and in answers of each. An answer is remembered by the process that decided it, and
// no other: these tell what they are asked, so that each answer is found once, where its decision is known.

import { type Asked, type Question, similarity } from "../../request/routing/asked.ts";
import type { Decision } from "../../request/routing/decision.ts";
import type { Outcome } from "../join/outcome.ts";

export interface WeakAnswer {
  readonly requestId: string;
  readonly decision: Decision;
  readonly voter: number | undefined; // the sender of both requests: `asked.by` is made of it
}

export interface Repeats {
  /** The answer that this request asks for again; each is found once. `strongest`: the last tier, whose answers nobody could better. */
  repeated(outcome: Outcome, strongest: string | undefined): WeakAnswer | undefined;
  /** The answer given here that a request decided by another process asks for again. */
  askedAgain(question: Question): WeakAnswer | undefined;
}

interface Remembered extends WeakAnswer {
  readonly asked: Asked;
  readonly turns: number;
  readonly endedAtMs: number; // since the epoch
}

// Production tuning guide, misroutes.
const MIN_SIMILARITY = 0.8;
const SAME = 0.999;
const WITHIN_MS = 5 * 60_000;

export const MAX_USERS = 10_000; // with 3 answers each, 15 MB
const MAX_ANSWERS = 3; // of a user

export function createRepeats(): Repeats {
  const users = new Map<number, Remembered[]>(); // the one heard of least lately first

  const remember = (answer: Remembered, before: readonly Remembered[]): void => {
    const { by } = answer.asked;
    users.delete(by);
    users.set(by, [answer, ...before].slice(0, MAX_ANSWERS));
    if (users.size <= MAX_USERS) return;
    for (const oldest of users.keys()) return void users.delete(oldest);
  };

  return {
    repeated(outcome, strongest) {
      const question = questionOf(outcome);
      const { requestId, decided, served, failure } = outcome;
      if (question === undefined || decided === undefined || served === undefined) return undefined;
      const { asked, turns, startedAtMs } = question;
      const before = users.get(asked.by) ?? [];
      const first = before.find((answer) => isRepeat(answer, question));
      const others = before.filter((answer) => answer !== first);
      const { decision, measured } = decided;
      const isGood = served.status >= 200 && served.status < 300 && failure === undefined;
      const weak = isGood && decision.tier !== strongest && served.tier === decision.tier;
      const endedAtMs = startedAtMs + (served.durationMs ?? 0);
      if (weak) remember({ requestId, decision, voter: measured?.voter, asked, turns, endedAtMs }, others);
      else if (first !== undefined) users.set(asked.by, others);
      return first;
    },
    askedAgain(question) {
      const { by } = question.asked;
      const before = users.get(by) ?? [];
      const first = before.find((answer) => isRepeat(answer, question));
      if (first === undefined) return undefined;
      users.set(
        by,
        before.filter((answer) => answer !== first),
      );
      return first;
    },
  };
}

/** Undefined: nobody is named, too little is asked, or nobody knows when. */
export function questionOf({ decided, served }: Outcome): Question | undefined {
  const { asked, turns = 0 } = decided?.measured ?? {};
  return asked && served && { asked, turns, startedAtMs: served.startedAtMs };
}

function isRepeat(answer: Remembered, { asked, turns, startedAtMs }: Question): boolean {
  const sinceMs = startedAtMs - answer.endedAtMs;
  if (sinceMs < 0 || sinceMs > WITHIN_MS) return false; // below 0: asked at the same time, before the answer was seen
  const alike = similarity(answer.asked.sketch, asked.sketch);
  // Of an agent: what came behind the message is new, the message is not. Nobody asked again.
  const isNextStep = asked.message === answer.asked.message && turns > answer.turns && alike > SAME;
  return alike > MIN_SIMILARITY && !isNextStep;
}
