// Keywords: a text is counted in code points and searched for all of them in one linear pass.
//
// The host compiles them (`src/request/chat/keywords.ts`) into one table: eight 16-entry nibble tables, hash slots, and a record for each
// keyword. Keywords share eight buckets, a bit each. The nibble tables say, for the low and the high nibble of a keyword's first four
// bytes, in which buckets they occur; the AND of eight look-ups tells for 16 positions at once whether a keyword may start there (the
// "Teddy" method). Each byte is looked at once; what is known of it is shifted to where the fourth byte of a keyword would be. The few
// positions that survive are looked up by a hash of the first bytes, and only keywords that begin alike are compared.
import { mustFold } from "./folding";
import * as layout from "./layout";

const SHIFT: usize = 128; //        what leaves a slot number of a 32-bit hash
const PREFIXES: usize = 132; //     bit n: there are keywords hashed by n bytes (1 to 3: that is all they have)
const SLOTS: usize = 136; //        per slot the offset in the table of its first record, 0: none

// ---- a record, behind which its bytes stand ----
const NEXT: usize = 0; //           offset in the table of the next record in the slot, 0: none
export const ID: usize = 4;
const LENGTH: usize = 8; //         in the low byte; above it what must not stand beside it, if anything
const NO_WORD_BEFORE: u32 = 1 << 8;
const NO_WORD_BEHIND: u32 = 1 << 9;
const FOUND: usize = 12; //         1: it is in the list of hits
const BYTES: usize = 16;
const WINDOW: usize = 4; //         first bytes that the nibble tables speak of

/** Constants are loaded: V8 makes one that stands in the code anew each time it is used. */
const NIBBLES: usize = memory.data(16, 16);
const CONTINUATION: usize = memory.data(16, 16);
v128.store(NIBBLES, i8x16.splat(15));
v128.store(CONTINUATION, i8x16.splat(-65));

let table: usize = 0;
let hitLists: usize = 0; //         for each scope asked for, the addresses of the records found in it, in the order they were
let hitBytes: usize = 0; //         from one list to the next
let hits: usize = 0; //             the list being filled
let hitCount: i32 = 0;
let textStart: usize = 0;
let textEnd: usize = 0;

/** Takes the keyword table at an address, and a list for each scope (by its number) with room for an address per keyword. */
export function useKeywords(tableAt: usize, hitListsAt: usize, hitListBytes: usize): void {
  table = tableAt;
  hitLists = hitListsAt;
  hitBytes = hitListBytes;
  hits = hitListsAt;
  hitCount = 0;
}

/** Counts code points between `start` and `end` and lists the keywords found, for one scope. Zeroes 32 bytes behind the end. */
export function search(start: usize, end: usize, scope: i32): void {
  const points = find(start, end, scope);
  const result = layout.RESULT + layout.SCOPES + (scope as usize) * layout.SCOPE_BYTES;
  store<u32>(result, start as u32, layout.TEXT_START);
  store<i32>(result, (end - start) as i32, layout.TEXT_BYTES);
  store<i32>(result, points, layout.TEXT_CHARS);
  const isAscii = points == ((end - start) as i32);
  if (isAscii || !mustFold(start, end)) return;
  store<i32>(layout.RESULT + layout.FOLDING, load<i32>(layout.RESULT + layout.FOLDING) | (1 << scope));
}

/** The hits of a scope anew, in its folded text, which the host put at `start`. What is known of the text as it was written stays. */
export function searchFolded(start: usize, end: usize, scope: i32): void {
  find(start, end, scope);
}

function find(start: usize, end: usize, scope: i32): i32 {
  forgetHits();
  hits = hitLists + (scope as usize) * hitBytes;
  textStart = start;
  textEnd = end;
  memory.fill(end, 0, 32);
  const low1 = v128.load(table), high1 = v128.load(table, 16), low2 = v128.load(table, 32), high2 = v128.load(table, 48);
  const low3 = v128.load(table, 64), high3 = v128.load(table, 80), low4 = v128.load(table, 96), high4 = v128.load(table, 112);
  // Lane i stands for a keyword that begins at p + i - 3, whose first bytes may be of the vector before.
  let before1 = i8x16.splat(0), before2 = before1, before3 = before1;
  const nibbles = v128.load(NIBBLES), continuation = v128.load(CONTINUATION);
  let points = 0;
  let p = start;
  for (const stop = end + (WINDOW - 1); p < stop; p += 16) {
    const v = v128.load(p);
    const low = v128.and(v, nibbles), high = v128.and(i16x8.shr_u(v, 4), nibbles); // i8x16.shr_u has no machine instruction
    points += popcnt(i8x16.bitmask(i8x16.gt_s(v, continuation))); // all but continuation bytes
    const first = bucketsOf(low, high, low1, high1), second = bucketsOf(low, high, low2, high2);
    const third = bucketsOf(low, high, low3, high3);
    const buckets = v128.and(
      v128.and(
        i8x16.shuffle(before1, first, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28),
        i8x16.shuffle(before2, second, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29),
      ),
      v128.and(
        i8x16.shuffle(before3, third, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30),
        bucketsOf(low, high, low4, high4),
      ),
    );
    before1 = first;
    before2 = second;
    before3 = third;
    if (v128.any_true(buckets)) lookUp(p - (WINDOW - 1), i8x16.bitmask(i8x16.ne(buckets, i8x16.splat(0))));
  }
  store<i32>(layout.RESULT + layout.SCOPES + (scope as usize) * layout.SCOPE_BYTES, hitCount, layout.TEXT_HITS);
  return points - ((p - end) as i32); // the zeros behind the end were counted
}

function forgetHits(): void {
  for (let i = 0; i < hitCount; i++) store<i32>(load<u32>(hits + ((i as usize) << 2)), 0, FOUND);
  hitCount = 0;
}

/** Indices stay below 16, where the relaxed swizzle is the same on every machine. */
// @ts-ignore: decorator
@inline
function bucketsOf(low: v128, high: v128, lows: v128, highs: v128): v128 {
  return v128.and(i8x16.relaxed_swizzle(lows, low), i8x16.relaxed_swizzle(highs, high));
}

function lookUp(p: usize, lanes: i32): void {
  const prefixes = load<u32>(table, PREFIXES);
  do {
    const at = p + (ctz(lanes) as usize);
    const word = load<u32>(at) | 0x20202020; // lower case, of letters; the comparison is exact
    if (prefixes & 16) compareSlot(word, at);
    if (prefixes & 8) compareSlot(word & 0xffffff, at);
    if (prefixes & 4) compareSlot(word & 0xffff, at);
    if (prefixes & 2) compareSlot(word & 0xff, at);
    lanes &= lanes - 1;
  } while (lanes != 0);
}

// @ts-ignore: decorator
@inline
function compareSlot(word: u32, at: usize): void {
  const slot: usize = (word * 0x9e3779b1) >>> load<u32>(table, SHIFT);
  const first = load<u32>(table + SLOTS + (slot << 2));
  if (first != 0) compareFrom(first, at);
}

function compareFrom(offset: u32, at: usize): void {
  if (at >= textEnd) return; // a lane behind the text
  const room = textEnd - at;
  while (offset != 0) {
    const record = table + (offset as usize);
    const shape = load<u32>(record, LENGTH);
    const length: usize = shape & 0xff;
    if (length <= room && load<i32>(record, FOUND) == 0) {
      let i: usize = 0;
      while (i < length && lower(load<u8>(at + i)) == load<u8>(record + i, BYTES)) i++;
      if (i == length && (shape == length || standsAlone(shape, at, at + length))) noteHit(record);
    }
    offset = load<u32>(record, NEXT);
  }
}

/** Looks at ASCII alone: whatever is beyond it, the host judges. Zeros follow the text. */
function standsAlone(shape: u32, start: usize, end: usize): bool {
  if (shape & NO_WORD_BEFORE && start > textStart && isWord(load<u8>(start - 1))) return false;
  return !(shape & NO_WORD_BEHIND && isWord(load<u8>(end)));
}

// @ts-ignore: decorator
@inline
function isWord(c: u32): bool {
  return (c | 0x20) - 0x61 < 26 || c - 0x30 < 10 || c == 0x5f;
}

function noteHit(record: usize): void {
  store<i32>(record, 1, FOUND);
  store<u32>(hits + ((hitCount as usize) << 2), record as u32);
  hitCount++;
}

// @ts-ignore: decorator
@inline
function lower(c: u32): u32 {
  return c - 0x41 < 26 ? c | 0x20 : c;
}
