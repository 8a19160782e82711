// Where an agent's last actions stand in a conversation: the calls of tools that the model asked for, and what they gave back, and which
// side spoke last. Only places are noted, in a ring; the host reads out of its own copy of the body what somebody asks for.
import { closed, CLOSE_BRACE, first, isTooDeep, next, OPEN_BRACE, skipValue } from "./json";
import { givenAt } from "./kept";
import { name, readName } from "./members";
import { NAME_ARGUMENTS, NAME_INPUT, NAME_NAME } from "./names";
import { MESSAGES } from "./text";

// ---- a record, as addresses; 0: not given ----
export const TAG: usize = 0; //    CALL or RESULT, and FAILED
export const NAME: usize = 4; //   of a call: the string that names its tool, or says of which type the call is
export const FROM: usize = 8; //   the arguments of a call, the content of a result
export const TO: usize = 12;
const ID: usize = 16; //    the call's id, quotes included
const RECORD_BYTES: usize = 20;
export const CALL: i32 = 1;
const RESULT: i32 = 2;
const FAILED: i32 = 4; //   a result that says so, in a member of its own or in front of its text

/** The last so many of a list are kept: six calls with their results, however they stand, and twice as many side by side. */
export const MAX_ACTIONS: i32 = 32;
const RING_BYTES: usize = 640;
const LISTS: i32 = 2; // `messages` and `input`
export const ACTION_TABLE: usize = memory.data(1280);

// ---- who spoke last in a list; the host has these numbers, too ----
const PERSON: i32 = 1;
const TOOLS: i32 = 2;
const MODEL: i32 = 3;
/** A bit beside: results stand behind all that the model said. */
const UNANSWERED: i32 = 4;

let inMessages: i32 = 0; // records noted of each list
let inInput: i32 = 0;
let lastInMessages: i32 = 0;
let lastInInput: i32 = 0;
let failuresInMessages: i32 = 0; // of the last results, a bit each, the last one's the lowest
let failuresInInput: i32 = 0;

/** One before it of the same name counts no more. */
export function forgetActions(source: i32): void {
  if (source == MESSAGES) {
    inMessages = 0;
    lastInMessages = 0;
    failuresInMessages = 0;
  } else {
    inInput = 0;
    lastInInput = 0;
    failuresInInput = 0;
  }
}

/** Of the last 32 results those that failed: a bit each, the last one's the lowest. */
export function failures(source: i32): i32 {
  return source == MESSAGES ? failuresInMessages : source < LISTS ? failuresInInput : 0;
}

export function actionCount(source: i32): i32 {
  return source == MESSAGES ? inMessages : source < LISTS ? inInput : 0;
}

export function lastSpeaker(source: i32): i32 {
  return source == MESSAGES ? lastInMessages : source < LISTS ? lastInInput : PERSON;
}

/** Takes back all but the first `count`, with their failures: of several members with one name the last counts. */
export function rewindMessages(count: i32, failed: i32): void {
  inMessages = count;
  failuresInMessages = failed;
}

export function noteCall(source: i32, name: usize, from: usize, to: usize, id: usize): void {
  note(source, CALL, name, from, to, id);
}

export function noteResult(source: i32, from: usize, to: usize, id: usize, failed: bool): void {
  note(source, failed ? RESULT | FAILED : RESULT, 0, from, to, id);
  if (source == MESSAGES) failuresInMessages = (failuresInMessages << 1) | (failed as i32);
  else failuresInInput = (failuresInInput << 1) | (failed as i32);
}

/** Of one noted; those before the last MAX_ACTIONS are gone. */
export function actionRecord(source: i32, index: i32): usize {
  return ACTION_TABLE + (source as usize) * RING_BYTES + ((index & (MAX_ACTIONS - 1)) as usize) * RECORD_BYTES;
}

function note(source: i32, tag: i32, name: usize, from: usize, to: usize, id: usize): void {
  const count = source == MESSAGES ? inMessages++ : inInput++;
  const record = actionRecord(source, count);
  store<i32>(record, tag, TAG);
  store<u32>(record, name as u32, NAME);
  store<u32>(record, from as u32, FROM);
  store<u32>(record, to as u32, TO);
  store<u32>(record, id as u32, ID);
}

/** What a person adds to results leaves them as unanswered as they are. */
export function notePerson(source: i32): void {
  setLast(source, PERSON | (lastSpeaker(source) & UNANSWERED));
}

export function noteResults(source: i32): void {
  setLast(source, TOOLS | UNANSWERED);
}

export function noteResultsAndPerson(source: i32): void {
  setLast(source, PERSON | UNANSWERED);
}

export function noteModel(source: i32): void {
  setLast(source, MODEL);
}

function setLast(source: i32, last: i32): void {
  if (source == MESSAGES) lastInMessages = last;
  else lastInInput = last;
}

// ---- of the object that `readCalled` read last ----
export let calledName: usize = 0;
export let calledFrom: usize = 0;
export let calledTo: usize = 0;

/** What is called and with which arguments, as OpenAI's calls have it: an object's `name`, and `arguments` or `input`. */
export function readCalled(p: usize, depth: i32): usize {
  calledName = 0;
  calledFrom = 0;
  calledTo = 0;
  if (load<u8>(p) != OPEN_BRACE) return skipValue(p, depth);
  if (isTooDeep(depth)) return 0;
  p = first(p + 1, CLOSE_BRACE);
  while (!closed) {
    p = readName(p);
    if (p == 0) return 0;
    const start = p, member = name;
    p = skipValue(p, depth + 1);
    if (p == 0) return 0;
    if (member == NAME_NAME) calledName = givenAt(start);
    else if (member == NAME_ARGUMENTS || member == NAME_INPUT) {
      calledFrom = start;
      calledTo = p;
    }
    p = next(p, CLOSE_BRACE);
  }
  return p;
}
