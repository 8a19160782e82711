// How an answer that came with a good status really ended: with all that was to come, with an error in it, or cut short.

/** `error`: the answer is an error, or ends in one. `cut-short`: the server ended it before it was complete. */
export type AnswerFailure = "error" | "cut-short";

/** Where it can be seen, in JSON and in the data of events alike. */
export const ENDING_PLACES = [
  ..."type object status done success stop_reason error code detail msg errors message".split(" "),
  ..."choices content output candidates completion response".split(" "),
  ..."response.status response.error choices[].finish_reason choices[].error candidates[].finishReason".split(" "),
  ..."delta.stop_reason delta.finish_reason base_resp.status_code".split(" "),
] as const;

/** The members that hold an answer, one of which every answer has. */
const ANSWERS = new Set(["choices", "content", "output", "candidates", "completion", "response"]);
/** Those in which servers say, without any of the others, that something went wrong, and `message`, which in a stream may be a greeting. */
const COMPLAINTS = new Set(["code", "detail", "msg", "errors"]);
/** Types of events whose streams say when they are complete; `response.…`, too. */
const STREAM_TYPES = new Set(["message_start", "content_block_start", "content_block_delta", "message-start", "content-delta"]);
/** By which a stream's last event is known. */
const LAST_TYPES = new Set(["message_stop", "message-end", "response.completed", "response.incomplete", "response.failed"]);
const ERRORS = new Set(["error", "response.error", "choices[].error"]);
const LAST_PLACES = new Set([
  "choices[].finish_reason",
  "candidates[].finishReason",
  "stop_reason",
  "delta.stop_reason",
  "delta.finish_reason",
]);

/** What an event can only tell of its stream's end with one of these in its data; an escape may hide one. */
const OF_NOTE = /rror|ailed|omplete|stop|message-end|finish_?[rR]eason"\s*:\s*"|"(?:code|detail|msg|success|base_resp|status|done)"|\\u/;

export interface Ending {
  /** Whether an event with this data can tell nothing that is not known. */
  mayPass(data: string): boolean;
  /** Something stands at one of ENDING_PLACES. */
  found(path: string, kind: string, text: string): void;
  /** There is something in an object or array there. */
  filled(path: string): void;
  /** A whole value was read: all of an answer, or what an event of it holds. */
  rootClosed(of: "answer" | "event"): void;
  eventType(name: string): void;
  done(): void;
  /** It says that it failed. */
  readonly hasError: boolean;
  /** Its last event, or its last member, was seen. */
  readonly isComplete: boolean;
  /** It comes in pieces, and in a form that says when it is complete. */
  readonly isStream: boolean;
}

export function ending(): Ending {
  let hasError = false;
  let isComplete = false;
  let isStream = false;
  // Of the value being read:
  let hasAnswer = false;
  let complaints = 0;
  let greets = false; // `message`, a text
  let type = "";

  const word = (path: string, text: string): void => {
    if (text === "") return;
    if (path === "type") type = text;
    if (LAST_PLACES.has(path) || (path === "type" && LAST_TYPES.has(text))) isComplete = true;
    if (path === "type" && (STREAM_TYPES.has(text) || text.startsWith("response."))) isStream = true;
    if (path === "object" && text.endsWith(".chunk")) isStream = true;
    if (isErrorWord(path, text)) hasError = true;
  };

  return {
    mayPass: (data) => isStream && !OF_NOTE.test(data),
    found(path, kind, text) {
      if (kind === "null") return;
      if (ANSWERS.has(path) || (path === "message" && kind === "object")) hasAnswer = true;
      else if (path === "message") greets = true;
      else if (COMPLAINTS.has(path)) complaints++;
      if (kind === "string") word(path, text);
      else if (path === "done") [isStream, isComplete] = [true, kind === "true"];
      else if ((path === "success" && kind === "false") || (path === "error" && kind === "true")) hasError = true;
      else if (path === "base_resp.status_code" && kind === "number" && Number(text) !== 0) hasError = true;
    },
    filled(path) {
      if (ERRORS.has(path)) hasError = true;
    },
    rootClosed(of) {
      if (of === "event" && hasAnswer) isStream = true;
      const complains = complaints > 0 || (greets && of === "answer");
      if (complains && !hasAnswer && (type === "" || type.endsWith("error"))) hasError = true;
      [hasAnswer, complaints, greets, type] = [false, 0, false, ""];
    },
    eventType(name) {
      if (name === "error") hasError = true;
      if (LAST_TYPES.has(name)) isComplete = true;
    },
    done() {
      isComplete = true;
    },
    get hasError() {
      return hasError;
    },
    get isComplete() {
      return isComplete;
    },
    get isStream() {
      return isStream;
    },
  };
}

/** Of an answer of this shape. One that is none of ours says nothing of its end; HTML is a page of a proxy or a portal, and no answer. */
export function failureOf(
  end: Ending,
  frames: { readonly shape: "none" | "json" | "events" | "markup" | "other"; readonly isUnfinished: boolean },
  how: "seen" | "left",
): AnswerFailure | undefined {
  const { shape } = frames;
  if (end.hasError || shape === "markup") return "error";
  if (how === "left" || shape === "other") return undefined;
  if (shape === "none" || (shape === "json" && frames.isUnfinished)) return "cut-short";
  return end.isStream && !end.isComplete ? "cut-short" : undefined;
}

function isErrorWord(path: string, text: string): boolean {
  if (ERRORS.has(path)) return true;
  switch (path) {
    case "type":
      return text === "error" || text === "response.failed";
    case "object":
      return text === "error";
    case "choices[].finish_reason":
      return text === "error";
    case "status":
    case "response.status":
      return text === "failed";
    default:
      return false;
  }
}
