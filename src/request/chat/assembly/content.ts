// What a message says, and what comes with it: a string, or a list of parts. In all formats alike, parts of type `text`, `input_text` and
// `output_text` have text, and so have those that only have a `text`, and documents whose source is text; some parts are attachments; and
// Anthropic's `tool_result` holds a content of its own: it is part of the message, but not said by the user who sends it.
import { noteCall, noteResult } from "./actions";
import { closed, CLOSE_BRACE, CLOSE_BRACKET, first, isTooDeep, next, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipValue } from "./json";
import { givenAt, idAt, readIdOf } from "./kept";
import { saysFailed } from "./failures";
import * as layout from "./layout";
import { isGiven, name, readName, readType, readWord, word } from "./members";
import * as names from "./names";
import { signatureOf } from "./signed";
import { noteImagePart, noteSpan, skipSpan } from "./spans";
import { addPiece, keepOnly, readText, textEnd, TOOL_RESULT } from "./text";

/** What the content last read brings beside text: FLAG_… bits. */
export let attached: i32 = 0;
/** The content that `readMessageContent` read last holds what tools gave back. */
export let hasToolResults: bool = false;
/** Where the last string stands by which the content last read refers to what one server keeps (kept.ts says which); 0: none. */
export let fileIdAt: usize = 0;
export let reasoningAt: usize = 0;

// ---- of the message being read, whose content may hold tool results ----
let message: i32 = 0;
let source: i32 = 0;
let ownFrom: usize = 0; //        where the text behind its last tool result begins

/** Reads the content of a message and notes its text as pieces. */
export function readMessageContent(p: usize, depth: i32, from: i32, index: i32): usize {
  source = from;
  message = index;
  ownFrom = textEnd;
  hasToolResults = false;
  fileIdAt = 0;
  reasoningAt = 0;
  p = readParts(p, depth, true);
  addPiece(ownFrom, textEnd, message, source);
  return p;
}

/** Reads a content without tool results. Its text stands behind the text before; no piece is noted. */
export function readContent(p: usize, depth: i32): usize {
  fileIdAt = 0;
  reasoningAt = 0;
  return readParts(p, depth, false);
}

function readParts(p: usize, depth: i32, mayHoldResults: bool): usize {
  attached = 0;
  const c = load<u8>(p);
  if (c == QUOTE) return readText(p + 1);
  if (c != OPEN_BRACKET) return skipValue(p, depth);
  if (isTooDeep(depth)) return 0;
  p = first(p + 1, CLOSE_BRACKET);
  while (!closed) {
    p = load<u8>(p) == OPEN_BRACE ? readPart(p + 1, depth + 1, mayHoldResults) : skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACKET);
  }
  return p;
}

function readPart(p: usize, depth: i32, mayBeResult: bool): usize {
  if (isTooDeep(depth)) return 0;
  const before = textEnd;
  const attachedBefore = attached;
  let type: u64 = 0;
  let hasType = false;
  let textFrom = before, textTo = before;
  let resultFrom = before, resultTo = before;
  let sourceFrom = before, sourceTo = before;
  let resultBrought = 0;
  const fileIdBefore = fileIdAt;
  const reasoningBefore = reasoningAt;
  let resultFileId = fileIdBefore;
  let fileId: usize = 0, fileIdInFile: usize = 0, fileIdInSource: usize = 0;
  let signature: usize = 0, data: usize = 0;
  let called: usize = 0, inputFrom: usize = 0, inputTo: usize = 0, id: usize = 0;
  let answered: usize = 0, contentFrom: usize = 0, contentTo: usize = 0;
  let failed = false, isError = false;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == names.NAME_TYPE) {
      hasType = isGiven(p);
      p = readWord(p, depth + 1);
      type = word;
    } else if (name == names.NAME_TEXT) {
      textFrom = textEnd;
      p = load<u8>(p) == QUOTE ? readText(p + 1) : skipValue(p, depth + 1);
      textTo = textEnd;
    } else if (mayBeResult && name == names.NAME_CONTENT) {
      resultFrom = textEnd;
      contentFrom = p;
      p = readParts(p, depth + 1, false);
      contentTo = p;
      failed = saysFailed(resultFrom, textEnd);
      resultTo = textEnd;
      resultBrought = attached;
      attached = attachedBefore;
      resultFileId = fileIdAt;
      fileIdAt = fileIdBefore;
      reasoningAt = reasoningBefore;
    } else if (name == names.NAME_SOURCE && load<u8>(p) == OPEN_BRACE) {
      sourceFrom = textEnd;
      p = readSource(p, depth + 1);
      sourceTo = textEnd;
      attached = attachedBefore;
      fileIdInSource = sourceFileId != 0 ? sourceFileId : fileIdAt != fileIdBefore ? fileIdAt : 0;
      fileIdAt = fileIdBefore;
      reasoningAt = reasoningBefore;
    } else if (name == names.WORD_FILE) {
      const start = p;
      p = readIdOf(names.NAME_FILE_ID, p, depth + 1);
      fileIdInFile = idAt;
      noteSpan(start, p);
    } else if (name == names.NAME_INPUT) {
      inputFrom = p;
      p = skipSpan(p, depth + 1);
      inputTo = p;
    } else {
      if (name == names.NAME_FILE_ID) fileId = givenAt(p);
      else if (name == names.NAME_ID) id = givenAt(p);
      else if (name == names.NAME_NAME) called = givenAt(p);
      else if (name == names.NAME_TOOL_USE_ID) answered = givenAt(p);
      else if (name == names.NAME_IS_ERROR) isError = load<u8>(p) == 0x74; // true
      else if (name == names.NAME_SIGNATURE) signature = givenAt(p);
      else if (name == names.NAME_DATA) data = givenAt(p);
      else if (name == names.NAME_SOURCE) fileIdInSource = 0;
      p = skipSpan(p, depth + 1);
    }
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  if (hasType ? isText(type) : textTo != textFrom) keepOnly(before, textFrom, textTo);
  else if (mayBeResult && type == names.WORD_TOOL_RESULT) {
    keepOnly(before, resultFrom, resultTo);
    attached |= resultBrought;
    fileIdAt = resultFileId;
    noteResult(source, contentFrom, contentTo, answered, isError || failed);
    endResult(before);
  } else {
    if (mayBeResult && type == names.WORD_TOOL_USE) noteCall(source, called, inputFrom, inputTo, id);
    if (type == names.WORD_DOCUMENT) keepOnly(before, sourceFrom, sourceTo);
    else keepOnly(before, before, before);
    const brought = attachmentOf(type);
    attached |= brought;
    if (brought == layout.FLAG_IMAGES) noteImagePart();
    if ((fileId | fileIdInFile | fileIdInSource) != 0)
      fileIdAt = fileId != 0 ? fileId : fileIdInFile != 0 ? fileIdInFile : fileIdInSource;
    const signedAt = signatureOf(type, signature, data);
    if (signedAt != 0) reasoningAt = signedAt;
  }
  return p;
}

/** The text from `start` on is a tool result's. */
function endResult(start: usize): void {
  hasToolResults = true;
  addPiece(ownFrom, start, message, source);
  addPiece(start, textEnd, message, source | TOOL_RESULT);
  ownFrom = textEnd;
}

/** Of the source last read: where its `file_id` stands, 0: none. */
let sourceFileId: usize = 0;

/** Where a document is: text, a content, a file that is kept, or what is not read. Its type comes first, so that base64 is stepped over. */
function readSource(p: usize, depth: i32): usize {
  sourceFileId = 0;
  const end = readType(p, depth);
  if (end == 0) return 0;
  if (word == names.WORD_FILE) {
    readIdOf(names.NAME_FILE_ID, p, depth);
    sourceFileId = idAt;
  }
  const wanted = word == names.NAME_TEXT ? names.NAME_DATA : word == names.NAME_CONTENT ? names.NAME_CONTENT : 0;
  if (wanted == 0) {
    noteSpan(p, end);
    return end;
  }
  const before = textEnd;
  p = first(p + 1, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == wanted) {
      keepOnly(before, before, before); // of several the last counts
      if (wanted == names.NAME_CONTENT) p = readParts(p, depth + 1, false);
      else p = load<u8>(p) == QUOTE ? readText(p + 1) : skipValue(p, depth + 1);
    } else p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  return p;
}

// @ts-ignore: decorator
@inline
function isText(type: u64): bool {
  return type == names.NAME_TEXT || type == names.WORD_INPUT_TEXT || type == names.WORD_OUTPUT_TEXT;
}

function attachmentOf(type: u64): i32 {
  if (type == names.WORD_IMAGE_URL || type == names.WORD_INPUT_IMAGE || type == names.WORD_IMAGE) return layout.FLAG_IMAGES;
  if (type == names.WORD_FILE || type == names.WORD_DOCUMENT || type == names.WORD_INPUT_FILE) return layout.FLAG_FILES;
  if (type == names.WORD_AUDIO || type == names.WORD_INPUT_AUDIO || type == names.WORD_AUDIO_URL) return layout.FLAG_AUDIO;
  if (type == names.WORD_VIDEO || type == names.WORD_INPUT_VIDEO || type == names.WORD_VIDEO_URL) return layout.FLAG_VIDEO;
  if (type == names.WORD_COMPUTER_SCREENSHOT) return layout.FLAG_IMAGES;
  return type == names.WORD_CONTAINER_UPLOAD ? layout.FLAG_FILES : 0;
}
