// The grammar of JSON, whatever the values mean: white space, numbers, stepping over a value, and going through an array or an object.
//
// Every function takes the address to read and answers the address behind what it read, 0 when it cannot. Zero bytes follow the body and
// are legal nowhere, so nothing asks for the end.
import * as layout from "./layout";
import { skipString } from "./strings";

export const QUOTE: u8 = 0x22;
export const OPEN_BRACKET: u8 = 0x5b;
export const CLOSE_BRACKET: u8 = 0x5d;
export const OPEN_BRACE: u8 = 0x7b;
export const CLOSE_BRACE: u8 = 0x7d;

/** `first` and `next` found the end of the array or object. */
export let closed: bool = false;
export let tooDeep: bool = false;

export function forgetDepth(): void {
  tooDeep = false;
}

/** Behind the opening bracket or brace: to the first element or member, or behind the end. */
// @ts-ignore: decorator
@inline
export function first(p: usize, close: u8): usize {
  p = skipSpace(p);
  closed = load<u8>(p) == close;
  return closed ? p + 1 : p;
}

/** Behind a value: to the next element or member, or behind the end. */
// @ts-ignore: decorator
@inline
export function next(p: usize, close: u8): usize {
  p = skipSpace(p);
  const c = load<u8>(p++);
  closed = c != 0x2c;
  return closed ? (c == close ? p : 0) : skipSpace(p);
}

/** Steps over any value at a depth. The root is at depth 1. */
export function skipValue(p: usize, depth: i32): usize {
  const c = load<u8>(p);
  if (c == QUOTE) return skipString(p + 1);
  if (c == OPEN_BRACE) return skipObject(p + 1, depth);
  if (c == OPEN_BRACKET) return skipArray(p + 1, depth);
  if (c == 0x74) return load<u32>(p) == 0x65757274 ? p + 4 : 0; // true
  if (c == 0x66) return load<u32>(p + 1) == 0x65736c61 ? p + 5 : 0; // false
  if (c == 0x6e) return load<u32>(p) == 0x6c6c756e ? p + 4 : 0; // null
  return skipNumber(p);
}

function skipArray(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  p = first(p, CLOSE_BRACKET);
  while (!closed) {
    p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACKET);
  }
  return p;
}

function skipObject(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    if (load<u8>(p) != QUOTE) return 0;
    p = skipColon(skipString(p + 1));
    if (p == 0) return 0;
    p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  return p;
}

/** From behind a name to its value. */
// @ts-ignore: decorator
@inline
export function skipColon(p: usize): usize {
  if (p == 0) return 0;
  p = skipSpace(p);
  return load<u8>(p) == 0x3a ? skipSpace(p + 1) : 0;
}

export function isTooDeep(depth: i32): bool {
  if (depth <= layout.MAX_DEPTH) return false;
  tooDeep = true;
  return true;
}

function skipNumber(p: usize): usize {
  if (load<u8>(p) == 0x2d) p++;
  p = load<u8>(p) == 0x30 ? p + 1 : skipDigits(p);
  if (p == 0) return 0;
  if (load<u8>(p) == 0x2e) {
    p = skipDigits(p + 1);
    if (p == 0) return 0;
  }
  if ((load<u8>(p) | 0x20) == 0x65) {
    const sign = load<u8>(p, 1);
    p = skipDigits(sign == 0x2b || sign == 0x2d ? p + 2 : p + 1);
  }
  return p;
}

function skipDigits(p: usize): usize {
  if (!isDigit(load<u8>(p))) return 0;
  do p++;
  while (isDigit(load<u8>(p)));
  return p;
}

// @ts-ignore: decorator
@inline
export function isDigit(c: u32): bool {
  return c - 0x30 < 10;
}

// @ts-ignore: decorator
@inline
export function skipSpace(p: usize): usize {
  return load<u8>(p) > 0x20 ? p : skipSpaces(p);
}

function skipSpaces(p: usize): usize {
  while (true) {
    const v = v128.load(p);
    const space = v128.or(
      v128.or(i8x16.eq(v, i8x16.splat(0x20)), i8x16.eq(v, i8x16.splat(0x0a))),
      v128.or(i8x16.eq(v, i8x16.splat(0x0d)), i8x16.eq(v, i8x16.splat(0x09))),
    );
    const others = i8x16.bitmask(space) ^ 0xffff;
    if (others != 0) return p + ctz(others);
    p += 16;
  }
}
