// What a question's words come to: each with its kind, and the order in which they count.

export const WORD_KINDS = ["number", "unit", "negation", "question", "name", "word", "code"] as const;
export type WordKind = (typeof WORD_KINDS)[number];

export interface Token {
  readonly text: string;
  readonly kind: WordKind;
}

export interface Words {
  readonly tokens: readonly Token[];
  readonly order: string; // the same of two questions only where their words stand to each other in the same way
  readonly names: ReadonlyMap<string, string>; // by its small letters, each word that is written with a capital inside a sentence
}

/** In the place of what was quoted, and of code. */
export const GAP = "\uFFFC";

const TOKEN = /(?<![\p{L}\p{N}])-?\d+(?:\.\d+)?|\.?[\p{L}]+(?:['_.-][\p{L}\p{N}]+)*|[^\s]/gu;
const PUNCTUATION = /^[,.?!;:()…—–"'“”‘’、。~-]$/u;

/** With numbers in one form. */
export function tokensOf(text: string): readonly string[] {
  const parted = text.replace(/(\d),(?=\d{3}(?!\d))/g, "$1").replace(/(\d)(?=\p{L})/gu, "$1 ");
  return (parted.match(TOKEN) ?? []).map((token) => (/^-?\d/.test(token) ? String(Number(token)) : token));
}

export function isPunctuation(token: string): boolean {
  return PUNCTUATION.test(token);
}

/** All that is written, but for punctuation. */
export function bareWords(text: string): Words {
  const tokens = tokensOf(text).filter((token) => !isPunctuation(token));
  return {
    tokens: tokens.map((token) => ({ text: token, kind: /^-?\d/.test(token) ? "number" : "word" })),
    order: tokens.join(" "),
    names: new Map(),
  };
}

export function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}

/** `a b c; d e`: the first of each group stands for all. */
export function synonyms(text: string): ReadonlyMap<string, string> {
  const groups = text.split("; ").map((group) => group.split(" "));
  return new Map(groups.flatMap(([first = "", ...others]) => others.map((other) => [other, first] as const)));
}

/** Between two sentences. */
export const END = "/";

/** With one END for each run of the marks that end a sentence, and none behind the last. */
export function endings(words: readonly string[]): readonly string[] {
  const last = words.findLastIndex((word) => !isPunctuation(word));
  const front = words.slice(0, last + 1);
  return front.flatMap((word, at) => (!/^[.?!。]$/.test(word) ? [word] : isPunctuation(front[at + 1] ?? "") ? [] : [END]));
}
