// Which format a body is of. The one its path stands for, when the body has that format's member:
//
//   chat-completions, messages   `messages` is a list
//   responses                    `input` is a string or a list
//   completions                  `prompt` is a string or a list
//
// Else its shape tells, and the first of these that holds decides. Null counts as not given.
//
//   1. `messages` is a list: messages when `system` (a string or a list), `stop_sequences` or `anthropic_version` is given, else
//      chat-completions.
//   2. responses: `input` is a list with at least one object that has a string `role`, or the `type` message, function_call_output or
//      custom_tool_call_output; or `input` is a string or a list beside `instructions`, `previous_response_id` or `max_output_tokens`, and
//      no `voice` is given (as for speech synthesis, which has `instructions`, too).
//   3. completions: `prompt` is a string or a list, beside `max_tokens`, `temperature`, `top_p` or `stop`.
//
// Else it is of the path's format all the same, with nothing to read: what is asked is kept at the server (a prompt by its id), or missing.
// Without such a path it is none of ours: embeddings and moderations have `input`, images have `prompt`, and their `model` must stay.
import * as layout from "./layout";

// ---- what the root has, a bit each ----
export const HAS_MESSAGES: i32 = 1;
export const HAS_INPUT: i32 = 2; //           a string or a list
export const HAS_ITEMS: i32 = 4; //           `input` is a list with an item that only the Responses interface knows
export const HAS_PROMPT: i32 = 8; //          a string or a list
export const HAS_SYSTEM: i32 = 16; //         a string or a list
export const HAS_INSTRUCTIONS: i32 = 32;
export const HAS_PREVIOUS_RESPONSE: i32 = 64;
export const HAS_MAX_OUTPUT_TOKENS: i32 = 128;
export const HAS_VOICE: i32 = 256;
export const HAS_STOP_SEQUENCES: i32 = 512;
export const HAS_ANTHROPIC_VERSION: i32 = 1024;
export const HAS_MAX_TOKENS: i32 = 2048;
export const HAS_TEMPERATURE: i32 = 4096;
export const HAS_TOP_P: i32 = 8192;
export const HAS_STOP: i32 = 16384;

const OF_MESSAGES: i32 = HAS_SYSTEM | HAS_STOP_SEQUENCES | HAS_ANTHROPIC_VERSION;
const OF_RESPONSES: i32 = HAS_INSTRUCTIONS | HAS_PREVIOUS_RESPONSE | HAS_MAX_OUTPUT_TOKENS;
const OF_COMPLETIONS: i32 = HAS_MAX_TOKENS | HAS_TEMPERATURE | HAS_TOP_P | HAS_STOP;

export function formatOf(expected: i32, has: i32): i32 {
  const needed = memberOf(expected);
  if (needed != 0 && (has & needed) != 0) return expected;
  if ((has & HAS_MESSAGES) != 0) return (has & OF_MESSAGES) != 0 ? layout.FORMAT_MESSAGES : layout.FORMAT_CHAT_COMPLETIONS;
  const besideInput = (has & OF_RESPONSES) != 0 && (has & HAS_VOICE) == 0;
  if ((has & HAS_ITEMS) != 0 || ((has & HAS_INPUT) != 0 && besideInput)) return layout.FORMAT_RESPONSES;
  if ((has & HAS_PROMPT) != 0 && (has & OF_COMPLETIONS) != 0) return layout.FORMAT_COMPLETIONS;
  return layout.FORMAT_NONE;
}

function memberOf(format: i32): i32 {
  switch (format) {
    case layout.FORMAT_CHAT_COMPLETIONS:
    case layout.FORMAT_MESSAGES: return HAS_MESSAGES;
    case layout.FORMAT_RESPONSES: return HAS_INPUT;
    case layout.FORMAT_COMPLETIONS: return HAS_PROMPT;
    default: return 0;
  }
}
