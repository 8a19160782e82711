// Answers in this process's memory, bounded in bytes: those that were not asked for the longest go first. Bodies lie in blocks
// (blocks.ts), so that what is let go of is used again whole.
import { decodedAnswer, encodedAnswer } from "./answer-bytes.ts";
import type { AnswerStore, KeptAnswer } from "./answer-store.ts";
import { BLOCK_BYTES, createBlocks } from "./blocks.ts";

export interface AnswersInMemorySettings {
  readonly maxBytes: () => number;
  readonly now: () => number; // milliseconds since the epoch
  readonly onEvicted: (why: "full" | "old") => void;
}

/** What an answer takes of the heap beside its blocks: its key, and its place in the map. Measured: bench/cache-memory.ts. */
const ENTRY_BYTES = 320;

/** Answers that are looked at for their age at a time: under a millisecond. */
const LOOKED_AT_ONCE = 2000;

interface Entry {
  readonly first: number; // of its blocks
  readonly length: number; // bytes of it, encoded
  readonly untilMs: number;
}

export interface AnswersInMemory extends AnswerStore {
  /** Lets go of what is old, a few at a time. To be called now and then. */
  expire(): void;
}

export function answersInMemory({ maxBytes, now, onEvicted }: AnswersInMemorySettings): AnswersInMemory {
  const entries = new Map<string, Entry>(); // the longest unasked first
  const blocks = createBlocks();
  let bytes = 0;

  const drop = (key: string, entry: Entry, why?: "full" | "old"): void => {
    entries.delete(key);
    bytes -= sizeOf(entry.length);
    blocks.free(entry.first);
    if (why !== undefined) onEvicted(why);
  };
  const makeRoom = (): void => {
    const most = maxBytes();
    for (const [key, entry] of entries) {
      if (bytes <= most) break;
      drop(key, entry, "full");
    }
  };
  /** Among those that were not asked for the longest; all others go when it is their turn, or when they are asked for. */
  const dropOld = (): void => {
    const at = now();
    let looked = 0;
    for (const [key, entry] of entries) {
      if (looked++ >= LOOKED_AT_ONCE) return;
      if (entry.untilMs > at) continue;
      drop(key, entry, "old");
    }
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      if (entry.untilMs <= now()) {
        drop(key, entry, "old");
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      const { head, body } = decodedAnswer(blocks.read(entry.first, entry.length));
      return { ...(head as Omit<KeptAnswer, "body">), body };
    },
    set(key, { body, ...head }) {
      const before = entries.get(key);
      if (before !== undefined) drop(key, before);
      const encoded = encodedAnswer(head, body);
      const length = encoded[0].length + encoded[1].length;
      if (sizeOf(length) > maxBytes()) return;
      bytes += sizeOf(length);
      makeRoom(); // in front of taking blocks, so that none are added for what is about to go
      entries.set(key, { first: blocks.write(encoded), length, untilMs: head.untilMs });
    },
    expire() {
      dropOld();
      makeRoom();
      if (entries.size === 0) blocks.letGo();
    },
    clear() {
      entries.clear();
      bytes = 0;
      blocks.letGo();
    },
    get bytes() {
      return bytes;
    },
    get count() {
      return entries.size;
    },
  };
}

function sizeOf(length: number): number {
  return Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES + ENTRY_BYTES;
}
