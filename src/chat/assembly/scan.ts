// One pass over a JSON body: is it strict JSON, where are the top-level `model` members, which messages are there and what is their text.
// The host checks UTF-8 beforehand, copies the body in, and leaves room for the tables.
//
// Every parsing function takes the address to read and answers the address behind what it read, 0 when it cannot.
import * as layout from "./layout";
import { hadEscape, nameAt, skipString, unescape, unescapedEnd } from "./strings";
import { bringTogether, search } from "./text";

export { RESULT } from "./layout";
/** From here on memory is the host's to place things in. */
export const FREE: usize = __heap_base;
export { useKeywords } from "./text";

// ---- names we know, as nameAt gives them ----
const NAME_MODEL: u64 = 0x6c65646f6d;
const NAME_MESSAGES: u64 = 0x736567617373656d;
const NAME_ROLE: u64 = 0x656c6f72;
const NAME_USER: u64 = 0x72657375;
const NAME_CONTENT: u64 = 0x746e65746e6f63;
const NAME_TYPE: u64 = 0x65707974;
const NAME_TEXT: u64 = 0x74786574;

// ---- what a value is to us, by where it stands ----
const ANY: i32 = 0;
const ROOT: i32 = 1;
const MODEL: i32 = 2;
const MESSAGES: i32 = 3;
const MESSAGE: i32 = 4;
const ROLE: i32 = 5;
const CONTENT: i32 = 6;
const PART: i32 = 7;
const PART_TYPE: i32 = 8;
const PART_TEXT: i32 = 9;

let tooDeep: bool = false;
let partIsText: bool = false; //  the part being read has type "text"
let roleIsUser: bool = false; //  the message being read has role "user"
let messageIndex: i32 = 0;
let lastUser: i32 = -1; //        index of the last message with role "user"
let texts: i32 = 0; //            records in the message table

let body: usize = 0;
let cutTable: usize = 0;
let messageTable: usize = 0;
// The text is unescaped over the front of the body itself: unescaping never lengthens, and `{"messages":[{"content":"` keeps the write
// position more than 16 bytes behind the read position, so whole vectors may be stored.
let textEnd: usize = 0;

/**
 * Scans `length` bytes at `bodyAt` and overwrites them with the text in scope. `cutsAt` and `messagesAt` have room for any number of
 * records such a body can hold.
 */
export function scan(bodyAt: usize, length: usize, scope: i32, cutsAt: usize, messagesAt: usize): i32 {
  body = bodyAt;
  cutTable = cutsAt;
  messageTable = messagesAt;
  const end = body + length;
  memory.fill(end, 0, 64);
  memory.fill(layout.RESULT, 0, 64);
  tooDeep = false;
  forgetMessages();
  const start = skipSpace(body);
  const last = readValue(start, 1, ROOT);
  if (last == 0) return tooDeep ? layout.TOO_DEEP : layout.NOT_JSON;
  if (skipSpace(last) != end) return layout.NOT_JSON;
  if (load<i32>(layout.RESULT + layout.IS_CHAT) == 0) return layout.OK;
  store<i32>(layout.RESULT + layout.TEXTS, texts);
  textEnd = bringTogether(scope, body, textEnd, messageTable, texts, lastUser);
  search(body, textEnd);
  return layout.OK;
}

function forgetMessages(): void {
  textEnd = body;
  texts = 0;
  lastUser = -1;
  store<i32>(layout.RESULT + layout.TURNS, 0);
  store<i32>(layout.RESULT + layout.IS_CHAT, 0);
}

// ---- structure ----

function readValue(p: usize, depth: i32, role: i32): usize {
  const c = load<u8>(p);
  if (c == 0x22) return role == CONTENT || role == PART_TEXT ? readText(p + 1) : skipString(p + 1);
  if (c == 0x7b) return readObject(p + 1, depth, role == ROOT || role == MESSAGE || role == PART ? role : ANY);
  if (c == 0x5b) return readArray(p + 1, depth, role);
  if (c == 0x74) return load<u32>(p) == 0x65757274 ? p + 4 : 0; // true
  if (c == 0x66) return load<u32>(p + 1) == 0x65736c61 ? p + 5 : 0; // false
  if (c == 0x6e) return load<u32>(p) == 0x6c6c756e ? p + 4 : 0; // null
  return skipNumber(p);
}

function readArray(p: usize, depth: i32, role: i32): usize {
  if (depth > layout.MAX_DEPTH) return refuseDepth();
  const element = role == MESSAGES ? MESSAGE : role == CONTENT ? PART : ANY;
  let count = 0;
  p = skipSpace(p);
  if (load<u8>(p) == 0x5d) p++;
  else {
    while (true) {
      if (element == MESSAGE) messageIndex = count;
      p = readValue(p, depth + 1, element);
      if (p == 0) return 0;
      count++;
      p = skipSpace(p);
      const c = load<u8>(p++);
      if (c == 0x5d) break;
      if (c != 0x2c) return 0;
      p = skipSpace(p);
    }
  }
  if (role == MESSAGES) {
    store<i32>(layout.RESULT + layout.TURNS, count);
    store<i32>(layout.RESULT + layout.IS_CHAT, 1);
  }
  return p;
}

function readObject(p: usize, depth: i32, role: i32): usize {
  if (depth > layout.MAX_DEPTH) return refuseDepth();
  const open = p;
  const textBefore = textEnd;
  if (role == PART) partIsText = false;
  else if (role == MESSAGE) roleIsUser = false;
  let kept = false; //        a member before this one is not cut
  let comma: usize = 0; //    in front of this member
  p = skipSpace(p);
  if (load<u8>(p) == 0x7d) p++;
  else {
    while (true) {
      if (load<u8>(p) != 0x22) return 0;
      const key = p;
      p = skipString(p + 1);
      if (p == 0) return 0;
      const valueRole = role == ANY ? ANY : roleOf(role, nameAt(key + 1, p - 1));
      p = skipSpace(p);
      if (load<u8>(p) != 0x3a) return 0;
      const value = skipSpace(p + 1);
      // Of several members with one name the last counts, as for JSON.parse: take back what an earlier one left.
      if (valueRole == MESSAGES) forgetMessages();
      else if (valueRole == CONTENT || valueRole == PART_TEXT) textEnd = textBefore;
      const valueEnd = readValue(value, depth + 1, valueRole);
      if (valueEnd == 0) return 0;
      if (valueRole == PART_TYPE) partIsText = isString(value, valueEnd, NAME_TEXT);
      else if (valueRole == ROLE) roleIsUser = isString(value, valueEnd, NAME_USER);
      p = skipSpace(valueEnd);
      const c = load<u8>(p++);
      if (valueRole == MODEL) {
        noteModel(value, valueEnd);
        // Behind a member that stays, the comma in front goes too; else the one behind, if there is one.
        if (kept) addCut(comma, valueEnd);
        else addCut(key, c == 0x2c ? p : valueEnd);
      } else kept = true;
      if (c == 0x7d) break;
      if (c != 0x2c) return 0;
      comma = p - 1;
      p = skipSpace(p);
    }
  }
  if (role == PART && !partIsText) textEnd = textBefore;
  else if (role == MESSAGE) endMessage(textBefore);
  else if (role == ROOT) store<i32>(layout.RESULT + layout.ROOT_OPEN, (open - body) as i32);
  return p;
}

function roleOf(parent: i32, name: u64): i32 {
  if (parent == ROOT) return name == NAME_MODEL ? MODEL : name == NAME_MESSAGES ? MESSAGES : ANY;
  if (parent == MESSAGE) return name == NAME_CONTENT ? CONTENT : name == NAME_ROLE ? ROLE : ANY;
  return name == NAME_TYPE ? PART_TYPE : name == NAME_TEXT ? PART_TEXT : ANY;
}

/** Only right behind `readValue` of that value, whose escapes `nameAt` knows of. */
function isString(value: usize, valueEnd: usize, name: u64): bool {
  return load<u8>(value) == 0x22 && nameAt(value + 1, valueEnd - 1) == name;
}

function refuseDepth(): usize {
  tooDeep = true;
  return 0;
}

function endMessage(textBefore: usize): void {
  if (roleIsUser) lastUser = messageIndex;
  if (textEnd == textBefore) return;
  const record = messageTable + (texts as usize) * layout.MESSAGE_BYTES;
  store<i32>(record, messageIndex);
  store<u32>(record, (textBefore == body ? body : textBefore + 1) as u32, 4); // behind the joining space
  store<u32>(record, textEnd as u32, 8);
  store<i32>(record, roleIsUser as i32, 12);
  texts++;
}

function noteModel(value: usize, valueEnd: usize): void {
  store<i32>(layout.RESULT + layout.MODEL_START, (value - body) as i32);
  store<i32>(layout.RESULT + layout.MODEL_END, (valueEnd - body) as i32);
}

function addCut(start: usize, end: usize): void {
  const count = load<i32>(layout.RESULT + layout.CUTS);
  const cut = cutTable + (count as usize) * layout.CUT_BYTES;
  store<i32>(cut, (start - body) as i32);
  store<i32>(cut, (end - body) as i32, 4);
  store<i32>(layout.RESULT + layout.CUTS, count + 1);
}

/** Appends a string to the text, one space in between when both have something. */
function readText(p: usize): usize {
  if (load<u8>(p) == 0x22) return p + 1;
  let out = textEnd;
  if (out != body) store<u8>(out++, 0x20);
  p = unescape(p, out);
  textEnd = unescapedEnd;
  return p;
}

// ---- numbers and white space ----

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
function isDigit(c: u32): bool {
  return c - 0x30 < 10;
}

// @ts-ignore: decorator
@inline
function skipSpace(p: usize): usize {
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
