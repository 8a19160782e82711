// The last decisions by request id, for whoever comes back with something to say about one. Bounded; on the request path, so an addition
// is one Map entry and nothing is searched for the oldest.
import type { Decision } from "../routing/decision.ts";

export interface RecentDecision {
  readonly decision: Decision;
  rating: number | undefined;
}

export interface RecentDecisions {
  add(requestId: string, decision: Decision): void;
  get(requestId: string): RecentDecision | undefined;
}

/** Remembers the last `count` at least, twice as many at most. */
export function recentDecisions(count: number): RecentDecisions {
  let newer = new Map<string, RecentDecision>();
  let older = new Map<string, RecentDecision>();
  return {
    add(requestId, decision) {
      newer.set(requestId, { decision, rating: undefined });
      if (newer.size >= count) [older, newer] = [newer, new Map()];
    },
    get: (requestId) => newer.get(requestId) ?? older.get(requestId),
  };
}
