// What an outcome says of how well its tiers are: whether they failed, for the breakers, and how long the first byte was waited for.
import type { Breakers } from "../../request/guard/health/breakers.ts";
import type { Latencies, Waited } from "../../request/guard/health/latencies.ts";
import type { Outcome } from "./outcome.ts";
import type { Served } from "./served.ts";

export interface TierHealth {
  readonly breakers: Pick<Breakers, "ended">;
  readonly latencies: Pick<Latencies, "waited">;
}

/** At the same moment, both in milliseconds: since the epoch, as decisions are dated, and monotonic, as breakers count. */
export interface Clocks {
  readonly epochMs: number;
  readonly monotonicMs: number;
}

/** Client gone; or Envoy itself refused: rate limits, authorisation, no route, what it could not read. None of it is the tier's doing. */
const NOT_THE_TIERS = new Set(["DC", "DR", "RL", "RLSE", "UAEX", "NR", "NC", "DPE", "IH", "RFCF", "NFCF", "OM"]);
const TIMED_OUT = new Set(["UT", "SI", "DT", "UMSDR"]);
const CLIENT_LEFT = new Set(["DC", "DR"]);
const TOO_MANY_REQUESTS = 429;

/** Chats that were decided here and joined: all else says nothing of a tier, or could be anybody's word. */
export function reportHealth({ breakers, latencies }: TierHealth, outcome: Outcome, { epochMs, monotonicMs }: Clocks): void {
  const { kind, decided, served, isChat, failure, discarded } = outcome;
  if (kind !== "joined" || !isChat || served === undefined || decided?.made === undefined) return;
  const meant = decided.decision.tier;
  const decidedMs = monotonicMs - (epochMs - decided.made.atMs);
  if (served.fellBack) breakers.ended(meant, true, decidedMs);
  const by = served.tier ?? meant; // of a cluster that is no tier's nobody knows better
  const isFailed = failure === undefined ? failedByStatus(served) : true;
  if (isFailed !== undefined) breakers.ended(by, isFailed, decidedMs);
  const waited = served.fellBack || discarded !== undefined ? undefined : waitedFor(served);
  if (waited !== undefined && decided.measured !== undefined) latencies.waited(by, decided.measured, waited, decidedMs);
}

/** Undefined: it says nothing. A client's own mistake is none of the tier's, nor a sign that it is well. */
export function failedByStatus({ status, responseFlags }: Pick<Served, "status" | "responseFlags">): boolean | undefined {
  if (status >= 200 && status <= 399) return false;
  if (responseFlags.some((flag) => NOT_THE_TIERS.has(flag))) return undefined;
  return status >= 500 || status === TOO_MANY_REQUESTS ? true : undefined;
}

/** Who waited in vain until the deadline waited that long. A client that left might have waited longer, nobody knows how much. */
export function waitedFor({ firstByteMs, durationMs, status, responseFlags }: Served): Waited | undefined {
  if (firstByteMs !== undefined) return status >= 200 && status <= 299 ? { ms: firstByteMs, isOver: true } : undefined;
  if (durationMs === undefined) return undefined;
  if (responseFlags.some((flag) => TIMED_OUT.has(flag))) return { ms: durationMs, isOver: true };
  return responseFlags.some((flag) => CLIENT_LEFT.has(flag)) ? { ms: durationMs, isOver: false } : undefined;
}
