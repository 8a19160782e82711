// Writes the types of the two formats that other programs read and write: a line of the decision log (made from the table it is written
// by) and a row of a data set. They are what `import type … from "sluice/decision-log"` and `"sluice/data-set"` find.
import { mkdirSync, writeFileSync } from "node:fs";
import { DECISION_LINE_FIELDS, type DecisionLineField } from "../src/outcome/sinks/decision-line.ts";

const TYPES_FOLDER = new URL("../dist/types/", import.meta.url);

/** The fields that no line lacks; a line has the others where there is a value. */
const ALWAYS = ["time", "outcome.kind"];

const TYPE_OF: Readonly<Record<DecisionLineField["type"], string>> = {
  text: "string",
  number: "number",
  boolean: "boolean",
  "list of text": "readonly string[]",
  "map of text": "Readonly<Record<string, string>>",
  "list of maps": "readonly Readonly<Record<string, string>>[]",
};

/** `decision-log.d.ts`: one interface, nested as the fields' names say. */
export function decisionLogTypes(fields: readonly DecisionLineField[] = DECISION_LINE_FIELDS): string {
  return `/** One line of the decision log, which is JSON. Fields are added in later versions; read what you know. */
export interface DecisionLine {
${members(fields, "", "  ")}}
`;
}

function members(fields: readonly DecisionLineField[], front: string, indent: string): string {
  const names = [...new Set(fields.map(({ field }) => field.slice(front.length).split(".")[0] ?? ""))];
  return names.map((name) => member(fields, `${front}${name}`, name, indent)).join("");
}

function member(fields: readonly DecisionLineField[], path: string, name: string, indent: string): string {
  const optional = ALWAYS.some((always) => always === path || always.startsWith(`${path}.`)) ? "" : "?";
  const own = fields.find(({ field }) => field === path);
  if (own !== undefined) return `${indent}/** ${own.meaning} */\n${indent}readonly ${name}${optional}: ${TYPE_OF[own.type]};\n`;
  const inside = fields.filter(({ field }) => field.startsWith(`${path}.`));
  return `${indent}readonly ${name}${optional}: {\n${members(inside, `${path}.`, `${indent}  `)}${indent}};\n`;
}

/** `data-set.d.ts`: what src/study/dataset/row.ts reads from a line of JSON under its own names. */
export const DATA_SET_TYPES = `/** How well a tier answered: 0 to 1, or whether it did. */
export type Score = number | boolean;

/** The request: its text, its messages, or its whole body. One of the three. */
export type RowRequest =
  | { readonly prompt: string; readonly messages?: never; readonly request?: never }
  | { readonly messages: readonly RowMessage[]; readonly prompt?: never; readonly request?: never }
  | { readonly request: { readonly [member: string]: unknown }; readonly prompt?: never; readonly messages?: never };

/** A message as a client sends it; \`content\` is text or the format's list of parts. */
export interface RowMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [member: string]: unknown;
}

/** Which tier was needed: said by a person, or told by how well each tier answered. */
export type RowTruth =
  | { readonly label: "weak" | "strong"; readonly weak?: never; readonly strong?: never }
  | { readonly scores: TierScores; readonly label?: never; readonly weak?: never; readonly strong?: never }
  | { readonly weak: Score; readonly strong: Score; readonly label?: never };

/** How well each of several tiers answered, cheapest first; the same tiers in every row. */
export type TierScores = Readonly<Record<string, Score>>;

/** What a row may have besides. */
export interface RowContext {
  readonly path?: string; // of the request, such as /v1/messages
  readonly group?: string | number | boolean; // a day, a task, a user: what figures are given by
  readonly inclusion?: number; // the chance with which the row was drawn; of all rows or of none
  readonly like?: number; // with it: requests that the row stands for
}

/** What a turn of a session may have besides, for \`sluice evaluate --by-session\`. Rows of a session stand in their order. */
export interface RowTurn {
  readonly session?: string | number; // without: the session id in the request
  readonly turn?: number; // ascending
  readonly time?: string | number; // when it was sent: ISO 8601, or seconds; without, the prompt cache is taken to be warm
  readonly inputTokens?: number; // as the model server counted; without, an estimate
  readonly outputTokens?: number;
}

/** Of a turn that nobody judged. */
export type NoTruth = { readonly label?: never; readonly weak?: never; readonly strong?: never };

/** One turn of a session, as \`sluice evaluate --by-session\` reads it. */
export type SessionRow = RowRequest & (RowTruth | NoTruth) & RowContext & RowTurn;

/** One row of a data set: a line of a .jsonl file, as \`sluice evaluate\` and \`sluice train\` read it. Other members are left alone. */
export type DataSetRow = RowRequest & RowTruth & RowContext;
`;

if (import.meta.main) {
  mkdirSync(TYPES_FOLDER, { recursive: true });
  writeFileSync(new URL("decision-log.d.ts", TYPES_FOLDER), decisionLogTypes());
  writeFileSync(new URL("data-set.d.ts", TYPES_FOLDER), DATA_SET_TYPES);
}
