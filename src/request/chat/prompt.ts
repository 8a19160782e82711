// The text of a request as it is kept for the decision log and the trace, where the operator asked for that. Never longer than stated here.
import type { Scope } from "./facts.ts";

/** What is kept: the last message of the user. */
export const PROMPT_SCOPE: Scope = "last_user";
/** UTF-16 code units. Longer ones are cut, and say so. */
export const MAX_PROMPT_LENGTH = 4000;
/** A code unit takes 3 bytes of UTF-8 at most, so these make more than are kept. */
const ENOUGH_BYTES = 3 * (MAX_PROMPT_LENGTH + 1);

export interface Prompt {
  readonly text: string;
  readonly cut: boolean; // more of it was there
}

/** `utf8` is only looked at; what is made of it is a copy. */
export function promptOf(utf8: Uint8Array): Prompt {
  const text = UTF8.decode(utf8.subarray(0, ENOUGH_BYTES));
  if (text.length <= MAX_PROMPT_LENGTH) return { text, cut: false };
  return { text: text.slice(0, endsInsidePair(text) ? MAX_PROMPT_LENGTH - 1 : MAX_PROMPT_LENGTH), cut: true };
}

/** Of two code units that make one character, the first would be the last one kept. */
function endsInsidePair(text: string): boolean {
  const last = text.charCodeAt(MAX_PROMPT_LENGTH - 1);
  return last >= 0xd800 && last <= 0xdbff;
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
