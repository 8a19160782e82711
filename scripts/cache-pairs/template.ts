// A pair of questions as a template: two sentences with gaps, and what goes into these.

/** All but the first ask for something else, however alike they look. */
export const KINDS = ["paraphrase", "number", "name", "negation", "order", "unit", "word", "question", "quoted", "code"] as const;
export type Kind = (typeof KINDS)[number];

export interface Template {
  readonly kind: Kind;
  readonly one: string; // `{0}` is the first of a row of fills
  readonly two: string;
  readonly fills: readonly (readonly string[])[];
}

/** Half of the templates were looked at while the veto was written; the other half was measured once it stood. */
export interface Templates {
  readonly tuned: readonly Template[];
  readonly heldOut: readonly Template[];
}

export function template(kind: Kind, one: string, two: string, fills: readonly (readonly string[])[]): Template {
  return { kind, one, two, fills };
}

/** `a|b / c|d`: two rows of two. */
export function rows(text: string): readonly (readonly string[])[] {
  return text.split(" / ").map((row) => row.split("|"));
}

export function filled(sentence: string, fills: readonly string[]): string {
  return sentence.replace(/\{(\d)\}/g, (_, at: string) => fills[Number(at)] ?? "");
}
