// The ratings in decision logs, each with the decision it is about. Read twice: first what was rated, of which there is little, then the
// requests, of which there may be very many.
import { readDecisions } from "../dataset/read-decisions.ts";
import type { RatedRequest } from "./rating-rows.ts";

export interface RatedRequests {
  readonly rated: readonly RatedRequest[]; // in the order of the requests
  readonly stray: number; // ratings of requests that are not there
}

/** The first rating of a request counts, as it does at the admin port. Throws as `readDecisions` does. */
export async function ratedRequests(files: readonly string[]): Promise<RatedRequests> {
  const ratings = new Map<string, number>();
  for await (const entry of readDecisions(files)) {
    const { requestId, rating } = entry.kind === "word" ? entry.word : entry.request;
    if (requestId !== undefined && rating !== undefined && !ratings.has(requestId)) ratings.set(requestId, rating);
  }
  const rated: RatedRequest[] = [];
  for await (const entry of readDecisions(files)) {
    if (entry.kind !== "request") continue;
    const { requestId, atMs, tier, policy, reason, traceId } = entry.request;
    const rating = requestId === undefined ? undefined : ratings.get(requestId);
    if (requestId === undefined || rating === undefined) continue;
    ratings.delete(requestId);
    rated.push({ requestId, rating, time: new Date(atMs).toISOString(), tier, policy, reason, traceId });
  }
  return { rated, stray: ratings.size };
}

/** Of the requests that belong to a trace: which trace is which request's. Where it has several, the first. */
export async function requestsOfTraces(files: readonly string[], traces: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const entry of readDecisions(files)) {
    if (entry.kind !== "request") continue;
    const { requestId, traceId } = entry.request;
    if (requestId !== undefined && traceId !== undefined && traces.has(traceId) && !found.has(traceId)) found.set(traceId, requestId);
  }
  return found;
}
