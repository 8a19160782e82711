// The configuration file as it takes effect: every key in YAML, secrets masked, and what is a default told apart from what was said.
import { stringify } from "yaml";
import { Note } from "../config/effective.ts";
import type { Loaded } from "../config/load.ts";
import { redactedFile } from "../config/redact.ts";
import { takesColour } from "./terminal.ts";

const DIM = "\x1b[2m";
const PLAIN = "\x1b[0m";

/** A default is a key with its value; a note is a comment, where no value would say the same. */
type Unsaid = "default" | "note";

/** How a line is marked that the file does not say. */
export type MarkDefault = (line: string, says: Unsaid) => string;

export const dimmed: MarkDefault = (line) => `${DIM}${line}${PLAIN}`;
export const commented: MarkDefault = (line, says) => (says === "note" ? line : `${line} # default`);

/** Dimmed on a terminal that takes colour, unless NO_COLOR is set; else with a comment. */
export function markFor(terminal: boolean, env: Readonly<Record<string, string | undefined>>): MarkDefault {
  return takesColour(terminal, env) ? dimmed : commented;
}

/** Valid as a configuration, but for what is masked. */
export function effectiveFile({ config, file, given }: Loaded, mark: MarkDefault): string {
  return linesOf(redactedFile(file, config), given)
    .map(({ text, says }) => `${says === "given" ? text : mark(text, says)}\n`)
    .join("");
}

interface Line {
  readonly text: string;
  readonly says: "given" | Unsaid;
}

/** `given` is what the file says in this place; undefined: nothing. */
function linesOf(value: unknown, given: unknown): readonly Line[] {
  if (Array.isArray(value)) return value.flatMap((entry, at) => entryLines(entry, at, given));
  return Object.entries(value as object)
    .filter(([, inner]) => inner !== undefined)
    .flatMap(([key, inner]) => keyLines(key, inner, memberOf(given, key)));
}

function keyLines(key: string, value: unknown, given: unknown): readonly Line[] {
  if (value instanceof Note) return [{ text: `# ${key}: ${value.text}`, says: "note" }];
  const says = given === undefined ? "default" : "given";
  if (!isNested(value)) return [{ text: `${scalar(key)}: ${scalar(value)}`, says }];
  return [{ text: `${scalar(key)}:`, says }, ...linesOf(value, given).map((line) => ({ ...line, text: `  ${line.text}` }))];
}

function entryLines(entry: unknown, at: number, given: unknown): readonly Line[] {
  const own = memberOf(given, at);
  if (!isNested(entry)) return [{ text: `- ${scalar(entry)}`, says: own === undefined ? "default" : "given" }];
  return linesOf(entry, own).map((line, index) => ({ ...line, text: `${index === 0 ? "- " : "  "}${line.text}` }));
}

function memberOf(given: unknown, key: string | number): unknown {
  return typeof given === "object" && given !== null && Object.hasOwn(given, key)
    ? (given as Record<string | number, unknown>)[key]
    : undefined;
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.values(value).some((inner) => inner !== undefined);
}

/** In one line, and read back as the same. */
function scalar(value: unknown): string {
  return stringify(value, { lineWidth: 0, blockQuote: false, collectionStyle: "flow" }).trimEnd();
}
