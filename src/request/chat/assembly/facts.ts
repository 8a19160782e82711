// What a request asks for beside its text: streaming, tools, JSON, and the names of user and session. Every member is read in any format;
// of several members with one name the last counts.
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, skipSpace, skipValue } from "./json";
import { readContainer, readToolList } from "./kept";
import * as layout from "./layout";
import { name, readFormatType, readSpan, readSpans, readType, word } from "./members";
import * as names from "./names";
import { skipSpan } from "./spans";

export function readFact(p: usize, body: usize): usize {
  if (name == names.NAME_STREAM) {
    setFlag(layout.FLAG_STREAM, load<u8>(p) == 0x74); // true
    return skipValue(p, 2);
  }
  if (name == names.NAME_TOOLS) return readTools(p, layout.FLAG_TOOLS);
  if (name == names.NAME_TEXT) return readFormat(p, body, layout.FLAG_TEXT_FORMAT);
  if (name == names.NAME_USER) return readSpan(p, 2, body, layout.USER);
  if (name == names.NAME_METADATA)
    return readSpans(p, 2, body, names.NAME_USER_ID, layout.METADATA_USER_ID, names.NAME_SESSION_ID, layout.METADATA_SESSION_ID);
  return skipValue(p, 2);
}

export function readLongFact(p: usize, body: usize): usize {
  switch (name as i32) {
    case names.NAME_FUNCTIONS as i32: return readTools(p, layout.FLAG_FUNCTIONS);
    case names.NAME_OUTPUT_CONFIG as i32: return readFormat(p, body, layout.FLAG_OUTPUT_CONFIG);
    case names.NAME_OUTPUT_FORMAT as i32: return readOutput(p, body, layout.FLAG_OUTPUT_FORMAT);
    case names.NAME_RESPONSE_FORMAT as i32: return readOutput(p, body, layout.FLAG_RESPONSE_FORMAT);
    case names.NAME_SAFETY_IDENTIFIER as i32: return readSpan(p, 2, body, layout.SAFETY_IDENTIFIER);
    case names.NAME_SESSION_ID as i32: return readSpan(p, 2, body, layout.SESSION_ID);
    case names.NAME_PROMPT_CACHE_KEY as i32: return readSpan(p, 2, body, layout.PROMPT_CACHE_KEY);
    case names.NAME_MAX_COMPLETION_TOKENS as i32: return skipValue(notePlace(p, body, layout.MAX_COMPLETION_TOKENS), 2);
    case names.NAME_CONTAINER as i32: return readContainer(p);
    case names.NAME_CONVERSATION as i32: return load<u8>(p) == OPEN_BRACE
      ? readSpans(p, 2, body, names.NAME_ID, layout.CONVERSATION, 0, 0)
      : readSpan(p, 2, body, layout.CONVERSATION);
    default: return skipValue(p, 2);
  }
}

/** Notes where a value stands. Null counts as not given. */
export function notePlace(p: usize, body: usize, field: usize): usize {
  store<i32>(layout.RESULT + field, load<u8>(p) == 0x6e ? 0 : (p - body) as i32);
  return p;
}

export function setFlag(flag: i32, on: bool): void {
  const flags = load<i32>(layout.RESULT + layout.FLAGS);
  store<i32>(layout.RESULT + layout.FLAGS, on ? flags | flag : flags & ~flag);
}

function readTools(p: usize, flag: i32): usize {
  setFlag(flag, load<u8>(p) == OPEN_BRACKET && load<u8>(skipSpace(p + 1)) != CLOSE_BRACKET);
  return flag == layout.FLAG_TOOLS ? readToolList(p) : skipSpan(p, 2);
}

function readOutput(p: usize, body: usize, flag: i32): usize {
  const start = p;
  p = readType(p, 2);
  if (word == names.WORD_JSON_SCHEMA) noteSchema(start - body, p - body);
  setFlag(flag, word == names.WORD_JSON_SCHEMA || (flag == layout.FLAG_RESPONSE_FORMAT && word == names.WORD_JSON_OBJECT));
  return p;
}

function noteSchema(start: usize, end: usize): void {
  store<i32>(layout.RESULT + layout.SCHEMA, start as i32);
  store<i32>(layout.RESULT + layout.SCHEMA, end as i32, 4);
}

function readFormat(p: usize, body: usize, flag: i32): usize {
  const start = p;
  p = readFormatType(p, 2);
  if (word == names.WORD_JSON_SCHEMA) noteSchema(start - body, p - body);
  setFlag(flag, word == names.WORD_JSON_SCHEMA || (flag == layout.FLAG_TEXT_FORMAT && word == names.WORD_JSON_OBJECT));
  return p;
}
