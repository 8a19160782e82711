// Waiting in tests: for a condition, never for time to pass.
import { waitUntil } from "../../src/setup/stack/wait-until.ts";

/** The first answer that is neither undefined nor false. Throws, naming `what` was waited for, when `deadlineMs` pass without one. */
export async function waitFor<T>(what: string, ask: () => T | Promise<T>, deadlineMs = 10_000): Promise<Exclude<T, undefined | false>> {
  const answer = await waitUntil(ask, deadlineMs);
  if (answer === undefined) throw new Error(`not within ${deadlineMs} ms: ${what}`);
  return answer;
}
