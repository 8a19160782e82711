// The conversation of a request, whichever of the four formats it is written in: what people are shown of it, and what a model can be
// taught with. Pure; what is not understood is kept as it is, and called `other`.
import type { Json, LoopRow } from "./loop-row.ts";

export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "call"; readonly id: string | undefined; readonly name: string; readonly arguments: Json } // of a tool
  | { readonly kind: "result"; readonly id: string | undefined; readonly text: string } // of the call with this id
  | { readonly kind: "other"; readonly type: string; readonly value: Json }; // an image, a file, reasoning …

export interface Turn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly pieces: readonly Piece[];
}

export interface Tool {
  readonly name: string;
  readonly description: string | undefined;
  readonly parameters: Json | undefined; // a JSON schema
}

export interface Conversation {
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
}

type Members = { readonly [member: string]: Json };

/** In the order of the request; instructions first. */
export function conversationOf(request: LoopRow["request"]): Conversation {
  const { system, instructions, messages, input, prompt, tools } = request;
  const first = [system, instructions].filter((value) => value !== undefined && value !== null);
  const turns = [
    ...first.map((value): Turn => ({ role: "system", pieces: piecesOf(value) })),
    ...listOf(messages).flatMap(turnsOf),
    ...(typeof input === "string" ? [spoken("user", input)] : listOf(input).flatMap(turnsOf)),
    ...(messages === undefined && prompt !== undefined ? [spoken("user", prompt)] : []),
  ];
  return { turns: turns.filter(({ pieces }) => pieces.length > 0), tools: listOf(tools).flatMap(toolOf) };
}

/** The text of some turns, a paragraph each. */
export function textOf(turns: readonly Turn[]): string {
  return turns.flatMap(({ pieces }) => pieces.flatMap((piece) => (piece.kind === "text" ? [piece.text] : []))).join("\n\n");
}

const ROLES: Readonly<Record<string, Turn["role"]>> = {
  system: "system",
  developer: "system",
  assistant: "assistant",
  model: "assistant",
  tool: "tool",
  function: "tool",
};

function spoken(role: Turn["role"], content: Json): Turn {
  return { role, pieces: piecesOf(content) };
}

/** A message, or an item of the Responses API. */
function turnsOf(item: Json): readonly Turn[] {
  if (typeof item === "string") return [spoken("user", item)];
  if (!isMembers(item)) return [];
  if (item["type"] === "function_call") return [{ role: "assistant", pieces: [callOf(item["call_id"], item["name"], item["arguments"])] }];
  if (item["type"] === "function_call_output") return [{ role: "tool", pieces: [resultOf(item["call_id"], item["output"])] }];
  if (item["role"] === undefined) return [{ role: "assistant", pieces: [otherOf(item)] }];
  const role = ROLES[String(item["role"])] ?? "user";
  if (role === "tool") return [{ role, pieces: [resultOf(item["tool_call_id"], item["content"])] }];
  const calls = listOf(item["tool_calls"]).flatMap((call) => (isMembers(call) ? [chatCall(call)] : []));
  const pieces = [...piecesOf(item["content"]), ...calls];
  // In Anthropic's format the results of tools stand in a message of the user, before what the user says.
  const results = role === "user" ? pieces.filter(({ kind }) => kind === "result") : [];
  const rest = pieces.filter((piece) => !results.includes(piece));
  return [...results.map((result): Turn => ({ role: "tool", pieces: [result] })), { role, pieces: rest }];
}

function piecesOf(content: Json | undefined): readonly Piece[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (isMembers(content)) return [partOf(content)];
  return listOf(content).flatMap((part) => {
    if (typeof part === "string") return [{ kind: "text", text: part } as const];
    return isMembers(part) ? [partOf(part)] : [];
  });
}

function partOf(part: Members): Piece {
  if (typeof part["text"] === "string") return { kind: "text", text: part["text"] };
  if (part["type"] === "tool_use") return callOf(part["id"], part["name"], part["input"]);
  if (part["type"] === "tool_result") return resultOf(part["tool_use_id"], part["content"]);
  return otherOf(part);
}

/** A call as OpenAI's chats write it. */
export function chatCall(call: Members): Piece {
  const made = call["function"] ?? call["custom"];
  return isMembers(made) ? callOf(call["id"], made["name"], made["arguments"] ?? made["input"]) : otherOf(call);
}

/** Arguments in JSON become their value; what is no JSON stays text. */
export function callOf(id: Json | undefined, name: Json | undefined, given: Json | undefined): Piece {
  return { kind: "call", id: wordOf(id), name: wordOf(name) ?? "?", arguments: parsed(given ?? {}) };
}

function resultOf(id: Json | undefined, content: Json | undefined): Piece {
  const text = piecesOf(content).map((piece) =>
    piece.kind === "text" ? piece.text : JSON.stringify("value" in piece ? piece.value : piece),
  );
  return { kind: "result", id: wordOf(id), text: text.join("\n") };
}

function otherOf(value: Members): Piece {
  return { kind: "other", type: wordOf(value["type"]) ?? "part", value };
}

/** OpenAI's chats put a function into `function`; its Responses and Anthropic's messages do not. */
function toolOf(tool: Json): readonly Tool[] {
  if (!isMembers(tool)) return [];
  const inside = isMembers(tool["function"]) ? tool["function"] : tool;
  const name = wordOf(inside["name"]) ?? wordOf(tool["type"]);
  if (name === undefined) return [];
  const parameters = inside["parameters"] ?? inside["input_schema"];
  return [{ name, description: wordOf(inside["description"]), parameters }];
}

function parsed(value: Json): Json {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

function wordOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isMembers(value: Json | undefined): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
