// What a scan must answer, from JSON.parse and String.prototype.toLowerCase. Slow and obvious, and made of nothing the scanner is made of.
import { isUtf8 } from "node:buffer";
import type { KeywordPlace, Scope } from "../../src/chat/facts.ts";

export type Expected =
  | { readonly kind: "unreadable"; readonly causes: readonly string[] } // any of them
  | { readonly kind: "foreign" }
  | {
      readonly kind: "chat";
      readonly turns: number;
      readonly text: string; // may hold lone surrogates
      readonly hits: readonly string[];
      readonly places: readonly KeywordPlace[];
      readonly root: Readonly<Record<string, unknown>>;
    };

const MAX_DEPTH = 128;

export function expected(body: Buffer, keywords: readonly string[], scope: Scope): Expected {
  if (!isUtf8(body)) return { kind: "unreadable", causes: ["not-utf8"] };
  const source = body.toString();
  const tooDeep = depthOf(source) > MAX_DEPTH;
  let root: unknown;
  try {
    root = JSON.parse(source);
  } catch {
    return { kind: "unreadable", causes: tooDeep ? ["not-json", "too-deep"] : ["not-json"] };
  }
  if (tooDeep) return { kind: "unreadable", causes: ["too-deep"] };
  if (!isObject(root) || !Array.isArray(root["messages"])) return { kind: "foreign" };
  const messages: unknown[] = root["messages"];
  const texts = messages
    .map((message, index) => ({ index, text: inScope(messages, index, scope) ? textOf(message) : "" }))
    .filter(({ text }) => text !== "");
  const text = texts.map((message) => message.text).join(" ");
  const lowered = text.toLowerCase();
  const hits = keywords.filter((keyword) => lowered.includes(keyword));
  return { kind: "chat", turns: messages.length, text, hits, places: placesOf(hits, texts, lowered), root };
}

function inScope(messages: readonly unknown[], index: number, scope: Scope): boolean {
  const isUser = (message: unknown) => isObject(message) && message["role"] === "user";
  if (scope === "all") return true;
  return scope === "user" ? isUser(messages[index]) : index === messages.findLastIndex(isUser);
}

function textOf(message: unknown): string {
  if (!isObject(message)) return "";
  const { content } = message;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const texts = content.map((part: unknown) => (isObject(part) && part["type"] === "text" ? part["text"] : ""));
  return texts.filter((text) => typeof text === "string" && text !== "").join(" ");
}

function placesOf(hits: readonly string[], texts: readonly { index: number; text: string }[], lowered: string): KeywordPlace[] {
  if (hits.length === 0) return [];
  // For every code unit of the lower-cased text: its message, and which character of it. A joining space belongs to the first.
  const origins = texts.flatMap(({ index, text }) =>
    [...text, " "].flatMap((character, at) => Array(character.toLowerCase().length).fill({ message: index, character: at })),
  );
  return hits.map((keyword) => {
    const origin = origins[lowered.indexOf(keyword)];
    if (origin === undefined) throw new Error("the oracle is wrong");
    return { keyword, ...origin };
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
