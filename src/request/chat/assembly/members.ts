// Reading members by name: the name with its colon, and values that are words, types or spans.
import * as layout from "./layout";
import { closed, CLOSE_BRACE, first, isTooDeep, next, OPEN_BRACE, QUOTE, skipColon, skipValue } from "./json";
import { NAME_FORMAT, NAME_TYPE, nameAt, paramNamed } from "./names";
import { skipString } from "./strings";

/** Of the member that `readName` read last. */
export let name: u64 = 0;
/** What the string is that `readWord` read last; 0 when it is another, or no string. */
export let word: u64 = 0;
/** Which of the parameters asked for `readRootName` read last, -1: none. */
export let param: i32 = -1;

/** From a member's name to its value. */
// @ts-ignore: decorator
@inline
export function readName(p: usize): usize {
  if (load<u8>(p) != QUOTE) return 0;
  const end = skipString(p + 1);
  if (end == 0) return 0;
  name = nameAt(p + 1, end - 1);
  return skipColon(end);
}

export function readRootName(p: usize): usize {
  p = readName(p);
  if (p != 0) param = paramNamed();
  return p;
}

/** Null counts as not given. */
// @ts-ignore: decorator
@inline
export function isGiven(value: usize): bool {
  return load<u8>(value) != 0x6e;
}

export function readWord(p: usize, depth: i32): usize {
  word = 0;
  if (load<u8>(p) != QUOTE) return skipValue(p, depth);
  const end = skipString(p + 1);
  if (end != 0) word = nameAt(p + 1, end - 1);
  return end;
}

/** Reads `type` of an object into `word`. */
export function readType(p: usize, depth: i32): usize {
  return readWordOf(NAME_TYPE, p, depth);
}

/** Reads `type` of the object that is member `format` of an object into `word`. */
export function readFormatType(p: usize, depth: i32): usize {
  return readWordOf(NAME_FORMAT, p, depth);
}

/** Of an object's members of one name the last counts. */
function readWordOf(member: u64, p: usize, depth: i32): usize {
  word = 0;
  if (load<u8>(p) != OPEN_BRACE) return skipValue(p, depth);
  if (isTooDeep(depth)) return 0;
  let found: u64 = 0;
  p = first(p + 1, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == member) {
      p = member == NAME_FORMAT ? readType(p, depth + 1) : readWord(p, depth + 1);
      found = word;
    } else p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  word = found;
  return p;
}

/** Reads a value and notes in the result where it stands when it is a string, nothing when it is not. */
export function readSpan(p: usize, depth: i32, body: usize, field: usize): usize {
  const end = skipValue(p, depth);
  const isString = load<u8>(p) == QUOTE;
  store<i32>(layout.RESULT + field, isString ? (p - body) as i32 : 0);
  store<i32>(layout.RESULT + field, isString ? (end - body) as i32 : 0, 4);
  return end;
}

/** Reads an object and notes where the strings of two of its members stand; a name of 0 is none. Of another value, nothing is noted. */
export function readSpans(p: usize, depth: i32, body: usize, name1: u64, field1: usize, name2: u64, field2: usize): usize {
  store<i64>(layout.RESULT + field1, 0);
  if (name2 != 0) store<i64>(layout.RESULT + field2, 0);
  if (load<u8>(p) != OPEN_BRACE) return skipValue(p, depth);
  if (isTooDeep(depth)) return 0;
  p = first(p + 1, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == name1) p = readSpan(p, depth + 1, body, field1);
    else if (name2 != 0 && name == name2) p = readSpan(p, depth + 1, body, field2);
    else p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  return p;
}
