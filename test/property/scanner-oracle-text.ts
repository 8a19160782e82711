// The oracle's texts: what is said in a parsed request, whose it is, and what a scope's text must be measured at.
import type { Format, KeywordPlace, Scope, Script } from "../../src/request/chat/facts.ts";
import { PIECES } from "./scanner-values.ts";

/** A text of one message. A message with tool results has several. */
export interface Spoken {
  readonly message: number; // -1: system text
  readonly text: string; // may hold lone surrogates
  readonly isUser: boolean;
  readonly isLastUser: boolean;
}

export interface ExpectedText {
  readonly text: string;
  readonly chars: number;
  readonly textBytes: number;
  readonly keywordHits: readonly string[];
  readonly codeFences: number;
  readonly script: Script | undefined; // undefined: the text has a character that only damage can have made
  readonly places: readonly KeywordPlace[];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const typeOf = (part: unknown) => (isObject(part) ? part["type"] : undefined);
const isResult = (part: unknown) => typeOf(part) === "tool_result";

export function systemText(value: unknown): readonly Spoken[] {
  return [{ message: -1, text: plainText(value), isUser: false, isLastUser: false }];
}

export function spokenInMessages(value: unknown): readonly Spoken[] {
  const messages = value as readonly unknown[];
  const isAsked = (message: unknown) => isObject(message) && message["role"] === "user" && !isResultsOnly(message["content"]);
  const lastUser = messages.findLastIndex(isAsked);
  return messages.flatMap((message, index) => {
    if (!isObject(message)) return [];
    const { content } = message;
    const isUser = message["role"] === "user";
    const spoken = (text: string, byUser: boolean) => ({ message: index, text, isUser: byUser, isLastUser: byUser && index === lastUser });
    if (!Array.isArray(content)) return [spoken(plainText(content), isUser)];
    return runsOf(content).map((parts) => {
      const [first] = parts;
      return isResult(first) ? spoken(plainText((first as Record<string, unknown>)["content"]), false) : spoken(plainText(parts), isUser);
    });
  });
}

function isResultsOnly(content: unknown): boolean {
  return Array.isArray(content) && content.some(isResult) && plainText(content) === "";
}

/** Every tool result alone, what stands between them together. */
function runsOf(parts: readonly unknown[]): unknown[][] {
  const runs: unknown[][] = [];
  for (const part of parts) {
    const run = runs.at(-1);
    if (run === undefined || isResult(part) || isResult(run[0])) runs.push([part]);
    else run.push(part);
  }
  return runs;
}

export function spokenInInput(value: unknown): readonly Spoken[] {
  if (!Array.isArray(value)) return [{ message: 0, text: plainText(value), isUser: true, isLastUser: true }];
  const lastUser = value.findLastIndex((item) => isMessage(item) && item["role"] === "user");
  return value.flatMap((item: unknown, index) => {
    if (isOutput(item)) return [{ message: index, text: plainText(item["output"]), isUser: false, isLastUser: false }];
    if (!isMessage(item)) return [];
    return [{ message: index, text: plainText(item["content"]), isUser: item["role"] === "user", isLastUser: index === lastUser }];
  });
}

function isOutput(item: unknown): item is Record<string, unknown> {
  return ["function_call_output", "custom_tool_call_output"].includes(typeOf(item) as string);
}

function isMessage(item: unknown): item is Record<string, unknown> {
  return (
    isObject(item) && typeof item["role"] === "string" && ["message", null, undefined].includes(item["type"] as string | null | undefined)
  );
}

/** Of a string or of a list of parts, tool results left out. */
function plainText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const hasText = (part: unknown) => ["text", "input_text", "output_text"].includes(typeOf(part) as string);
  const texts = content.map((part: unknown) => (hasText(part) ? (part as Record<string, unknown>)["text"] : ""));
  return texts.filter((text) => typeof text === "string" && text !== "").join(" ");
}

/** `list`: the member whose text is read. */
export function hasImage(list: unknown, format: Format): boolean {
  if (!Array.isArray(list) || format === "completions") return false;
  const isImage = (part: unknown) => ["image_url", "input_image", "image"].includes(typeOf(part) as string);
  const holdsImage = (content: unknown) => Array.isArray(content) && content.some(isImage);
  if (format === "responses")
    return list.some((item) => (isOutput(item) ? holdsImage(item["output"]) : isMessage(item) && holdsImage(item["content"])));
  const contents = list.filter(isObject).map((message) => message["content"]);
  const results = contents.flatMap((content) => (Array.isArray(content) ? content.filter(isResult).map((part) => part.content) : []));
  return [...contents, ...results].some(holdsImage);
}

export function textOf(spoken: readonly Spoken[], scope: Scope, tokens: number, keywords: readonly string[]): ExpectedText {
  const isIn = (piece: Spoken) => scope === "all" || (scope === "user" ? piece.isUser : piece.isLastUser);
  const pieces = spoken.filter((piece) => piece.text !== "" && isIn(piece));
  const text = pieces.map((piece) => piece.text).join(" ");
  const lowered = text.toLowerCase();
  const keywordHits = keywords.filter((keyword) => lowered.includes(keyword));
  return {
    text,
    chars: [...text].length + 4 * tokens,
    textBytes: Buffer.byteLength(text) + 4 * tokens,
    keywordHits,
    codeFences: text.split("```").length - 1,
    script: scriptOf(text),
    places: placesOf(keywordHits, pieces, lowered),
  };
}

function placesOf(hits: readonly string[], pieces: readonly Spoken[], lowered: string): KeywordPlace[] {
  if (hits.length === 0) return [];
  const messages: { message: number; text: string }[] = [];
  for (const { message, text } of pieces) {
    const last = messages.at(-1);
    if (last?.message === message) last.text += ` ${text}`;
    else messages.push({ message, text });
  }
  // For every code unit of the lower-cased text: its message, and which character of it. A joining space belongs to the first.
  const origins = messages.flatMap(({ message, text }) =>
    [...text, " "].flatMap((character, at) => Array(character.toLowerCase().length).fill({ message, character: at })),
  );
  return hits.map((keyword) => {
    const origin = origins[lowered.indexOf(keyword)];
    if (origin === undefined) throw new Error("the oracle is wrong");
    return { keyword, ...origin };
  });
}

const SCRIPT_LETTERS: readonly (readonly [Script, RegExp])[] = [
  ["latin", /(?=\p{L})\p{Script=Latin}/gu],
  ["han", /(?=\p{L})\p{Script=Han}/gu],
  ["hangul", /(?=\p{L})\p{Script=Hangul}/gu],
  ["cyrillic", /(?=\p{L})\p{Script=Cyrillic}/gu],
  ["other", /(?=\p{L})[^\p{Script=Latin}\p{Script=Han}\p{Script=Hangul}\p{Script=Cyrillic}]/gu],
];

const KNOWN = new Set(PIECES.join(""));

/** Of scripts with as many letters, the first. The scanner takes marks and digits of scripts it does not name for letters. */
function scriptOf(text: string): Script | undefined {
  if ([...text].some((character) => character > "\x7f" && !KNOWN.has(character))) return undefined;
  const counts = SCRIPT_LETTERS.map(([script, letters]) => ({ script, count: text.match(letters)?.length ?? 0 }));
  const most = Math.max(...counts.map(({ count }) => count));
  return most === 0 ? "other" : (counts.find(({ count }) => count === most)?.script ?? "other");
}
