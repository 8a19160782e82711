// A hash that tells a damaged model file, and one set of training data from another. It guards against accidents, not against forgery.

/** MurmurHash3 (Austin Appleby, public domain), 32 bits, of whole bytes. */
export function contentHash(bytes: Uint8Array, seed: number): number {
  let hash = seed | 0;
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) {
    const block = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash ^= scrambled(block);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at--) tail = (tail << 8) | (bytes[at] ?? 0);
  if (bytes.length > whole) hash ^= scrambled(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 64 bits in 16 hexadecimal digits: two hashes with different seeds. */
export function checksum(bytes: Uint8Array): string {
  return hexOf(contentHash(bytes, 0)) + hexOf(contentHash(bytes, 0x9747b28c));
}

/** Of 32 bits, in eight digits. */
export function hexOf(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}

function scrambled(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
