// The text: strings are unescaped one behind the other, a space in between, over the front of the body itself. Unescaping never lengthens,
// and the text begins 32 bytes in front of the body, so writing stays more than 16 bytes behind reading and whole vectors may be stored. Of
// each piece it is noted where it comes from; which pieces count is known only when the body has been read.
import * as layout from "./layout";
import { unescape, unescapedEnd } from "./strings";

// ---- where a piece comes from ----
export const MESSAGES: i32 = 0;
export const INPUT: i32 = 1;
export const PROMPT: i32 = 2;
export const SYSTEM: i32 = 3;
export const INSTRUCTIONS: i32 = 4;
const SOURCE_COUNT: i32 = 5;

// ---- flags of a piece, beside its source ----
const SOURCE_BITS: i32 = 7;
export const USER: i32 = 8; //          said by the user
export const TOOL_RESULT: i32 = 16; //  what a tool gave back, inside a message

// What is known of a source. Of several members with one name the last counts, as for JSON.parse: reading one forgets the one before.
const SOURCES: usize = memory.data(60);
const SOURCE_BYTES: usize = 12;
const FROM: usize = 0; //       its first piece; earlier ones are of a member that was replaced
const LAST_USER: usize = 4; //  index of the last message that is the user's, -1: none
const IMAGES: usize = 8; //     1: it holds an image

let base: usize = 0;
/** Where the text read so far ends. */
export let textEnd: usize = 0;
let pieces: usize = 0;
/** Pieces noted so far. */
export let pieceCount: i32 = 0;

export function beginText(textAt: usize, piecesAt: usize): void {
  base = textAt;
  textEnd = textAt;
  pieces = piecesAt;
  pieceCount = 0;
  for (let source = 0; source < SOURCE_COUNT; source++) beginSource(source);
}

export function beginSource(source: i32): void {
  const at = SOURCES + (source as usize) * SOURCE_BYTES;
  store<i32>(at, pieceCount, FROM);
  store<i32>(at, -1, LAST_USER);
  store<i32>(at, 0, IMAGES);
}

export function noteLastUser(source: i32, message: i32): void {
  store<i32>(SOURCES + (source as usize) * SOURCE_BYTES, message, LAST_USER);
}

export function noteImages(source: i32): void {
  store<i32>(SOURCES + (source as usize) * SOURCE_BYTES, 1, IMAGES);
}

export function hasImages(source: i32): bool {
  return load<i32>(SOURCES + (source as usize) * SOURCE_BYTES, IMAGES) != 0;
}

/** Appends a string, `p` behind its opening quote; one space in between when both have something. */
export function readText(p: usize): usize {
  if (load<u8>(p) == 0x22) return p + 1;
  let out = textEnd;
  if (out != base) store<u8>(out++, 0x20);
  p = unescape(p, out);
  textEnd = unescapedEnd;
  return p;
}

/** Takes back all behind `end` but what stands from `start` to `stop`, which moves up to it. */
export function keepOnly(end: usize, start: usize, stop: usize): void {
  if (start == end || start == stop) {
    textEnd = start == stop ? end : stop;
    return;
  }
  const from = end == base ? start + 1 : start; // less the joining space
  memory.copy(end, from, stop - from);
  textEnd = end + (stop - from);
}

/** Takes back all behind `end`, and all pieces but the first `count`. */
export function rewind(end: usize, count: i32): void {
  textEnd = end;
  pieceCount = count;
}

/** Notes the text from `start` (the end of the text before it) to `stop` as a piece. Answers whether it has any. */
export function addPiece(start: usize, stop: usize, message: i32, flags: i32): bool {
  if (start == stop) return false;
  const piece = pieces + (pieceCount as usize) * layout.PIECE_BYTES;
  store<u32>(piece, (start == base ? base : start + 1) as u32); // behind the joining space
  store<u32>(piece, stop as u32, 4);
  store<i32>(piece, ((message + 1) << layout.PIECE_FLAG_BITS) | flags, 8);
  pieceCount++;
  return true;
}

/** Makes the user's all pieces from the one numbered `from` on that are not a tool's. */
export function markUser(from: i32): void {
  for (let i = from; i < pieceCount; i++) {
    const piece = pieces + (i as usize) * layout.PIECE_BYTES;
    const tag = load<i32>(piece, 8);
    if ((tag & TOOL_RESULT) == 0) store<i32>(piece, tag | USER, 8);
  }
}

/** Says of every piece which scopes it is in. `sources`: a bit for each whose text counts. */
export function assignScopes(sources: i32): void {
  for (let i = 0; i < pieceCount; i++) {
    const piece = pieces + (i as usize) * layout.PIECE_BYTES;
    const tag = load<i32>(piece, 8);
    const source = tag & SOURCE_BITS;
    const at = SOURCES + (source as usize) * SOURCE_BYTES;
    let scopes = 0;
    if (((sources >> source) & 1) != 0 && i >= load<i32>(at, FROM)) {
      scopes = layout.SCOPE_ALL;
      if ((tag & USER) != 0) {
        scopes |= layout.SCOPE_USER;
        if ((tag >> layout.PIECE_FLAG_BITS) == load<i32>(at, LAST_USER) + 1) scopes |= layout.SCOPE_LAST_USER;
      }
    }
    store<i32>(piece, ((tag >> layout.PIECE_FLAG_BITS) << layout.PIECE_FLAG_BITS) | scopes, 8);
  }
}

/** Puts the pieces in a scope together at an address, a space in between. Answers where they end. */
export function gather(scope: i32, outAt: usize): usize {
  let out = outAt;
  for (let i = 0; i < pieceCount; i++) {
    const piece = pieces + (i as usize) * layout.PIECE_BYTES;
    if ((load<i32>(piece, 8) & scope) == 0) continue;
    const start: usize = load<u32>(piece);
    const length = (load<u32>(piece, 4) as usize) - start;
    if (out != outAt) store<u8>(out++, 0x20);
    if (start != out) memory.copy(out, start, length);
    out += length;
  }
  return out;
}

/** The text as it was read, without gathering it. */
export function textStart(): usize {
  return base;
}
