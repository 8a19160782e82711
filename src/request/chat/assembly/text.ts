// The text: strings are unescaped one behind the other, a space in between, over the front of the body itself. Unescaping never lengthens,
// and the text begins 32 bytes in front of the body, so writing stays more than 16 bytes behind reading and whole vectors may be stored. Of
// each piece it is noted where it comes from; which pieces count is known only when the body has been read.
import { envelopeEnd, envelopeStart, findEnvelope, hasEnvelopes } from "./envelopes";
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
const LEAD_BYTES: usize = 32; //        the text begins this much in front of the body
export const USER: i32 = 8; //          said by the user
export const TOOL_RESULT: i32 = 16; //  what a tool gave back, inside a message
/** What is left of a piece without its envelopes: the user's, and not in the scope of all text, where the whole piece is. */
const REMAINDER: i32 = USER | TOOL_RESULT;

// What is known of a source. Of several members with one name the last counts, as for JSON.parse: reading one forgets the one before.
const SOURCES: usize = memory.data(100);
const SOURCE_BYTES: usize = 20;
const FROM: usize = 0; //       its first piece; earlier ones are of a member that was replaced
const LAST_USER: usize = 4; //  index of the last message that is the user's, -1: none
const LAST_PROMPT: usize = 8; // index of the last of these with text, -1: none
const ATTACHED: usize = 12; //  what comes with its messages: FLAG_… bits
const HUMAN_TURNS: usize = 16; // messages that are the user's

let base: usize = 0;
/** Where the text read so far ends. */
export let textEnd: usize = 0;
let furthest: usize = 0; // that it ended before something was taken back
let pieces: usize = 0;
/** Pieces noted so far. */
export let pieceCount: i32 = 0;
/** Of the message last marked as the user's: it has text of theirs … */
export let saidText: bool = false;
/** … and envelopes, whose text is not. */
export let hadEnvelopes: bool = false;

export function beginText(textAt: usize, piecesAt: usize): void {
  base = textAt;
  textEnd = textAt;
  furthest = textAt;
  pieces = piecesAt;
  pieceCount = 0;
  for (let source = 0; source < SOURCE_COUNT; source++) beginSource(source);
}

export function beginSource(source: i32): void {
  const at = SOURCES + (source as usize) * SOURCE_BYTES;
  store<i32>(at, pieceCount, FROM);
  store<i32>(at, -1, LAST_USER);
  store<i32>(at, -1, LAST_PROMPT);
  store<i32>(at, 0, ATTACHED);
  store<i32>(at, 0, HUMAN_TURNS);
}

/** A message that is the user's, marked before. */
export function noteUserMessage(source: i32, message: i32): void {
  const at = SOURCES + (source as usize) * SOURCE_BYTES;
  store<i32>(at, message, LAST_USER);
  if (saidText) store<i32>(at, message, LAST_PROMPT);
  store<i32>(at, load<i32>(at, HUMAN_TURNS) + 1, HUMAN_TURNS);
}

export function noteAttached(source: i32, flags: i32): void {
  const at = SOURCES + (source as usize) * SOURCE_BYTES;
  store<i32>(at, load<i32>(at, ATTACHED) | flags, ATTACHED);
}

export function attachedTo(source: i32): i32 {
  return load<i32>(SOURCES + (source as usize) * SOURCE_BYTES, ATTACHED);
}

export function humanTurnsOf(source: i32): i32 {
  return load<i32>(SOURCES + (source as usize) * SOURCE_BYTES, HUMAN_TURNS);
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
  if (textEnd > furthest) furthest = textEnd;
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
  if (textEnd > furthest) furthest = textEnd;
  textEnd = end;
  pieceCount = count;
}

/** What is written behind a text so that it can be searched, and more. */
const BEHIND_BYTES: usize = 64;

/** From here on the body stands as it came; in front of it text may have been written over it. */
export function intactFrom(): usize {
  return max(furthest, textEnd) + BEHIND_BYTES;
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

/**
 * Makes the user's all pieces from the one numbered `from` on that are not a tool's. A piece with envelopes is followed by what is left of
 * it. `read`: up to where the body has been read, which bounds how many pieces there can be; a message that would need more stays whole.
 */
export function markUser(from: i32, read: usize): void {
  saidText = false;
  hadEnvelopes = false;
  const before = pieceCount;
  if (from == before) return;
  let more = 0;
  if (hasEnvelopes()) for (let i = from; i < before; i++) more += remaindersOf(i);
  const room = (((read - base - LEAD_BYTES) / layout.PIECE_BYTES) as i32) - before;
  if (!hadEnvelopes || more > room) {
    hadEnvelopes = false;
    for (let i = from; i < before; i++) if (markPiece(i)) saidText = true;
    return;
  }
  // Moved up once, then taken one after the other: what is written never reaches what is still to be read.
  const moved = from + more;
  memory.copy(pieceAt(moved), pieceAt(from), ((before - from) as usize) * layout.PIECE_BYTES);
  pieceCount = from;
  for (let i = moved; i < before + more; i++) takePiece(i);
}

// @ts-ignore: decorator
@inline
export function pieceAt(index: i32): usize {
  return pieces + (index as usize) * layout.PIECE_BYTES;
}

function markPiece(index: i32): bool {
  const tag = load<i32>(pieceAt(index), 8);
  if ((tag & TOOL_RESULT) != 0) return false;
  store<i32>(pieceAt(index), tag | USER, 8);
  return true;
}

function remaindersOf(index: i32): i32 {
  const piece = pieceAt(index);
  if ((load<i32>(piece, 8) & TOOL_RESULT) != 0) return 0;
  const found = readRemainders(load<u32>(piece), load<u32>(piece, 4), -1);
  if (found < 0) return 0;
  hadEnvelopes = true;
  return found;
}

/** Appends the piece with this number, and what is left of it where it has envelopes. */
function takePiece(index: i32): void {
  const piece = pieceAt(index);
  const start: usize = load<u32>(piece), stop: usize = load<u32>(piece, 4);
  const tag = load<i32>(piece, 8);
  append(start, stop, tag);
  if ((tag & TOOL_RESULT) != 0) return;
  const found = readRemainders(start, stop, tag | REMAINDER);
  if (found < 0) markPiece(pieceCount - 1);
  if (found != 0) saidText = true;
}

/** How many pieces are left between the envelopes of a text, white space at the cuts aside; -1: it has none. Tag -1: only counts them. */
function readRemainders(start: usize, stop: usize, tag: i32): i32 {
  if (!findEnvelope(start, stop)) return -1;
  let found = 0;
  let from = start;
  while (true) {
    const isLast = from != start && !findEnvelope(from, stop);
    let left = from, right = isLast ? stop : envelopeStart;
    const next = envelopeEnd;
    if (from != start) while (left < right && isSpace(load<u8>(left))) left++;
    if (!isLast) while (right > left && isSpace(load<u8>(right - 1))) right--;
    if (left < right) {
      found++;
      if (tag != -1) append(left, right, tag);
    }
    if (isLast) return found;
    from = next;
  }
}

// @ts-ignore: decorator
@inline
function isSpace(c: u32): bool {
  return c == 0x20 || c - 0x09 < 5;
}

function append(start: usize, stop: usize, tag: i32): void {
  const piece = pieceAt(pieceCount++);
  store<u32>(piece, start as u32);
  store<u32>(piece, stop as u32, 4);
  store<i32>(piece, tag, 8);
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
      scopes = (tag & REMAINDER) == REMAINDER ? 0 : layout.SCOPE_ALL;
      if ((tag & USER) != 0) {
        const message = (tag >> layout.PIECE_FLAG_BITS) - 1;
        scopes |= layout.SCOPE_USER;
        if (message == load<i32>(at, LAST_USER)) scopes |= layout.SCOPE_LAST_USER;
        if (message == load<i32>(at, LAST_PROMPT)) scopes |= layout.SCOPE_PROMPT;
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

/** Where a text ends that stands here; 0: it does not. */
export function behind(p: usize, end: usize, text: string): usize {
  const length: usize = text.length;
  if (p + length > end) return 0;
  for (let i: usize = 0; i < length; i++) if (load<u8>(p + i) != (text.charCodeAt(i as i32) as u8)) return 0;
  return p + length;
}
