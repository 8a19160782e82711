// The last values by request id, for whoever comes back with something to say about one. Bounded: an addition is one Map entry, and nothing
// is searched for the oldest.

export interface RecentIds<T> {
  set(requestId: string, value: T): void;
  get(requestId: string): T | undefined;
}

/** Remembers the last `count` at least, twice as many at most. */
export function recentIds<T>(count: number): RecentIds<T> {
  let newer = new Map<string, T>();
  let older = new Map<string, T>();
  return {
    set(requestId, value) {
      newer.set(requestId, value);
      if (newer.size >= count) [older, newer] = [newer, new Map()];
    },
    get: (requestId) => newer.get(requestId) ?? older.get(requestId),
  };
}
