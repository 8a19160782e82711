// How long to wait before a request is tried again, if at all. Pure: the caller owns clock and randomness.
import type { Failure } from "./call.ts";

const FIRST_MS = 1000;
const MOST_MS = 60_000;
/** A server that asks for more has closed for the day: waiting is the operator's to decide. */
const MOST_ASKED_MS = 10 * 60_000;

const PASSING: ReadonlySet<Failure> = new Set<Failure>(["rate-limited", "server-error", "timeout", "network"]);

export interface Tried {
  readonly failure: Failure;
  readonly retryAfterMs: number | undefined; // as the server asked
  readonly attempts: number; // so far, this one too
  readonly mostAttempts: number;
}

/**
 * Undefined: not again. Doubles each time, with "full jitter" (Brooker, "Exponential backoff and jitter", AWS 2015), so that many who
 * failed together do not come back together; never sooner than the server asked.
 */
export function retryInMs({ failure, retryAfterMs, attempts, mostAttempts }: Tried, random: () => number): number | undefined {
  if (!PASSING.has(failure) || attempts >= mostAttempts) return undefined;
  const most = Math.min(MOST_MS, FIRST_MS * 2 ** (attempts - 1));
  if (retryAfterMs === undefined) return most * random();
  return retryAfterMs > MOST_ASKED_MS ? undefined : retryAfterMs + FIRST_MS * random();
}
