// Regular expressions from a configuration, by re2js: linear in the text, so that no pattern and no text can stall the filter. Bounds what
// that linear time can come to: the pattern's length, its program, and the bytes of a text that it reads.
import { RE2JS } from "re2js";

/** Whether the pattern is found anywhere in a text in UTF-8. */
export type RegexTest = (text: Uint8Array) => boolean;

/** Takes linear time, whatever the pattern. Throws for one that it cannot take. */
export type CompileRegex = (source: string) => RegexTest;

export const MAX_PATTERN_CHARS = 500;
export const MAX_PROGRAM_SIZE = 512; // instructions: about one a character or class, counted repetition multiplied out
/** A longer text is read at its front and its back, half of this each. */
export const MAX_TEXT_BYTES = 131_072;
/**
 * A few patterns, `a[ab]{20}$` for one, have more states than can be kept, and a text can ask for a new one with every character. Then
 * re2js goes on with a search whose cost is bytes times instructions: it gets as much of the text, at its front and back, as this allows,
 * 6 KB for a program of 80. Measured on 128 KB made for it: 10 to 20 ms, instead of 200 to 700 ms. Other patterns take 1 ms for 100 KB.
 */
const MAX_WORK = 1 << 19; // bytes times instructions
const MAX_STATE_BYTES = 1 << 19; // as re2js counts them; its own limit is 8 MB, which take 200 ms to fill

/** Has V8 compile the search before the first request: that one would take 5 ms for 100 KB instead of 1. */
const WARM_UP = new Uint8Array(4096).fill(0x61);

/** What is wrong with a pattern, as the end of a sentence; undefined when nothing is. */
export function regexProblem(source: string): string | undefined {
  if (source === "") return "must not be empty: it would be found in every text";
  if (source.length > MAX_PATTERN_CHARS) return `has ${source.length} characters; at most ${MAX_PATTERN_CHARS} are possible`;
  let size: number;
  try {
    size = RE2JS.compile(source).programSize();
  } catch (error) {
    return complaintOf(source, error);
  }
  if (size <= MAX_PROGRAM_SIZE) return undefined;
  return `comes to ${size} instructions; at most ${MAX_PROGRAM_SIZE} are possible: shorten its counted repetitions, {1,100} for example`;
}

/** For patterns that `regexProblem` has nothing against; else throws a RangeError. Searches texts in UTF-8, unanchored. */
export function compileRegex(source: string): RegexTest {
  const complaint = regexProblem(source);
  if (complaint !== undefined) throw new RangeError(`regex ${JSON.stringify(source)} ${complaint}`);
  const byStates = searchByStates(source);
  const bounded = RE2JS.compile(source);
  bounded.re2().dfa.failed = true; // straight to the search that needs no states
  const limit = Math.floor(MAX_WORK / bounded.programSize());
  byStates(WARM_UP);
  return (text) => byStates(frontAndBack(text, MAX_TEXT_BYTES)) ?? bounded.test(frontAndBack(text, limit));
}

/** Undefined: there would be too many states. */
function searchByStates(source: string): (text: Uint8Array) => boolean | undefined {
  const regex = RE2JS.compile(source);
  const { dfa } = regex.re2();
  dfa.stateBudget = MAX_STATE_BYTES;
  dfa.memBudget = MAX_STATE_BYTES;
  let gaveUp = false;
  regex.re2().doExecuteNFA = () => {
    gaveUp = true;
    return null;
  };
  return (text) => {
    gaveUp = false;
    const found = regex.test(text);
    return gaveUp ? undefined : found;
  };
}

/** Joined by a line break, so that `^` and `$` mean the text's own ends and no word is made of two. */
function frontAndBack(text: Uint8Array, bytes: number): Uint8Array {
  if (text.length <= bytes) return text;
  const half = bytes >> 1;
  const front = startOfCharacter(text, half);
  const back = startOfCharacter(text, text.length - half);
  const joined = new Uint8Array(front + 1 + text.length - back);
  joined.set(text.subarray(0, front));
  joined[front] = 0x0a;
  joined.set(text.subarray(back), front + 1);
  return joined;
}

function startOfCharacter(text: Uint8Array, at: number): number {
  let start = at;
  while (start > 0 && ((text[start] ?? 0) & 0xc0) === 0x80) start--;
  return start;
}

const NOT_IN_RE2 = [
  [
    /\(\?<?[=!]/,
    "uses a lookahead or lookbehind, which cannot be searched in linear time: match more of the text, or add a second condition",
  ],
  [/\\[1-9]|\\k</, "uses a backreference, which cannot be searched in linear time: write out what may be repeated"],
  [/\(\?>|[*+?}]\+/, "uses a possessive or atomic group, which is not needed here: leave it out, the search is linear anyway"],
  [/\\u[0-9a-fA-F]{4}/, "writes a character as \\u0041: write \\x{0041}"],
] as const;

function complaintOf(source: string, error: unknown): string {
  const known = NOT_IN_RE2.find(([sign]) => sign.test(source));
  if (known !== undefined) return known[1];
  const cause = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
  return `is not a regular expression in RE2's syntax: ${cause}`;
}
