// Finds repeats: nearly the same message, by the same user or session, soon after a weaker tier's answer. Works on outcomes, off the
// request path; what it remembers is bounded in users and in answers of each.

import { type Asked, similarity } from "../../request/routing/asked.ts";
import type { Decision } from "../../request/routing/decision.ts";
import type { Outcome } from "../join/outcome.ts";

export interface WeakAnswer {
  readonly requestId: string;
  readonly decision: Decision;
}

export interface Repeats {
  /** The answer that this request asks for again; each is found once. `strongest`: the last tier, whose answers nobody could better. */
  repeated(outcome: Outcome, strongest: string | undefined): WeakAnswer | undefined;
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
    repeated({ requestId, decided, served, failure }, strongest) {
      const { asked, turns = 0 } = decided?.measured ?? {};
      if (asked === undefined || decided === undefined || served === undefined) return undefined;
      const { startedAtMs, durationMs = 0 } = served;
      const before = users.get(asked.by) ?? [];
      const first = before.find((answer) => isRepeat(answer, { asked, turns, startedAtMs }));
      const others = before.filter((answer) => answer !== first);
      const { decision } = decided;
      const isGood = served.status >= 200 && served.status < 300 && failure === undefined;
      const weak = isGood && decision.tier !== strongest && served.tier === decision.tier;
      if (weak) remember({ requestId, decision, asked, turns, endedAtMs: startedAtMs + durationMs }, others);
      else if (first !== undefined) users.set(asked.by, others);
      return first;
    },
  };
}

function isRepeat(answer: Remembered, request: { asked: Asked; turns: number; startedAtMs: number }): boolean {
  const { asked, turns, startedAtMs } = request;
  const sinceMs = startedAtMs - answer.endedAtMs;
  if (sinceMs < 0 || sinceMs > WITHIN_MS) return false; // below 0: asked at the same time, before the answer was seen
  const alike = similarity(answer.asked.sketch, asked.sketch);
  // Of an agent: what came behind the message is new, the message is not. Nobody asked again.
  const isNextStep = asked.message === answer.asked.message && turns > answer.turns && alike > SAME;
  return alike > MIN_SIMILARITY && !isNextStep;
}
