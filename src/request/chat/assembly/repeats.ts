// How many of an agent's last calls are the same one, as far as the bytes of the body tell.
import { actionCount, actionRecord, CALL, FROM, MAX_ACTIONS, NAME, TO, TAG } from "./actions";
import { intactFrom } from "./text";

const COUNTED_CALLS: i32 = 6;
const UNSURE: i32 = -1;
const LONGEST_ESCAPE: usize = 6;
const SPACE: u8 = 0x20;
const BACKSLASH: u8 = 0x5c;
const BACKSLASHES: u64 = 0x5c5c5c5c5c5c5c5c;
const QUOTES: u64 = 0x2222222222222222;

// ---- the calls compared ----
const CALLS: usize = memory.data(96, 16);
const CALL_BYTES: usize = 16;
const SHORT: usize = 0; //     the name, up to its closing quote; 0: it is longer than seven bytes
const NAMED_AT: usize = 8; //  where it stands
const RECORD: usize = 12;

/**
 * Of a list's last calls how many are the same, by name and arguments; -1: they would have to be read to tell, as they are written
 * otherwise, or text was put together where they stood.
 */
export function repeatedCalls(source: i32): i32 {
  const calls = lastCalls(source, intactFrom());
  if (calls == UNSURE) return UNSURE;
  const end = CALLS + (calls as usize) * CALL_BYTES;
  let most: i32 = calls < 1 ? calls : 1;
  for (let a = CALLS; a < end; a += CALL_BYTES) {
    let same = 1;
    for (let b = a + CALL_BYTES; b < end; b += CALL_BYTES) {
      const short = load<u64>(a, SHORT);
      if (short != load<u64>(b, SHORT)) continue;
      const is = isSameCall(a, b, short == 0);
      if (is == UNSURE) return UNSURE;
      same += is;
    }
    if (same > most) most = same;
  }
  return most;
}

function lastCalls(source: i32, intact: usize): i32 {
  const count = actionCount(source);
  const oldest = count > MAX_ACTIONS ? count - MAX_ACTIONS : 0;
  let calls = 0;
  for (let i = count - 1; i >= oldest && calls < COUNTED_CALLS; i--) {
    const record = actionRecord(source, i);
    if ((load<i32>(record, TAG) & CALL) == 0) continue;
    const name: usize = load<u32>(record, NAME), from: usize = load<u32>(record, FROM);
    if ((name != 0 && name < intact) || (from != 0 && from < intact)) return UNSURE;
    const call = CALLS + (calls++ as usize) * CALL_BYTES;
    store<u32>(call, name as u32, NAMED_AT);
    store<u32>(call, record as u32, RECORD);
    if (name == 0) continue;
    const bytes = load<u64>(name + 1);
    const told = ctz(bytesOf(bytes, QUOTES) | bytesOf(bytes, BACKSLASHES)); // where the quote ends that closes it
    if (told < 64 && ((bytes >> (told & ~7)) as u8) == BACKSLASH) return UNSURE;
    store<u64>(call, told < 64 ? bytes << (63 - told) : 0, SHORT);
  }
  return calls;
}

/** A call without a name is like no other. */
function isSameCall(a: usize, b: usize, isLong: bool): i32 {
  if (isLong) {
    const nameOfA: usize = load<u32>(a, NAMED_AT), nameOfB: usize = load<u32>(b, NAMED_AT);
    const names = nameOfA != 0 && nameOfB != 0 ? isSameName(nameOfA, nameOfB) : 0;
    if (names != 1) return names;
  }
  const recordOfA: usize = load<u32>(a, RECORD), recordOfB: usize = load<u32>(b, RECORD);
  return isSameJson(load<u32>(recordOfA, FROM), load<u32>(recordOfA, TO), load<u32>(recordOfB, FROM), load<u32>(recordOfB, TO));
}

/** Behind their opening quotes. */
function isSameName(a: usize, b: usize): i32 {
  for (let at: usize = 1; ; at += 8) {
    const one = load<u64>(a + at), other = load<u64>(b + at);
    const told = ctz((one ^ other) | bytesOf(one, QUOTES) | bytesOf(one, BACKSLASHES)) & ~7; // the first byte that tells
    if (told == 64) continue;
    const byte = (one >> told) as u8, otherByte = (other >> told) as u8;
    if (byte == BACKSLASH || otherByte == BACKSLASH) return UNSURE;
    return byte == otherByte ? 1 : 0;
  }
}

/** Of eight bytes those of a kind, by their highest bits: up to the first, what stands behind it does not count. */
// @ts-ignore: decorator
@inline
function bytesOf(bytes: u64, kind: u64): u64 {
  const zeros = bytes ^ kind;
  return (zeros - 0x0101010101010101) & ~zeros & 0x8080808080808080;
}

function isSameJson(a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  const length = min(aEnd - a, bEnd - b);
  let at: usize = 0;
  for (; at < length; at += 16) {
    const differing = i8x16.bitmask(i8x16.ne(v128.load(a + at), v128.load(b + at)));
    if (differing == 0) continue;
    at += ctz(differing) as usize;
    break;
  }
  if (at >= length) return aEnd - a == bEnd - b ? 1 : UNSURE;
  const one = load<u8>(a + at), other = load<u8>(b + at);
  if (one <= SPACE || other <= SPACE || one == BACKSLASH || other == BACKSLASH) return UNSURE;
  return hasBackslash(a, at) ? UNSURE : 0;
}

/** Among the last bytes in front of `at` that an escape may have begun in. */
function hasBackslash(start: usize, at: usize): bool {
  if (at >= 8) return bytesOf(load<u64>(start + at - 8) >> 16, BACKSLASHES) != 0;
  for (let before: usize = at < LONGEST_ESCAPE ? 0 : at - LONGEST_ESCAPE; before < at; before++) {
    if (load<u8>(start + before) == BACKSLASH) return true;
  }
  return false;
}
