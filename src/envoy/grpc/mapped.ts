// Memory for what is large and held for long: the operating system maps it for one buffer and has it back at once, whatever the C library
// makes of its heap and whenever V8 collects its garbage. It costs some 10 µs, and a page fault for each 4 KB, so it is for when much is
// held. V8 maps the memory of resizable buffers, and of no others.

/**
 * Smaller ones would leave much of their last page empty, and be too many: Linux lets a process have 65,530 mappings. So who has us hold
 * smaller ones is bounded as before, but what they take stays in the C library's heap.
 */
export const MIN_MAPPED_BYTES = 16 << 10;

/** So much room of its own, or in the heap where the system has no more mappings. */
export function mapped(bytes: number): Buffer {
  try {
    return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }));
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
 * For buffers that nobody else has seen; those that share their memory with others keep it. To unmap a MB takes up to a millisecond, and
 * whoever is cut off leaves many at once, so they go a few each turn of the event loop; but at once where more wait than shall.
 */
export function giveBack(room: Uint8Array): void {
  if (!isMapped(room)) return release(room);
  leaving.push(room);
  leavingBytes += room.length;
  if (!releases) setImmediate(releaseSome);
  releases = true;
  releaseDownTo(MOST_LEAVING_BYTES);
}

const RELEASED_AT_ONCE_BYTES = 4 << 20;
const MOST_LEAVING_BYTES = 16 << 20;
const leaving: Uint8Array[] = [];
let leavingBytes = 0;
let releases = false; // in a later turn

function releaseSome(): void {
  releaseDownTo(Math.max(0, leavingBytes - RELEASED_AT_ONCE_BYTES));
  releases = leaving.length > 0;
  if (releases) setImmediate(releaseSome);
}

/** The oldest first. */
function releaseDownTo(bytes: number): void {
  let count = 0;
  while (leavingBytes > bytes) {
    const room = leaving[count++];
    if (room === undefined) break;
    leavingBytes -= room.length;
    release(room);
  }
  leaving.splice(0, count);
}

/** Its memory is there no more. */
function release({ buffer, length }: Uint8Array): void {
  if (length === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transferToFixedLength(0);
}
