// Which arm a request is of: by a hash of its unit (session, user, or the request itself), salted with the rollout's name. A unit keeps its
// hash, so whoever has the candidate at 10 % has it at 50 %, and the arms of two rollouts have nothing to do with each other.

export const ARMS = ["stable", "candidate"] as const;
export type Arm = (typeof ARMS)[number];

/** Of a rollout. Made once; the same on every replica and after a restart. */
export function saltOf(rollout: string): number {
  return unitHash(rollout, 0);
}

/**
 * 32 bits, unsigned: who the unit is for all that is counted. MurmurHash3 (x86, 32 bits; Appleby 2011) of its UTF-16 code units, low byte
 * first, with the salt as seed.
 */
export function unitHash(unit: string, salt: number): number {
  let hash = salt;
  const pairs = unit.length & ~1;
  for (let at = 0; at < pairs; at += 2) {
    hash ^= scrambled(unit.charCodeAt(at) | (unit.charCodeAt(at + 1) << 16));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  if (pairs < unit.length) hash ^= scrambled(unit.charCodeAt(pairs));
  return stirred(hash ^ (2 * unit.length));
}

/** `share` of all units are the candidate's, from 0 (none) to 1 (all). One that is at some share is at every greater one. */
export function armOf(hash: number, share: number): Arm {
  return hash < share * 2 ** 32 ? "candidate" : "stable";
}

/** Another number of a hash, from 0 to 2³²−1, that says nothing of the arm. */
export function stirredAnew(hash: number): number {
  return stirred(hash ^ 0x5bd1e995);
}

function scrambled(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function stirred(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
