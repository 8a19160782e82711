// Of which arm and unit the last requests were, for what is said of them later: signals and ratings.
import type { Assigned } from "./events.ts";

export interface RecentUnits {
  set(requestId: string, assigned: Assigned): void;
  get(requestId: string): Assigned | undefined;
}

const MOST = 50_000;

/** The last 50,000 at least, twice as many at most. */
export function recentUnits(most = MOST): RecentUnits {
  let newer = new Map<string, Assigned>();
  let older = new Map<string, Assigned>();
  return {
    set(requestId, assigned) {
      newer.set(requestId, assigned);
      if (newer.size >= most) [older, newer] = [newer, new Map()];
    },
    get: (requestId) => newer.get(requestId) ?? older.get(requestId),
  };
}
