// What was given to `sluice explain` in place of a request, in words, and what to do instead: nothing is explained that no client would
// send.
import { isUtf8 } from "node:buffer";
import { SluiceError } from "../errors.ts";
import type { Format } from "../request/chat/facts.ts";
import { formatOfPath } from "../request/chat/format.ts";
import type { Explanation } from "./explanation.ts";

export interface GivenRequest {
  readonly from: string; // the file, or where else it came from
  readonly body: Buffer;
  readonly path: string | undefined; // of the HTTP request
}

const USE_PROMPT = "Explain a text with --prompt TEXT; else give a request's JSON body.";
const AN_EXAMPLE = 'A request looks like {"messages": [{"role": "user", "content": "Hello"}]}.';

/** `--format`: the interface that a text of `--prompt` is wrapped for, and the path it is sent to. */
export const PROMPT_FORMATS: Readonly<Record<Format, { readonly path: string; readonly body: (text: string) => object }>> = {
  "chat-completions": { path: "/v1/chat/completions", body: (text) => ({ messages: [{ role: "user", content: text }] }) },
  messages: { path: "/v1/messages", body: (text) => ({ max_tokens: 1024, messages: [{ role: "user", content: text }] }) },
  responses: { path: "/v1/responses", body: (text) => ({ input: text }) },
  completions: { path: "/v1/completions", body: (text) => ({ prompt: text }) },
};

/** Throws `request-invalid` where what was given is no request, or one without text: the decision would say nothing about it. */
export function requireRequest(given: GivenRequest, { policy, reason, texts, has }: Explanation): void {
  if (policy !== "none") {
    if (texts.all?.chars !== 0 || has.includes("images")) return;
    throw invalid(given, "no text is found in it", textlessHint(given.body));
  }
  const isOther = reason === "not-a-chat" && formatOfPath(given.path) === "other";
  if (isOther || !["empty-body", "not-utf8", "not-json", "not-a-chat"].includes(reason)) return;
  const [what, hint] = unreadable(given);
  throw invalid(given, what, hint);
}

function invalid({ from }: GivenRequest, what: string, hint: string): SluiceError {
  return new SluiceError("request-invalid", `${from}: ${what}`, { hint });
}

function unreadable({ from, body }: GivenRequest): readonly [what: string, hint: string] {
  if (body[0] === 0x1f && body[1] === 0x8b) return ["packed with gzip", "Unpack it first: gunzip -c FILE | sluice explain"];
  if (!isUtf8(body)) return ["not UTF-8 text", USE_PROMPT];
  const text = body.toString();
  if (text.trim() === "") return ["empty", `Give a request's JSON body, or a text with --prompt TEXT. ${AN_EXAMPLE}`];
  if (text.startsWith("\ufeff"))
    return ["begins with a byte order mark, which JSON may not", "Save it as UTF-8 without a byte order mark."];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return notJson(from, text, error instanceof Error ? error.message : String(error));
  }
  return notAChat(value);
}

function notJson(from: string, text: string, problem: string): readonly [what: string, hint: string] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > 1 && lines.every(isJson)) {
    return [
      `JSON Lines (${lines.length} of them), not one request`,
      "Give one line: head -n 1 FILE | sluice explain; all of a data set: sluice evaluate --data FILE",
    ];
  }
  if (/^\s*[{[]/.test(text)) return [`not valid JSON: ${problem}`, `Correct it. ${AN_EXAMPLE}`];
  if (/\.[ct]sv$/i.test(from) || isTable(lines)) {
    return ["looks like CSV, not a request", "Explain one text with --prompt TEXT; a data set: sluice evaluate --data FILE"];
  }
  return ["looks like plain text, not a request", 'Use --prompt TEXT, or --prompt "$(cat FILE)"; else give a request\'s JSON body.'];
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === "object";
  } catch {
    return false;
  }
}

/** A head of names, as data sets have it, or one row with a label at its end. */
function isTable([first = "", ...rest]: readonly string[]): boolean {
  const isHead = /^"?\w+"?([,;\t]"?\w+"?)+\r?$/.test(first) && rest.length > 0;
  return isHead || /[,;\t]\s*"?(weak|strong|[01](\.\d+)?)"?\r?$/.test(first);
}

function notAChat(value: unknown): readonly [what: string, hint: string] {
  if (typeof value === "string") return ["a JSON string, not a request", USE_PROMPT];
  if (Array.isArray(value)) {
    return value.length > 0 && value.every((item) => members(item).includes("role"))
      ? ["a list of messages, not a request", 'Put it into an object: {"messages": [...]}']
      : [`a JSON list (${value.length} long), not a request`, `Give one request. ${AN_EXAMPLE}`];
  }
  if (typeof value !== "object" || value === null) return [`JSON, but ${JSON.stringify(value)} is not a request`, AN_EXAMPLE];
  const names = members(value);
  const inner = ["request", "body"].find((name) => members((value as Readonly<Record<string, unknown>>)[name]).length > 0);
  if (inner !== undefined)
    return [`not a request itself: it holds one in its member ${inner}`, `Take that out: jq .${inner} FILE | sluice explain`];
  const ambiguous = ["prompt", "input"].find((name) => names.includes(name));
  if (ambiguous !== undefined) {
    const path = ambiguous === "prompt" ? PROMPT_FORMATS.completions.path : PROMPT_FORMATS.responses.path;
    return [
      `its shape does not say which interface it is for (${listed(names)})`,
      `Say it with --path ${path}, or give the text with --prompt TEXT.`,
    ];
  }
  if (names.includes("messages")) return ["its messages are no list of messages", AN_EXAMPLE];
  return [`JSON without messages, prompt or input (${listed(names)})`, `${AN_EXAMPLE} A text is explained with --prompt TEXT.`];
}

/** Of messages that nothing is read of. */
function textlessHint(body: Buffer): string {
  const { messages } = JSON.parse(body.toString()) as { readonly messages?: unknown };
  const first: unknown = Array.isArray(messages) ? messages[0] : undefined;
  const names = members(first);
  if (first === undefined || names.includes("role")) return `Give it some text. ${AN_EXAMPLE}`;
  const found = names.length === 0 ? JSON.stringify(first).slice(0, 40) : listed(names);
  return `A message has role and content; the first one here has ${found}. ${AN_EXAMPLE}`;
}

function members(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

const MOST_LISTED = 5;

function listed(names: readonly string[]): string {
  if (names.length === 0) return "it has no members";
  const shown = names.slice(0, MOST_LISTED).map((name) => (name.length > 30 ? `${name.slice(0, 30)}…` : name));
  return names.length > MOST_LISTED ? `${shown.join(", ")} …` : shown.join(", ");
}
