// From one row, whichever format it came in, to an example: the request as a client would send it, and which tier was needed.
import type { Columns, Field } from "./columns.ts";
import type { Example, Truth } from "./example.ts";
import { type DataProblem, listed, type ProblemKind, shown } from "./problem.ts";

/** One row by column names. Text of a CSV file and values of a JSON object alike. */
export interface Row {
  readonly place: string; // file and line
  readonly fileGroup: string; // the file's name without its endings
  readonly names: readonly string[];
  value(name: string): unknown; // undefined: no such column
}

export type RowReading = { readonly example: Example; readonly prompt: string | undefined } | { readonly problem: DataProblem };

/** What is wrong with a part of a row. */
class Trouble {
  readonly kind: ProblemKind;
  readonly message: string;
  readonly hint: string;

  constructor(kind: ProblemKind, message: string, hint: string) {
    this.kind = kind;
    this.message = message;
    this.hint = hint;
  }
}

interface Request {
  readonly body: Uint8Array;
  readonly prompt: string | undefined; // the prompt, or the text of the last user message: what --exclude compares
}

export function readRow(row: Row, columns: Columns): RowReading {
  const request = requestOf(row, columns);
  if (request instanceof Trouble) return problem(row, request);
  const truth = truthOf(row, columns);
  if (truth instanceof Trouble) return problem(row, truth);
  const group = columns.groupFromFile ? row.fileGroup : wordOf(row, columns, "group");
  if (group instanceof Trouble) return problem(row, group);
  const path = wordOf(row, columns, "path");
  if (path instanceof Trouble) return problem(row, path);
  return { example: { body: request.body, path, group, truth, place: row.place }, prompt: request.prompt };
}

function problem({ place }: Row, { kind, message, hint }: Trouble): RowReading {
  return { problem: { place, kind, message, hint } };
}

/** The value of a field; undefined where the column is missing or empty. */
export function given(row: Row, columns: Columns, field: Field): unknown {
  const name = columns.names[field];
  const value = name === undefined ? undefined : row.value(name);
  return value === null || value === "" ? undefined : value;
}

function requestOf(row: Row, columns: Columns): Request | Trouble {
  const prompt = given(row, columns, "prompt");
  const messages = given(row, columns, "messages");
  const request = given(row, columns, "request");
  const count = [prompt, messages, request].filter((value) => value !== undefined).length;
  if (count === 0) return noRequest(row, columns);
  if (count > 1) {
    const hint = "Say which to read, for example --columns request=request.";
    return new Trouble("bad request", "expected one of prompt, messages and request, found more than one", hint);
  }
  if (prompt !== undefined) {
    if (typeof prompt !== "string") return unexpected(columns, "prompt", "text", prompt);
    return { body: Buffer.from(`{"messages":[{"role":"user","content":${JSON.stringify(prompt)}}]}`), prompt };
  }
  return messages === undefined ? wholeRequest(columns, request) : conversation(columns, messages);
}

function noRequest(row: Row, columns: Columns): Trouble {
  const names = (["prompt", "messages", "request"] as const).flatMap((field) => columns.names[field] ?? []);
  const empty = names.find((name) => row.value(name) !== undefined);
  if (empty !== undefined)
    return new Trouble("no request", `column ${shown(empty)}: expected a request, found nothing`, "Fill it, or leave the row out.");
  return new Trouble("no request", `expected a column ${names.map(shown).join(" or ")}, found ${listed(row.names)}`, columnsHint("prompt"));
}

function conversation(columns: Columns, value: unknown): Request | Trouble {
  const messages = parsed(value);
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isObject))
    return unexpected(columns, "messages", "a list of messages ({role, content}) in JSON", value);
  return { body: Buffer.from(JSON.stringify({ messages })), prompt: lastUserText(messages) };
}

function wholeRequest(columns: Columns, value: unknown): Request | Trouble {
  const request = parsed(value);
  if (!isObject(request)) return unexpected(columns, "request", "a request body in JSON, an object", value);
  const { prompt, messages } = request;
  const text = typeof prompt === "string" ? prompt : lastUserText(Array.isArray(messages) ? messages : []);
  return { body: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), prompt: text };
}

/** JSON text, as CSV holds it, becomes its value. What is no JSON stays what it is, and is refused as that. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function lastUserText(messages: readonly unknown[]): string | undefined {
  const last = messages.findLast((message) => isObject(message) && message["role"] === "user");
  return isObject(last) && typeof last["content"] === "string" ? last["content"] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unexpected(columns: Columns, field: Field, expected: string, found: unknown): Trouble {
  return new Trouble(
    "bad request",
    `column ${shown(columns.names[field])}: expected ${expected}, found ${shown(found)}`,
    "Correct the row, or leave it out.",
  );
}

function columnsHint(field: Field): string {
  return `Say which column it is: --columns ${field}=NAME.`;
}

function truthOf(row: Row, columns: Columns): Truth | Trouble {
  const label = given(row, columns, "label");
  const weak = given(row, columns, "weak");
  const strong = given(row, columns, "strong");
  if (label !== undefined && (weak !== undefined || strong !== undefined)) {
    const hint = "Say which to read: --columns label=label, or --columns weak=weak,strong=strong.";
    return new Trouble("label and scores", "expected a label or the scores weak and strong, found both", hint);
  }
  if (label !== undefined) return labelTruth(columns, label);
  if (weak === undefined && strong === undefined) return noTruth(row, columns);
  const weakScore = scoreOf(columns, "weak", weak);
  if (weakScore instanceof Trouble) return weakScore;
  const strongScore = scoreOf(columns, "strong", strong);
  if (strongScore instanceof Trouble) return strongScore;
  return { kind: "scores", weak: weakScore, strong: strongScore };
}

function noTruth(row: Row, columns: Columns): Trouble {
  const { label, weak, strong } = columns.names;
  const scores = weak === undefined && strong === undefined ? [] : [`the scores ${shown(weak ?? "weak")} and ${shown(strong ?? "strong")}`];
  const expected = [...(label === undefined ? [] : [`a label ${shown(label)}`]), ...scores].join(" or ");
  const hint = "Say which columns they are: --columns label=NAME, or --columns weak=NAME,strong=NAME.";
  return new Trouble("no label or scores", `expected ${expected}, found ${listed(row.names)}`, hint);
}

function labelTruth(columns: Columns, value: unknown): Truth | Trouble {
  const needed = typeof value === "string" ? value.trim().toLowerCase() : undefined;
  if (needed === "weak" || needed === "strong") return { kind: "label", needed };
  const hint = "A label names the tier that was needed.";
  return new Trouble("bad label", `column ${shown(columns.names.label)}: expected weak or strong, found ${shown(value)}`, hint);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function scoreOf(columns: Columns, field: "weak" | "strong", value: unknown): number | Trouble {
  const score = numberOf(value);
  if (score !== undefined && score >= 0 && score <= 1) return score;
  const hint =
    score === undefined ? "A score says how well that tier answered." : "Bring the scores to 0 to 1, by dividing by the scale's top.";
  const name = columns.names[field] ?? field;
  return new Trouble("bad score", `column ${shown(name)}: expected a number from 0 to 1, or true or false, found ${shown(value)}`, hint);
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return undefined;
  const text = value.trim().toLowerCase();
  if (text === "true") return 1;
  if (text === "false") return 0;
  return DECIMAL.test(text) ? Number(text) : undefined;
}

function wordOf(row: Row, columns: Columns, field: "group" | "path"): string | undefined | Trouble {
  const value = given(row, columns, field);
  if (value === undefined || typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return new Trouble(
    "bad group or path",
    `column ${shown(columns.names[field])}: expected text, found ${shown(value)}`,
    "Correct the row, or leave it out.",
  );
}
