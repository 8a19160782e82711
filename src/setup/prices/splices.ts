// Changes to places of a text that leave the rest of it as it is. Pure.

export interface Splice {
  readonly start: number;
  readonly end: number; // the same as the start: nothing is taken away
  readonly text: string;
}

/** Of several at one place, additions come first, in their order. */
export function spliced(text: string, splices: readonly Splice[]): string {
  let result = "";
  let at = 0;
  for (const splice of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    result += text.slice(at, splice.start) + splice.text;
    at = splice.end;
  }
  return result + text.slice(at);
}

export function startOfLine(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line of an offset ends, before its line end, and what that is; of the last line, as the text has it elsewhere. */
export function lineEndAfter(text: string, offset: number): { readonly at: number; readonly newline: string } {
  const found = text.indexOf("\n", offset);
  if (found < 0) return { at: text.length, newline: text.includes("\r\n") ? "\r\n" : "\n" };
  return text[found - 1] === "\r" ? { at: found - 1, newline: "\r\n" } : { at: found, newline: "\n" };
}
