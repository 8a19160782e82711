// What is wrong with a configuration file: each problem in one sentence, with the key's path and its line and column.
import { type Document, isMap, isPair, isScalar, isSeq, type LineCounter, type Node, type Pair, type YAMLMap } from "yaml";
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

/** A problem whose words are made only if it is shown. */
export type Found = Omit<Problem, "message"> & { readonly message: string | (() => string) };

const MAX_SHOWN = 20;
const MAX_LINE_CHARS = 400; // of what a line says: a key or a name may be as long as the file

/** The problems of one file: the first of them, and how many there are. */
export class ConfigInvalid extends SluiceError {
  readonly source: string;
  readonly problems: readonly Problem[];
  readonly count: number;

  constructor(source: string, problems: readonly Problem[], count = problems.length) {
    const lines = problems.map(
      ({ path, message, line, column }) => `  ${source}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`,
    );
    const more = count > problems.length ? [`  and ${count - problems.length} more`] : [];
    super("config-invalid", [`${source}: ${count} ${count === 1 ? "problem" : "problems"}`, ...lines, ...more].join("\n"));
    this.source = source;
    this.problems = problems;
    this.count = count;
  }
}

/** Of all that was found, the first in the order of the lines. */
export function configInvalid(source: string, found: readonly Found[]): ConfigInvalid {
  const shown = found.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MAX_SHOWN);
  const problems = shown.map(({ path, message, ...place }) => ({
    path: clipped(path),
    message: clipped(typeof message === "string" ? message : message()),
    ...place,
  }));
  return new ConfigInvalid(source, problems, found.length);
}

function clipped(text: string): string {
  return text.length <= MAX_LINE_CHARS ? text : `${text.slice(0, MAX_LINE_CHARS)}…`;
}

export interface ParsedFile {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** A problem at a key: at the key itself when the key is what is wrong, else at its value. */
export function problemAt(file: ParsedFile, path: KeyPath, message: Found["message"], place: "key" | "value" = "value"): Found {
  const offset = offsetOf(file.document, path, place);
  const { line, col } = file.lines.linePos(offset);
  return { path: formatPath(path), message, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The problems that one complaint of the schema stands for; several for several unknown keys. */
export function problemsOf(file: ParsedFile, issue: z.core.$ZodIssue): readonly Found[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code !== "unrecognized_keys") return [problemAt(file, path, messageOf(issue), issue.code === "invalid_key" ? "key" : "value")];
  const known = knownKeys(path, path[0] === "policies" ? file.document.getIn([...path.slice(0, 2), "type"]) : undefined);
  const message = (key: string) => {
    const meant = nearest(key, known);
    return `unknown key${meant === undefined ? `; known here: ${known.join(", ")}` : `; did you mean ${meant}?`}`;
  };
  return issue.keys.map((key) => problemAt(file, [...path, key], () => message(key), "key"));
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
    const found: unknown = isMap(node) ? pairsOf(node).get(String(part)) : isSeq(node) ? node.items[Number(part)] : undefined;
    if (found === undefined) return offset;
    node = isPair(found) && !(last && place === "key") ? (found.value ?? found.key) : isPair(found) ? found.key : found;
    offset = startOf(node) ?? offset;
  }
  return offset;
}

const pairsByMap = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

/** By key, made once a map: many problems of one map would else go through all of it each. */
function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairsByMap.get(map);
  if (known !== undefined) return known;
  const pairs = new Map(map.items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair]] : [])));
  pairsByMap.set(map, pairs);
  return pairs;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
