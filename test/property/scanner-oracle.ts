// What a scan must answer, from JSON.parse and String.prototype.toLowerCase. Slow and obvious, and made of nothing the scanner is made of.
import { isUtf8 } from "node:buffer";
import { type Format, SCOPES, type Scope } from "../../src/request/chat/facts.ts";
import { type Member, rootMembers } from "./scanner-members.ts";
import {
  attachedTo,
  type ExpectedText,
  humanMessages,
  isObject,
  type Spoken,
  spokenInInput,
  spokenInMessages,
  systemText,
  textOf,
} from "./scanner-oracle-text.ts";

export type Expected =
  | { readonly kind: "unreadable"; readonly causes: readonly string[] } // any of them
  | { readonly kind: "foreign" }
  | {
      readonly kind: "chat";
      readonly format: Format;
      readonly isBare: boolean;
      readonly texts: Readonly<Record<Scope, ExpectedText>>;
      readonly facts: ExpectedFacts;
      readonly members: readonly Member[];
    };

export interface ExpectedFacts {
  readonly turns: number;
  readonly humanTurns: number;
  readonly bodyBytes: number;
  readonly stream: boolean;
  readonly tools: boolean;
  readonly images: boolean;
  readonly files: boolean;
  readonly audio: boolean;
  readonly video: boolean;
  readonly jsonOutput: boolean;
  readonly maxTokens: number | undefined;
  readonly requestedModel: string | undefined;
  readonly user: string | undefined;
  readonly session: string | undefined;
}

type Root = ReadonlyMap<string, unknown>; // in the order of the members that count: the last of each name

const MAX_DEPTH = 128;

export function expected(body: Buffer, keywords: readonly string[], path: Format | undefined): Expected {
  if (!isUtf8(body)) return { kind: "unreadable", causes: ["not-utf8"] };
  const source = body.toString();
  const tooDeep = depthOf(source) > MAX_DEPTH;
  let parsed: unknown;
  try {
    parsed = JSON.parse(source);
  } catch {
    return { kind: "unreadable", causes: tooDeep ? ["not-json", "too-deep"] : ["not-json"] };
  }
  if (tooDeep) return { kind: "unreadable", causes: ["too-deep"] };
  if (!isObject(parsed)) return { kind: "foreign" };
  const members = rootMembers(source);
  const root = new Map<string, unknown>();
  for (const { name, value } of members) {
    root.delete(name);
    root.set(name, value);
  }
  const told = formatOf(root, path);
  const format = told ?? path;
  if (format === undefined) return { kind: "foreign" };
  const spoken = spokenIn(root, format);
  const prompt = root.get("prompt");
  const tokens = format === "completions" && Array.isArray(prompt) ? prompt.flat().filter((token) => typeof token === "number").length : 0;
  const human = told === undefined ? [] : humanMessages(root.get(MEMBER_OF[format]), format, spoken);
  const texts = Object.fromEntries(SCOPES.map((scope) => [scope, textOf(spoken, scope, human, tokens, keywords)]));
  const facts = { ...factsOf(root, format), ...(told === undefined ? { turns: 0 } : {}), humanTurns: human.length, bodyBytes: body.length };
  return { kind: "chat", format, isBare: told === undefined, texts: texts as Record<Scope, ExpectedText>, facts, members };
}

const MEMBER_OF = { "chat-completions": "messages", messages: "messages", responses: "input", completions: "prompt" } as const;

function formatOf(root: Root, path: Format | undefined): Format | undefined {
  const isList = (name: string) => Array.isArray(root.get(name));
  const isTextOrList = (name: string) => typeof root.get(name) === "string" || isList(name);
  const isGiven = (name: string) => (root.get(name) ?? null) !== null;
  if (path !== undefined && isTextOrList(MEMBER_OF[path]) && (MEMBER_OF[path] !== "messages" || isList("messages"))) return path;
  if (isList("messages")) {
    return isTextOrList("system") || isGiven("stop_sequences") || isGiven("anthropic_version") ? "messages" : "chat-completions";
  }
  const input = root.get("input");
  if (Array.isArray(input) && input.some(isResponsesItem)) return "responses";
  const besideInput = ["instructions", "previous_response_id", "max_output_tokens"].some(isGiven) && !isGiven("voice");
  if (isTextOrList("input") && besideInput) return "responses";
  return isTextOrList("prompt") && ["max_tokens", "temperature", "top_p", "stop"].some(isGiven) ? "completions" : undefined;
}

function isResponsesItem(item: unknown): boolean {
  if (!isObject(item)) return false;
  const types: unknown[] = ["message", "function_call_output", "custom_tool_call_output"];
  return typeof item["role"] === "string" || types.includes(item["type"]);
}

function offersTools(item: unknown): boolean {
  return isObject(item) && Array.isArray(item["tools"]) && item["tools"].length > 0;
}

/** In the order of the body. */
function spokenIn(root: Root, format: Format): readonly Spoken[] {
  return [...root].flatMap(([name, value]) => {
    if (name === "messages" && (format === "messages" || format === "chat-completions")) return spokenInMessages(value);
    if (name === "system" && format === "messages") return systemText(value);
    if (name === "instructions" && format === "responses") return systemText(value);
    if (name === "input" && format === "responses") return spokenInInput(value);
    if (name !== "prompt" || format !== "completions") return [];
    const prompts = (Array.isArray(value) ? value : [value]).filter((prompt) => typeof prompt === "string" && prompt !== "");
    return [{ message: 0, text: prompts.join(" "), byUser: true }];
  });
}

function factsOf(root: Root, format: Format): Omit<ExpectedFacts, "humanTurns" | "bodyBytes"> {
  const nonEmpty = (name: string) => {
    const value = root.get(name);
    return Array.isArray(value) && value.length > 0;
  };
  const at = (name: string, ...path: string[]) =>
    path.reduce((value: unknown, key) => (isObject(value) ? value[key] : undefined), root.get(name));
  const firstText = (...values: unknown[]) => values.find((value) => typeof value === "string" && value !== "") as string | undefined;
  const conversation = root.get("conversation");
  const list = root.get(MEMBER_OF[format]);
  const model = root.get("model");
  const attached = attachedTo(list, format);
  return {
    turns: format !== "completions" && Array.isArray(list) ? list.length : 1,
    stream: root.get("stream") === true,
    tools: nonEmpty("tools") || nonEmpty("functions") || (format === "responses" && Array.isArray(list) && list.some(offersTools)),
    images: attached.has("images"),
    files: attached.has("files"),
    audio: attached.has("audio"),
    video: attached.has("video"),
    jsonOutput:
      ["json_object", "json_schema"].some((type) => [at("response_format", "type"), at("text", "format", "type")].includes(type)) ||
      [at("output_format", "type"), at("output_config", "format", "type")].includes("json_schema"),
    maxTokens: maxTokensOf(root, format),
    requestedModel: typeof model === "string" ? model : undefined,
    user: firstText(root.get("user"), root.get("safety_identifier"), at("metadata", "user_id")),
    session: firstText(
      root.get("session_id"),
      isObject(conversation) ? conversation["id"] : conversation,
      at("metadata", "session_id"),
      root.get("prompt_cache_key"),
    ),
  };
}

const CHAT_NAMES = ["max_completion_tokens", "max_tokens", "max_output_tokens"];
const RESPONSES_NAMES = ["max_output_tokens", "max_completion_tokens", "max_tokens"];

function maxTokensOf(root: Root, format: Format): number | undefined {
  const given = (format === "responses" ? RESPONSES_NAMES : CHAT_NAMES).map((name) => root.get(name));
  return given.find((value): value is number => Number.isSafeInteger(value) && (value as number) >= 0);
}

/** Nesting of the source, strings left aside. */
function depthOf(source: string): number {
  let [depth, deepest, inString] = [0, 0, false];
  for (let i = 0; i < source.length; i++) {
    const c = source[i];
    if (inString) {
      if (c === "\\") i++;
      else if (c === '"') inString = false;
    } else if (c === '"') inString = true;
    else if (c === "{" || c === "[") deepest = Math.max(deepest, ++depth);
    else if (c === "}" || c === "]") depth--;
  }
  return deepest;
}
