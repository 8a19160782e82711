// What a message says: a string, or a list of parts of which those with text count. In all formats alike, parts of type `text`,
// `input_text` and `output_text` have text, parts of type `image_url`, `input_image` and `image` are images, and Anthropic's `tool_result`
// holds a content of its own: it is part of the message, but not said by the user who sends it.
import { closed, CLOSE_BRACE, CLOSE_BRACKET, first, isTooDeep, next, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipValue } from "./json";
import { name, readName, readWord, word } from "./members";
import {
  NAME_CONTENT, NAME_TEXT, NAME_TYPE, WORD_IMAGE, WORD_IMAGE_URL, WORD_INPUT_IMAGE, WORD_INPUT_TEXT, WORD_OUTPUT_TEXT, WORD_TOOL_RESULT,
} from "./names";
import { noteImagePart, skipSpan } from "./spans";
import { addPiece, keepOnly, readText, textEnd, TOOL_RESULT } from "./text";

/** The content last read holds an image. */
export let hasImage: bool = false;

// ---- of the message being read, whose content may hold tool results ----
let message: i32 = 0;
let source: i32 = 0;
let ownFrom: usize = 0; //        where the text behind its last tool result begins
let ownText: bool = false; //     it has text that is not a tool result's
let toolResults: bool = false; // it has tool results

/** Reads the content of a message and notes its text as pieces. */
export function readMessageContent(p: usize, depth: i32, from: i32, index: i32): usize {
  source = from;
  message = index;
  ownFrom = textEnd;
  ownText = false;
  toolResults = false;
  p = readParts(p, depth, true);
  if (addPiece(ownFrom, textEnd, message, source)) ownText = true;
  return p;
}

/** The content last read is nothing but what tools gave back. */
export function isToolResultsOnly(): bool {
  return toolResults && !ownText;
}

/** Reads a content without tool results. Its text stands behind the text before; no piece is noted. */
export function readContent(p: usize, depth: i32): usize {
  return readParts(p, depth, false);
}

function readParts(p: usize, depth: i32, mayHoldResults: bool): usize {
  hasImage = false;
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
  const imageBefore = hasImage;
  let type: u64 = 0;
  let textFrom = before, textTo = before;
  let resultFrom = before, resultTo = before;
  let resultImage = false;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == NAME_TYPE) {
      p = readWord(p, depth + 1);
      type = word;
    } else if (name == NAME_TEXT) {
      textFrom = textEnd;
      p = load<u8>(p) == QUOTE ? readText(p + 1) : skipValue(p, depth + 1);
      textTo = textEnd;
    } else if (mayBeResult && name == NAME_CONTENT) {
      resultFrom = textEnd;
      p = readParts(p, depth + 1, false);
      resultTo = textEnd;
      resultImage = hasImage;
      hasImage = imageBefore;
    } else p = skipSpan(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  if (isText(type)) keepOnly(before, textFrom, textTo);
  else if (mayBeResult && type == WORD_TOOL_RESULT) {
    keepOnly(before, resultFrom, resultTo);
    if (resultImage) hasImage = true;
    endResult(before);
  } else {
    keepOnly(before, before, before);
    if (isImage(type)) {
      hasImage = true;
      noteImagePart();
    }
  }
  return p;
}

/** The text from `start` on is a tool result's. */
function endResult(start: usize): void {
  toolResults = true;
  if (addPiece(ownFrom, start, message, source)) ownText = true;
  addPiece(start, textEnd, message, source | TOOL_RESULT);
  ownFrom = textEnd;
}

// @ts-ignore: decorator
@inline
function isText(type: u64): bool {
  return type == NAME_TEXT || type == WORD_INPUT_TEXT || type == WORD_OUTPUT_TEXT;
}

// @ts-ignore: decorator
@inline
function isImage(type: u64): bool {
  return type == WORD_IMAGE_URL || type == WORD_INPUT_IMAGE || type == WORD_IMAGE;
}
