// Where everything stands in the scanner's memory, shared with the host (`src/chat/scanner.ts`). All numbers are little endian.
//
//   0 …            result fields, digit values, scratch space (placed by the compiler)
//   keywords …     the keyword table, then the list of hits: the address of a record each (placed by the host, once)
//   body …         the request body, 64 zero bytes behind it (placed by the host, per scan); the text is unescaped over its front
//   tables …       cuts from the front, messages behind them (placed by the host, per scan)

// ---- the result, as 32-bit fields; the host reads them at these indices ----
export const RESULT: usize = memory.data(64);
export const TURNS: usize = 0 << 2; //          elements of `messages`
export const CHARS: usize = 1 << 2; //          code points of the text in scope
export const TEXT_BYTES: usize = 2 << 2; //     its bytes
export const HITS: usize = 3 << 2; //           how many of the keywords occur in it: entries of the list of hits
export const CUTS: usize = 4 << 2; //           how many pieces are to be cut out
export const MODEL_START: usize = 5 << 2; //    the value of the last `model` member; start 0: none
export const MODEL_END: usize = 6 << 2;
export const ROOT_OPEN: usize = 7 << 2; //      offset right behind the root object's brace
export const IS_CHAT: usize = 8 << 2; //        1: the root is an object whose last `messages` is an array
export const TEXTS: usize = 9 << 2; //         messages in scope that have text: records in the message table

/** Answers of `scan`. */
export const OK: i32 = 0;
export const NOT_JSON: i32 = 1;
export const TOO_DEEP: i32 = 2;

export const MAX_DEPTH: i32 = 128;

/** Which messages' text is read. */
export const SCOPE_ALL: i32 = 0;
export const SCOPE_USER: i32 = 1;
export const SCOPE_LAST_USER: i32 = 2;

/** A cut: start and end, offsets into the body. The member takes at least 10 bytes, so a table as long as the body holds any number. */
export const CUT_BYTES: usize = 8;
/** A message with text: index, start and end of its text as addresses, 1 when its role is `user`. It takes at least 16 bytes, too. */
export const MESSAGE_BYTES: usize = 16;
