// Where everything stands in the scanner's memory, shared with the host (`src/request/chat/scan-memory.ts`). All numbers are little endian.
//
//   0 …            result fields, digit values, names, scratch space (placed by the compiler)
//   keywords …     the keyword table, a list of hits for each scope asked for, the names of parameters, the marks of envelopes (placed by
//                  the host, once)
//   text …         32 bytes that let the text begin in front of the body
//   body …         the request body, 64 zero bytes behind it (placed by the host, per scan); the text is unescaped over its front
//   tables …       cuts, pieces of text, places of parameters, then a region of the body's size for each scope but one (per scan)

// ---- the result, as 32-bit fields; the host reads them at these indices ----
export const RESULT: usize = memory.data(256);
export const RESULT_BYTES: usize = 256;
export const FORMAT: usize = 0 << 2; //         0: the body is no request we know
export const TURNS: usize = 1 << 2; //          elements of `messages` or of a list `input`; 1 for a prompt or a text `input`
export const FLAGS: usize = 2 << 2; //          FLAG_… bits
export const TOKENS: usize = 3 << 2; //         numbers in a `prompt` given in tokens
export const CUTS: usize = 4 << 2; //           how many pieces are to be cut out
export const MODEL_START: usize = 5 << 2; //    the value of the last `model` member; start 0: none
export const MODEL_END: usize = 6 << 2;
export const ROOT_OPEN: usize = 7 << 2; //      offset right behind the root object's brace
export const PIECES: usize = 8 << 2; //         records in the table of pieces
export const PARAMS: usize = 9 << 2; //         records in the table of parameters
// Where strings stand that name a user or a session: start and end as offsets, quotes included; start 0: not given.
export const USER: usize = 10 << 2;
export const SAFETY_IDENTIFIER: usize = 12 << 2;
export const METADATA_USER_ID: usize = 14 << 2;
export const SESSION_ID: usize = 16 << 2;
export const CONVERSATION: usize = 18 << 2;
export const METADATA_SESSION_ID: usize = 20 << 2;
export const PROMPT_CACHE_KEY: usize = 22 << 2;
/** Of each scope: where its text starts, its bytes, its code points, and how many keywords occur in it: entries of its list of hits. */
export const SCOPES: usize = 24 << 2;
export const SCOPE_BYTES: usize = 16;
export const FOLDING: usize = 61 << 2; //       scopes whose text must be folded before keywords are sought in it, a bit each
export const HUMAN_TURNS: usize = 62 << 2; //   messages that are the user's: not those of tool results or envelopes alone
export const TEXT_START: usize = 0;
export const TEXT_BYTES: usize = 4;
export const TEXT_CHARS: usize = 8;
export const TEXT_HITS: usize = 12;

/** What the text of all messages and of what stands beside them ends at, as an address, as long as no scope is put together over it. */
export const TEXT_END: usize = 40 << 2;
export const SPANS: usize = 41 << 2; //        records in the table of spans
export const SPANS_MORE: usize = 42 << 2; //   bytes of the spans for which it had no room
export const IMAGE_PARTS: usize = 43 << 2; //  parts that are images
/** Where strings stand that refer to what one server keeps, by their kind: the offset of the last one's opening quote; 0: none. */
export const KEPT: usize = 44 << 2;
export const KEPT_RESPONSE: i32 = 0;
export const KEPT_CONVERSATION: i32 = 1;
export const KEPT_CONTAINER: i32 = 2;
export const KEPT_REASONING: i32 = 3;
export const KEPT_ITEM: i32 = 4;
export const KEPT_FILE: i32 = 5;
export const KEPT_KINDS: i32 = 6;

/** Where the values stand of the names for how long an answer may be: offsets; 0: not given. */
export const MAX_TOKENS: usize = 50 << 2;
export const MAX_COMPLETION_TOKENS: usize = 51 << 2;
export const MAX_OUTPUT_TOKENS: usize = 52 << 2;

/** An agent's actions (actions.ts): how many were noted in the list that counts, which list that is, and who spoke last in it. */
export const ACTIONS: usize = 53 << 2;
export const ACTION_LIST: usize = 54 << 2;
export const LAST_SPEAKER: usize = 55 << 2;
/** How many of the last results of that list failed, of six. */
export const ERRORS: usize = 58 << 2;
/** Where the last value stands that asks for JSON of a schema: start and end as offsets; 0: none does. */
export const SCHEMA: usize = 56 << 2;

/** A span: where a value that reaches the model starts and ends, as addresses. */
export const SPAN_BYTES: usize = 8;
export const MAX_SPANS: i32 = 256;
export const SPAN_TABLE: usize = memory.data(2048);

// ---- facts that are true or false, a bit for each place that can make them so ----
export const FLAG_STREAM: i32 = 1;
export const FLAG_TOOLS: i32 = 2;
export const FLAG_FUNCTIONS: i32 = 4;
export const FLAG_RESPONSE_FORMAT: i32 = 8;
export const FLAG_TEXT_FORMAT: i32 = 16;
export const FLAG_OUTPUT_FORMAT: i32 = 32;
export const FLAG_OUTPUT_CONFIG: i32 = 64;
export const FLAG_IMAGES: i32 = 128;
export const FLAG_FILES: i32 = 256;
export const FLAG_AUDIO: i32 = 512;
export const FLAG_VIDEO: i32 = 1024;
export const FLAG_CONTINUED: i32 = 2048; // there is one at least at KEPT

/** Answers of `scan`. */
export const OK: i32 = 0;
export const NOT_JSON: i32 = 1;
export const TOO_DEEP: i32 = 2;

export const MAX_DEPTH: i32 = 128;

export const FORMAT_NONE: i32 = 0;
export const FORMAT_CHAT_COMPLETIONS: i32 = 1;
export const FORMAT_COMPLETIONS: i32 = 2;
export const FORMAT_RESPONSES: i32 = 3;
export const FORMAT_MESSAGES: i32 = 4;
export const FORMAT_BARE: i32 = 8; //           a bit beside: only its path says so

/** Whose text is read: bits, so that several scopes can be asked for. A scope's number is its bit's. */
export const SCOPE_ALL: i32 = 1;
export const SCOPE_USER: i32 = 2;
export const SCOPE_LAST_USER: i32 = 4;
export const SCOPE_PROMPT: i32 = 8;
export const SCOPE_COUNT: i32 = 4;

/** A cut: start and end, offsets into the body. The member takes at least 10 bytes, so a table as long as the body holds any number. */
export const CUT_BYTES: usize = 8;
/**
 * A piece of text: start and end as addresses, then its message, counted from 1 (0: system text), above five bits of flags; after the scan
 * the lowest four say which scopes it is in. The shortest member with text, `"input":"x",`, takes as many bytes.
 */
export const PIECE_BYTES: usize = 12;
export const PIECE_FLAG_BITS: i32 = 5;
/** A parameter's place: which name, start and end as offsets. The member takes at least 6 bytes: a table twice as long as the body. */
export const PARAM_BYTES: usize = 12;
