// Conversations: `messages` of a chat, and the list `input` of the Responses interface.
import { attached, hasToolResults, readContent, readMessageContent } from "./content";
import { closed, CLOSE_BRACE, CLOSE_BRACKET, first, isTooDeep, next, OPEN_BRACE, QUOTE, skipValue } from "./json";
import { isGiven, name, readName, readWord, word } from "./members";
import * as layout from "./layout";
import {
  NAME_CONTENT, NAME_OUTPUT, NAME_ROLE, NAME_TYPE, NAME_USER, WORD_COMPUTER_CALL_OUTPUT, WORD_CUSTOM_TOOL_CALL_OUTPUT,
  WORD_FUNCTION_CALL_OUTPUT, WORD_MESSAGE,
} from "./names";
import { skipSpan } from "./spans";
import {
  addPiece, beginSource, hadEnvelopes, INPUT, keepOnly, markUser, MESSAGES, noteAttached, noteUserMessage, pieceCount, readText, rewind,
  saidText, textEnd,
} from "./text";

/** Elements of the list last read. */
export let turns: i32 = 0;
/** The list `input` last read has an item that only the Responses interface knows. */
export let hasItems: bool = false;

/** `p` behind the opening bracket. */
export function readMessages(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  turns = 0;
  p = first(p, CLOSE_BRACKET);
  while (!closed) {
    p = load<u8>(p) == OPEN_BRACE ? readMessage(p + 1, depth + 1, turns) : skipValue(p, depth + 1);
    if (p == 0) return 0;
    turns++;
    p = next(p, CLOSE_BRACKET);
  }
  return p;
}

function readMessage(p: usize, depth: i32, index: i32): usize {
  if (isTooDeep(depth)) return 0;
  const before = textEnd;
  const piecesBefore = pieceCount;
  let isUser = false;
  let results = false;
  let brought = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == NAME_CONTENT) {
      rewind(before, piecesBefore); // of several contents the last counts
      p = readMessageContent(p, depth + 1, MESSAGES, index);
      results = hasToolResults;
      brought = attached;
    } else if (name == NAME_ROLE) {
      p = readWord(p, depth + 1);
      isUser = word == NAME_USER;
    } else p = skipSpan(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  if (isUser) {
    markUser(piecesBefore, p);
    if (saidText || (!results && (!hadEnvelopes || brought != 0))) noteUserMessage(MESSAGES, index);
  }
  if (brought != 0) noteAttached(MESSAGES, brought);
  return p;
}

/** `p` behind the opening bracket. */
export function readItems(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  turns = 0;
  hasItems = false;
  p = first(p, CLOSE_BRACKET);
  while (!closed) {
    p = load<u8>(p) == OPEN_BRACE ? readItem(p + 1, depth + 1, turns) : skipValue(p, depth + 1);
    if (p == 0) return 0;
    turns++;
    p = next(p, CLOSE_BRACKET);
  }
  return p;
}

/** A message has a role and no type or the type `message`; the output of a tool call has text, too; of other items nothing is read. */
function readItem(p: usize, depth: i32, index: i32): usize {
  if (isTooDeep(depth)) return 0;
  const before = textEnd;
  const piecesBefore = pieceCount;
  let hasType = false, hasRole = false, isUser = false;
  let type: u64 = 0;
  let contentFrom = before, contentTo = before;
  let outputFrom = before, outputTo = before;
  let contentBrought = 0, outputBrought = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == NAME_TYPE) {
      hasType = isGiven(p);
      p = readWord(p, depth + 1);
      type = word;
    } else if (name == NAME_ROLE) {
      hasRole = load<u8>(p) == QUOTE;
      p = readWord(p, depth + 1);
      isUser = word == NAME_USER;
    } else if (name == NAME_CONTENT) {
      contentFrom = textEnd;
      p = readContent(p, depth + 1);
      contentTo = textEnd;
      contentBrought = attached;
    } else if (name == NAME_OUTPUT) {
      outputFrom = textEnd;
      p = readContent(p, depth + 1);
      outputTo = textEnd;
      outputBrought = attached;
    } else p = skipSpan(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  const isOutput = type == WORD_FUNCTION_CALL_OUTPUT || type == WORD_CUSTOM_TOOL_CALL_OUTPUT;
  const isMessage = hasRole && (!hasType || type == WORD_MESSAGE);
  if (isOutput) {
    keepOnly(before, outputFrom, outputTo);
    addPiece(before, textEnd, index, INPUT);
  } else if (isMessage) {
    keepOnly(before, contentFrom, contentTo);
    addPiece(before, textEnd, index, INPUT);
    if (isUser) {
      markUser(piecesBefore, p);
      if (saidText || !hadEnvelopes || contentBrought != 0) noteUserMessage(INPUT, index);
    }
  } else keepOnly(before, before, before);
  if (isOutput) noteAttached(INPUT, outputBrought);
  else if (isMessage) noteAttached(INPUT, contentBrought);
  else if (type == WORD_COMPUTER_CALL_OUTPUT) noteAttached(INPUT, layout.FLAG_IMAGES); // nothing but a screenshot
  if (hasRole || isOutput || type == WORD_MESSAGE) hasItems = true;
  return p;
}

/** A text that stands for one message of the user. `p` behind the opening quote. */
export function readUserText(p: usize, source: i32): usize {
  beginSource(source);
  const before = textEnd;
  const piecesBefore = pieceCount;
  p = readText(p);
  if (p == 0) return 0;
  addPiece(before, textEnd, 0, source);
  markUser(piecesBefore, p);
  if (saidText || !hadEnvelopes) noteUserMessage(source, 0);
  return p;
}
