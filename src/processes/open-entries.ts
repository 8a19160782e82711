// Entries of the access log that were offered to the other replicas: each is taken by one of them, or, when none has said so for a while,
// nobody's. While the store is away they wait; beyond a bound the oldest are given up.
import type { AccessLogEntry } from "../envoy/wire/access-log.ts";

export interface OpenEntries {
  add(entry: AccessLogEntry, bytes: Uint8Array): void;
  taken(requestId: string): void;
  /** Those to be offered, each once; after `offerAgain` all of them. */
  toOffer(): readonly OpenEntry[];
  offerAgain(): void;
  /** Gives up what has been open for so long. */
  expire(olderThanMs: number): void;
  /** Gives up all of them. */
  close(): void;
  readonly size: number;
}

export interface OpenEntry {
  readonly entry: AccessLogEntry;
  readonly bytes: Uint8Array;
}

interface Kept extends OpenEntry {
  offeredAt: number; // of `now`; never: not yet
}

const NEVER = -1;
/** At 1,000 requests a second, half a minute. */
const MOST_ENTRIES = 30_000;
const MOST_BYTES = 64 << 20;

/** `now`: milliseconds, monotonic. */
export function openEntries(nobodys: (entry: AccessLogEntry) => void, now: () => number): OpenEntries {
  const open = new Map<string, Kept>(); // oldest first
  let bytesHeld = 0;
  let fresh: Kept[] = [];

  const remove = (requestId: string, { bytes }: Kept) => {
    open.delete(requestId);
    bytesHeld -= bytes.length;
  };
  const giveUp = (requestId: string, kept: Kept) => {
    remove(requestId, kept);
    nobodys(kept.entry);
  };
  return {
    add(entry, bytes) {
      if (open.has(entry.requestId)) return; // told twice
      const kept = { entry, bytes: Buffer.from(bytes), offeredAt: NEVER }; // not the message that it came in, which may be kept long
      open.set(entry.requestId, kept);
      bytesHeld += bytes.length;
      fresh.push(kept);
      for (const [requestId, oldest] of open) {
        if (open.size <= MOST_ENTRIES && bytesHeld <= MOST_BYTES) return;
        giveUp(requestId, oldest);
      }
    },
    taken(requestId) {
      const kept = open.get(requestId);
      if (kept !== undefined) remove(requestId, kept);
    },
    toOffer() {
      const due = fresh.filter((kept) => open.get(kept.entry.requestId) === kept);
      for (const kept of due) kept.offeredAt = now();
      fresh = [];
      return due;
    },
    offerAgain() {
      fresh = [...open.values()];
      for (const kept of fresh) kept.offeredAt = NEVER; // their time begins anew
    },
    expire(olderThanMs) {
      const due = now() - olderThanMs;
      for (const [requestId, kept] of open) {
        if (kept.offeredAt === NEVER || kept.offeredAt > due) return; // the others came later
        giveUp(requestId, kept);
      }
    },
    close() {
      for (const [requestId, kept] of open) giveUp(requestId, kept);
    },
    get size() {
      return open.size;
    },
  };
}
