// The messages of a conversation as chat requests have them ({role, content}), from the ways in which exports write them. A message
// without a role or content is told, never read as empty.
import { shown } from "./problem.ts";

export type Message = Readonly<Record<string, unknown>>;

/** Members that hold who speaks, and what was said, by how usual they are. */
const ROLE_NAMES = ["role", "from", "speaker"] as const;
const TEXT_NAMES = ["content", "value", "text"] as const;

const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  user: "user",
  prompter: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  assistant: "assistant",
  bot: "assistant",
  bard: "assistant",
  bing: "assistant",
  ai: "assistant",
  model: "assistant",
  system: "system",
  developer: "developer",
  tool: "tool",
  function: "tool",
  function_call: "assistant",
  function_response: "tool",
  observation: "tool",
};

/** The messages with role and content, or what is wrong with the first that has none. What is well formed stays the very same. */
export function normalMessages(messages: readonly unknown[]): readonly Message[] | string {
  const normal: Message[] = [];
  for (const [at, message] of messages.entries()) {
    const read = normalMessage(message);
    if (typeof read === "string") return `message ${at + 1}: ${read}`;
    normal.push(read);
  }
  return normal;
}

function normalMessage(message: unknown): Message | string {
  if (!isObject(message)) return `expected an object with role and content, found ${shown(message)}`;
  const roleName = ROLE_NAMES.find((name) => typeof message[name] === "string" && message[name] !== "");
  if (roleName === undefined) return `expected a role (role or from), found ${shown(message)}`;
  const written = String(message[roleName]);
  const role = roleName === "role" ? (ROLES[written.toLowerCase()] ?? written) : ROLES[written.toLowerCase()];
  if (role === undefined) return `expected human, gpt, system or tool in ${shown(roleName)}, found ${shown(written)}`;
  const textName = TEXT_NAMES.find((name) => isContent(message[name]));
  if (textName === undefined) {
    if (callsTools(message)) return message;
    return `expected content (content or value: text, or a list of parts), found ${shown(message)}`;
  }
  if (roleName === "role" && textName === "content" && role === written) return message;
  const { [roleName]: _role, [textName]: _text, ...rest } = message;
  return { ...rest, role, content: message[textName] };
}

function isContent(value: unknown): boolean {
  return typeof value === "string" || (Array.isArray(value) && value.every((part) => isObject(part) || typeof part === "string"));
}

/** An assistant's message may hold calls alone. */
function callsTools({ role, tool_calls, function_call }: Message): boolean {
  return typeof role === "string" && (Array.isArray(tool_calls) || isObject(function_call));
}

/** Up to the last message that is not the assistant's: what follows is the answer, not the request. */
export function withoutAnswer(messages: readonly Message[]): readonly Message[] {
  return messages.slice(0, messages.findLastIndex(({ role }) => role !== "assistant") + 1);
}

/** Whether a value looks like the messages of a conversation, in whichever spelling. */
export function looksLikeMessages(value: unknown): value is readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every(
    (each) => isObject(each) && ROLE_NAMES.some((name) => name in each) && [...TEXT_NAMES, "tool_calls"].some((name) => name in each),
  );
}

/** Whether a value looks like the body of a request. */
export function looksLikeRequest(value: unknown): value is Message {
  if (!isObject(value)) return false;
  return Array.isArray(value["messages"]) || ("model" in value && ("prompt" in value || "input" in value));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON text, as CSV holds it, becomes its value. What is no JSON stays what it is. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
