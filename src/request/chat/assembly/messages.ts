// Conversations: `messages` of a chat, and the list `input` of the Responses interface.
import {
  actionCount, calledFrom, calledName, calledTo, failures, noteCall, noteModel, notePerson, noteResult, noteResults, noteResultsAndPerson,
  readCalled, rewindMessages,
} from "./actions";
import { attached, fileIdAt, hasToolResults, readContent, readMessageContent, reasoningAt } from "./content";
import { saysFailed } from "./failures";
import { closed, CLOSE_BRACE, CLOSE_BRACKET, first, isTooDeep, next, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace, skipValue } from "./json";
import { givenAt, idAt, noteKept, readIdOf } from "./kept";
import { isGiven, name, readName, readWord, word } from "./members";
import * as layout from "./layout";
import {
  isLong, NAME_ACTION, NAME_ARGUMENTS, NAME_CALL_ID, NAME_CONTAINER_ID, NAME_CONTENT, NAME_ENCRYPTED_CONTENT, NAME_EXTRA_CONTENT,
  NAME_FILE_ID, NAME_FUNCTION, NAME_FUNCTION_CALL, NAME_ID, NAME_INPUT, NAME_NAME, NAME_OPERATION, NAME_OUTPUT, NAME_REASONING_DETAILS,
  NAME_RESULT, NAME_ROLE, NAME_THINKING_BLOCKS, NAME_TOOLS, NAME_TOOL_CALLS, NAME_TOOL_CALL_ID, NAME_TYPE, NAME_USER,
  WORD_APPLY_PATCH_CALL, WORD_APPLY_PATCH_CALL_OUTPUT, WORD_ASSISTANT, WORD_AUDIO, WORD_COMPACTION, WORD_COMPACTION_SUMMARY,
  WORD_COMPUTER_CALL, WORD_COMPUTER_CALL_OUTPUT, WORD_CUSTOM_TOOL_CALL, WORD_CUSTOM_TOOL_CALL_OUTPUT, WORD_FUNCTION_CALL_OUTPUT,
  WORD_IMAGE_GENERATION_CALL, WORD_ITEM_REFERENCE, WORD_LOCAL_SHELL_CALL, WORD_LOCAL_SHELL_CALL_OUTPUT, WORD_MESSAGE, WORD_REASONING,
  WORD_SHELL_CALL, WORD_SHELL_CALL_OUTPUT, WORD_TOOL,
} from "./names";
import { extraAt, readExtraContent, readSignedParts, readToolCalls, signedAt } from "./signed";
import { noteSpan, skipSpan } from "./spans";
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
  forgetSigned();
  let audio: usize = 0, file: usize = 0, reasoning: usize = 0;
  let role: u64 = 0;
  let contentFrom: usize = 0, contentTo: usize = 0;
  let actionsBefore = 0, failuresBefore = 0;
  answeredAt = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == NAME_CONTENT) {
      rewind(before, piecesBefore); // of several contents the last counts
      if (contentFrom != 0) rewindMessages(actionsBefore, failuresBefore);
      actionsBefore = actionCount(MESSAGES);
      failuresBefore = failures(MESSAGES);
      contentFrom = p;
      p = readMessageContent(p, depth + 1, MESSAGES, index);
      contentTo = p;
      results = hasToolResults;
      brought = attached;
      file = fileIdAt;
      reasoning = reasoningAt;
    } else if (name == NAME_ROLE) {
      p = readWord(p, depth + 1);
      role = word;
      isUser = word == NAME_USER;
    } else if (name == WORD_AUDIO) {
      const start = p;
      p = readIdOf(NAME_ID, p, depth + 1);
      audio = idAt;
      noteSpan(start, p);
    } else p = isLong(name) ? readLongOfMessage(p, depth + 1) : skipSpan(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  const beside = lastSigned();
  if (beside != 0) reasoning = beside;
  if ((audio | file | reasoning) != 0) {
    noteKept(MESSAGES, layout.KEPT_ITEM, audio);
    noteKept(MESSAGES, layout.KEPT_FILE, file);
    noteKept(MESSAGES, layout.KEPT_REASONING, reasoning);
  }
  if (isUser) {
    markUser(piecesBefore, p);
    if (saidText || (!results && (!hadEnvelopes || brought != 0))) {
      noteUserMessage(MESSAGES, index);
      if (results) noteResultsAndPerson(MESSAGES);
      else notePerson(MESSAGES);
    } else if (results) noteResults(MESSAGES);
  } else if (role == WORD_ASSISTANT) noteModel(MESSAGES);
  else if (role == WORD_TOOL || role == NAME_FUNCTION) {
    noteResult(MESSAGES, contentFrom, contentTo, answeredAt, saysFailed(before, textEnd));
    noteResults(MESSAGES);
  }
  if (brought != 0) noteAttached(MESSAGES, brought);
  return p;
}

/** Of the message that is read: the id of the call it answers; 0: none. */
let answeredAt: usize = 0;

/** Where signed thinking stands beside the content of the message that is read; 0: nowhere. */
let inCalls: usize = 0;
let inBlocks: usize = 0;
let inDetails: usize = 0;
let inExtra: usize = 0;

function forgetSigned(): void {
  inCalls = 0;
  inBlocks = 0;
  inDetails = 0;
  inExtra = 0;
}

/** A call is behind the thinking that led to it. */
function lastSigned(): usize {
  if (inCalls != 0) return inCalls;
  if (inExtra != 0) return inExtra;
  return inDetails != 0 ? inDetails : inBlocks;
}

function readLongOfMessage(p: usize, depth: i32): usize {
  switch (name as i32) {
    case NAME_TOOL_CALLS as i32: {
      p = readToolCalls(p, depth);
      inCalls = signedAt;
      return p;
    }
    case NAME_THINKING_BLOCKS as i32: {
      p = readSignedParts(p, depth);
      inBlocks = signedAt;
      return p;
    }
    case NAME_REASONING_DETAILS as i32: {
      p = readSignedParts(p, depth);
      inDetails = signedAt;
      return p;
    }
    case NAME_EXTRA_CONTENT as i32: {
      const start = p;
      p = readExtraContent(p, depth);
      inExtra = extraAt;
      noteSpan(start, p);
      return p;
    }
    case NAME_FUNCTION_CALL as i32: {
      const start = p;
      p = readCalled(p, depth);
      if (load<u8>(start) == OPEN_BRACE) noteCall(MESSAGES, calledName, calledFrom, calledTo, 0);
      noteSpan(start, p);
      return p;
    }
    case NAME_TOOL_CALL_ID as i32: {
      answeredAt = givenAt(p);
      return skipSpan(p, depth);
    }
    default: return skipSpan(p, depth);
  }
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
  let contentFile: usize = 0, outputFile: usize = 0;
  let id: usize = 0, encrypted: usize = 0, container: usize = 0;
  let hasResult = false, hasTools = false, isModel = false;
  let called: usize = 0, typeAt: usize = 0, callId: usize = 0;
  let failed = false;
  let argumentsFrom: usize = 0, argumentsTo: usize = 0, resultFrom: usize = 0, resultTo: usize = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == NAME_TYPE) {
      hasType = isGiven(p);
      typeAt = p;
      p = readWord(p, depth + 1);
      type = word;
    } else if (name == NAME_ROLE) {
      hasRole = load<u8>(p) == QUOTE;
      p = readWord(p, depth + 1);
      isUser = word == NAME_USER;
      isModel = word == WORD_ASSISTANT;
    } else if (name == NAME_CONTENT) {
      contentFrom = textEnd;
      p = readContent(p, depth + 1);
      contentTo = textEnd;
      contentBrought = attached;
      contentFile = fileIdAt;
    } else if (name == NAME_OUTPUT) {
      outputFrom = textEnd;
      resultFrom = p;
      if (load<u8>(p) == OPEN_BRACE) {
        p = readIdOf(NAME_FILE_ID, p, depth + 1);
        outputFile = idAt;
        outputBrought = 0;
      } else {
        p = readContent(p, depth + 1);
        outputFile = fileIdAt;
        outputBrought = attached;
      }
      outputTo = textEnd;
      resultTo = p;
      failed = saysFailed(outputFrom, textEnd);
    } else if (isArguments(name)) {
      argumentsFrom = p;
      p = skipSpan(p, depth + 1);
      argumentsTo = p;
    } else {
      if (name == NAME_ID) id = givenAt(p);
      else if (name == NAME_NAME) called = givenAt(p);
      else if (name == NAME_CALL_ID) callId = givenAt(p);
      else if (name == NAME_ENCRYPTED_CONTENT) encrypted = givenAt(p);
      else if (name == NAME_CONTAINER_ID) container = givenAt(p);
      else if (name == NAME_RESULT) hasResult = isGiven(p);
      else if (name == NAME_TOOLS) hasTools = load<u8>(p) == OPEN_BRACKET && load<u8>(skipSpace(p + 1)) != CLOSE_BRACKET;
      p = skipSpan(p, depth + 1);
    }
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
      if (saidText || !hadEnvelopes || contentBrought != 0) {
        noteUserMessage(INPUT, index);
        notePerson(INPUT);
      }
    } else if (isModel) noteModel(INPUT);
  } else keepOnly(before, before, before);
  if (isCall(type)) {
    noteCall(INPUT, called != 0 ? called : typeAt, argumentsFrom, argumentsTo, callId);
    noteModel(INPUT);
  } else if (isOutput || isOtherOutput(type)) {
    noteResult(INPUT, resultFrom, resultTo, callId, failed);
    noteResults(INPUT);
  }
  if (isOutput) noteAttached(INPUT, outputBrought);
  else if (isMessage) noteAttached(INPUT, contentBrought);
  else if (type == WORD_COMPUTER_CALL_OUTPUT) noteAttached(INPUT, layout.FLAG_IMAGES); // nothing but a screenshot
  if (hasTools) noteAttached(INPUT, layout.FLAG_TOOLS); // Codex offers some so, in an item of their own
  noteKept(INPUT, layout.KEPT_CONTAINER, container);
  if (isMessage) noteKept(INPUT, layout.KEPT_FILE, contentFile);
  else if (isOutput || type == WORD_COMPUTER_CALL_OUTPUT) noteKept(INPUT, layout.KEPT_FILE, outputFile);
  else if (type == WORD_REASONING || type == WORD_COMPACTION || type == WORD_COMPACTION_SUMMARY) {
    if (encrypted != 0) noteKept(INPUT, layout.KEPT_REASONING, encrypted);
    else if (type == WORD_REASONING) noteKept(INPUT, layout.KEPT_ITEM, id);
  } else if (type == WORD_ITEM_REFERENCE || (!hasType && !hasRole)) noteKept(INPUT, layout.KEPT_ITEM, id);
  else if (type == WORD_IMAGE_GENERATION_CALL && !hasResult) noteKept(INPUT, layout.KEPT_ITEM, id);
  if (hasRole || isOutput || type == WORD_MESSAGE) hasItems = true;
  return p;
}

// @ts-ignore: decorator
@inline
function isArguments(member: u64): bool {
  return member == NAME_ARGUMENTS || member == NAME_INPUT || member == NAME_ACTION || member == NAME_OPERATION;
}

/** The client is to run the tool: what servers run themselves (a web search, code) comes with its result. */
function isCall(type: u64): bool {
  return (
    type == NAME_FUNCTION_CALL || type == WORD_CUSTOM_TOOL_CALL || type == WORD_COMPUTER_CALL || type == WORD_LOCAL_SHELL_CALL ||
    type == WORD_SHELL_CALL || type == WORD_APPLY_PATCH_CALL
  );
}

/** Of these no text is read. */
function isOtherOutput(type: u64): bool {
  return (
    type == WORD_COMPUTER_CALL_OUTPUT || type == WORD_LOCAL_SHELL_CALL_OUTPUT || type == WORD_SHELL_CALL_OUTPUT ||
    type == WORD_APPLY_PATCH_CALL_OUTPUT
  );
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
  if (saidText || !hadEnvelopes) {
    noteUserMessage(source, 0);
    if (source == INPUT) notePerson(source);
  }
  return p;
}
