// Bytes of any length in blocks of one length, chained: what is let go of is used again, whatever length comes next, and no byte of it is
// the collector's to move or to sweep. The system's own heap is left in pieces by lengths of all sizes.

export interface Blocks {
  /** A copy of them, one behind the other; gives back the number of its first block. */
  write(parts: readonly Uint8Array[]): number;
  /** A copy of what begins in that block. */
  read(first: number, length: number): Uint8Array;
  free(first: number): void;
  /** Nothing is in use any more: gives all memory back. */
  letGo(): void;
}

export const BLOCK_BYTES = 1 << 10;
const SLAB_BLOCKS = 1 << 10; // slabs are what memory is asked for by
const NONE = -1;

interface Slab {
  readonly bytes: Uint8Array;
  readonly next: Int32Array; // of each block the one behind it, in a chain or among the free ones
}

export function createBlocks(): Blocks {
  const slabs: Slab[] = [];
  let free = NONE;

  const slabOf = (block: number): Slab => {
    const slab = slabs[Math.floor(block / SLAB_BLOCKS)];
    if (slab === undefined) throw new Error("invariant: every block is of a slab");
    return slab;
  };
  const nextOf = (block: number): number => slabOf(block).next[block % SLAB_BLOCKS] ?? NONE;
  const setNext = (block: number, next: number): void => {
    slabOf(block).next[block % SLAB_BLOCKS] = next;
  };
  const grow = (): void => {
    const first = slabs.length * SLAB_BLOCKS;
    const next = Int32Array.from({ length: SLAB_BLOCKS }, (_, place) => (place + 1 < SLAB_BLOCKS ? first + place + 1 : NONE));
    slabs.push({ bytes: Buffer.allocUnsafeSlow(SLAB_BLOCKS * BLOCK_BYTES), next });
    free = first;
  };
  const take = (): number => {
    if (free === NONE) grow();
    const block = free;
    free = nextOf(block);
    return block;
  };
  return {
    write(parts) {
      let [first, last, used] = [NONE, NONE, BLOCK_BYTES]; // `used`: bytes of the last block
      for (const part of parts) {
        for (let from = 0; from < part.length; ) {
          if (used === BLOCK_BYTES) {
            const block = take();
            if (last === NONE) first = block;
            else setNext(last, block);
            [last, used] = [block, 0];
          }
          const piece = part.subarray(from, from + BLOCK_BYTES - used);
          slabOf(last).bytes.set(piece, (last % SLAB_BLOCKS) * BLOCK_BYTES + used);
          from += piece.length;
          used += piece.length;
        }
      }
      if (last !== NONE) setNext(last, NONE);
      return first;
    },
    read(first, length) {
      const bytes = Buffer.allocUnsafe(length);
      let block = first;
      for (let from = 0; from < length; from += BLOCK_BYTES) {
        const at = (block % SLAB_BLOCKS) * BLOCK_BYTES;
        bytes.set(slabOf(block).bytes.subarray(at, at + Math.min(BLOCK_BYTES, length - from)), from);
        block = nextOf(block);
      }
      return bytes;
    },
    free(first) {
      if (first === NONE) return;
      let last = first;
      for (let next = nextOf(last); next !== NONE; next = nextOf(last)) last = next;
      setNext(last, free);
      free = first;
    },
    letGo() {
      slabs.length = 0;
      free = NONE;
    },
  };
}
