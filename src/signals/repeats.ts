// Finds repeats: nearly the same message, by the same user or session, soon after a weaker tier's answer. Works on outcomes, off the request
// path; what it remembers is bounded in users and in answers of each.
import type { Outcome } from "../outcome/outcome.ts";
import { type Asked, similarity } from "../routing/asked.ts";
import type { Decision } from "../routing/decision.ts";

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
  readonly endedAt: number; // milliseconds
}

// Production tuning guide, misroutes.
const MIN_SIMILARITY = 0.8;
const WITHIN_MS = 5 * 60_000;

/** Entries arrive when Envoy flushes its log, so that times are this much wrong. What began before an answer's end is not its repeat. */
const CLOCK_ERROR_MS = 1000;

export const MAX_USERS = 10_000; // with 3 answers each, 15 MB
const MAX_ANSWERS = 3; // of a user

/** `now`: milliseconds, monotonic. */
export function createRepeats(now: () => number): Repeats {
  const users = new Map<number, Remembered[]>(); // the one heard of least lately first

  const remember = (answer: Remembered, before: readonly Remembered[]): void => {
    const { by } = answer.asked;
    users.delete(by);
    users.set(by, [answer, ...before].slice(0, MAX_ANSWERS));
    if (users.size <= MAX_USERS) return;
    for (const oldest of users.keys()) return void users.delete(oldest);
  };

  return {
    repeated({ requestId, decided, served }, strongest) {
      const { asked, turns = 0 } = decided?.measured ?? {};
      if (asked === undefined || decided === undefined || served === undefined) return undefined;
      const endedAt = now();
      const startedAt = endedAt - (served.durationMs ?? 0);
      const before = users.get(asked.by) ?? [];
      const first = before.find((answer) => isRepeat(answer, { asked, turns, startedAt }));
      const others = before.filter((answer) => answer !== first);
      const { decision } = decided;
      const weak = decision.tier !== strongest && served.tier === decision.tier && served.status >= 200 && served.status < 300;
      if (weak) remember({ requestId, decision, asked, turns, endedAt }, others);
      else if (first !== undefined) users.set(asked.by, others);
      return first;
    },
  };
}

function isRepeat(answer: Remembered, { asked, turns, startedAt }: { asked: Asked; turns: number; startedAt: number }): boolean {
  const sinceMs = startedAt - answer.endedAt;
  if (sinceMs < -CLOCK_ERROR_MS || sinceMs > WITHIN_MS) return false;
  const alike = similarity(answer.asked.sketch, asked.sketch);
  const isNextStep = asked.tools && turns > answer.turns && alike > 0.999; // of an agent: what tools gave back is new, the message is not
  return alike > MIN_SIMILARITY && !isNextStep;
}
