// The oracle's texts: what is said in a parsed request, whose it is, and what a scope's text must be measured at.
import type { Format, KeywordPlace, Scope, Script } from "../../src/request/chat/facts.ts";
import { PIECES } from "./scanner-values.ts";

/** A text of one message. A message with tool results has several. */
export interface Spoken {
  readonly message: number; // -1: system text
  readonly text: string; // may hold lone surrogates
  readonly byUser: boolean; // a tool result in a message of the user is not
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
  return [{ message: -1, text: plainText(value), byUser: false }];
}

export function spokenInMessages(value: unknown): readonly Spoken[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((message: unknown, index) => {
    if (!isObject(message)) return [];
    const { content } = message;
    const isUser = message["role"] === "user";
    if (!Array.isArray(content)) return [{ message: index, text: plainText(content), byUser: isUser }];
    return runsOf(content).map((parts) => {
      const [first] = parts;
      return isResult(first)
        ? { message: index, text: plainText((first as Record<string, unknown>)["content"]), byUser: false }
        : { message: index, text: plainText(parts), byUser: isUser };
    });
  });
}

/** Messages of a person, by index: of the role `user`, with text outside envelopes; without any, with neither results nor envelopes. */
export function humanMessages(list: unknown, format: Format, spoken: readonly Spoken[]): readonly number[] {
  if (format === "completions" || !Array.isArray(list)) return isHuman(spoken, false, false) ? [0] : [];
  return [...list.keys()].filter((index) => {
    const message: unknown = list[index];
    if (!isObject(message) || message["role"] !== "user" || (format === "responses" && !isMessage(message))) return false;
    const { content } = message;
    const results = format !== "responses" && Array.isArray(content) && content.some(isResult);
    return isHuman(
      spoken.filter((piece) => piece.message === index),
      results,
      attachedIn(content).length > 0,
    );
  });
}

function isHuman(spoken: readonly Spoken[], results: boolean, attached: boolean): boolean {
  const own = spoken.filter(({ byUser }) => byUser);
  if (own.some(({ text }) => humanTexts(text).length > 0)) return true;
  return !results && (attached || !own.some(({ text }) => hasEnvelope(text)));
}

const ENVELOPES = [
  /<system-reminder>[\s\S]*?<\/system-reminder>/,
  /<environment_context>[\s\S]*?<\/environment_context>/,
  /<user_instructions>[\s\S]*?<\/user_instructions>/,
  /# AGENTS\.md instructions for [\s\S]*?<\/INSTRUCTIONS>/,
  /<environment_details>[\s\S]*?<\/environment_details>/,
  /(?:I have \*added these files to the chat\*|Here are some READ ONLY files, provided for your reference\.)[\s\S]*/,
  /Here are summaries of some files present in my git repository\.[\s\S]*/,
  /To suggest changes to a file you MUST return the entire content of the updated file\.[\s\S]*/,
  /# (?:\*SEARCH\/REPLACE block\*|V4A Diff Format|File editing) [Rr]ules:[\s\S]*/,
];
const ENVELOPE = new RegExp(ENVELOPES.map(({ source }) => source).join("|"), "g");
const hasEnvelope = (text: string) => text.search(ENVELOPE) >= 0;

/** What is left between the envelopes, white space at the cuts aside. */
function humanTexts(text: string): readonly string[] {
  const left = text.split(ENVELOPE);
  return left
    .map((part, i) => (i === 0 ? part : part.replace(/^[\t-\r ]+/, "")))
    .map((part, i) => (i === left.length - 1 ? part : part.replace(/[\t-\r ]+$/, "")))
    .filter((part) => part !== "");
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
  if (!Array.isArray(value)) return [{ message: 0, text: plainText(value), byUser: true }];
  return value.flatMap((item: unknown, index) => {
    if (isOutput(item)) return [{ message: index, text: plainText(item["output"]), byUser: false }];
    return isMessage(item) ? [{ message: index, text: plainText(item["content"]), byUser: item["role"] === "user" }] : [];
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
  const texts = content.map(textOfPart);
  return texts.filter((text) => typeof text === "string" && text !== "").join(" ");
}

function textOfPart(part: unknown): unknown {
  if (!isObject(part)) return "";
  const { type, text, source } = part;
  if (["text", "input_text", "output_text", undefined, null].includes(type as string)) return text;
  if (type !== "document" || !isObject(source)) return "";
  if (source["type"] === "text") return source["data"];
  return source["type"] === "content" ? plainText(source["content"]) : "";
}

const ATTACHMENTS = {
  images: ["image_url", "input_image", "image", "computer_screenshot"],
  files: ["file", "input_file", "document", "container_upload"],
  audio: ["audio", "input_audio", "audio_url"],
  video: ["video", "input_video", "video_url"],
} as const;
export type Attachment = keyof typeof ATTACHMENTS;

function attachedIn(content: unknown): readonly Attachment[] {
  if (!Array.isArray(content)) return [];
  const own = content.flatMap((part) => (Object.keys(ATTACHMENTS) as Attachment[]).filter((kind) => isAttached(part, kind)));
  return [...own, ...content.filter(isResult).flatMap((part) => attachedOutsideResults(part.content))];
}

const isAttached = (part: unknown, kind: Attachment) => (ATTACHMENTS[kind] as readonly unknown[]).includes(typeOf(part));

/** `list`: the member whose text is read. */
export function attachedTo(list: unknown, format: Format): ReadonlySet<Attachment> {
  if (!Array.isArray(list) || format === "completions") return new Set();
  if (format !== "responses") return new Set(list.filter(isObject).flatMap((message) => attachedIn(message["content"])));
  const ofItem = (item: unknown): readonly Attachment[] => {
    if (typeOf(item) === "computer_call_output") return ["images"];
    if (isOutput(item)) return attachedOutsideResults(item["output"]);
    return isMessage(item) ? attachedOutsideResults(item["content"]) : [];
  };
  return new Set(list.flatMap(ofItem));
}

function attachedOutsideResults(content: unknown): readonly Attachment[] {
  return Array.isArray(content) ? attachedIn(content.filter((part) => !isResult(part))) : [];
}

/** `human`: the messages that are a person's, by index. */
export function textOf(
  spoken: readonly Spoken[],
  scope: Scope,
  human: readonly number[],
  tokens: number,
  keywords: readonly string[],
): ExpectedText {
  const cut = spoken.flatMap(({ message, text, byUser }) => {
    if (scope === "all") return [{ message, text }];
    return byUser ? (hasEnvelope(text) ? humanTexts(text) : [text]).map((left) => ({ message, text: left })) : [];
  });
  const said = cut.filter(({ text }) => text !== "");
  const last = scope === "prompt" ? human.findLast((index) => said.some(({ message }) => message === index)) : human.at(-1);
  const pieces = scope === "all" || scope === "user" ? said : said.filter(({ message }) => message === last);
  const text = pieces.map((piece) => piece.text).join(" ");
  const lowered = folded(text).toLowerCase();
  const keywordHits = keywords.filter((keyword) => lowered.includes(folded(keyword)));
  return {
    text,
    chars: [...text.normalize("NFC")].length + 4 * tokens,
    textBytes: Buffer.byteLength(text) + 4 * tokens,
    keywordHits,
    codeFences: text.split("```").length - 1,
    script: scriptOf(text),
    places: placesOf(keywordHits, pieces, lowered),
  };
}

/** For texts of PIECES, in which all that NFKC changes is to be changed. */
export function folded(text: string): string {
  return text.replace(/\u00ad|[\u200b-\u200f]|\u2060|\ufe0f|\ufeff|\u{e0100}/gu, "").normalize("NFKC");
}

/** Characters of PIECES that change with the one before. */
const WITH_THE_ONE_BEFORE =
  "[\\u00ad\\u0300-\\u036f\\u1161-\\u1175\\u11a8-\\u11c2\\u200b-\\u200f\\u2060\\u3099\\ufe0f\\ufeff\\uff9e\\u{e0100}]";
const CLUSTER = new RegExp(`(?:[^]${WITH_THE_ONE_BEFORE}*)`, "gu");

function placesOf(hits: readonly string[], pieces: readonly Pick<Spoken, "message" | "text">[], lowered: string): KeywordPlace[] {
  if (hits.length === 0) return [];
  const messages: { message: number; text: string }[] = [];
  for (const { message, text } of pieces) {
    const last = messages.at(-1);
    if (last?.message === message) last.text += ` ${text}`;
    else messages.push({ message, text });
  }
  // For every code unit of the folded text in lower case: its message, and which character of it. A joining space belongs to the first.
  const origins = messages.flatMap(({ message, text }) => {
    let at = 0;
    return (`${text} `.match(CLUSTER) ?? []).flatMap((cluster) => {
      const units = Array(folded(cluster).toLowerCase().length).fill({ message, character: at });
      at += [...cluster].length;
      return units;
    });
  });
  return hits.map((keyword) => {
    const origin = origins[lowered.indexOf(folded(keyword))];
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
