// Memory for what is large and held for long: the operating system maps it for one buffer and has it back at once, whatever the C library
// makes of its heap and whenever V8 collects its garbage. It costs some 10 µs, and a page fault for each 4 KB, so it is for when much is
// held. V8 maps the memory of resizable buffers, and of no others.

/**
 * Smaller ones would leave much of their last page empty, and be too many: Linux lets a process have 65,530 mappings. So who has us hold
 * smaller ones is bounded as before, but what they take stays in the C library's heap.
 */
export const MIN_MAPPED_BYTES = 16 << 10;

const PAGE_BYTES = 4096;

/** So much room of its own, or in the heap where the system has no more mappings. What it has in it is anything. */
export function mapped(bytes: number): Buffer {
  const mappedBytes = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  try {
    const memory = takeSpare(mappedBytes) ?? new ArrayBuffer(mappedBytes, { maxByteLength: mappedBytes });
    return Buffer.from(memory, 0, bytes);
  } catch {
    return Buffer.allocUnsafeSlow(bytes);
  }
}

/**
 * A mapped buffer is for keeping bytes: code that reads them one by one gets slower for good once it has seen such a one (a request of 1 KB
 * by a quarter), so they are copied out first.
 */
export function isMapped({ buffer }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.resizable;
}

export function mappedCopy(bytes: Uint8Array): Buffer {
  const copy = mapped(bytes.length);
  copy.set(bytes);
  return copy;
}

/** In memory that is there for as long as somebody looks at it. The room is given back. */
export function movedOut(room: Buffer): Buffer {
  const copy = Buffer.allocUnsafe(room.length);
  copy.set(room);
  giveBack(room);
  return copy;
}

/**
 * For buffers that nobody looks at any more; those that share their memory with others keep it. Mapped memory waits to be used again: who
 * is cut off leaves much at once and comes back for as much, and to unmap a MB, map another and clear it takes up to a millisecond. What
 * nobody asks for goes room by room, each turn of the event loop; but at once where more waits than shall.
 */
export function giveBack(room: Uint8Array): void {
  const { buffer } = room;
  if (!(buffer instanceof ArrayBuffer)) return;
  if (!buffer.resizable) return room.length === buffer.byteLength ? release(buffer) : undefined;
  keep(buffer);
  while (spareBytes > MOST_SPARE_BYTES) releaseOne();
  if (!releases) setImmediate(releaseInTurns);
  releases = true;
}

const MOST_SPARE_BYTES = 32 << 20;
/** By size. Those that were asked for lately come last. */
const spare = new Map<number, Set<ArrayBuffer>>();
let spareBytes = 0;
let releases = false; // in a later turn

/** Once, though it may be given back twice: two peers in one room would read each other's bytes. */
function keep(memory: ArrayBuffer): void {
  const alike = spare.get(memory.byteLength) ?? new Set();
  if (memory.detached || alike.has(memory)) return;
  spare.set(memory.byteLength, alike.add(memory));
  spareBytes += memory.byteLength;
}

function takeSpare(bytes: number): ArrayBuffer | undefined {
  const alike = spare.get(bytes);
  const memory = alike?.values().next().value;
  if (alike === undefined || memory === undefined) return undefined;
  alike.delete(memory);
  spareBytes -= bytes;
  if (alike.size === 0) spare.delete(bytes);
  return memory;
}

function releaseOne(): void {
  const [bytes] = spare.keys();
  const memory = bytes === undefined ? undefined : takeSpare(bytes);
  if (memory !== undefined) release(memory);
}

function releaseInTurns(): void {
  releaseOne();
  releases = spareBytes > 0;
  if (releases) setImmediate(releaseInTurns);
}

/** Its memory is there no more. */
function release(memory: ArrayBuffer): void {
  memory.transferToFixedLength(0);
}
