// What of a request may be worded otherwise for an answer to be the same: the last thing that its user says. All else is its place, and
// must be equal to the byte.
import type { Format } from "../chat/facts.ts";
import { lastValue, type Members } from "./canonical.ts";

export interface LastQuestion {
  readonly text: string;
  readonly member: string; // of the body, where it stands
  readonly around: string; // that member without it, as JSON
}

/** A longer text is no question that two people ask. */
const MOST_CHARS = 2000;
/** What was said before is read for it, 0.3 ms of 64 KB; a longer conversation is not had twice. */
const MOST_BYTES = 64 << 10;
const MEMBERS: Readonly<Partial<Record<Format, string>>> = { "chat-completions": "messages", responses: "input", messages: "messages" };

interface Message {
  readonly role?: unknown;
  readonly content?: unknown;
}

/** Undefined: the request does not end with words of its user alone. */
export function lastQuestion(members: Members, format: Format): LastQuestion | undefined {
  const member = MEMBERS[format];
  const [place, ...more] = members.members.filter(({ name }) => name === member);
  if (member === undefined || place === undefined || more.length > 0 || place.end - place.start > MOST_BYTES) return undefined;
  const found = questionIn(JSON.parse(lastValue(members, member) ?? ""));
  if (found === undefined || found.text.trim() === "" || found.text.length > MOST_CHARS) return undefined;
  return { text: found.text, member, around: JSON.stringify(found.around) };
}

function questionIn(value: unknown): { readonly text: string; readonly around: unknown } | undefined {
  if (typeof value === "string") return { text: value, around: null };
  if (!Array.isArray(value)) return undefined;
  const last = value.at(-1) as Message | null | undefined;
  if (typeof last !== "object" || last === null || last.role !== "user") return undefined;
  const said = textOf(last.content);
  return said && { text: said.text, around: [...value.slice(0, -1), { ...last, content: said.around }] };
}

/** Words alone, or one part with words. */
function textOf(content: unknown): { readonly text: string; readonly around: unknown } | undefined {
  if (typeof content === "string") return { text: content, around: null };
  if (!Array.isArray(content) || content.length !== 1) return undefined;
  const part: unknown = content[0];
  if (typeof part !== "object" || part === null || !("text" in part) || typeof part.text !== "string") return undefined;
  return { text: part.text, around: [{ ...part, text: null }] };
}
