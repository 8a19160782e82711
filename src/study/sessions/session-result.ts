// What an evaluation by session comes to, ready to be printed: what sessions cost under each way of routing, and what it breaks. Intervals
// are 95 % bootstrap intervals over whole sessions.
import type { About } from "../evaluate/about.ts";
import type { Estimate } from "../evaluate/result.ts";
import type { Way } from "./replay.ts";

export interface WayResult {
  readonly way: Way;
  readonly policy: string | undefined; // undefined: all-weak and all-strong, which ask none
  readonly costPerSession: Estimate | undefined; // US dollars; undefined, as the next two: a price is not known
  readonly costOfAllStrong: Estimate | undefined; // share of what all-strong costs on the same sessions
  readonly costOfPerRequest: Estimate | undefined; // share of what the same policy costs by request; of sticky and session alone
  readonly switches: Estimate; // a session
  readonly unsafe: number; // switches, of all turns: in a tool loop, or away from the server that keeps what the turn refers to
  readonly unsafePer1000: Estimate; // turns
  readonly cachedShare: Estimate; // of the input's tokens, read from a prompt cache
  readonly cacheKept: Estimate; // of what one tier alone would have read from it
  readonly quality: Estimate | undefined; // mean of the answers whose quality is known; undefined: none is
}

export interface SessionEvaluationResult {
  readonly files: readonly string[];
  readonly sessions: number;
  readonly turns: number;
  readonly judged: number; // turns with a label or scores
  readonly toolTurns: number; // that bring what tools gave back
  readonly stateTurns: number; // that refer to what one server keeps
  readonly skipped: number; // bad rows, with --skip-bad
  readonly cacheLivesSeconds: number;
  readonly resamples: number;
  readonly seed: number;
  readonly warnings: readonly string[];
  readonly ways: readonly WayResult[];
  readonly about?: About;
}
