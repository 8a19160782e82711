// Two facts of a text that only some policies ask for: how many code fences it holds, and which script most of its letters are of.
// 32 zero bytes follow the text.

/** Occurrences of ```, none sharing a character with another. */
export function countFences(start: usize, end: usize): i32 {
  const tick = i8x16.splat(0x60);
  let count = 0;
  let free = start; // in front of it, characters belong to a fence
  for (let p = start; p < end; p += 16) {
    const v = v128.and(i8x16.eq(v128.load(p), tick), v128.and(i8x16.eq(v128.load(p, 1), tick), i8x16.eq(v128.load(p, 2), tick)));
    for (let lanes = i8x16.bitmask(v); lanes != 0; lanes &= lanes - 1) {
      const at = p + (ctz(lanes) as usize);
      if (at < free) continue;
      free = at + 3;
      count++;
    }
  }
  return count;
}

// ---- scripts, as the host numbers them ----
const LATIN: i32 = 0;
const HAN: i32 = 1;
const HANGUL: i32 = 2;
const CYRILLIC: i32 = 3;
const OTHER: i32 = 4;
const NONE: i32 = 5; // no letter
const COUNTS: usize = memory.data(24);

/**
 * The script of the most letters; of two with as many the one that comes first above, OTHER when there are none. Sixteen bytes at a time
 * where the first byte of a character says it all: 0xe4 (but for hexagrams, 0xe4 0xb7) to 0xe9 are Han, 0xeb and 0xec Hangul, 0xd0 and 0xd1
 * Cyrillic.
 */
export function scriptOf(start: usize, end: usize): i32 {
  memory.fill(COUNTS, 0, 24);
  let latin = 0, han = 0, hangul = 0, cyrillic = 0;
  for (let p = start; p < end; p += 16) {
    const v = v128.load(p);
    latin += popcnt(i8x16.bitmask(between(v128.or(v, i8x16.splat(0x20)), 0x61, 26)));
    let lanes = i8x16.bitmask(i8x16.ge_u(v, i8x16.splat(-64))); // first bytes of longer characters
    if (lanes == 0) continue;
    const hexagrams = v128.and(i8x16.eq(v, i8x16.splat(0xe4 as i8)), i8x16.eq(v128.load(p, 1), i8x16.splat(0xb7 as i8)));
    const hanLanes = i8x16.bitmask(v128.andnot(between(v, 0xe4, 6), hexagrams));
    const hangulLanes = i8x16.bitmask(between(v, 0xeb, 2));
    const cyrillicLanes = i8x16.bitmask(between(v, 0xd0, 2));
    han += popcnt(hanLanes);
    hangul += popcnt(hangulLanes);
    cyrillic += popcnt(cyrillicLanes);
    for (lanes &= ~(hanLanes | hangulLanes | cyrillicLanes); lanes != 0; lanes &= lanes - 1)
      add(classOf(pointAt(p + (ctz(lanes) as usize))), 1);
  }
  add(LATIN, latin);
  add(HAN, han);
  add(HANGUL, hangul);
  add(CYRILLIC, cyrillic);
  let best = OTHER;
  for (let script = OTHER - 1; script >= 0; script--) {
    const count = load<i32>(COUNTS + ((script as usize) << 2));
    if (count > 0 && count >= load<i32>(COUNTS + ((best as usize) << 2))) best = script;
  }
  return best;
}

function add(script: i32, letters: i32): void {
  const count = COUNTS + ((script as usize) << 2);
  store<i32>(count, load<i32>(count) + letters);
}

/** Which of the bytes are one of `count` from `from` on. */
// @ts-ignore: decorator
@inline
function between(v: v128, from: i32, count: i32): v128 {
  return i8x16.lt_u(i8x16.sub(v, i8x16.splat(from as i8)), i8x16.splat(count as i8));
}

/** Of a character of two bytes or more. */
function pointAt(p: usize): i32 {
  const lead = load<u8>(p) as i32;
  const second = (load<u8>(p, 1) as i32) & 63;
  if (lead < 0xe0) return ((lead & 31) << 6) | second;
  const third = (load<u8>(p, 2) as i32) & 63;
  if (lead < 0xf0) return ((lead & 15) << 12) | (second << 6) | third;
  return ((lead & 7) << 18) | (second << 12) | (third << 6) | ((load<u8>(p, 3) as i32) & 63);
}

// @ts-ignore: decorator
@inline
function within(point: i32, from: i32, to: i32): bool {
  return ((point - from) as u32) <= ((to - from) as u32);
}

function classOf(point: i32): i32 {
  if (within(point, 0x4e00, 0x9fff) || within(point, 0x3400, 0x4dbf)) return HAN;
  if (within(point, 0xac00, 0xd7a3)) return HANGUL;
  if (within(point, 0x400, 0x52f)) return point >= 0x482 && point <= 0x489 ? NONE : CYRILLIC;
  if (point < 0x400) return classOfLow(point);
  if (point >= 0x10000) return classOfHigh(point);
  return classOfMiddle(point);
}

/** Latin-1, Latin extended, phonetic letters, Greek. */
function classOfLow(point: i32): i32 {
  if (point < 0xc0) return point == 0xaa || point == 0xba ? LATIN : point == 0xb5 ? OTHER : NONE;
  if (point < 0x2b9) return point == 0xd7 || point == 0xf7 ? NONE : LATIN;
  if (within(point, 0x2e0, 0x2e4)) return LATIN;
  return point >= 0x370 ? OTHER : NONE;
}

/** The rest of the basic plane. A script not named here counts with its marks and digits, which need no table then. */
function classOfMiddle(point: i32): i32 {
  if (within(point, 0x1100, 0x11ff) || within(point, 0x3131, 0x318e) || within(point, 0xa960, 0xa97c)) return HANGUL;
  if (within(point, 0xd7b0, 0xd7fb) || within(point, 0xffa0, 0xffdc)) return HANGUL;
  if (point == 0x1d2b || point == 0x1d78) return CYRILLIC;
  if (within(point, 0x1e00, 0x1eff) || within(point, 0x1d00, 0x1dbf) || within(point, 0x2c60, 0x2c7f)) return LATIN;
  if (within(point, 0xa722, 0xa7ff) || within(point, 0xab30, 0xab69) || within(point, 0xfb00, 0xfb06)) return LATIN;
  if (within(point, 0xff21, 0xff3a) || within(point, 0xff41, 0xff5a)) return LATIN;
  if (within(point, 0x2071, 0x207f) || within(point, 0x2090, 0x209c)) return point <= 0x207e && point >= 0x2072 ? NONE : LATIN;
  if (within(point, 0x212a, 0x212b) || point == 0x2132 || point == 0x214e || within(point, 0x2183, 0x2184)) return LATIN;
  if (within(point, 0xf900, 0xfaff) || point == 0x3005 || point == 0x3007 || point == 0x303b) return HAN;
  if (within(point, 0x1c80, 0x1c8a) || within(point, 0xa640, 0xa66e) || within(point, 0xa67f, 0xa69d)) return CYRILLIC;
  if (within(point, 0x2000, 0x2bff) || within(point, 0x2e00, 0x303f)) return NONE; // punctuation, symbols
  if (within(point, 0x3200, 0x33ff) || within(point, 0xa700, 0xa721)) return NONE; // enclosed characters, tone marks
  if (within(point, 0xd800, 0xf8ff) || within(point, 0xfe00, 0xfe6f)) return NONE; // private use, variants
  return within(point, 0xfeff, 0xff65) || point >= 0xffe0 ? NONE : OTHER; // byte order mark, full-width punctuation
}

function classOfHigh(point: i32): i32 {
  if (within(point, 0x20000, 0x3ffff)) return HAN;
  if (within(point, 0x1d000, 0x1d3ff) || within(point, 0x1f000, 0x1fbff)) return NONE; // music, pictures
  return point >= 0xe0000 ? NONE : OTHER;
}
