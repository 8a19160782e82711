// 64 bits of a hash of an id: enough to find it again, and nothing of the id can be read out of them.

/** Two numbers of 32 bits, unsigned. */
export type IdHash = readonly [first: number, second: number];

const [FIRST_SEED, SECOND_SEED] = [0xdeadbeef, 0x41c6ce57];
const [FIRST_MULTIPLIER, SECOND_MULTIPLIER] = [0x9e3779b1, 0x5f356495];
const [FIRST_MIXER, SECOND_MIXER] = [0x85ebca6b, 0xc2b2ae35];

/** Two multiplicative hashes, mixed with each other at the end. `salt`: 32 bits, so that nobody can make ids that fall together. */
export function hashOfId(id: string, salt = 0): IdHash {
  let first = FIRST_SEED ^ salt;
  let second = SECOND_SEED ^ salt;
  for (let at = 0; at < id.length; at++) {
    const unit = id.charCodeAt(at);
    first = Math.imul(first ^ unit, FIRST_MULTIPLIER);
    second = Math.imul(second ^ unit, SECOND_MULTIPLIER);
  }
  first = Math.imul(first ^ (first >>> 16), FIRST_MIXER) ^ Math.imul(second ^ (second >>> 13), SECOND_MIXER);
  second = Math.imul(second ^ (second >>> 16), FIRST_MIXER) ^ Math.imul(first ^ (first >>> 13), SECOND_MIXER);
  return [first >>> 0, second >>> 0];
}
