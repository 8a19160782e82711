// How many of an agent's last calls are the same one, as far as the bytes of the body tell.
import { actionCount, actionRecord, CALL, FROM, MAX_ACTIONS, NAME, TO, TAG } from "./actions";
import { QUOTE } from "./json";
import { intactFrom } from "./text";

const COUNTED_CALLS: i32 = 6;
const CALLS: usize = memory.data(24); // their records
const UNSURE: i32 = -1;
const LONGEST_ESCAPE: usize = 6;
const SPACE: u8 = 0x20;
const BACKSLASH: u8 = 0x5c;

/**
 * Of a list's last calls how many are the same, by name and arguments; -1: they would have to be read to tell, as they are written
 * otherwise, or text was put together where they stood.
 */
export function repeatedCalls(source: i32): i32 {
  const calls = lastCalls(source, intactFrom());
  if (calls == UNSURE) return UNSURE;
  let most: i32 = calls < 1 ? calls : 1;
  for (let a = 0; a + most < calls; a++) {
    let same = 1;
    for (let b = a + 1; b < calls; b++) {
      const is = isSameCall(load<u32>(CALLS + ((a as usize) << 2)), load<u32>(CALLS + ((b as usize) << 2)));
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
    if (isOverwritten(load<u32>(record, NAME), intact) || isOverwritten(load<u32>(record, FROM), intact)) return UNSURE;
    store<u32>(CALLS + ((calls++ as usize) << 2), record as u32);
  }
  return calls;
}

function isOverwritten(address: usize, intact: usize): bool {
  return address != 0 && address < intact;
}

/** A call without a name is like no other. */
function isSameCall(a: usize, b: usize): i32 {
  const nameOfA: usize = load<u32>(a, NAME), nameOfB: usize = load<u32>(b, NAME);
  if (nameOfA == 0 || nameOfB == 0) return 0;
  const names = isSameName(nameOfA, nameOfB);
  return names == 1 ? isSameJson(load<u32>(a, FROM), load<u32>(a, TO), load<u32>(b, FROM), load<u32>(b, TO)) : names;
}

/** Behind their opening quotes. */
function isSameName(a: usize, b: usize): i32 {
  let i: usize = 1;
  while (load<u8>(a + i) == load<u8>(b + i) && load<u8>(a + i) != QUOTE && load<u8>(a + i) != BACKSLASH) i++;
  const one = load<u8>(a + i), other = load<u8>(b + i);
  if (one == BACKSLASH || other == BACKSLASH) return UNSURE;
  return one == other ? 1 : 0;
}

function isSameJson(a: usize, aEnd: usize, b: usize, bEnd: usize): i32 {
  const length = min(aEnd - a, bEnd - b);
  let at: usize = 0;
  while (at + 8 <= length) {
    const differing = load<u64>(a + at) ^ load<u64>(b + at);
    if (differing != 0) {
      at += (ctz(differing) >> 3) as usize;
      break;
    }
    at += 8;
  }
  while (at < length && load<u8>(a + at) == load<u8>(b + at)) at++;
  if (at == length) return aEnd - a == bEnd - b ? 1 : UNSURE;
  const one = load<u8>(a + at), other = load<u8>(b + at);
  if (one <= SPACE || other <= SPACE || one == BACKSLASH || other == BACKSLASH) return UNSURE;
  return hasBackslash(a, at) ? UNSURE : 0;
}

/** Among the last bytes in front of `at` that an escape may have begun in. */
function hasBackslash(start: usize, at: usize): bool {
  if (at >= 8) {
    const bytes = ((load<u64>(start + at - 8) >> 16) ^ 0x5c5c5c5c5c5c) | 0xffff000000000000; // a zero where one stands
    return ((bytes - 0x0101010101010101) & ~bytes & 0x8080808080808080) != 0;
  }
  for (let before: usize = at < LONGEST_ESCAPE ? 0 : at - LONGEST_ESCAPE; before < at; before++) {
    if (load<u8>(start + before) == BACKSLASH) return true;
  }
  return false;
}
