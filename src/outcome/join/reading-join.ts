// Brings what was read in an answer together with the answer's access log entry. They come on two connections, so that either may be first:
// an entry waits, a short while, for the end of an answer that is being read, and what was read waits for its entry. Both are bounded.

import type { Reading } from "../../answer/answer-reader.ts";
import type { AccessLogEntry } from "../../envoy/wire/access-log.ts";

export interface ReadingJoinSettings {
  readonly maxWaiting: number; // readings, and as many entries
  readonly maxEntryAgeMs: number; // how long an entry waits for the end of its answer
  readonly maxReadingAgeMs: number; // how long a reading waits for its entry
  readonly now: () => number; // milliseconds, monotonic
  readonly onEntry: (entry: AccessLogEntry, reading: Reading | undefined) => void;
}

export interface ReadingJoin {
  /** The answer to this request is being read: `read` follows. `soFar` is asked where an entry cannot wait for that: Envoy ends the call of
   * a filter that observes seconds after the client left. */
  reading(requestId: string, soFar?: () => Reading | undefined): void;
  /** Whether the answer to this request is being read, or has been. */
  expects(requestId: string): boolean;
  /** Undefined: the answer said nothing. */
  read(requestId: string, reading: Reading | undefined): void;
  entry(entry: AccessLogEntry): void;
  /** Lets go of what has waited too long: entries are handed on without one. To be called now and then. */
  expire(): void;
  /** Hands on all entries that wait. */
  close(): void;
}

interface Since<T> {
  readonly value: T;
  readonly since: number; // milliseconds
}

/** What waits stands in the order it came, so the oldest is always first. */
export function readingJoin({ maxWaiting, maxEntryAgeMs, maxReadingAgeMs, now, onEntry }: ReadingJoinSettings): ReadingJoin {
  const beingRead = new Map<string, () => Reading | undefined>();
  const readings = new Map<string, Since<Reading>>();
  const entries = new Map<string, Since<AccessLogEntry>>();

  const handOn = (requestId: string, entry: AccessLogEntry, reading: Reading | undefined): void => {
    entries.delete(requestId);
    onEntry(entry, reading);
  };

  const handOnWhile = (isDue: (since: number) => boolean): void => {
    for (const [requestId, { value, since }] of entries) {
      if (!isDue(since)) return;
      handOn(requestId, value, beingRead.get(requestId)?.());
      beingRead.delete(requestId);
    }
  };

  const forgetWhile = (isDue: (since: number) => boolean): void => {
    for (const [requestId, { since }] of readings) {
      if (!isDue(since)) return;
      readings.delete(requestId);
    }
  };

  return {
    expects: (requestId) => beingRead.has(requestId) || readings.has(requestId),
    reading: (requestId, soFar = () => undefined) => void beingRead.set(requestId, soFar),
    read(requestId, reading) {
      beingRead.delete(requestId);
      const waiting = entries.get(requestId);
      if (waiting !== undefined) return handOn(requestId, waiting.value, reading);
      if (reading === undefined) return;
      readings.delete(requestId);
      readings.set(requestId, { value: reading, since: now() });
      if (readings.size > maxWaiting) forgetWhile(() => readings.size > maxWaiting);
    },
    entry(entry) {
      const { requestId } = entry;
      const waiting = entries.get(requestId);
      if (waiting !== undefined) handOn(requestId, waiting.value, undefined); // its second entry
      if (waiting !== undefined || !beingRead.has(requestId)) {
        const reading = readings.get(requestId)?.value;
        readings.delete(requestId);
        return onEntry(entry, reading);
      }
      entries.set(requestId, { value: entry, since: now() });
      if (entries.size > maxWaiting) handOnWhile(() => entries.size > maxWaiting);
    },
    expire() {
      const at = now();
      handOnWhile((since) => since <= at - maxEntryAgeMs);
      forgetWhile((since) => since <= at - maxReadingAgeMs);
    },
    close: () => handOnWhile(() => true),
  };
}
