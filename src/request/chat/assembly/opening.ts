// How a conversation begins, and a hash of that by which it is known again. Computed when it is asked for, behind a scan.
import * as layout from "./layout";
import { behind, pieceAt, pieceCount, textStart } from "./text";

/** 16 hexadecimal digits. */
export const OPENING_HASH: usize = memory.data(16, 16);

// ---- what there is, as bits ----
const PERSON: i32 = 1; //     a person said something
const AGENT: i32 = 2; //      the system text begins as that of an agent's helper may …
const BILLING: i32 = 4; //    … and with Claude Code's line on billing
/** Of no piece. */
const NO_MESSAGE: i32 = -2;

/** Where it stands; 0: there is none. */
export let systemAt: usize = 0;
export let systemEnd: usize = 0;
let personAt: usize = 0;
let personEnd: usize = 0;

/**
 * Finds the system text, beside the messages or in front of what a person said first, and that. `isMoved`: the text of all was put together
 * where it was read, so that pieces moved up with it.
 */
export function findOpening(isMoved: bool): i32 {
  systemAt = 0;
  systemEnd = 0;
  personAt = 0;
  personEnd = 0;
  let systemIn = NO_MESSAGE; // the message that the system text is of
  let out = textStart();
  let moved: usize = 0;
  for (let i = 0; i < pieceCount && (systemAt == 0 || personAt == 0); i++) {
    const piece = pieceAt(i);
    const start: usize = load<u32>(piece);
    const stop: usize = load<u32>(piece, 4);
    const tag = load<i32>(piece, 8);
    if (isMoved && (tag & layout.SCOPE_ALL) != 0) {
      if (out != textStart()) out++;
      moved = start - out;
      out += stop - start;
    }
    const message = (tag >> layout.PIECE_FLAG_BITS) - 1;
    if ((tag & layout.SCOPE_USER) != 0) {
      if (personAt != 0) continue;
      if (message == systemIn) systemAt = systemEnd = 0; // what an agent put in front of what was said
      personAt = start - moved;
      personEnd = stop - moved;
    } else if (systemAt == 0 && (tag & layout.SCOPE_ALL) != 0 && (message < 0 || personAt == 0)) {
      systemAt = start - moved;
      systemEnd = stop - moved;
      systemIn = message;
    }
  }
  const isBilled = behind(systemAt, systemEnd, "x-anthropic-billing-header:") != 0;
  const isAgent = isBilled || behind(systemAt, systemEnd, "You are a") != 0;
  return (personAt != 0 ? PERSON : 0) | (isAgent ? AGENT : 0) | (isBilled ? BILLING : 0);
}

/** So much of each is hashed. */
const HASHED_OF_SYSTEM: usize = 128;
const HASHED_OF_PERSON: usize = 256;

let first: i32 = 0;
let second: i32 = 0;

/** Of the fronts of both that were found, the system text without its first bytes, and how long the second is. */
export function hashOpening(without: usize): void {
  const personBytes = personEnd - personAt;
  first = 0x811c9dc5 ^ (personBytes as i32);
  second = 0x41c6ce57;
  hashFront(systemAt + without, min(HASHED_OF_SYSTEM, systemEnd - systemAt - without));
  hashFront(personAt, min(HASHED_OF_PERSON, personBytes));
  writeHex(first ^ (second >>> 16), second ^ (first >>> 16));
}

/** Words by turns into the two halves, which are mixed behind it: neither waits for the other. */
function hashFront(address: usize, length: usize): void {
  const end = address + length;
  let one = first, two = second;
  let at = address;
  for (; at + 8 <= end; at += 8) {
    one = mixOne(one, load<i32>(at));
    two = mixTwo(two, load<i32>(at, 4));
  }
  if (at < end) {
    const rest = load<u64>(at) & (<u64>-1 >>> ((64 - ((end - at) << 3)) as u64));
    one = mixOne(one, rest as i32);
    two = mixTwo(two, (rest >>> 32) as i32);
  }
  first = (one ^ (length as i32) ^ (two >>> 16)) * 0x85ebca6b;
  second = (two ^ (length as i32) ^ (first >>> 16)) * 0xc2b2ae35;
}

// @ts-ignore: decorator
@inline
function mixOne(half: i32, word: i32): i32 {
  const mixed = (half ^ word) * 0x9e3779b1;
  return mixed ^ (mixed >>> 15);
}

// @ts-ignore: decorator
@inline
function mixTwo(half: i32, word: i32): i32 {
  const mixed = (half ^ word) * 0x5f356495;
  return mixed ^ (mixed >>> 13);
}

function writeHex(high: i32, low: i32): void {
  const bytes = i64x2.splat((bswap<u32>(high as u32) as u64) | ((bswap<u32>(low as u32) as u64) << 32));
  const upper = i8x16.shr_u(bytes, 4), lower = v128.and(bytes, i8x16.splat(15));
  const halves = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const digits = i8x16(0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66);
  v128.store(OPENING_HASH, i8x16.swizzle(digits, halves));
}
