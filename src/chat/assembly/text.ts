// The text of the messages in scope: brought together, counted in code points, and searched for keywords in one linear pass.
import * as layout from "./layout";

/**
 * Keywords share eight buckets, a bit each. Eight 16-entry tables say, for the low and the high nibble of a keyword's first four bytes, in
 * which buckets they occur; the AND of eight look-ups names, for 16 positions at once, the buckets whose keywords may start there (the
 * "Teddy" method). Few positions survive, and those are compared byte by byte.
 */
export const FILTER: usize = memory.data(128); // nibble tables: low and high of byte 1, of byte 2, …
export const BUCKETS: usize = memory.data(32); // for each bucket the address of its first keyword record, 0: empty

/** A keyword record: id u16, length u8, 1 when it is the bucket's last u8, then its bytes. */
const RECORD_HEAD: usize = 4;

const HIT_SCRATCH: usize = memory.data(16);

/** Leaves out the text of messages that are not in scope. Addresses in the message table move with the text. Answers where the text ends. */
export function bringTogether(scope: i32, body: usize, textEnd: usize, table: usize, count: i32, lastUser: i32): usize {
  if (scope == layout.SCOPE_ALL) return textEnd;
  let out = body;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const record = table + (i as usize) * layout.MESSAGE_BYTES;
    const index = load<i32>(record);
    const inScope = scope == layout.SCOPE_USER ? load<i32>(record, 12) != 0 : index == lastUser;
    if (!inScope) continue;
    const start = load<u32>(record, 4) as usize;
    const length = (load<u32>(record, 8) as usize) - start;
    if (kept > 0) store<u8>(out++, 0x20);
    memory.copy(out, start, length);
    const target = table + (kept as usize) * layout.MESSAGE_BYTES;
    store<i32>(target, index);
    store<u32>(target, out as u32, 4);
    out += length;
    store<u32>(target, out as u32, 8);
    kept++;
  }
  store<i32>(layout.RESULT + layout.TEXTS, kept);
  return out;
}

/** Counts code points between `body` and `end`, and notes in `found` (a cell per keyword) 1 + the offset of each keyword's first occurrence. */
export function search(body: usize, end: usize, found: usize): void {
  memory.fill(end, 0, 32);
  const low1 = v128.load(FILTER), high1 = v128.load(FILTER, 16), low2 = v128.load(FILTER, 32), high2 = v128.load(FILTER, 48);
  const low3 = v128.load(FILTER, 64), high3 = v128.load(FILTER, 80), low4 = v128.load(FILTER, 96), high4 = v128.load(FILTER, 112);
  let points = 0;
  let p = body;
  for (; p < end; p += 16) {
    const v = v128.load(p);
    points += popcnt(i8x16.bitmask(i8x16.gt_s(v, i8x16.splat(-65)))); // all but continuation bytes
    const hit = v128.and(
      v128.and(buckets(v, low1, high1), buckets(v128.load(p, 1), low2, high2)),
      v128.and(buckets(v128.load(p, 2), low3, high3), buckets(v128.load(p, 3), low4, high4)),
    );
    if (v128.any_true(hit)) compareAll(p, hit, body, found);
  }
  store<i32>(layout.RESULT + layout.CHARS, points - ((p - end) as i32)); // the zeros behind the end were counted
  store<i32>(layout.RESULT + layout.TEXT_BYTES, (end - body) as i32);
}

// @ts-ignore: decorator
@inline
function buckets(v: v128, low: v128, high: v128): v128 {
  return v128.and(i8x16.relaxed_swizzle(low, v128.and(v, i8x16.splat(15))), i8x16.relaxed_swizzle(high, i8x16.shr_u(v, 4)));
}

function compareAll(p: usize, hit: v128, body: usize, found: usize): void {
  v128.store(HIT_SCRATCH, hit);
  let lanes = i8x16.bitmask(i8x16.ne(hit, i8x16.splat(0)));
  do {
    const lane: usize = ctz(lanes);
    let bits: u32 = load<u8>(HIT_SCRATCH + lane);
    do {
      compareBucket(load<u32>(BUCKETS + ((ctz(bits) as usize) << 2)), p + lane, body, found);
      bits &= bits - 1;
    } while (bits != 0);
    lanes &= lanes - 1;
  } while (lanes != 0);
}

function compareBucket(record: usize, p: usize, body: usize, found: usize): void {
  while (true) {
    const length: usize = load<u8>(record, 2);
    let i: usize = 0;
    while (i < length && lower(load<u8>(p + i)) == load<u8>(record + RECORD_HEAD + i)) i++;
    if (i == length) note(found + ((load<u16>(record) as usize) << 2), (p - body) as i32);
    if (load<u8>(record, 3) != 0) return;
    record += RECORD_HEAD + length;
  }
}

function note(cell: usize, offset: i32): void {
  if (load<i32>(cell) != 0) return;
  store<i32>(cell, offset + 1);
  const count = layout.RESULT + layout.KEYWORDS_HIT;
  store<i32>(count, load<i32>(count) + 1);
}

// @ts-ignore: decorator
@inline
function lower(c: u32): u32 {
  return c - 0x41 < 26 ? c | 0x20 : c;
}
