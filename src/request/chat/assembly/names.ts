// Names of members and words that stand as values, as numbers that can be compared: up to eight bytes are their own number, little endian;
// longer ones that we know have a number that no UTF-8 text gives. Also: which member names are those of parameters asked for.
import { hadEscape, unescape, unescapedEnd } from "./strings";

// ---- short ----
export const NAME_MODEL: u64 = 0x6c65646f6d;
export const NAME_MESSAGES: u64 = 0x736567617373656d;
export const NAME_INPUT: u64 = 0x7475706e69;
export const NAME_PROMPT: u64 = 0x74706d6f7270;
export const NAME_SYSTEM: u64 = 0x6d6574737973;
export const NAME_ROLE: u64 = 0x656c6f72;
export const NAME_CONTENT: u64 = 0x746e65746e6f63;
export const NAME_OUTPUT: u64 = 0x74757074756f;
export const NAME_TYPE: u64 = 0x65707974;
export const NAME_TEXT: u64 = 0x74786574;
export const NAME_FORMAT: u64 = 0x74616d726f66;
export const NAME_STREAM: u64 = 0x6d6165727473;
export const NAME_TOOLS: u64 = 0x736c6f6f74;
export const NAME_METADATA: u64 = 0x617461646174656d;
export const NAME_USER_ID: u64 = 0x64695f72657375;
export const NAME_ID: u64 = 0x6469;
export const NAME_STOP: u64 = 0x706f7473;
export const NAME_TOP_P: u64 = 0x705f706f74;
export const NAME_VOICE: u64 = 0x6563696f76;
export const NAME_USER: u64 = 0x72657375; // a member, and a role
export const WORD_MESSAGE: u64 = 0x6567617373656d;
export const WORD_IMAGE: u64 = 0x6567616d69;
export const NAME_DATA: u64 = 0x61746164;
export const NAME_SOURCE: u64 = 0x656372756f73;
export const WORD_FILE: u64 = 0x656c6966;
export const WORD_AUDIO: u64 = 0x6f69647561;
export const WORD_VIDEO: u64 = 0x6f65646976;
export const WORD_DOCUMENT: u64 = 0x746e656d75636f64;
export const WORD_THINKING: u64 = 0x676e696b6e696874;
export const NAME_FILE_ID: u64 = 0x64695f656c6966;
export const NAME_FILE_IDS: u64 = 0x7364695f656c6966;
export const NAME_RESULT: u64 = 0x746c75736572;
export const NAME_GOOGLE: u64 = 0x656c676f6f67;

export const NAME_NAME: u64 = 0x656d616e;
export const NAME_ACTION: u64 = 0x6e6f69746361;
export const NAME_CUSTOM: u64 = 0x6d6f74737563;
export const NAME_CALL_ID: u64 = 0x64695f6c6c6163;
export const NAME_IS_ERROR: u64 = 0x726f7272655f7369;
export const NAME_FUNCTION: u64 = 0x6e6f6974636e7566; // a member, and a role
export const WORD_TOOL: u64 = 0x6c6f6f74;
export const WORD_TOOL_USE: u64 = 0x6573755f6c6f6f74;

// ---- long: 0xff is no byte of UTF-8 ----
const LONG: u64 = 0xff00;
export const NAME_FUNCTIONS: u64 = 0xff01;
export const NAME_SESSION_ID: u64 = 0xff02;
export const NAME_MAX_TOKENS: u64 = 0xff03;
export const NAME_TEMPERATURE: u64 = 0xff04;
export const NAME_INSTRUCTIONS: u64 = 0xff05;
export const NAME_CONVERSATION: u64 = 0xff06;
export const NAME_OUTPUT_FORMAT: u64 = 0xff07;
export const NAME_OUTPUT_CONFIG: u64 = 0xff08;
export const NAME_STOP_SEQUENCES: u64 = 0xff09;
export const NAME_RESPONSE_FORMAT: u64 = 0xff0a;
export const NAME_PROMPT_CACHE_KEY: u64 = 0xff0b;
export const NAME_SAFETY_IDENTIFIER: u64 = 0xff0c;
export const NAME_MAX_OUTPUT_TOKENS: u64 = 0xff0d;
export const NAME_ANTHROPIC_VERSION: u64 = 0xff0e;
export const NAME_PREVIOUS_RESPONSE_ID: u64 = 0xff0f;
export const WORD_IMAGE_URL: u64 = 0xff10;
export const WORD_INPUT_IMAGE: u64 = 0xff11;
export const WORD_INPUT_TEXT: u64 = 0xff12;
export const WORD_OUTPUT_TEXT: u64 = 0xff13;
export const WORD_TOOL_RESULT: u64 = 0xff14;
export const WORD_JSON_OBJECT: u64 = 0xff15;
export const WORD_JSON_SCHEMA: u64 = 0xff16;
export const WORD_FUNCTION_CALL_OUTPUT: u64 = 0xff17;
export const WORD_CUSTOM_TOOL_CALL_OUTPUT: u64 = 0xff18;
export const WORD_INPUT_FILE: u64 = 0xff20;
export const WORD_INPUT_AUDIO: u64 = 0xff21;
export const WORD_AUDIO_URL: u64 = 0xff22;
export const WORD_VIDEO_URL: u64 = 0xff23;
export const WORD_INPUT_VIDEO: u64 = 0xff24;
export const WORD_CONTAINER_UPLOAD: u64 = 0xff25;
export const WORD_COMPUTER_SCREENSHOT: u64 = 0xff26;
export const WORD_COMPUTER_CALL_OUTPUT: u64 = 0xff27;
export const NAME_SIGNATURE: u64 = 0xff28;
export const NAME_CONTAINER: u64 = 0xff29;
export const NAME_CONTAINER_ID: u64 = 0xff2a;
export const NAME_ENVIRONMENT: u64 = 0xff2b;
export const NAME_TOOL_CALLS: u64 = 0xff2c;
export const NAME_EXTRA_CONTENT: u64 = 0xff2d;
export const NAME_THINKING_BLOCKS: u64 = 0xff2e;
export const NAME_REASONING_DETAILS: u64 = 0xff2f;
export const NAME_THOUGHT_SIGNATURE: u64 = 0xff30;
export const NAME_ENCRYPTED_CONTENT: u64 = 0xff31;
export const NAME_VECTOR_STORE_IDS: u64 = 0xff32;
export const WORD_REDACTED_THINKING: u64 = 0xff33;
export const WORD_REASONING: u64 = 0xff34;
export const WORD_REASONING_TEXT: u64 = 0xff35;
export const WORD_REASONING_ENCRYPTED: u64 = 0xff36;
export const WORD_COMPACTION: u64 = 0xff37;
export const WORD_COMPACTION_SUMMARY: u64 = 0xff38;
export const WORD_ITEM_REFERENCE: u64 = 0xff39;
export const WORD_IMAGE_GENERATION_CALL: u64 = 0xff3a;
export const NAME_MAX_COMPLETION_TOKENS: u64 = 0xff3b;
export const NAME_ARGUMENTS: u64 = 0xff3c;
export const NAME_OPERATION: u64 = 0xff3d;
export const NAME_FUNCTION_CALL: u64 = 0xff3e; // a member, and an item's type
export const NAME_TOOL_CALL_ID: u64 = 0xff3f;
export const NAME_TOOL_USE_ID: u64 = 0xff40;
export const WORD_ASSISTANT: u64 = 0xff41;
export const WORD_CUSTOM_TOOL_CALL: u64 = 0xff42;
export const WORD_COMPUTER_CALL: u64 = 0xff43;
export const WORD_LOCAL_SHELL_CALL: u64 = 0xff44;
export const WORD_LOCAL_SHELL_CALL_OUTPUT: u64 = 0xff45;
export const WORD_SHELL_CALL: u64 = 0xff46;
export const WORD_SHELL_CALL_OUTPUT: u64 = 0xff47;
export const WORD_APPLY_PATCH_CALL: u64 = 0xff48;
export const WORD_APPLY_PATCH_CALL_OUTPUT: u64 = 0xff49;

// A hash table of the long ones: 128 slots by the last eight bytes, the next free slot where two meet.
const LONGEST: usize = 24;
const SLOT_BITS: i32 = 7;
const SLOT_BYTES: usize = 32;
const SLOTS: usize = memory.data(4096);
const FIRST: usize = 0; //      bytes 0 to 7
const MIDDLE: usize = 8; //     bytes 8 to 15, of names over 16 bytes
const LAST: usize = 16; //      the last eight
const LENGTH: usize = 24; //    0: the slot is free
const NUMBER: usize = 28;

// @ts-ignore: decorator
@inline
function slotOf(last: u64): usize {
  return ((last * 0x9e3779b97f4a7c15) >> (64 - SLOT_BITS)) as usize;
}

function know(name: string, number: u64): void {
  const at = NAME_SCRATCH;
  const length = name.length as usize;
  for (let i: usize = 0; i < length; i++) store<u8>(at + i, name.charCodeAt(i as i32) as u8);
  let slot = slotOf(load<u64>(at + length - 8));
  while (load<u32>(SLOTS + slot * SLOT_BYTES, LENGTH) != 0) slot = (slot + 1) & ((1 << SLOT_BITS) - 1);
  const record = SLOTS + slot * SLOT_BYTES;
  store<u64>(record, load<u64>(at), FIRST);
  if (length > 16) store<u64>(record, load<u64>(at, 8), MIDDLE);
  store<u64>(record, load<u64>(at + length - 8), LAST);
  store<u32>(record, length as u32, LENGTH);
  store<u32>(record, number as u32, NUMBER);
}

function longName(start: usize, length: usize): u64 {
  if (length > LONGEST) return 0;
  const last = load<u64>(start + length - 8);
  let slot = slotOf(last);
  while (true) {
    const record = SLOTS + slot * SLOT_BYTES;
    const known: usize = load<u32>(record, LENGTH);
    if (known == 0) return 0;
    if (
      known == length &&
      load<u64>(record, LAST) == last &&
      load<u64>(record, FIRST) == load<u64>(start) &&
      (length <= 16 || load<u64>(record, MIDDLE) == load<u64>(start, 8))
    ) return load<u32>(record, NUMBER) as u64;
    slot = (slot + 1) & ((1 << SLOT_BITS) - 1);
  }
}

/** The number is that of a long name. */
// @ts-ignore: decorator
@inline
export function isLong(number: u64): bool {
  return (number & ~0xff) == LONG;
}

const LONGEST_ESCAPED_NAME: usize = 384; // 64 characters of six bytes
const NAME_SCRATCH: usize = memory.data(400);
/** The name that `nameAt` read last, unescaped; no bytes when it is longer than any we look for. */
let nameStart: usize = 0;
let nameLength: usize = 0;

/** The number of a name or word between its quotes; 0 for one we do not know. To be called right behind `skipString`. */
export function nameAt(start: usize, end: usize): u64 {
  let length = end - start;
  if (hadEscape) {
    nameLength = 0;
    if (length > LONGEST_ESCAPED_NAME) return 0;
    unescape(start, NAME_SCRATCH);
    length = unescapedEnd - NAME_SCRATCH;
    start = NAME_SCRATCH;
  }
  nameStart = start;
  nameLength = length;
  if (length > 8) return longName(start, length);
  if (length == 0) return 0;
  if (hadEscape && load<u8>(start + length - 1) == 0) return 0; // "model\u0000" must not look like "model"
  return load<u64>(start) & (u64.MAX_VALUE >> ((8 - (length as u64)) << 3));
}

know("functions", NAME_FUNCTIONS);
know("session_id", NAME_SESSION_ID);
know("max_tokens", NAME_MAX_TOKENS);
know("temperature", NAME_TEMPERATURE);
know("instructions", NAME_INSTRUCTIONS);
know("conversation", NAME_CONVERSATION);
know("output_format", NAME_OUTPUT_FORMAT);
know("output_config", NAME_OUTPUT_CONFIG);
know("stop_sequences", NAME_STOP_SEQUENCES);
know("response_format", NAME_RESPONSE_FORMAT);
know("prompt_cache_key", NAME_PROMPT_CACHE_KEY);
know("safety_identifier", NAME_SAFETY_IDENTIFIER);
know("max_output_tokens", NAME_MAX_OUTPUT_TOKENS);
know("anthropic_version", NAME_ANTHROPIC_VERSION);
know("previous_response_id", NAME_PREVIOUS_RESPONSE_ID);
know("image_url", WORD_IMAGE_URL);
know("input_image", WORD_INPUT_IMAGE);
know("input_text", WORD_INPUT_TEXT);
know("output_text", WORD_OUTPUT_TEXT);
know("tool_result", WORD_TOOL_RESULT);
know("json_object", WORD_JSON_OBJECT);
know("json_schema", WORD_JSON_SCHEMA);
know("function_call_output", WORD_FUNCTION_CALL_OUTPUT);
know("custom_tool_call_output", WORD_CUSTOM_TOOL_CALL_OUTPUT);
know("input_file", WORD_INPUT_FILE);
know("input_audio", WORD_INPUT_AUDIO);
know("audio_url", WORD_AUDIO_URL);
know("video_url", WORD_VIDEO_URL);
know("input_video", WORD_INPUT_VIDEO);
know("container_upload", WORD_CONTAINER_UPLOAD);
know("computer_screenshot", WORD_COMPUTER_SCREENSHOT);
know("computer_call_output", WORD_COMPUTER_CALL_OUTPUT);
know("signature", NAME_SIGNATURE);
know("container", NAME_CONTAINER);
know("container_id", NAME_CONTAINER_ID);
know("environment", NAME_ENVIRONMENT);
know("tool_calls", NAME_TOOL_CALLS);
know("extra_content", NAME_EXTRA_CONTENT);
know("thinking_blocks", NAME_THINKING_BLOCKS);
know("reasoning_details", NAME_REASONING_DETAILS);
know("thought_signature", NAME_THOUGHT_SIGNATURE);
know("encrypted_content", NAME_ENCRYPTED_CONTENT);
know("vector_store_ids", NAME_VECTOR_STORE_IDS);
know("redacted_thinking", WORD_REDACTED_THINKING);
know("reasoning", WORD_REASONING);
know("reasoning.text", WORD_REASONING_TEXT);
know("reasoning.encrypted", WORD_REASONING_ENCRYPTED);
know("compaction", WORD_COMPACTION);
know("compaction_summary", WORD_COMPACTION_SUMMARY);
know("item_reference", WORD_ITEM_REFERENCE);
know("image_generation_call", WORD_IMAGE_GENERATION_CALL);
know("max_completion_tokens", NAME_MAX_COMPLETION_TOKENS);
know("arguments", NAME_ARGUMENTS);
know("operation", NAME_OPERATION);
know("function_call", NAME_FUNCTION_CALL);
know("tool_call_id", NAME_TOOL_CALL_ID);
know("tool_use_id", NAME_TOOL_USE_ID);
know("assistant", WORD_ASSISTANT);
know("custom_tool_call", WORD_CUSTOM_TOOL_CALL);
know("computer_call", WORD_COMPUTER_CALL);
know("local_shell_call", WORD_LOCAL_SHELL_CALL);
know("local_shell_call_output", WORD_LOCAL_SHELL_CALL_OUTPUT);
know("shell_call", WORD_SHELL_CALL);
know("shell_call_output", WORD_SHELL_CALL_OUTPUT);
know("apply_patch_call", WORD_APPLY_PATCH_CALL);
know("apply_patch_call_output", WORD_APPLY_PATCH_CALL_OUTPUT);

// ---- parameters ----

let params: usize = 0; //       for each a byte for its length, then its bytes
let paramCount: i32 = 0;

export function useParams(paramsAt: usize, count: i32): void {
  params = paramsAt;
  paramCount = count;
}

/** Which of the parameters the name that `nameAt` read last is; -1: none. */
// @ts-ignore: decorator
@inline
export function paramNamed(): i32 {
  return paramCount == 0 ? -1 : findParam();
}

function findParam(): i32 {
  let p = params;
  for (let i = 0; i < paramCount; i++) {
    const length: usize = load<u8>(p);
    if (length == nameLength && memory.compare(p + 1, nameStart, length) == 0) return i;
    p += length + 1;
  }
  return -1;
}
