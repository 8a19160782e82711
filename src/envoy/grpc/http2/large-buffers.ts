// Gives the memory of large messages back at once, instead of when V8's collector comes by: it counts buffers only roughly, so that a
// hundred megabytes of them lie about, each new one is of pages that the system must clear first, and collections come for them alone.

/** What one reading of a socket brings at most. Several messages may have their places in it, so it is nobody's own. */
const CHUNK_BYTES = 64 << 10;

/** To be called once nobody looks at the bytes any more. Small ones are left to the collector. */
export function giveBack(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer.byteLength > CHUNK_BYTES && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

export function isLarge(bytes: Uint8Array): boolean {
  return bytes.length > CHUNK_BYTES;
}
