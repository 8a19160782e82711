// Names in the configuration that must stand for something in it, and words that must not be repeated.

import type { KeyPath } from "./key-path.ts";
import { nearest } from "./nearest.ts";

/** Told of each problem; resolving goes on, so that all of them are reported at once. */
export type Complain = (path: KeyPath, message: string) => void;

export function requireKnown(
  complain: Complain,
  path: KeyPath,
  name: string,
  known: readonly string[],
  what: "tier" | "policy" | "topic",
): void {
  if (!known.includes(name)) complain(path, unknownName(name, known, what));
}

/** `there is no tier storng; did you mean strong?` */
export function unknownName(name: string, known: readonly string[], what: string): string {
  const meant = nearest(name, known);
  return `there is no ${what} ${name}; ${meant === undefined ? `there are ${known.join(", ")}` : `did you mean ${meant}?`}`;
}

/** In lower case; complains of one that is listed twice. */
export function loweredWords(complain: Complain, path: KeyPath, words: readonly string[]): readonly string[] {
  const lowered = words.map((word) => word.toLowerCase());
  const seen = new Set<string>();
  for (const [index, word] of lowered.entries()) {
    if (seen.has(word)) complain([...path, index], `${word} is listed above`);
    seen.add(word);
  }
  return lowered;
}
