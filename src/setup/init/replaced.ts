// Changes to a shipped file's text, so that its comments stay. A change that finds nothing is a bug: the file and the change went apart.

export type Replacement = readonly [from: string | RegExp, to: string];

/** One after the other, each everywhere it is found. Throws where one finds nothing. */
export function replaced(text: string, replacements: readonly Replacement[]): string {
  return replacements.reduce((before, [from, to]) => {
    const after = before.replaceAll(typeof from === "string" ? from : new RegExp(from, "g"), () => to);
    if (after === before && !before.includes(to)) throw new Error(`invariant: a shipped file holds ${from}`);
    return after;
  }, text);
}
