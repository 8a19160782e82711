// Parameters of a request that a rule sets in the body: which member, to what, and whether the client's own value stands.

export interface ParamEdit {
  readonly name: string; // of a top-level member: `max_tokens`
  readonly json: string; // the value to set, as JSON
  readonly overwrite: boolean; // false: only where the client did not set it; null counts as not set
}

/** Where a member's value stands in the body: byte offsets. A repeated member has a place each. */
export interface ParamPlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export const MAX_PARAMS = 64; // of a configuration
/** With the other names of those, and the members that shapes go into, which the scanner notes, too: see param-table.ts, shape.ts. */
export const MAX_NOTED_PARAMS = 112;
export const MAX_PARAM_NAME_BYTES = 64; // UTF-8

/** What is wrong with a name, as the end of a sentence; undefined when nothing is. */
export function checkParamName(name: string): string | undefined {
  const { length } = utf8(name);
  if (length === 0) return "must not be empty";
  if (length > MAX_PARAM_NAME_BYTES) return `has ${length} bytes of UTF-8; at most ${MAX_PARAM_NAME_BYTES} are possible`;
  if (!name.isWellFormed()) return "holds half of a surrogate pair";
  if (name.includes("\ufffd")) return "holds U+FFFD, which stands for a character that was lost";
  return name === "model" ? "is set by the tier, not as a parameter" : undefined;
}

/** The table the scanner compares with: for each name a byte for its length, then its bytes. Throws a RangeError. */
export function compileParamNames(names: readonly string[]): Uint8Array {
  if (names.length > MAX_NOTED_PARAMS) throw new RangeError(`${names.length} parameters; at most ${MAX_NOTED_PARAMS} are possible`);
  for (const name of names) {
    const complaint = checkParamName(name);
    if (complaint !== undefined) throw new RangeError(`parameter ${JSON.stringify(name)} ${complaint}`);
  }
  return Uint8Array.from(names.flatMap((name) => [utf8(name).length, ...utf8(name)]));
}

const utf8 = (text: string) => new TextEncoder().encode(text);
