// Parts of a keyword list that a sweep tries: the words of some scripts, and all words but one.

export interface KeywordPart {
  readonly name: string; // `keywords latin+han`, `keywords without design`
  /** Whether a row with these keywords has one of the part. */
  holds(found: FoundKeywords): boolean;
}

export interface FoundKeywords {
  readonly scripts: number; // bit set: the scripts of those found
  readonly only: string | undefined; // the one found, where it is the only one
}

const SCRIPT_LETTERS: readonly (readonly [name: string, letter: RegExp])[] = [
  ["han", /\p{Script=Han}/u],
  ["hangul", /\p{Script=Hangul}/u],
  ["cyrillic", /\p{Script=Cyrillic}/u],
  ["latin", /\p{Script=Latin}/u],
];
const OTHER_BIT = 1 << SCRIPT_LETTERS.length;

/** The bit of each keyword's script: of the first in the list above that it has a letter of. */
export function scriptsOf(keywords: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    keywords.map((keyword) => {
      const at = SCRIPT_LETTERS.findIndex(([, letter]) => letter.test(keyword));
      return [keyword, at < 0 ? OTHER_BIT : 1 << at];
    }),
  );
}

/** `whole`: every choice of scripts, all words first, then none. `without`: all keywords but one. */
export function keywordParts(keywords: readonly string[], scripts: ReadonlyMap<string, number>) {
  const bits = [...new Set(scripts.values())].sort((a, b) => a - b);
  let choices = [0];
  for (const bit of bits) choices = [...choices, ...choices.map((choice) => choice | bit)];
  const every = choices.at(-1) ?? 0;
  return {
    whole: [...new Set([every, ...choices])].map(
      (choice): KeywordPart => ({ name: nameOf(choice, every), holds: (found) => (found.scripts & choice) !== 0 }),
    ),
    without: [...new Set(keywords)].map(
      (keyword): KeywordPart => ({
        name: `keywords without ${keyword}`,
        holds: (found) => found.scripts !== 0 && found.only !== keyword,
      }),
    ),
  };
}

function nameOf(choice: number, every: number): string {
  if (choice === 0) return "no keywords";
  if (choice === every) return "all keywords";
  const names = [...SCRIPT_LETTERS.map(([name]) => name), "other"];
  return `keywords ${names.filter((_, at) => (choice & (1 << at)) !== 0).join("+")}`;
}
