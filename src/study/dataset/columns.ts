// Which column of a file holds what: the contract's own names, or those that `--columns prompt=question,weak=llama-8b` gives.
import { SluiceError } from "../../errors.ts";

/**
 * `exclude` is the column of the files given with --exclude; `session` to `outputTokens` are read by session alone, the answers by
 * `--answers` and `--cascade`. `inclusion` is the chance with which a row was drawn, `like` how many it stands for: as `sluice sample`
 * writes them.
 */
export const FIELDS = [
  "prompt",
  "messages",
  "request",
  "path",
  "group",
  "label",
  "weak",
  "strong",
  "scores",
  "session",
  "turn",
  "time",
  "inputTokens",
  "outputTokens",
  "inclusion",
  "like",
  "weakAnswer",
  "strongAnswer",
  "exclude",
] as const;
export type Field = (typeof FIELDS)[number];

export interface Columns {
  readonly names: Readonly<Partial<Record<Field, string>>>; // a field without a name is not read
  readonly groupFromFile: boolean; // the group is the file's name without its endings
}

/** Instead of a column's name, for `group`. In quotes it is a name like any other. */
const FROM_FILE = "@file";

/** Whoever names a field of one alternative means that one: the others are not read under their own names. */
const CHOICES: readonly (readonly (readonly Field[])[])[] = [
  [["prompt"], ["messages"], ["request"]],
  [["label"], ["weak", "strong", "scores"]],
];

/** What a file holds under the contract's own names. */
export const OWN_COLUMNS: Columns = { names: ownNames(new Set()), groupFromFile: false };

/**
 * Reads `prompt=question,weak=llama-8b,group=@file`. A name with a comma, `=` or `"` stands in double quotes, a quote in it twice. Throws
 * `columns-invalid`.
 */
export function parseColumns(text: string): Columns {
  const given = new Map<Field, string>();
  let groupFromFile = false;
  let rest = text;
  while (rest !== "") {
    const [pair, field = "", quoted, bare] = PAIR.exec(rest) ?? [];
    if (pair === undefined) throw invalid(`"${rest}": expected field=column, a name with a comma, = or " in double quotes`);
    if (!isField(field)) throw invalid(`"${field}" is no field; the fields are ${FIELDS.join(", ")}`);
    if (given.has(field)) throw invalid(`"${field}" is given twice`);
    const name = quoted?.replaceAll('""', '"') ?? bare?.trim() ?? "";
    if (name === "") throw invalid(`"${field}" names no column`);
    if (name === FROM_FILE && quoted === undefined) {
      if (field !== "group") throw invalid(`${FROM_FILE} is for group alone, not for "${field}"`);
      groupFromFile = true;
    }
    given.set(field, name);
    rest = rest.slice(pair.length);
  }
  return { names: { ...ownNames(new Set(given.keys())), ...Object.fromEntries(given) }, groupFromFile };
}

/** A field, `=`, and a name in quotes or without, up to the comma. */
const PAIR = /^\s*([^=,"\s]*)\s*=\s*(?:"((?:[^"]|"")*)"\s*|([^",=]*))(?:,|$)/;

function ownNames(given: ReadonlySet<Field>): Partial<Record<Field, Field>> {
  const unread = CHOICES.flatMap((alternatives) => {
    const meant = alternatives.filter((fields) => fields.some((field) => given.has(field)));
    return meant.length === 0 ? [] : alternatives.filter((fields) => !meant.includes(fields)).flat();
  });
  return Object.fromEntries(FIELDS.filter((field) => !unread.includes(field)).map((field) => [field, field]));
}

function isField(word: string): word is Field {
  return (FIELDS as readonly string[]).includes(word);
}

function invalid(message: string): SluiceError {
  return new SluiceError("columns-invalid", `--columns: ${message}`);
}
