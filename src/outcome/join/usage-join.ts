// Brings what was read in an answer together with the answer's access log entry. They come on two connections, so that either may be first:
// an entry waits, a short while, for the end of an answer that is being read, and usage waits for its entry. Both are bounded.

import type { Usage } from "../../answer/usage/usage.ts";
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";

export interface UsageJoinSettings {
  readonly maxWaiting: number; // usages, and as many entries
  readonly maxEntryAgeMs: number; // how long an entry waits for the end of its answer
  readonly maxUsageAgeMs: number; // how long usage waits for its entry
  readonly now: () => number; // milliseconds, monotonic
  readonly onEntry: (entry: AccessLogEntry, usage: Usage | undefined) => void;
}

export interface UsageJoin {
  /** The answer to this request is being read: `read` follows. */
  reading(requestId: string): void;
  /** Undefined: the answer said nothing, or its end was not seen. */
  read(requestId: string, usage: Usage | undefined): void;
  entry(entry: AccessLogEntry): void;
  /** Lets go of what has waited too long: entries are handed on without usage. To be called now and then. */
  expire(): void;
  /** Hands on all entries that wait. */
  close(): void;
}

interface Since<T> {
  readonly value: T;
  readonly since: number; // milliseconds
}

/** What waits stands in the order it came, so the oldest is always first. */
export function usageJoin({ maxWaiting, maxEntryAgeMs, maxUsageAgeMs, now, onEntry }: UsageJoinSettings): UsageJoin {
  const beingRead = new Set<string>();
  const usages = new Map<string, Since<Usage>>();
  const entries = new Map<string, Since<AccessLogEntry>>();

  const handOn = (requestId: string, entry: AccessLogEntry, usage: Usage | undefined): void => {
    entries.delete(requestId);
    onEntry(entry, usage);
  };

  const handOnWhile = (isDue: (since: number) => boolean): void => {
    for (const [requestId, { value, since }] of entries) {
      if (!isDue(since)) return;
      handOn(requestId, value, undefined);
    }
  };

  const forgetWhile = (isDue: (since: number) => boolean): void => {
    for (const [requestId, { since }] of usages) {
      if (!isDue(since)) return;
      usages.delete(requestId);
    }
  };

  return {
    reading: (requestId) => void beingRead.add(requestId),
    read(requestId, usage) {
      beingRead.delete(requestId);
      const waiting = entries.get(requestId);
      if (waiting !== undefined) return handOn(requestId, waiting.value, usage);
      if (usage === undefined) return;
      usages.delete(requestId);
      usages.set(requestId, { value: usage, since: now() });
      if (usages.size > maxWaiting) forgetWhile(() => usages.size > maxWaiting);
    },
    entry(entry) {
      const { requestId } = entry;
      const waiting = entries.get(requestId);
      if (waiting !== undefined) handOn(requestId, waiting.value, undefined); // its second entry
      if (waiting !== undefined || !beingRead.has(requestId)) {
        const usage = usages.get(requestId)?.value;
        usages.delete(requestId);
        return onEntry(entry, usage);
      }
      entries.set(requestId, { value: entry, since: now() });
      if (entries.size > maxWaiting) handOnWhile(() => entries.size > maxWaiting);
    },
    expire() {
      const at = now();
      handOnWhile((since) => since <= at - maxEntryAgeMs);
      forgetWhile((since) => since <= at - maxUsageAgeMs);
    },
    close: () => handOnWhile(() => true),
  };
}
