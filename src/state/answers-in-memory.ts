// Answers in this process's memory, bounded in bytes: those that were not asked for the longest go first. Bodies lie in blocks of one size,
// taken from slabs, so that what is let go of is used again whole: the heap of the system would be left in pieces by bodies of all sizes.
import type { AnswerStore, KeptAnswer } from "./answer-store.ts";

export interface AnswersInMemorySettings {
  readonly maxBytes: () => number;
  readonly now: () => number; // milliseconds since the epoch
  readonly onEvicted: (why: "full" | "old") => void;
}

const BLOCK_BYTES = 1 << 10;
const SLAB_BLOCKS = 1 << 10;
/** What an answer takes of the heap beside its body: its key, its members, its place in the map. Measured: bench/cache.ts. */
const ENTRY_BYTES = 640;

/** Answers that are looked at for their age at a time: under a millisecond. */
const LOOKED_AT_ONCE = 2000;

interface Entry {
  readonly kept: Omit<KeptAnswer, "body">;
  readonly bodyBytes: number;
  readonly blocks: Uint32Array;
}

export interface AnswersInMemory extends AnswerStore {
  /** Lets go of what is old, a few at a time. To be called now and then. */
  expire(): void;
}

export function answersInMemory({ maxBytes, now, onEvicted }: AnswersInMemorySettings): AnswersInMemory {
  const entries = new Map<string, Entry>(); // the longest unasked first
  const blocks = blockHeap();
  let cursor = entries.entries();
  let bytes = 0;

  const drop = (key: string, entry: Entry): void => {
    entries.delete(key);
    bytes -= sizeOf(entry);
    blocks.free(entry.blocks);
  };
  const makeRoom = (): void => {
    const most = maxBytes();
    for (const [key, entry] of entries) {
      if (bytes <= most) break;
      drop(key, entry);
      onEvicted("full");
    }
  };
  const dropOld = (): void => {
    const at = now();
    for (let looked = 0; looked < LOOKED_AT_ONCE; looked++) {
      const { value } = cursor.next();
      if (value === undefined) {
        cursor = entries.entries();
        return;
      }
      const [key, entry] = value;
      if (entry.kept.untilMs > at) continue;
      drop(key, entry);
      onEvicted("old");
    }
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined || entry.kept.untilMs <= now()) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return { ...entry.kept, body: blocks.read(entry.blocks, entry.bodyBytes) };
    },
    set(key, { body, ...kept }) {
      const before = entries.get(key);
      if (before !== undefined) drop(key, before);
      const count = Math.ceil(body.length / BLOCK_BYTES);
      const size = count * BLOCK_BYTES + ENTRY_BYTES;
      if (size > maxBytes()) return;
      bytes += size;
      makeRoom(); // in front of taking blocks, so that no slab is added for what is about to go
      const entry: Entry = { kept, bodyBytes: body.length, blocks: blocks.write(body, count) };
      entries.set(key, entry);
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

function sizeOf({ blocks }: Entry): number {
  return blocks.length * BLOCK_BYTES + ENTRY_BYTES;
}

/** Blocks by number: `slab * SLAB_BLOCKS + place`. */
function blockHeap() {
  const slabs: Uint8Array[] = [];
  const free: number[] = [];

  const grow = (): void => {
    const first = slabs.length * SLAB_BLOCKS;
    slabs.push(Buffer.allocUnsafeSlow(SLAB_BLOCKS * BLOCK_BYTES));
    for (let block = first + SLAB_BLOCKS - 1; block >= first; block--) free.push(block);
  };
  const at = (block: number): Uint8Array => {
    const slab = slabs[Math.floor(block / SLAB_BLOCKS)];
    if (slab === undefined) throw new Error("invariant: a block is of a slab");
    const from = (block % SLAB_BLOCKS) * BLOCK_BYTES;
    return slab.subarray(from, from + BLOCK_BYTES);
  };
  return {
    write(body: Uint8Array, count: number): Uint32Array {
      const blocks = new Uint32Array(count);
      for (let index = 0; index < count; index++) {
        if (free.length === 0) grow();
        const block = free.pop() ?? 0;
        blocks[index] = block;
        at(block).set(body.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES));
      }
      return blocks;
    },
    read(blocks: Uint32Array, bytes: number): Uint8Array {
      const body = Buffer.allocUnsafe(bytes);
      let from = 0;
      for (const block of blocks) {
        body.set(at(block).subarray(0, bytes - from), from);
        from += BLOCK_BYTES;
      }
      return body;
    },
    free(blocks: Uint32Array): void {
      for (const block of blocks) free.push(block);
    },
    /** Nothing is kept any more: gives all back. */
    letGo(): void {
      slabs.length = 0;
      free.length = 0;
    },
  };
}
