// Where lines end up: a file, or standard output. A target may be slow, full or gone; what it did not take stays with who wrote.

export interface LineTarget {
  /**
   * Takes as many as it can, the first ones first; each ends with a newline. Never rejects, and is not asked again before it has answered.
   * Lines that were not taken come again, first of all.
   */
  write(lines: readonly string[]): Promise<Taken>;
  /** The last attempt before the process ends: as many as go at once, without waiting. How many that were. */
  writeNow(lines: readonly string[]): number;
  /** The path may mean another file from now on. Never rejects. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

/** `lines`: so many of the first ones are written, to their end. */
export type Taken =
  | { readonly kind: "done"; readonly lines: number } // more may come at once
  | { readonly kind: "busy"; readonly lines: number } // it takes the others later: a reader is slow
  | { readonly kind: "failed"; readonly lines: number; readonly cause: unknown };

/** How many of the first lines are all within so many bytes, and how many bytes these are. */
export function wholeLines(lines: readonly string[], bytes: number): { readonly lines: number; readonly bytes: number } {
  let whole = 0;
  let end = 0;
  for (const line of lines) {
    const next = end + Buffer.byteLength(line);
    if (next > bytes) break;
    end = next;
    whole++;
  }
  return { lines: whole, bytes: end };
}
