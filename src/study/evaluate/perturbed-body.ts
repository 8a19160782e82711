// A request whose prompt alone is changed: the text of the last thing the user wrote, in whichever of the formats it came.

type Json = Readonly<Record<string, unknown>>;

/** Undefined: it holds no text of a user, or `change` leaves that as it is. */
export function withPrompt(body: Uint8Array, change: (text: string) => string | undefined): Uint8Array | undefined {
  const request: unknown = JSON.parse(UTF8.decode(body));
  if (!isObject(request)) return undefined;
  const member = (["messages", "input", "prompt"] as const).find((name) => request[name] !== undefined);
  if (member === undefined) return undefined;
  const changed = changedIn(request[member], change);
  return changed === undefined ? undefined : ENCODER.encode(JSON.stringify({ ...request, [member]: changed }));
}

const UTF8 = new TextDecoder("utf-8");
const ENCODER = new TextEncoder();

/** A text, or a list of messages of which the user's last one with text is meant. */
function changedIn(value: unknown, change: (text: string) => string | undefined): unknown {
  if (typeof value === "string") return change(value);
  if (!Array.isArray(value)) return undefined;
  const at = value.findLastIndex((message) => isObject(message) && message["role"] === "user" && hasText(message["content"]));
  const message: unknown = value[at];
  if (!isObject(message)) return undefined;
  const content = changedContent(message["content"], change);
  return content === undefined ? undefined : value.with(at, { ...message, content });
}

function changedContent(content: unknown, change: (text: string) => string | undefined): unknown {
  if (typeof content === "string") return change(content);
  if (!Array.isArray(content)) return undefined;
  const at = content.findLastIndex(isText);
  const part: unknown = content[at];
  if (typeof part === "string") return replaced(content, at, change(part));
  if (!isObject(part)) return undefined;
  const text = change(String(part["text"]));
  return replaced(content, at, text === undefined ? undefined : { ...part, text });
}

const replaced = (list: readonly unknown[], at: number, value: unknown) => (value === undefined ? undefined : list.with(at, value));

function hasText(content: unknown): boolean {
  return typeof content === "string" ? content !== "" : Array.isArray(content) && content.some(isText);
}

function isText(part: unknown): boolean {
  return (typeof part === "string" && part !== "") || (isObject(part) && typeof part["text"] === "string" && part["text"] !== "");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
