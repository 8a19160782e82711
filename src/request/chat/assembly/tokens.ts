// About how many tokens a text is: a sum over what tokenizers split at. The weights are thousandths of a token, fitted to o200k_base,
// Llama 3, Qwen 3, DeepSeek V3 and Gemma 3 together, on prose, code and JSON other than what docs/tokens.md says how well they do on.

// ---- ASCII ----
const WORD: i32 = 972; //       a letter behind none, or a capital behind none: camelCase is two
const CAPITAL: i32 = 40; //     behind another
const DIGIT: i32 = 770;
const PUNCTUATION: i32 = 64; // each
const CLUSTER: i32 = 1060; //   behind none: `});` is one, and so is a ruler
const NEWLINE: i32 = 728; //    spaces go with what follows
const LAYOUT: i32 = -1600; //   a newline of JSON itself, which no server passes on, and which splits clusters
/** What `\u4f60` in JSON comes to by the rest, less the character that it is: before a digit, and before a letter. */
const ESCAPE: i32 = -4500;
const ESCAPE_LETTER: i32 = -3300;
/** 16 bytes in a row of capitals, small letters and digits: a hash or base64, 1.4 bytes a token. */
const RANDOM: i32 = 11300;
// ---- characters beyond, by the first byte in UTF-8 ----
const LATIN: i32 = 797; //      C3–C9: the letter behind is counted as another word besides
const LETTER: i32 = 500; //     CA–DF: Greek, Cyrillic, Hebrew, Arabic
const INDIC: i32 = 816; //      E0, E1
const SYMBOL: i32 = 630; //     C2, E2, EE, EF
const IDEOGRAPH: i32 = 722; //  E3–E9, with kana
const HANGUL: i32 = 830; //     EA–ED
const EMOJI: i32 = 2074; //     F0 and up

/** Thousandths of a token for the 16 bytes at `p`. Reads the byte before. */
function tokensAt(p: usize, newline: i32): i32 {
  const v = v128.load(p);
  const before = v128.load(p - 1);
  const upper = within(v, 0x41, 25);
  const letters = v128.or(upper, within(v, 0x61, 25));
  const upperBefore = within(before, 0x41, 25);
  const lettersBefore = v128.or(upperBefore, within(before, 0x61, 25));
  const words = v128.or(v128.andnot(letters, lettersBefore), v128.andnot(upper, upperBefore));
  const digits = within(v, 0x30, 9);
  const punctuation = v128.andnot(v128.andnot(within(v, 0x21, 0x5d), letters), digits);
  const punctuationBefore = v128.andnot(v128.andnot(within(before, 0x21, 0x5d), lettersBefore), within(before, 0x30, 9));
  const newlines = i8x16.eq(v, i8x16.splat(0x0a));
  const letterCount = count(letters);
  const digitCount = count(digits);
  const capitals = count(upper);
  if (letterCount + digitCount >= 15 && digitCount > 0 && capitals > 1 && letterCount - capitals > 1) return RANDOM;
  let sum =
    count(words) * WORD + digitCount * DIGIT + count(punctuation) * PUNCTUATION + count(newlines) * newline +
    count(v128.andnot(punctuation, punctuationBefore)) * CLUSTER;
  if (capitals > 1) sum += count(v128.and(upper, upperBefore)) * CAPITAL;
  if (i8x16.bitmask(v) != 0) sum += beyondAscii(v);
  if (newline == NEWLINE) return sum; // in a text what looks like an escape is none
  const escapes = v128.and(i8x16.eq(before, i8x16.splat(0x5c)), i8x16.eq(v, i8x16.splat(0x75)));
  if (!v128.any_true(escapes)) return sum;
  const beforeDigit = count(v128.and(escapes, within(v128.load(p + 1), 0x30, 9)));
  return sum + beforeDigit * ESCAPE + (count(escapes) - beforeDigit) * ESCAPE_LETTER;
}

function beyondAscii(v: v128): i32 {
  return (
    count(within(v, 0xc3, 6)) * LATIN + count(within(v, 0xca, 21)) * LETTER + count(within(v, 0xe0, 1)) * INDIC +
    (count(i8x16.eq(v, i8x16.splat(0xc2 as i8))) + count(i8x16.eq(v, i8x16.splat(0xe2 as i8))) + count(within(v, 0xee, 1))) * SYMBOL +
    count(within(v, 0xe3, 6)) * IDEOGRAPH + count(within(v, 0xea, 3)) * HANGUL + count(within(v, 0xf0, 7)) * EMOJI
  );
}

/** The bytes from `first` to `first + more`. */
// @ts-ignore: decorator
@inline
function within(v: v128, first: i32, more: i32): v128 {
  const from = i8x16.sub(v, i8x16.splat(first as i8));
  return i8x16.eq(i8x16.min_u(from, i8x16.splat(more as i8)), from);
}

// @ts-ignore: decorator
@inline
function count(mask: v128): i32 {
  return popcnt(i8x16.bitmask(mask));
}

const MOST_COUNTED: usize = 2048;
/** For the host to place bytes to be counted in, behind one that is read: MOST_COUNTED of them. */
export const COUNTED: usize = memory.data(2112, 16) + 16;
const WINDOW: usize = 64;
const LAST: usize = memory.data(48, 16);

/**
 * Tokens of the bytes from `start` to `end`. Of many, only windows of 64 bytes are counted, evenly spread, so that they are 2 KB together:
 * 2 to 3 µs (bench/scanner.ts). The 16 bytes behind the end and the one in front are read.
 */
export function countTokens(start: usize, end: usize, isJson: bool): f64 {
  const newline = isJson ? LAYOUT : NEWLINE;
  const length = end - start;
  if (length == 0) return 0;
  const windows: usize = length <= MOST_COUNTED ? 1 : MOST_COUNTED / WINDOW;
  const window = windows == 1 ? length : WINDOW;
  let sum: i64 = 0;
  for (let i: usize = 0; i < windows; i++) {
    let p = start;
    if (windows > 1) p += (((length - window) as u64) * (i as u64) / ((windows - 1) as u64)) as usize;
    const stop = p + window;
    for (; p + 16 <= stop; p += 16) sum += tokensAt(p, newline) as i64;
    if (p < stop) sum += lastTokens(p, stop - p, newline) as i64;
  }
  return (sum as f64) * (length as f64) / ((windows * window) as f64) / 1000;
}

/** Of fewer than 16 bytes: the rest is spaces. */
function lastTokens(p: usize, length: usize, newline: i32): i32 {
  v128.store(LAST, i8x16.splat(0x20));
  v128.store(LAST, i8x16.splat(0x20), 16);
  v128.store(LAST, i8x16.splat(0x20), 32);
  memory.copy(LAST, p - 1, length + 1);
  return tokensAt(LAST + 1, newline);
}
