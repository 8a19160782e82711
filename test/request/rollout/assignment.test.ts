// Who has the candidate.
import { describe, expect, test } from "vitest";
import { armOf, saltOf, stirredAnew, unitHash } from "../../../src/request/rollout/assignment.ts";

const UNITS = Array.from({ length: 100_000 }, (_, at) => `session-${at}`);
const candidates = (salt: number, share: number) => new Set(UNITS.filter((unit) => armOf(unitHash(unit, salt), share) === "candidate"));

/** Of a count that should be `n · p`: its distance in standard deviations. */
const deviations = (count: number, n: number, p: number) => Math.abs(count - n * p) / Math.sqrt(n * p * (1 - p));

describe("assignment", () => {
  // Of the reference implementation, for the bytes of UTF-16, low byte first.
  test.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["", 0xffffffff, 0x81f16f39],
    ["\u4321\u8765", 0, bytesMurmur([0x21, 0x43, 0x65, 0x87], 0)],
    ["a", 0, bytesMurmur([0x61, 0], 0)],
    ["abc", 0x9747b28c, bytesMurmur([0x61, 0, 0x62, 0, 0x63, 0], 0x9747b28c)],
    ["The quick brown fox", 7, bytesMurmur([...Buffer.from("The quick brown fox", "utf16le")], 7)],
  ])("hashes %j with the salt %i as MurmurHash3 does", (unit, salt, hash) => {
    expect(unitHash(unit, salt)).toBe(hash);
  });

  test("the oracle is MurmurHash3: its published vectors", () => {
    expect(bytesMurmur([0x21, 0x43, 0x65, 0x87], 0)).toBe(0xf55b516b);
    expect(bytesMurmur([0x21, 0x43], 0)).toBe(0xa0f7b07a);
    expect(bytesMurmur([...Buffer.from("Hello, world!")], 0x9747b28c)).toBe(0x24884cba);
  });

  test.each([0.01, 0.1, 0.5, 0.9])("gives %f of the units to the candidate", (share) => {
    const salt = saltOf("cheaper");
    expect(deviations(candidates(salt, share).size, UNITS.length, share)).toBeLessThan(4);
  });

  test("gives nobody at 0 and everybody at 1, those with the least and the greatest hash, too", () => {
    expect([armOf(0, 0), armOf(0xffffffff, 0), armOf(0, 1), armOf(0xffffffff, 1)]).toEqual(["stable", "stable", "candidate", "candidate"]);
  });

  test("whoever has the candidate has it at every greater share", () => {
    const salt = saltOf("cheaper");
    const [tenth, half] = [candidates(salt, 0.1), candidates(salt, 0.5)];
    expect([...tenth].filter((unit) => !half.has(unit))).toEqual([]);
    expect(half.size).toBeGreaterThan(4 * tenth.size);
  });

  test.each([
    ["cheaper", "cheaper-2"],
    ["a", "b"],
    ["v7", "v8"],
  ])("the arms of the rollouts %j and %j have nothing to do with each other", (one, other) => {
    const [first, second] = [candidates(saltOf(one), 0.5), candidates(saltOf(other), 0.5)];
    const both = [...first].filter((unit) => second.has(unit)).length;
    expect(deviations(both, first.size, 0.5)).toBeLessThan(4);
  });

  test("the number that samples units says nothing of their arm", () => {
    const salt = saltOf("cheaper");
    const sampled = UNITS.filter((unit) => (stirredAnew(unitHash(unit, salt)) & 1) === 0);
    const own = sampled.filter((unit) => armOf(unitHash(unit, salt), 0.1) === "candidate").length;
    expect(deviations(sampled.length, UNITS.length, 0.5)).toBeLessThan(4);
    expect(deviations(own, sampled.length, 0.1)).toBeLessThan(4);
  });
});

/** MurmurHash3_x86_32 as it is written down, over bytes. */
function bytesMurmur(bytes: readonly number[], seed: number): number {
  const mask = 0xffffffffn;
  const rotated = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & mask;
  const mixed = (k: bigint) => (rotated((k * 0xcc9e2d51n) & mask, 15n) * 0x1b873593n) & mask;
  let h = BigInt(seed);
  const blocks = Math.floor(bytes.length / 4);
  for (let block = 0; block < blocks; block++) {
    const k = bytes.slice(4 * block, 4 * block + 4).reduce((sum, byte, at) => sum | (BigInt(byte) << BigInt(8 * at)), 0n);
    h = (rotated(h ^ mixed(k), 13n) * 5n + 0xe6546b64n) & mask;
  }
  const tail = bytes.slice(4 * blocks).reduce((sum, byte, at) => sum | (BigInt(byte) << BigInt(8 * at)), 0n);
  h ^= mixed(tail) ^ BigInt(bytes.length);
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & mask;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(h ^ (h >> 16n));
}
