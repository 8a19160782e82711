// Envelopes: marked text that an agent's harness puts into messages of the user, from an opening mark to the first closing mark behind it.
// One without its closing mark is none: the text stays the user's. A mark that needs no closing takes all that is left of the message.
//
// The host compiles the marks (`src/request/chat/envelopes.ts`): four nibble tables, for the first byte of the opening marks and for the
// second, four places for the first bytes themselves, where they are few enough, then a record for each, then the bytes of all marks.

// ---- a record ----
const OPENING: usize = 0; //        offset in the table of the opening mark, at least four bytes
const OPENING_BYTES: usize = 4;
const CLOSING: usize = 8;
const CLOSING_BYTES: usize = 12; // 0: it needs none
const UNCLOSED_IN: usize = 16; //   the end of a text in which no closing mark stands …
const UNCLOSED_FROM: usize = 20; // … from here on: so that a text full of opening marks is not searched again for each
const RECORD_BYTES: usize = 24;
const FIRSTS: usize = 64; //        four places for first bytes of opening marks, 16 times each …
const MASKS: usize = 128; //        … and their bits that count: two bytes that differ in one bit share a place
const RECORDS: usize = 192; //      behind the tables

let table: usize = 0;
let count: i32 = 0;
let leaps: bool = false;
let wanted: bool = false; // somebody asks for what the user said
let foundUnclosed: bool = false; // a record says so
/** Of the envelope last found. */
export let envelopeStart: usize = 0;
export let envelopeEnd: usize = 0;

/** `fewFirsts`: opening marks begin with no more bytes than the table has places for. */
export function useEnvelopes(tableAt: usize, envelopeCount: i32, fewFirsts: bool): void {
  table = tableAt;
  leaps = fewFirsts;
  count = envelopeCount;
}

// @ts-ignore: decorator
@inline
export function hasEnvelopes(): bool {
  return wanted && count != 0;
}

/** Texts of another body may stand where those of the last one did. */
// @ts-ignore: decorator
@inline
export function beginEnvelopes(areWanted: bool): void {
  wanted = areWanted;
  if (foundUnclosed) forgetUnclosed();
}

function forgetUnclosed(): void {
  foundUnclosed = false;
  for (let i = 0; i < count; i++) store<u32>(table + RECORDS + (i as usize) * RECORD_BYTES, 0, UNCLOSED_IN);
}

/**
 * To the first envelope between `from` and `stop`: answers whether there is one. Where no opening mark may begin, 64 bytes at a time:
 * with it a scan of English takes 5 % more time than without envelopes, with 16 alone 10 %.
 */
export function findEnvelope(from: usize, stop: usize): bool {
  const low = v128.load(table), high = v128.load(table, 16);
  const mayLeap = leaps;
  let p = from;
  while (p < stop) {
    while (
      mayLeap &&
      p + 64 <= stop &&
      !v128.any_true(
        v128.or(
          v128.or(beginsMark(v128.load(p)), beginsMark(v128.load(p, 16))),
          v128.or(beginsMark(v128.load(p, 32)), beginsMark(v128.load(p, 48))),
        ),
      )
    ) p += 64;
    for (const edge = min(p + 64, stop); p < edge; p += 16) {
      const first = mayBe(v128.load(p), low, high);
      if (v128.any_true(first) && findIn(p, first, stop)) return true;
    }
  }
  return false;
}

/** Among the 16 places from `p` on at which the first byte fits. */
function findIn(p: usize, first: v128, stop: usize): bool {
  const second = mayBe(v128.load(p, 1), v128.load(table, 32), v128.load(table, 48)), none = i8x16.splat(0);
  const both = v128.and(i8x16.ne(first, none), i8x16.ne(second, none)); // the two tables' bits mean different things
  for (let lanes = i8x16.bitmask(both); lanes != 0; lanes &= lanes - 1) {
    const at = p + (ctz(lanes) as usize);
    if (at >= stop) return false;
    const end = endOf(at, stop);
    if (end == 0) continue;
    envelopeStart = at;
    envelopeEnd = end;
    return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function beginsMark(v: v128): v128 {
  return v128.or(v128.or(inPlace(v, 0), inPlace(v, 16)), v128.or(inPlace(v, 32), inPlace(v, 48)));
}

// @ts-ignore: decorator
@inline
function inPlace(v: v128, place: usize): v128 {
  return i8x16.eq(v128.and(v, v128.load(table + MASKS + place)), v128.load(table + FIRSTS + place));
}

/** Indices stay below 16, where the relaxed swizzle is the same on every machine. */
// @ts-ignore: decorator
@inline
function mayBe(v: v128, low: v128, high: v128): v128 {
  const nibbles = i8x16.splat(15);
  return v128.and(i8x16.relaxed_swizzle(low, v128.and(v, nibbles)), i8x16.relaxed_swizzle(high, v128.and(i16x8.shr_u(v, 4), nibbles)));
}

/** Behind the envelope that begins here; 0: none does. */
function endOf(at: usize, stop: usize): usize {
  const room = stop - at;
  for (let i = 0; i < count; i++) {
    const record = table + RECORDS + (i as usize) * RECORD_BYTES;
    const opening = table + (load<u32>(record, OPENING) as usize);
    const openingBytes: usize = load<u32>(record, OPENING_BYTES);
    if (openingBytes > room || load<u32>(opening) != load<u32>(at) || memory.compare(opening, at, openingBytes) != 0) continue;
    const closingBytes: usize = load<u32>(record, CLOSING_BYTES);
    if (closingBytes == 0) return stop;
    if (load<u32>(record, UNCLOSED_IN) == (stop as u32) && at >= (load<u32>(record, UNCLOSED_FROM) as usize)) continue;
    const closing = find(table + (load<u32>(record, CLOSING) as usize), closingBytes, at + openingBytes, stop);
    if (closing != 0) return closing + closingBytes;
    foundUnclosed = true;
    store<u32>(record, stop as u32, UNCLOSED_IN);
    store<u32>(record, at as u32, UNCLOSED_FROM);
  }
  return 0;
}

/** Where bytes first stand between `from` and `stop`, 0: nowhere. Their first and their last byte are looked for, 16 places at a time. */
function find(bytes: usize, length: usize, from: usize, stop: usize): usize {
  const first = i8x16.splat(load<u8>(bytes)), last = i8x16.splat(load<u8>(bytes + length - 1));
  for (let p = from; p + length <= stop; p += 16) {
    const places = v128.and(i8x16.eq(v128.load(p), first), i8x16.eq(v128.load(p + length - 1), last));
    for (let lanes = i8x16.bitmask(places); lanes != 0; lanes &= lanes - 1) {
      const at = p + (ctz(lanes) as usize);
      if (at + length > stop) return 0;
      if (memory.compare(at, bytes, length) == 0) return at;
    }
  }
  return 0;
}
