// The request of a row: a prompt, the messages of a conversation or a whole body, under the contract's names or in a known export's shape.
import type { Columns, Field } from "./columns.ts";
import { isObject, looksLikeMessages, looksLikeRequest, normalMessages, parsed, withoutAnswer } from "./messages.ts";
import { listed, shown, Trouble } from "./problem.ts";
import { isArena, shapedRequest } from "./shapes.ts";

/** One row by column names. Text of a CSV file and values of a JSON object alike. */
export interface Row {
  readonly place: string; // file and line
  readonly fileGroup: string; // the file's name without its endings
  readonly names: readonly string[];
  value(name: string): unknown; // undefined: no such column
}

export interface Request {
  readonly body: Uint8Array;
  readonly prompt: string | undefined; // the prompt, or the text of the last user message: what --exclude compares
  readonly path?: string | undefined; // where the shape says it
}

/** The value of a field; undefined where the column is missing or empty. */
export function given(row: Row, columns: Columns, field: Field): unknown {
  const name = columns.names[field];
  const value = name === undefined ? undefined : row.value(name);
  return value === null || value === "" ? undefined : value;
}

export function requestOf(row: Row, columns: Columns): Request | Trouble {
  const cell = (name: string) => row.value(name);
  if (isArena(cell) && columns.names.prompt === "prompt") return shaped(row) ?? noRequest(row, columns);
  const prompt = given(row, columns, "prompt");
  const messages = given(row, columns, "messages");
  const request = given(row, columns, "request");
  const count = [prompt, messages, request].filter((value) => value !== undefined).length;
  if (count === 0) return (readsOwnNames(columns) ? shaped(row) : undefined) ?? noRequest(row, columns);
  if (count > 1) {
    const hint = "Say which to read, for example --columns request=request.";
    return new Trouble("bad request", "expected one of prompt, messages and request, found more than one", hint);
  }
  if (prompt !== undefined) return promptRequest(columns.names.prompt, prompt);
  return messages === undefined ? wholeRequest(columns.names.request, request) : conversation(columns.names.messages, messages);
}

/** Whoever names a column means that one, and no shape. */
function readsOwnNames({ names }: Columns): boolean {
  return names.prompt === "prompt" && names.messages === "messages" && names.request === "request";
}

function shaped(row: Row): Request | Trouble | undefined {
  const found = shapedRequest((name) => row.value(name));
  if (found === undefined) return undefined;
  switch (found.field) {
    case "prompt":
      return promptRequest(found.column, found.value);
    case "messages":
      return conversation(found.column, found.value, found.answered);
    case "request": {
      const request = wholeRequest(found.column, found.value);
      return request instanceof Trouble ? request : { ...request, path: found.path };
    }
    case "none":
      return new Trouble("no request", found.problem, found.hint);
  }
}

function promptRequest(column: string | undefined, prompt: unknown): Request | Trouble {
  if (typeof prompt !== "string") return unexpected(column, "text", prompt, fieldHint(column, prompt));
  const inside = /^\s*[{[]/.test(prompt) ? parsed(prompt) : undefined;
  if (looksLikeMessages(inside)) return unexpected(column, "a prompt as text", prompt, fieldHint(column, inside), "messages in JSON ");
  if (looksLikeRequest(inside)) return unexpected(column, "a prompt as text", prompt, fieldHint(column, inside), "a request in JSON ");
  return { body: Buffer.from(`{"messages":[{"role":"user","content":${JSON.stringify(prompt)}}]}`), prompt };
}

function noRequest(row: Row, columns: Columns): Trouble {
  const names = (["prompt", "messages", "request"] as const).flatMap((field) => columns.names[field] ?? []);
  const empty = names.find((name) => row.value(name) !== undefined);
  if (empty !== undefined)
    return new Trouble("no request", `column ${shown(empty)}: expected a request, found nothing`, "Fill it, or leave the row out.");
  const message = `expected a column ${names.map(shown).join(" or ")}, found ${listed(row.names)}`;
  return new Trouble("no request", message, guessedHint(row));
}

/** By what the columns hold; of several of a kind none is guessed. */
function guessedHint(row: Row): string {
  const values = row.names.map((name) => [name, parsed(row.value(name))] as const);
  const found = values.find(([, value]) => looksLikeMessages(value) || looksLikeRequest(value));
  if (found !== undefined) return fieldHint(found[0], found[1]);
  return "Say which column it is: --columns prompt=NAME; messages=NAME where it holds a list of messages, request=NAME a whole body.";
}

function conversation(column: string | undefined, value: unknown, answered = false): Request | Trouble {
  const list = parsed(value);
  const expected = "a list of messages ({role, content}) in JSON";
  if (!Array.isArray(list) || list.length === 0 || !list.every(isObject))
    return unexpected(column, expected, value, fieldHint(column, list));
  const normal = normalMessages(list);
  if (typeof normal === "string") return wrongMessage(column, normal);
  const messages = answered ? withoutAnswer(normal) : normal;
  if (!messages.some(({ role }) => role === "user"))
    if (answered) return wrongMessage(column, "expected a message of the user, found none");
  return { body: Buffer.from(JSON.stringify({ messages })), prompt: lastUserText(messages) };
}

function wholeRequest(column: string | undefined, value: unknown): Request | Trouble {
  const request = parsed(value);
  if (!isObject(request)) return unexpected(column, "a request body in JSON, an object", value, fieldHint(column, request));
  const { prompt, messages } = request;
  if (!Array.isArray(messages)) {
    const text = typeof prompt === "string" ? prompt : undefined;
    return { body: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), prompt: text };
  }
  const normal = normalMessages(messages);
  if (typeof normal === "string") return wrongMessage(column, normal);
  const same = normal.every((message, at) => message === messages[at]);
  const body = same && typeof value === "string" ? value : JSON.stringify(same ? request : { ...request, messages: normal });
  return { body: Buffer.from(body), prompt: typeof prompt === "string" ? prompt : lastUserText(normal) };
}

function lastUserText(messages: readonly unknown[]): string | undefined {
  const last = messages.findLast((message) => isObject(message) && message["role"] === "user");
  return isObject(last) && typeof last["content"] === "string" ? last["content"] : undefined;
}

const CORRECT = "Correct the row, or leave it out.";

function wrongMessage(column: string | undefined, problem: string): Trouble {
  return new Trouble("bad request", `column ${shown(column)}, ${problem}`, CORRECT);
}

function unexpected(column: string | undefined, expected: string, found: unknown, hint: string, kind = ""): Trouble {
  return new Trouble("bad request", `column ${shown(column)}: expected ${expected}, found ${kind}${shown(found)}`, hint);
}

/** What the column should have been given as, going by what it holds. */
function fieldHint(column: string | undefined, value: unknown): string {
  const name = /[,="]/.test(column ?? "") ? `"${column?.replaceAll('"', '""')}"` : column;
  if (looksLikeMessages(value)) return `It holds messages: read it with --columns messages=${name}.`;
  if (looksLikeRequest(value)) return `It holds a whole request: read it with --columns request=${name}.`;
  if (typeof value === "string") return `If it holds a prompt as text, read it with --columns prompt=${name}.`;
  return CORRECT;
}
