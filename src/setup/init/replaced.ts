// Changes to a shipped file's text, so that its comments stay. A change that finds nothing is a bug: the file and the change went apart.

export type Replacement = readonly [from: string | RegExp, to: string];

/** One after the other; text everywhere it is found, a pattern once. Throws where one finds nothing. */
export function replaced(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((before, [from, to]) => {
    const isThere = typeof from === "string" ? before.includes(from) : from.test(before);
    if (!isThere) throw new Error(`invariant: a shipped file holds ${from}`);
    return typeof from === "string" ? before.replaceAll(from, () => to) : before.replace(from, () => to);
  }, text);
}
