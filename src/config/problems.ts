// What is wrong with a configuration file: each problem in one sentence, with the key's path and its line and column.
import { type Document, isMap, isPair, isScalar, isSeq, type LineCounter, type Node } from "yaml";
import type { z } from "zod";
import { SluiceError } from "../errors.ts";
import { formatPath, type KeyPath } from "./key-path.ts";
import { knownKeys } from "./keys.ts";
import { nearest } from "./nearest.ts";

export interface Problem {
  readonly path: string; // `policies.main.maxChars`, `tiers[0].name`; empty for the file itself
  readonly message: string;
  readonly line: number; // from 1
  readonly column: number; // from 1
}

/** Every problem of one file at once. */
export class ConfigInvalid extends SluiceError {
  readonly problems: readonly Problem[];

  constructor(source: string, unsorted: readonly Problem[]) {
    const problems = unsorted.toSorted((a, b) => a.line - b.line || a.column - b.column);
    const lines = problems.map(
      ({ path, message, line, column }) => `  ${source}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`,
    );
    super("config-invalid", [`${source}: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`, ...lines].join("\n"));
    this.problems = problems;
  }
}

export interface ParsedFile {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** A problem at a key: at the key itself when the key is what is wrong, else at its value. */
export function problemAt(file: ParsedFile, path: KeyPath, message: string, place: "key" | "value" = "value"): Problem {
  const offset = offsetOf(file.document, path, place);
  const { line, col } = file.lines.linePos(offset);
  return { path: formatPath(path), message, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The problems that one complaint of the schema stands for; several for several unknown keys. */
export function problemsOf(file: ParsedFile, issue: z.core.$ZodIssue): readonly Problem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code !== "unrecognized_keys") return [problemAt(file, path, messageOf(issue), issue.code === "invalid_key" ? "key" : "value")];
  const known = knownKeys(path, path[0] === "policies" ? file.document.getIn([...path.slice(0, 2), "type"]) : undefined);
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    const advice = meant === undefined ? `; known here: ${known.join(", ")}` : `; did you mean ${meant}?`;
    return problemAt(file, [...path, key], `unknown key${advice}`, "key");
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? `missing; must be ${named(issue.expected)}` : `must be ${named(issue.expected)}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values.map(String))}`;
    case "invalid_union":
      return "discriminator" in issue ? unionMessage(issue) : issue.message;
    case "too_small":
      return sized("at least", issue.minimum, issue.origin);
    case "too_big":
      return sized("at most", issue.maximum, issue.origin);
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message; // our own words: the schema gives one for each pattern and check
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a map of keys to values",
  record: "a map of names to values",
  array: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function named(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(", ")}`;
}

/** Of a union told apart by one key, whose path the issue has. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const { discriminator = "", options = [] } = issue as { discriminator?: string; options?: readonly unknown[] };
  const given = (issue.input as Record<string, unknown> | undefined)?.[discriminator];
  return `${given === undefined ? "missing; " : ""}must be ${oneOf(options.map(String))}`;
}

function sized(bound: "at least" | "at most", limit: number | bigint, origin: string): string {
  if (origin === "array") return `must have ${bound} ${limit} ${limit === 1 ? "entry" : "entries"}`;
  if (origin === "string") return `must have ${bound} ${limit} ${limit === 1 ? "character" : "characters"}`;
  return `must be ${bound} ${limit}`;
}

/** Where a key stands in the text; where it is missing, the nearest thing around it that is there. */
function offsetOf(document: Document, path: KeyPath, place: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    const found: unknown = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part))
      : isSeq(node)
        ? node.items[Number(part)]
        : undefined;
    if (found === undefined) return offset;
    node = isPair(found) && !(last && place === "key") ? (found.value ?? found.key) : isPair(found) ? found.key : found;
    offset = startOf(node) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
