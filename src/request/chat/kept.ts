// What a request refers to that one server keeps: ids it gave out, and thinking that it signed or encrypted. No other server can make
// anything of it. What counts is the comment of assembly/kept.ts.

/** In the order of assembly/layout.ts, which is the order in which they tell where a request belongs. */
export const KEPT_KINDS = ["response", "conversation", "container", "reasoning", "item", "file"] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];

export interface KeptReference {
  readonly kind: KeptKind;
  readonly key: string; // the id; of what was signed or encrypted, its front
}

/** Of a longer id or signature the front is its key: what tells two of a server apart stands there. */
export const MAX_KEY_CHARS = 256;
/** So many bytes of JSON give that many characters, unless nearly all are escaped. */
export const MAX_KEY_BYTES = 512;

export function keyOf(text: string): string {
  return text.length <= MAX_KEY_CHARS ? text : text.slice(0, MAX_KEY_CHARS);
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c] as const;
const LATIN1 = new TextDecoder("latin1");
const CUT_ESCAPE = /(?:^|[^\\])(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$/;

/** The key of the string of a JSON text whose opening quote stands at `at`. */
export function keyAt(body: Uint8Array, at: number): string {
  const last = Math.min(body.length, at + 1 + MAX_KEY_BYTES);
  let hasEscape = false;
  let end = at + 1;
  for (; end < last; end++) {
    if (body[end] === QUOTE) break;
    if (body[end] !== BACKSLASH) continue;
    hasEscape = true;
    end++;
  }
  const text = LATIN1.decode(body.subarray(at + 1, Math.min(end, last)));
  return keyOf(hasEscape ? unescaped(text) : text);
}

/** Of a JSON string's inside, which may be cut in an escape: that escape is left out. */
export function unescaped(text: string): string {
  const cut = CUT_ESCAPE.exec(text)?.[1] ?? "";
  try {
    return String(JSON.parse(`"${text.slice(0, text.length - cut.length)}"`));
  } catch {
    return text;
  }
}
