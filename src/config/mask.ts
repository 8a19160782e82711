// Hides what looks like a secret, by its key or inside a URL.
import { Note } from "./effective.ts";

export const MASK = "[redacted]";
const SECRET_KEY = /password|passwd|secret|token|credential|authorization|api[_-]?key|private[_-]?key/i;
/** Where a secret lies is none, and one who sets it up must see it. */
const FILE_KEY = /file$/i;
/** How many tokens a text has is none either: `contextTokens`. */
const COUNT_KEY = /[a-z]Tokens$/;
const URL_CREDENTIALS = /(?<=[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi;

/** A copy of any JSON-like value with secrets masked. Never shows a value under a secret's key, of whatever type. */
export function masked(value: unknown): unknown {
  if (typeof value === "string") return value.replace(URL_CREDENTIALS, `${MASK}@`);
  if (value instanceof Note) return new Note(value.text.replace(URL_CREDENTIALS, `${MASK}@`));
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, SECRET_KEY.test(key) && !isNoSecret(key, inner) ? MASK : masked(inner)]),
  );
}

function isNoSecret(key: string, value: unknown): boolean {
  if (FILE_KEY.test(key)) return true;
  return COUNT_KEY.test(key) && (value === undefined || typeof value === "number" || value instanceof Note);
}
