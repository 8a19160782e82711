// Whether a changed configuration file may be one that is only half written, and so is looked at a second time before it counts. Most of
// what is cut off somewhere is no YAML, or no configuration; what is left looks like a file from which something was taken out. Pure.

/** What a file said. */
export interface FileContent {
  readonly text: string;
  readonly given: unknown; // as plain values
}

export interface Shrinkage {
  readonly suspect: boolean;
  readonly gone: readonly string[]; // keys at the top of the file, whose defaults would count
}

/**
 * Suspect: the new text is the beginning of the old one, lacks the line end that the old one ended with, or lacks a key, or an entry of a
 * list, at any depth. So no beginning of the file in force is above suspicion, nor one of its successor that lacks anything of it.
 */
export function shrinkage(before: FileContent, after: FileContent): Shrinkage {
  const cutOff = after.text.length < before.text.length && before.text.startsWith(after.text);
  const unended = before.text.endsWith("\n") && !after.text.endsWith("\n");
  const gone = topKeys(before.given).filter((key) => !topKeys(after.given).includes(key));
  return { suspect: cutOff || unended || gone.length > 0 || lacks(before.given, after.given), gone };
}

/** A key that has no value any more is gone too. */
function topKeys(given: unknown): readonly string[] {
  return isMap(given) ? Object.keys(given).filter((key) => given[key] !== undefined) : [];
}

function lacks(before: unknown, after: unknown): boolean {
  if (after === undefined) return before !== undefined;
  if (Array.isArray(before) && Array.isArray(after))
    return after.length < before.length || before.some((item, at) => lacks(item, after[at]));
  if (!isMap(before) || !isMap(after)) return false; // another kind of value
  return Object.keys(before).some((key) => lacks(before[key], Object.hasOwn(after, key) ? after[key] : undefined));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
