// The session that Claude Code puts into `metadata.user_id`: behind `_session_`, or as a member of JSON; of several the last. It is sought
// from the end of the string, as that stands in a body; the string is decoded only where it is written in another way.
import { hasEscape, stringAt, textOf } from "./json-characters.ts";

const AS_TEXT = { front: bytesOf("user_"), mark: bytesOf("_session_"), end: bytesOf('"') } as const;
const AS_JSON = { front: bytesOf("{"), mark: bytesOf('\\"session_id\\":\\"'), end: bytesOf('\\"}"') } as const;
const MAX_ID_BYTES = 64;

const OF_ID = new Uint8Array(256); // by the byte; 1: it may stand in an id
for (const byte of bytesOf("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-")) OF_ID[byte] = 1;

const ID = /^[0-9A-Za-z-]{1,64}$/;
const MEMBER = /^\{[\s\S]*"session_id":\s*"([0-9A-Za-z-]{1,64})"/;

/** Of the string from `start` to `end`, quotes included. Undefined: the id names a user alone. */
export function sessionInUserId(body: Uint8Array, start: number, end: number): string | undefined {
  const isJson = standsAt(body, start + 1, AS_JSON.front);
  const { front, mark, end: behind } = isJson ? AS_JSON : AS_TEXT;
  const idEnd = end - behind.length;
  let idStart = idEnd;
  while (OF_ID[body[idStart - 1] ?? 0] === 1) idStart--;
  const length = idEnd - idStart;
  const isFound = length > 0 && length <= MAX_ID_BYTES && standsAt(body, start + 1, front) && standsAt(body, idEnd, behind);
  if (isFound && standsAt(body, idStart - mark.length, mark)) return textOf(body, idStart, idEnd);
  // Without an escape there is no member in the string, and no mark but the one sought.
  return hasEscape(body, start, end) ? sessionInText(stringAt(body, start, end)) : undefined;
}

function sessionInText(userId: string): string | undefined {
  if (userId.startsWith("{")) return MEMBER.exec(userId)?.[1];
  const at = userId.startsWith("user_") ? userId.lastIndexOf("_session_") : -1;
  const session = at < 0 ? "" : userId.slice(at + "_session_".length);
  return ID.test(session) ? session : undefined;
}

function standsAt(body: Uint8Array, start: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (body[start + i] !== bytes[i]) return false;
  return true;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
