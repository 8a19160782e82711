// What refers to state that one server keeps and no other has: ids it gave out, and thinking that it signed or encrypted. It is noted where
// the last of each kind stands; null and the empty string count as not given.
//
//   response      `previous_response_id`
//   conversation  `conversation` of the Responses interface: a string, or an object's `id`
//   container     `container` of Anthropic's: a string, or an object's `id`; of the Responses interface a tool's `container` that is a
//                 string, the `container_id` of its `environment`, and the `container_id` of an item
//   reasoning     in messages, parts of type thinking with a `signature` and redacted_thinking with `data`, the same in `thinking_blocks`
//                 and `reasoning_details`, and Google's `thought_signature` (see signed.ts); items of type reasoning or compaction
//                 with `encrypted_content`
//   item          the `id` of an item_reference, of a reasoning item without `encrypted_content`, and of an image_generation_call without
//                 `result`; the `id` of a message's `audio`
//   file          `file_id` of a part, of its `file`, of its `source` of type file, and of a screenshot; the first of a tool's
//                 `vector_store_ids` and of its container's `file_ids`
import { closed, CLOSE_BRACE, CLOSE_BRACKET, first, isTooDeep, next, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipColon, skipValue } from "./json";
import * as layout from "./layout";
import { name, readName } from "./members";
import * as names from "./names";
import { noteSpan } from "./spans";
import { skipString } from "./strings";

/** Where the string stands that was read last; 0: there is none, or it is empty. */
export let idAt: usize = 0;

// ---- of members at the root; of several with one name the last counts ----
let responseAt: usize = 0;
let containerAt: usize = 0;
let toolContainerAt: usize = 0;
let toolFileAt: usize = 0;

/** Of the two conversations a body may have, `messages` and `input`, by kind. */
const NOTED: usize = memory.data(48);
const NOTED_BYTES: usize = 24;

/** Anything was noted of this body: of one without there is nothing to put back or to look through. */
let any: bool = false;

export function beginKept(): void {
  if (!any) return;
  responseAt = 0;
  containerAt = 0;
  toolContainerAt = 0;
  toolFileAt = 0;
  forgetKept(0);
  forgetKept(1);
  any = false;
}

/** `source`: MESSAGES or INPUT. One before it of the same name counts no more. (Stores: memory.fill takes 0.05 µs.) */
export function forgetKept(source: i32): void {
  if (!any) return;
  const noted = NOTED + (source as usize) * NOTED_BYTES;
  store<u64>(noted, 0);
  store<u64>(noted, 0, 8);
  store<u64>(noted, 0, 16);
}

/** `at` 0: nothing is noted. */
export function noteKept(source: i32, kind: i32, at: usize): void {
  if (at == 0) return;
  any = true;
  store<u32>(NOTED + (source as usize) * NOTED_BYTES + ((kind as usize) << 2), at as u32);
}

/** Puts into the result what counts in this format. `source`: MESSAGES, INPUT, or -1 for none. */
export function finishKept(format: i32, source: i32, body: usize): bool {
  if (!any && format != layout.FORMAT_RESPONSES) return false;
  let given = tell(layout.KEPT_RESPONSE, responseAt, body);
  if (source >= 0) {
    const noted = NOTED + (source as usize) * NOTED_BYTES;
    for (let kind = layout.KEPT_CONTAINER; kind < layout.KEPT_KINDS; kind++) {
      if (tell(kind, load<u32>(noted + ((kind as usize) << 2)), body)) given = true;
    }
  }
  if (format == layout.FORMAT_MESSAGES) return tell(layout.KEPT_CONTAINER, containerAt, body) || given;
  if (format != layout.FORMAT_RESPONSES) return given;
  const start = load<i32>(layout.RESULT + layout.CONVERSATION);
  const hasConversation = load<i32>(layout.RESULT + layout.CONVERSATION, 4) - start > 2; // more than its quotes
  if (hasConversation) given = tell(layout.KEPT_CONVERSATION, body + start, body);
  if (tell(layout.KEPT_CONTAINER, toolContainerAt, body)) given = true;
  return tell(layout.KEPT_FILE, toolFileAt, body) || given;
}

function tell(kind: i32, at: usize, body: usize): bool {
  if (at == 0) return false;
  store<i32>(layout.RESULT + layout.KEPT + ((kind as usize) << 2), (at - body) as i32);
  return true;
}

/** A string that is not empty. */
// @ts-ignore: decorator
@inline
export function givenAt(p: usize): usize {
  return load<u8>(p) == QUOTE && load<u8>(p, 1) != QUOTE ? p : 0;
}

/** Reads an object and finds a member of it that is a string, into `idAt`. */
export function readIdOf(member: u64, p: usize, depth: i32): usize {
  idAt = 0;
  if (load<u8>(p) != OPEN_BRACE) return skipValue(p, depth);
  if (isTooDeep(depth)) return 0;
  p = first(p + 1, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == member) idAt = givenAt(p);
    p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  return p;
}

/** A string, or an object with it as a member. */
export function readIdOrOf(member: u64, p: usize, depth: i32): usize {
  const own = givenAt(p);
  p = readIdOf(member, p, depth);
  if (own != 0) idAt = own;
  return p;
}

export function notePreviousResponse(p: usize): void {
  responseAt = givenAt(p);
  if (responseAt != 0) any = true;
}

export function readContainer(p: usize): usize {
  p = readIdOrOf(names.NAME_ID, p, 2);
  containerAt = idAt;
  if (idAt != 0) any = true;
  return p;
}

/** The list `tools`, which reaches the model as a whole. */
export function readToolList(p: usize): usize {
  toolContainerAt = 0;
  toolFileAt = 0;
  const start = p;
  if (load<u8>(p) == OPEN_BRACKET) {
    p = first(p + 1, CLOSE_BRACKET);
    while (!closed) {
      p = load<u8>(p) == OPEN_BRACE ? readTool(p + 1, 3) : skipValue(p, 3);
      if (p == 0) return 0;
      p = next(p, CLOSE_BRACKET);
    }
  } else p = skipValue(p, 2);
  noteSpan(start, p);
  return p;
}

function readTool(p: usize, depth: i32): usize {
  let container: usize = 0, environment: usize = 0, stores: usize = 0, files: usize = 0;
  p = first(p, CLOSE_BRACE);
  while (!closed) {
    // None of the names a tool usually has is looked up: 2 % of a scan of tools.
    const lead = load<u8>(p, 1);
    const mayBeOurs = lead == 0x63 || lead == 0x65 || lead == 0x76 || lead == 0x5c; // c, e, v, an escape
    p = mayBeOurs ? readName(p) : skipName(p);
    if (p == 0) return 0;
    if (!mayBeOurs) p = skipValue(p, depth + 1);
    else if (name == names.NAME_CONTAINER) {
      container = givenAt(p);
      p = readFirstOf(names.NAME_FILE_IDS, p, depth + 1);
      files = idAt;
    } else if (name == names.NAME_ENVIRONMENT) {
      p = readIdOf(names.NAME_CONTAINER_ID, p, depth + 1);
      environment = idAt;
    } else {
      if (name == names.NAME_VECTOR_STORE_IDS) stores = firstAt(p);
      p = skipValue(p, depth + 1);
    }
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  if ((container | environment | stores | files) == 0) return p;
  any = true;
  if ((container | environment) != 0) toolContainerAt = container != 0 ? container : environment;
  if ((stores | files) != 0) toolFileAt = stores != 0 ? stores : files;
  return p;
}

function skipName(p: usize): usize {
  return load<u8>(p) == QUOTE ? skipColon(skipString(p + 1)) : 0;
}

/** Reads an object and finds the first element of a list that is a member of it, where that is a string, into `idAt`. */
function readFirstOf(member: u64, p: usize, depth: i32): usize {
  idAt = 0;
  if (load<u8>(p) != OPEN_BRACE) return skipValue(p, depth);
  p = first(p + 1, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    if (name == member) idAt = firstAt(p);
    p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACE);
  }
  return p;
}

function firstAt(p: usize): usize {
  return load<u8>(p) == OPEN_BRACKET ? givenAt(first(p + 1, CLOSE_BRACKET)) : 0;
}
