// JSON strings: finding their end, checking their escapes, and unescaping them as UTF-8. `p` stands behind the opening quote, the answer
// behind the closing one; 0 means the string is not valid. Zero bytes follow the body and are legal nowhere, so nothing asks for the end.

/** The string last skipped held a backslash. */
export let hadEscape: bool = false;
/** Where the text last unescaped ends. */
export let unescapedEnd: usize = 0;

const HEX: usize = memory.data(256); // the value of a hex digit, -1 for every other byte
for (let c: usize = 0; c < 256; c++) store<i8>(HEX + c, -1);
for (let d: usize = 0; d < 10; d++) store<i8>(HEX + 0x30 + d, d as i8);
for (let d: usize = 0; d < 6; d++) {
  store<i8>(HEX + 0x41 + d, (10 + d) as i8);
  store<i8>(HEX + 0x61 + d, (10 + d) as i8);
}

/** Constants are loaded: V8 makes one that stands in the code anew each time it is used. */
const STOPS: usize = memory.data(48, 16);
v128.store(STOPS, i8x16.splat(0x22));
v128.store(STOPS, i8x16.splat(0x5c), 16);
v128.store(STOPS, i8x16.splat(0x1f), 32);

/** Bytes that end a plain run: quote, backslash, control characters. */
// @ts-ignore: decorator
@inline
function stops(v: v128): v128 {
  return stopsOf(v, v128.load(STOPS), v128.load(STOPS, 16), v128.load(STOPS, 32));
}

// @ts-ignore: decorator
@inline
function stopsOf(v: v128, quote: v128, backslash: v128, controls: v128): v128 {
  return v128.or(v128.or(i8x16.eq(v, quote), i8x16.eq(v, backslash)), i8x16.eq(i8x16.min_u(v, controls), v));
}

export function skipString(p: usize): usize {
  hadEscape = false;
  while (true) {
    let found = i8x16.bitmask(stops(v128.load(p)));
    if (found == 0) {
      p = skipLongRun(p + 16);
      found = i8x16.bitmask(stops(v128.load(p)));
    }
    p += ctz(found);
    const c = load<u8>(p);
    if (c == 0x22) return p + 1;
    if (c != 0x5c) return 0;
    hadEscape = true;
    p = skipEscape(p);
    if (p == 0) return 0;
  }
}

/** To within 16 bytes of the next stop, 64 bytes at a time. */
function skipLongRun(p: usize): usize {
  const quote = v128.load(STOPS), backslash = v128.load(STOPS, 16), controls = v128.load(STOPS, 32);
  while (
    !v128.any_true(
      v128.or(
        v128.or(stopsOf(v128.load(p), quote, backslash, controls), stopsOf(v128.load(p, 16), quote, backslash, controls)),
        v128.or(stopsOf(v128.load(p, 32), quote, backslash, controls), stopsOf(v128.load(p, 48), quote, backslash, controls)),
      ),
    )
  ) p += 64;
  while (!v128.any_true(stops(v128.load(p)))) p += 16;
  return p;
}

function skipEscape(p: usize): usize {
  if (load<u8>(p, 1) == 0x75) return hex4(p + 2) < 0 ? 0 : p + 6;
  return simpleEscape(load<u8>(p, 1)) == 0 ? 0 : p + 2;
}

function simpleEscape(c: u8): u8 {
  switch (c) {
    case 0x22: case 0x5c: case 0x2f: return c;
    case 0x6e: return 0x0a;
    case 0x74: return 0x09;
    case 0x72: return 0x0d;
    case 0x62: return 0x08;
    case 0x66: return 0x0c;
    default: return 0;
  }
}

/** Four hex digits; negative when one of them is not. */
// @ts-ignore: decorator
@inline
function hex4(p: usize): i32 {
  return (digit(p) << 12) | (digit(p + 1) << 8) | (digit(p + 2) << 4) | digit(p + 3);
}

// @ts-ignore: decorator
@inline
function digit(p: usize): i32 {
  return load<i8>(HEX + load<u8>(p)) as i32;
}

/** Writes the string to `out` (up to 15 bytes beyond its end are touched) and leaves the end in `unescapedEnd`. */
export function unescape(p: usize, out: usize): usize {
  while (true) {
    const v = v128.load(p);
    v128.store(out, v);
    const found = i8x16.bitmask(stops(v));
    if (found == 0) {
      const run = copyLongRun(p + 16, out + 16);
      out += run - p;
      p = run;
      continue;
    }
    const plain: usize = ctz(found);
    p += plain;
    out += plain;
    const c = load<u8>(p);
    if (c == 0x22) {
      unescapedEnd = out;
      return p + 1;
    }
    if (c != 0x5c) return 0;
    // Escapes come in runs: \n\n, or a whole text as \uXXXX.
    do {
      const kind = load<u8>(p, 1);
      if (kind == 0x75) {
        let point = hex4(p + 2);
        if (point < 0) return 0;
        p += 6;
        if ((point & 0xfc00) == 0xd800 && load<u16>(p) == 0x755c) {
          const low = hex4(p + 2);
          if (low >= 0 && (low & 0xfc00) == 0xdc00) {
            point = 0x10000 + (((point & 0x3ff) << 10) | (low & 0x3ff));
            p += 6;
          }
        }
        if ((point & 0xfffff800) == 0xd800) point = REPLACEMENT;
        out = encode(point, out);
      } else {
        const plainByte = simpleEscape(kind);
        if (plainByte == 0) return 0;
        store<u8>(out++, plainByte);
        p += 2;
      }
    } while (load<u8>(p) == 0x5c);
  }
}

/** Copies as many whole 32 bytes as hold no stop. All are read before any is written, which may be 17 bytes in front. */
// @ts-ignore: decorator
@inline
function copyLongRun(p: usize, out: usize): usize {
  const quote = v128.load(STOPS), backslash = v128.load(STOPS, 16), controls = v128.load(STOPS, 32);
  while (true) {
    const a = v128.load(p), b = v128.load(p, 16);
    if (v128.any_true(v128.or(stopsOf(a, quote, backslash, controls), stopsOf(b, quote, backslash, controls)))) return p;
    v128.store(out, a);
    v128.store(out, b, 16);
    p += 32;
    out += 32;
  }
}

/** What a lone surrogate becomes, which UTF-8 cannot write: one code point, as it counts in JavaScript. */
const REPLACEMENT: i32 = 0xfffd;

/** Writes a code point as UTF-8. */
// @ts-ignore: decorator
@inline
function encode(point: i32, out: usize): usize {
  if (point < 0x80) {
    store<u8>(out, point as u8);
    return out + 1;
  }
  if (point < 0x800) {
    store<u16>(out, (0x80c0 | (point >> 6) | ((point & 0x3f) << 8)) as u16);
    return out + 2;
  }
  if (point < 0x10000) {
    store<u16>(out, (0x80e0 | (point >> 12) | (((point >> 6) & 0x3f) << 8)) as u16);
    store<u8>(out, (0x80 | (point & 0x3f)) as u8, 2);
    return out + 3;
  }
  store<u32>(out, 0x808080f0 | (point >> 18) | (((point >> 12) & 0x3f) << 8) | (((point >> 6) & 0x3f) << 16) | ((point & 0x3f) << 24));
  return out + 4;
}
