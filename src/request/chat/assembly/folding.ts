// Whether a text holds a character that must be folded before keywords are sought or characters counted (`src/request/chat/folding.ts` says
// what that is; the host does it, for the few texts that need it). Nibble tables for the first three bytes of such characters tell for 16
// places at once; the few that survive are looked up one by one.

const INDEX: usize = 96; //         behind six nibble tables: for each 64 characters up to LAST the number of their block
const BEFORE: usize = INDEX + 3072; // of a first byte, whether an unseen character behind its character matters
const BLOCKS: usize = BEFORE + 256; // a byte for each character: one of these
const FOLDS: u32 = 1;
const UNSEEN: u32 = 2;
const LAST: u32 = 0x2ffff;
const TAGS: u32 = 0xe0000; //       of characters beyond: these 1,024 are unseen

/** Constants are loaded: V8 makes one that stands in the code anew each time it is used. */
const NIBBLES: usize = memory.data(16, 16);
v128.store(NIBBLES, i8x16.splat(15));

let table: usize = 0;

export function useFolding(tableAt: usize): void {
  table = tableAt;
}

/**
 * Whether a text must be folded. A loop of its own: within that which seeks keywords there are not enough registers. Where no character may
 * begin that asks for it, 64 bytes at a time. Reads 18 bytes behind the end.
 */
export function mustFold(start: usize, end: usize): bool {
  const low = v128.load(table), high = v128.load(table, 16), nibbles = v128.load(NIBBLES);
  let p = start;
  for (; p + 64 <= end; p += 64) {
    const begins = v128.or(
      v128.or(bucketsOf(v128.load(p), low, high, nibbles), bucketsOf(v128.load(p, 16), low, high, nibbles)),
      v128.or(bucketsOf(v128.load(p, 32), low, high, nibbles), bucketsOf(v128.load(p, 48), low, high, nibbles)),
    );
    if (!v128.any_true(begins)) continue;
    const suspects = v128.or(
      v128.or(suspectsAt(p, nibbles), suspectsAt(p + 16, nibbles)),
      v128.or(suspectsAt(p + 32, nibbles), suspectsAt(p + 48, nibbles)),
    );
    if (v128.any_true(suspects) && anyFolds(p, p + 64, start)) return true;
  }
  return anyFolds(p, end, start);
}

/** Characters that may have to be folded, by the first byte's place. */
// @ts-ignore: decorator
@inline
function suspectsAt(p: usize, nibbles: v128): v128 {
  return v128.and(
    v128.and(
      bucketsOf(v128.load(p), v128.load(table), v128.load(table, 16), nibbles),
      bucketsOf(v128.load(p, 1), v128.load(table, 32), v128.load(table, 48), nibbles),
    ),
    bucketsOf(v128.load(p, 2), v128.load(table, 64), v128.load(table, 80), nibbles),
  );
}

/** Indices stay below 16, where the relaxed swizzle is the same on every machine. */
// @ts-ignore: decorator
@inline
function bucketsOf(v: v128, low: v128, high: v128, nibbles: v128): v128 {
  return v128.and(i8x16.relaxed_swizzle(low, v128.and(v, nibbles)), i8x16.relaxed_swizzle(high, v128.and(i16x8.shr_u(v, 4), nibbles)));
}

function anyFolds(from: usize, to: usize, start: usize): bool {
  const nibbles = v128.load(NIBBLES);
  for (let p = from; p < to; p += 16) {
    for (let lanes = i8x16.bitmask(i8x16.ne(suspectsAt(p, nibbles), i8x16.splat(0))); lanes != 0; lanes &= lanes - 1) {
      const at = p + (ctz(lanes) as usize);
      if (at >= to) return false;
      const kind = kindOf(pointAt(at));
      if (kind == FOLDS || (kind == UNSEEN && at > start && mattersBehind(at))) return true;
    }
  }
  return false;
}

function kindOf(point: u32): u32 {
  if (point > LAST) return point >> 10 == TAGS >> 10 ? UNSEEN : 0;
  const block: usize = load<u8>(table + INDEX + ((point >> 6) as usize));
  return load<u8>(table + BLOCKS + (block << 6) + ((point & 63) as usize));
}

/** An unseen character that stands behind a blank or a picture parts no word. */
function mattersBehind(at: usize): bool {
  let before = at - 1;
  while ((load<u8>(before) & 0xc0) == 0x80) before--;
  return load<u8>(table + BEFORE + (load<u8>(before) as usize)) != 0;
}

/** Of a character of two bytes or more. */
function pointAt(p: usize): u32 {
  const lead: u32 = load<u8>(p);
  const second: u32 = load<u8>(p, 1) & 63;
  if (lead < 0xe0) return ((lead & 31) << 6) | second;
  const third: u32 = load<u8>(p, 2) & 63;
  if (lead < 0xf0) return ((lead & 15) << 12) | (second << 6) | third;
  return ((lead & 7) << 18) | (second << 12) | (third << 6) | (load<u8>(p, 3) & 63);
}
