// What an answer gives out that its server alone will know again: ids, and thinking that it signed or encrypted. Their keys are those that
// a later request refers to them by.
import { keyOf } from "../../request/chat/kept.ts";
import type { JsonKind } from "../stream/json-reader.ts";

/**
 * Of a chat of OpenAI's Responses, whole or streamed, its own id, its conversation's, its items' and their containers'; Anthropic's
 * container, and the files that its code made; speech. Elsewhere the id at the root: of a file, a conversation, a container, a batch …
 */
const IDS = [
  ..."id conversation.id container.id message.container.id delta.container.id".split(" "),
  ...["output[]", "response.output[]", "item"].flatMap((item) => [`${item}.id`, `${item}.container_id`]),
  ..."response.id response.conversation.id".split(" "),
  ...["content[]", "content_block"].map((block) => `${block}.content.content[].file_id`),
  ..."choices[].message.audio.id choices[].delta.audio.id".split(" "),
];

/** A list of Anthropic's blocks, and the lists in which gateways put them beside a content. */
const BLOCKS = [
  ..."content[] content_block delta".split(" "),
  ...["choices[].message", "choices[].delta"].flatMap((message) => [`${message}.thinking_blocks[]`, `${message}.reasoning_details[]`]),
];
const SIGNED = [
  ...BLOCKS.flatMap((block) => [`${block}.signature`, `${block}.data`]),
  ...["output[]", "response.output[]", "item"].map((item) => `${item}.encrypted_content`),
  ...["choices[].message", "choices[].delta"].flatMap((message) =>
    ["extra_content", "tool_calls[].extra_content"].map((extra) => `${message}.${extra}.google.thought_signature`),
  ),
];

/** Where keys stand, and what says whether the id at the root is one. */
export const KEPT_PLACES: readonly string[] = [...IDS, ...SIGNED];

/**
 * An event of a stream that has begun, and not its last, can only give one out with one of these in its data: encrypted, redacted, file_id,
 * signature, audio. All are of one length, which makes it 0.1 µs for an event of a chat instead of 1.
 */
export const KEPT_NAMED = /crypted|dacted_|file_id|nature"|audio":/;

const KEPT: ReadonlySet<string> = new Set(KEPT_PLACES);
/** A chat completion, Anthropic's message and Gemini's answer have one of these, and no request refers to their ids. */
const ANSWERS: ReadonlySet<string> = new Set(["choices", "content", "candidates"]);

/** Of an answer that gives out more, the first and its own id are kept. */
const MAX_KEYS = 32;

export interface KeptKeys {
  /** Something at one of KEPT_PLACES, or at a place that tells what is read. */
  found(path: string, kind: JsonKind, text: string): void;
  /** A whole value was read. */
  rootClosed(): void;
  /** In the order they came, each once. */
  readonly keys: readonly string[];
}

export function keptKeys(): KeptKeys {
  const keys: string[] = [];
  let rootId = "";
  let isOfChat = false;
  const keep = (text: string) => {
    const key = keyOf(text);
    if (key !== "" && keys.length < MAX_KEYS && !keys.includes(key)) keys.push(key);
  };
  return {
    found(path, kind, text) {
      if (ANSWERS.has(path) || (path === "type" && text === "message")) isOfChat = true;
      else if (kind !== "string") return;
      else if (path === "id") rootId = text;
      else if (KEPT.has(path)) keep(text);
    },
    rootClosed() {
      if (!isOfChat && rootId !== "" && !keys.includes(keyOf(rootId))) keys.push(keyOf(rootId));
      [rootId, isOfChat] = ["", false];
    },
    keys,
  };
}
