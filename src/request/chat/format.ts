// Which request format a path stands for. Where the path says nothing, the scanner tells by the body's shape.
import type { Format } from "./facts.ts";

/** How a path may end, query and a slash at the end left aside. */
const ENDINGS: readonly (readonly [ending: string, format: Format])[] = [
  ["/completions", "completions"],
  ["/responses", "responses"],
  ["/messages", "messages"],
];

/**
 * Interfaces whose requests share members with a chat (`input`, `prompt`, `messages`, `model`) and are none: their `model` must stay. Each
 * is a segment of the path; what follows it does not matter.
 */
const OTHER_INTERFACES = [
  ..."embeddings moderations audio images videos rerank score pooling classify tokenize detokenize".split(" "),
  ..."files batches fine_tuning models threads assistants realtime count_tokens input_tokens compact cancel".split(" "),
];
const OTHER_INTERFACE = new RegExp(`/(?:${OTHER_INTERFACES.join("|")})(?:/|$)`);

/** `other`: an interface that is not a chat. Undefined: the path does not say. */
export function formatOfPath(path: string | undefined): Format | "other" | undefined {
  if (path === undefined) return undefined;
  const query = path.indexOf("?");
  const end = query < 0 ? path.length : query;
  const plain = path.slice(0, path[end - 1] === "/" ? end - 1 : end);
  if (plain.endsWith("/chat/completions")) return "chat-completions"; // `/models/NAME/v1/chat/completions`, too
  if (OTHER_INTERFACE.test(plain)) return "other";
  return ENDINGS.find(([ending]) => plain.endsWith(ending))?.[1];
}
