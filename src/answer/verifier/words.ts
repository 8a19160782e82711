// Words and numbers of a text, as the verifier's facts count them.
import { WORD } from "../said/distinct.ts";

const NUMBER = /\d+(?:\.\d+)?/g;

/** In lower case. */
export function wordsIn(text: string): readonly string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

export function numbersIn(text: string): readonly string[] {
  return text.match(NUMBER) ?? [];
}
