// One pass over a JSON body: is it strict JSON, of which format is it, where are the top-level members that may be edited, what do the
// messages say and what is asked for. The host checks UTF-8 beforehand, copies the body in, and leaves room for the tables.
import { actionCount, failures, forgetActions, lastSpeaker } from "./actions";
import { readContent } from "./content";
import { beginEnvelopes } from "./envelopes";
import * as facts from "./facts";
import * as format from "./format";
import { closed, CLOSE_BRACE, first, forgetDepth, next, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace, skipValue, tooDeep } from "./json";
import { beginKept, finishKept, forgetKept, notePreviousResponse } from "./kept";
import { search } from "./keywords";
import * as layout from "./layout";
import { isGiven, name, param, readRootName } from "./members";
import { hasItems, readItems, readMessages, readUserText, turns } from "./messages";
import * as names from "./names";
import { forgetTokens, readPromptList, tokens } from "./prompt";
import {
  addPiece, assignScopes, attachedTo, beginSource, beginText, gather, humanTurnsOf, INPUT, INSTRUCTIONS, MESSAGES, pieceCount, PROMPT,
  SYSTEM, textEnd,
} from "./text";

export { RESULT } from "./layout";
/** From here on memory is the host's to place things in. */
export const FREE: usize = __heap_base;
export { useEnvelopes } from "./envelopes";
export { ACTION_TABLE } from "./actions";
export { findOpening, hashOpening, OPENING_HASH, systemAt, systemEnd } from "./opening";
export { repeatedCalls } from "./repeats";
export { useFolding } from "./folding";
export { searchFolded, useKeywords } from "./keywords";
export { useParams } from "./names";
export { countFences, scriptOf } from "./script";
export { COUNTED, countTokens } from "./tokens";
/** Where spans stand: see layout.ts. */
export const SPAN_TABLE: usize = layout.SPAN_TABLE;

/** Of the results of an agent's tools, those whose failures are counted: the last six, a bit each. */
const COUNTED_RESULTS: i32 = 0x3f;

let body: usize = 0;
let cutTable: usize = 0;
let paramTable: usize = 0;
let has: i32 = 0; //            HAS_… bits of the root's members
let messagesTurns: i32 = 0;
let inputTurns: i32 = 0;
let kept: bool = false; //      a member before this one is not cut
let comma: usize = 0; //        in front of this member

/**
 * Scans the body and overwrites it with the text. `textAt` is where the text begins, at least 32 bytes in front of the body; the tables
 * have room for any number of records such a body can hold. `scopes` are the bits of those asked for: the text of all is put together over
 * the body, each of the others in a region of its own, `regionBytes` from one to the next.
 */
export function scan(
  textAt: usize, bodyAt: usize, length: usize, expected: i32, scopes: i32,
  cutsAt: usize, piecesAt: usize, paramsAt: usize, regionsAt: usize, regionBytes: usize,
): i32 {
  body = bodyAt;
  cutTable = cutsAt;
  paramTable = paramsAt;
  const end = body + length;
  memory.fill(end, 0, 64);
  memory.fill(layout.RESULT, 0, layout.RESULT_BYTES);
  has = 0;
  forgetDepth();
  forgetTokens();
  beginEnvelopes((scopes & ~layout.SCOPE_ALL) != 0);
  beginKept();
  forgetActions(MESSAGES);
  forgetActions(INPUT);
  beginText(textAt, piecesAt);
  const start = skipSpace(body);
  const last = load<u8>(start) == OPEN_BRACE ? readRoot(start + 1) : skipValue(start, 1);
  if (last == 0) return tooDeep ? layout.TOO_DEEP : layout.NOT_JSON;
  if (skipSpace(last) != end) return layout.NOT_JSON;
  const found = format.formatOf(expected, has);
  if (found != layout.FORMAT_NONE) finish(found, 0);
  else if (expected != layout.FORMAT_NONE && load<i32>(layout.RESULT + layout.ROOT_OPEN) != 0) finish(expected, layout.FORMAT_BARE);
  else return layout.OK;
  searchScopes(textAt, scopes, regionsAt, regionBytes);
  return layout.OK;
}

function finish(found: i32, bare: i32): void {
  store<i32>(layout.RESULT + layout.FORMAT, found | bare);
  let sources = 1 << MESSAGES;
  let count = messagesTurns;
  let source = MESSAGES;
  if (found == layout.FORMAT_MESSAGES) sources |= 1 << SYSTEM;
  else if (found == layout.FORMAT_RESPONSES) {
    sources = (1 << INPUT) | (1 << INSTRUCTIONS);
    count = inputTurns;
    source = INPUT;
  } else if (found == layout.FORMAT_COMPLETIONS) {
    sources = 1 << PROMPT;
    count = 1;
    source = PROMPT;
    store<i32>(layout.RESULT + layout.TOKENS, tokens);
  }
  store<i32>(layout.RESULT + layout.TURNS, bare == 0 ? count : 0);
  store<i32>(layout.RESULT + layout.PIECES, pieceCount);
  store<u32>(layout.RESULT + layout.TEXT_END, textEnd as u32);
  store<i32>(layout.RESULT + layout.HUMAN_TURNS, humanTurnsOf(source));
  store<i32>(layout.RESULT + layout.ACTIONS, actionCount(source));
  store<i32>(layout.RESULT + layout.ACTION_LIST, source);
  store<i32>(layout.RESULT + layout.LAST_SPEAKER, lastSpeaker(source));
  store<i32>(layout.RESULT + layout.ERRORS, popcnt(failures(source) & COUNTED_RESULTS));
  facts.setFlag(attachedTo(source), true);
  if (finishKept(found, source == PROMPT ? -1 : source, body)) facts.setFlag(layout.FLAG_CONTINUED, true);
  assignScopes(sources);
}

/** The text of all is put together where it stands, last: the others are copied from there. */
function searchScopes(textAt: usize, scopes: i32, regionsAt: usize, regionBytes: usize): void {
  let region = regionsAt;
  for (let scope = layout.SCOPE_COUNT - 1; scope >= 0; scope--) {
    const bit = 1 << scope;
    if ((scopes & bit) == 0) continue;
    const isAll = bit == layout.SCOPE_ALL;
    const start = isAll ? textAt : region;
    search(start, gather(bit, start), scope);
    region += regionBytes;
  }
}

function readRoot(p: usize): usize {
  store<i32>(layout.RESULT + layout.ROOT_OPEN, (p - body) as i32);
  kept = false;
  comma = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    const key = p;
    p = readRootName(p);
    if (p == 0) return 0;
    const value = p;
    const isModel = name == names.NAME_MODEL;
    const paramIndex = param;
    p = isModel ? skipValue(p, 2) : readMember(p);
    if (p == 0) return 0;
    const valueEnd = p;
    p = next(p, CLOSE_BRACE);
    if (p == 0) return 0;
    if (paramIndex >= 0) addParam(paramIndex, value, valueEnd);
    if (isModel) {
      noteModel(value, valueEnd);
      // Behind a member that stays, the comma in front goes too; else the one behind, if there is one.
      if (kept) addCut(comma, valueEnd);
      else addCut(key, closed ? valueEnd : behindComma(valueEnd));
    } else kept = true;
    comma = closed ? 0 : skipSpace(valueEnd);
  }
  return p;
}

function behindComma(valueEnd: usize): usize {
  return skipSpace(valueEnd) + 1;
}

/** Members with text, and those that tell the format; all others are facts. Long names are few, so they come last. */
function readMember(p: usize): usize {
  if (names.isLong(name)) return readLongMember(p);
  if (name == names.NAME_MESSAGES) return readMessagesMember(p);
  if (name == names.NAME_INPUT) return readInput(p);
  if (name == names.NAME_PROMPT) return readPrompt(p);
  if (name == names.NAME_SYSTEM) {
    setHas(format.HAS_SYSTEM, load<u8>(p) == QUOTE || load<u8>(p) == OPEN_BRACKET);
    return readSystemText(p, SYSTEM);
  }
  if (name == names.NAME_STOP) return readSign(p, format.HAS_STOP);
  if (name == names.NAME_TOP_P) return readSign(p, format.HAS_TOP_P);
  if (name == names.NAME_VOICE) return readSign(p, format.HAS_VOICE);
  return facts.readFact(p, body);
}

function readLongMember(p: usize): usize {
  switch (name as i32) {
    case names.NAME_INSTRUCTIONS as i32: {
      setHas(format.HAS_INSTRUCTIONS, isGiven(p));
      return readSystemText(p, INSTRUCTIONS);
    }
    case names.NAME_TEMPERATURE as i32: return readSign(p, format.HAS_TEMPERATURE);
    case names.NAME_MAX_TOKENS as i32: return readSign(facts.notePlace(p, body, layout.MAX_TOKENS), format.HAS_MAX_TOKENS);
    case names.NAME_STOP_SEQUENCES as i32: return readSign(p, format.HAS_STOP_SEQUENCES);
    case names.NAME_MAX_OUTPUT_TOKENS as i32: {
      facts.notePlace(p, body, layout.MAX_OUTPUT_TOKENS);
      return readSign(p, format.HAS_MAX_OUTPUT_TOKENS);
    }
    case names.NAME_ANTHROPIC_VERSION as i32: return readSign(p, format.HAS_ANTHROPIC_VERSION);
    case names.NAME_PREVIOUS_RESPONSE_ID as i32: {
      notePreviousResponse(p);
      return readSign(p, format.HAS_PREVIOUS_RESPONSE);
    }
    default: return facts.readLongFact(p, body);
  }
}

function readMessagesMember(p: usize): usize {
  beginSource(MESSAGES);
  forgetKept(MESSAGES);
  forgetActions(MESSAGES);
  const isList = load<u8>(p) == OPEN_BRACKET;
  setHas(format.HAS_MESSAGES, isList);
  if (!isList) return skipValue(p, 2);
  p = readMessages(p + 1, 2);
  messagesTurns = turns;
  return p;
}

function readInput(p: usize): usize {
  beginSource(INPUT);
  forgetKept(INPUT);
  forgetActions(INPUT);
  const isText = load<u8>(p) == QUOTE;
  const isList = load<u8>(p) == OPEN_BRACKET;
  setHas(format.HAS_INPUT, isText || isList);
  setHas(format.HAS_ITEMS, false);
  if (isText) {
    inputTurns = 1;
    return readUserText(p + 1, INPUT);
  }
  if (!isList) return skipValue(p, 2);
  p = readItems(p + 1, 2);
  inputTurns = turns;
  setHas(format.HAS_ITEMS, hasItems);
  return p;
}

function readPrompt(p: usize): usize {
  beginSource(PROMPT);
  forgetTokens();
  const isText = load<u8>(p) == QUOTE;
  const isList = load<u8>(p) == OPEN_BRACKET;
  setHas(format.HAS_PROMPT, isText || isList);
  if (isText) return readUserText(p + 1, PROMPT);
  return isList ? readPromptList(p + 1, 2) : skipValue(p, 2);
}

function readSystemText(p: usize, source: i32): usize {
  beginSource(source);
  const before = textEnd;
  p = readContent(p, 2);
  addPiece(before, textEnd, -1, source);
  return p;
}

function readSign(p: usize, bit: i32): usize {
  setHas(bit, isGiven(p));
  return skipValue(p, 2);
}

/** Of several members with one name the last counts. */
function setHas(bit: i32, given: bool): void {
  has = given ? has | bit : has & ~bit;
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

function addParam(index: i32, value: usize, valueEnd: usize): void {
  const count = load<i32>(layout.RESULT + layout.PARAMS);
  const place = paramTable + (count as usize) * layout.PARAM_BYTES;
  store<i32>(place, index);
  store<i32>(place, (value - body) as i32, 4);
  store<i32>(place, (valueEnd - body) as i32, 8);
  store<i32>(layout.RESULT + layout.PARAMS, count + 1);
}
