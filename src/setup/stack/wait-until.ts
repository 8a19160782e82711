// Waiting for something outside this process to become true, with a deadline.
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

/** Asks until the answer is neither undefined nor false; undefined when `deadlineMs` have passed. An error counts as "not yet". */
export async function waitUntil<T>(ask: () => T | Promise<T>, deadlineMs: number): Promise<Exclude<T, undefined | false> | undefined> {
  const end = Date.now() + deadlineMs;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    } catch {
      // not there yet: a refused connection, a file to come
    }
    await sleep(POLL_MS);
  } while (Date.now() < end);
  return undefined;
}
