// Whether two questions that an embedding calls alike may differ in what they ask for: then no answer to one is given to the other. In
// doubt they do. Pure; it knows no meaning: a question that passes says the same words, in the same order, but for what never tells.
import { otherByCapital } from "./english.ts";
import type { Question } from "./question.ts";
import { type Token, WORD_KINDS, type Words } from "./words.ts";

/** Why an answer to one question is not given to another, in the order in which they are looked at. */
export const VETOES = ["language", "code", "quoted", "number", "unit", "negation", "question", "name", "word", "order"] as const;
export type Veto = (typeof VETOES)[number];

/** Undefined: nothing speaks against it. */
export function vetoOf(one: Question, two: Question): Veto | undefined {
  if (one.language !== two.language) return "language";
  if (!areSame(one.code, two.code)) return "code";
  if (!areSame(one.quoted, two.quoted)) return "quoted";
  return vetoByWords(one.words, two.words);
}

function vetoByWords(one: Words, two: Words): Veto | undefined {
  const left = countsOf(one.tokens);
  const differing = new Set<Token["kind"]>();
  for (const { text, kind } of two.tokens) {
    const count = left.get(text)?.count ?? 0;
    if (count === 0) differing.add(kind);
    else left.set(text, { kind, count: count - 1 });
  }
  for (const { kind, count } of left.values()) if (count > 0) differing.add(kind);
  for (const kind of [...VETOES, ...WORD_KINDS]) if (isKind(kind) && differing.has(kind)) return kind;
  if (otherByCapital(one, two)) return "name";
  return one.order === two.order ? undefined : "order";
}

function isKind(name: string): name is Token["kind"] {
  return (WORD_KINDS as readonly string[]).includes(name);
}

function countsOf(tokens: readonly Token[]): Map<string, { readonly kind: Token["kind"]; readonly count: number }> {
  const counts = new Map<string, { readonly kind: Token["kind"]; readonly count: number }>();
  for (const { text, kind } of tokens) counts.set(text, { kind, count: (counts.get(text)?.count ?? 0) + 1 });
  return counts;
}

function areSame(one: readonly string[], two: readonly string[]): boolean {
  return one.length === two.length && one.every((text, at) => text === two[at]);
}
