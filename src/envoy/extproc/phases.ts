// Where the call of one request stands.

/**
 * Of the request:
 * - `start`: nothing of it seen yet
 * - `awaiting`: headers replied to, the whole body comes in one message
 * - `collecting`: no reply to the headers yet, the body comes in pieces and waits for us (or is only observed)
 * - `asking`: the body is here, and vectors of its text are waited for, or whether the same was answered before
 * - `echoing`: passed on unread, but Envoy forwards only the pieces we send back
 * - `replied`: it is out of our hands
 *
 * Of the call:
 * - `ended`: nothing is said any more
 * - `abandoned`: so, too, but the decision was still out
 */
export type Phase = "start" | "awaiting" | "collecting" | "asking" | "echoing" | "replied" | "ended" | "abandoned";

const UNDECIDED: ReadonlySet<Phase> = new Set(["awaiting", "collecting", "asking", "abandoned"]);

/** What a call comes to that is over in this phase. */
export function endOf(phase: Phase): Phase {
  return UNDECIDED.has(phase) ? "abandoned" : "ended";
}

export function isOver(phase: Phase): boolean {
  return phase === "ended" || phase === "abandoned";
}
