// What can be wrong with a row of a data set: where, of which kind, what was expected, what was found, and what to do.
import { SluiceError } from "../../errors.ts";

export const PROBLEM_KINDS = [
  "not UTF-8",
  "not JSON",
  "not an object",
  "line too long",
  "wrong number of columns",
  "no request",
  "bad request",
  "no label or scores",
  "bad label",
  "bad score",
  "label and scores",
  "other models",
  "bad group or path",
  "bad turn",
  "bad weight",
  "not a decision",
  "no answer",
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

export interface DataProblem {
  readonly place: string; // file and line
  readonly kind: ProblemKind;
  readonly message: string; // what was expected and what was found
  readonly hint: string;
}

/** The problem as an error that ends the reading. */
export function dataError({ place, message, hint }: Omit<DataProblem, "kind">): SluiceError {
  return new SluiceError("data-invalid", `${place}: ${message}`, { hint });
}

const SHOWN_CHARACTERS = 60;

/** A value as messages show it: as JSON, on one line, its front only where it is long. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value);
  const characters = [...json.slice(0, 2 * SHOWN_CHARACTERS)];
  return characters.length <= SHOWN_CHARACTERS ? json : `${characters.slice(0, SHOWN_CHARACTERS).join("")}…`;
}

/** Names of columns as messages list them. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  return `${names.slice(0, 12).map(shown).join(", ")}${more}`;
}

/** What is wrong with a part of a row. */
export class Trouble {
  readonly kind: ProblemKind;
  readonly message: string;
  readonly hint: string;

  constructor(kind: ProblemKind, message: string, hint: string) {
    this.kind = kind;
    this.message = message;
    this.hint = hint;
  }
}
