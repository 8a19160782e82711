// Thinking that a server signed or encrypted, where gateways and Google put it beside a message's content: `thinking_blocks` (LiteLLM) and
// `reasoning_details` (OpenRouter), lists of Anthropic's parts and their like, and `extra_content.google.thought_signature` of a message or
// of one of its `tool_calls`.
import { calledFrom, calledName, calledTo, noteCall, readCalled } from "./actions";
import { closed, CLOSE_BRACE, CLOSE_BRACKET, first, isTooDeep, next, OPEN_BRACE, OPEN_BRACKET, skipValue } from "./json";
import { givenAt, idAt, readIdOf } from "./kept";
import { name, readName, readWord, word } from "./members";
import * as names from "./names";
import { noteSpan } from "./spans";
import { MESSAGES } from "./text";

/** Where the last of them stands that was read last; 0: there is none. */
export let signedAt: usize = 0;

/** Of a part of this type, what it is signed or encrypted with; 0: nothing. */
export function signatureOf(type: u64, signature: usize, data: usize): usize {
  if (type == names.WORD_THINKING || type == names.WORD_REASONING_TEXT) return signature;
  return type == names.WORD_REDACTED_THINKING || type == names.WORD_REASONING_ENCRYPTED ? data : 0;
}

export function readSignedParts(p: usize, depth: i32): usize {
  return readList(p, depth, false);
}

export function readToolCalls(p: usize, depth: i32): usize {
  return readList(p, depth, true);
}

function readList(p: usize, depth: i32, isCalls: bool): usize {
  signedAt = 0;
  const start = p;
  if (load<u8>(p) == OPEN_BRACKET) {
    if (isTooDeep(depth)) return 0;
    p = first(p + 1, CLOSE_BRACKET);
    while (!closed) {
      if (load<u8>(p) != OPEN_BRACE) p = skipValue(p, depth + 1);
      else p = isCalls ? readCall(p + 1, depth + 1) : readSignedPart(p + 1, depth + 1);
      if (p == 0) return 0;
      p = next(p, CLOSE_BRACKET);
    }
  } else p = skipValue(p, depth);
  noteSpan(start, p);
  return p;
}

function readSignedPart(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  let type: u64 = 0;
  let signature: usize = 0, data: usize = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == names.NAME_TYPE) {
      p = readWord(p, depth + 1);
      type = word;
    } else {
      if (name == names.NAME_SIGNATURE) signature = givenAt(p);
      else if (name == names.NAME_DATA) data = givenAt(p);
      p = skipValue(p, depth + 1);
    }
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  const at = signatureOf(type, signature, data);
  if (at != 0) signedAt = at;
  return p;
}

function readCall(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  let at: usize = 0, id: usize = 0, called: usize = 0, from: usize = 0, to: usize = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == names.NAME_FUNCTION || name == names.NAME_CUSTOM) {
      p = readCalled(p, depth + 1);
      called = calledName;
      from = calledFrom;
      to = calledTo;
    } else if (name == names.NAME_EXTRA_CONTENT) {
      p = readExtraContent(p, depth + 1);
      at = extraAt;
    } else {
      if (name == names.NAME_ID) id = givenAt(p);
      p = skipValue(p, depth + 1);
    }
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  noteCall(MESSAGES, called, from, to, id);
  if (at != 0) signedAt = at;
  return p;
}

/** Where the signature stands of the `extra_content` that was read last; 0: there is none. */
export let extraAt: usize = 0;

export function readExtraContent(p: usize, depth: i32): usize {
  extraAt = 0;
  if (load<u8>(p) != OPEN_BRACE) return skipValue(p, depth);
  if (isTooDeep(depth)) return 0;
  p = first(p + 1, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == names.NAME_GOOGLE) {
      p = readIdOf(names.NAME_THOUGHT_SIGNATURE, p, depth + 1);
      extraAt = idAt;
    } else p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  return p;
}
