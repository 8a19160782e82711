// The `prompt` of the legacy completions interface: a string, a list of strings, a list of tokens, or a list of lists of tokens. Tokens are
// only counted: what they say, their tokenizer alone knows.
import { closed, CLOSE_BRACKET, first, isDigit, isTooDeep, next, OPEN_BRACKET, QUOTE, skipValue } from "./json";
import { addPiece, hadEnvelopes, markUser, noteUserMessage, pieceCount, PROMPT, readText, saidText, textEnd } from "./text";

/** Numbers in the prompt last read. */
export let tokens: i32 = 0;

export function forgetTokens(): void {
  tokens = 0;
}

/** `p` behind the opening bracket. */
export function readPromptList(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  const before = textEnd;
  const piecesBefore = pieceCount;
  p = first(p, CLOSE_BRACKET);
  while (!closed) {
    const c = load<u8>(p);
    if (c == QUOTE) p = readText(p + 1);
    else if (c == OPEN_BRACKET) p = readTokens(p + 1, depth + 1);
    else p = readToken(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACKET);
  }
  addPiece(before, textEnd, 0, PROMPT);
  markUser(piecesBefore, p);
  if (saidText || !hadEnvelopes) noteUserMessage(PROMPT, 0);
  return p;
}

function readTokens(p: usize, depth: i32): usize {
  if (isTooDeep(depth)) return 0;
  p = first(p, CLOSE_BRACKET);
  while (!closed) {
    p = readToken(p, depth + 1);
    if (p == 0) return 0;
    p = next(p, CLOSE_BRACKET);
  }
  return p;
}

function readToken(p: usize, depth: i32): usize {
  const c = load<u8>(p);
  if (isDigit(c) || c == 0x2d) tokens++;
  return skipValue(p, depth);
}
