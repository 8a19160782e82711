// Walking over the bytes of valid JSON: where values end, and where the members of one object stand. For the few places that must be looked
// into once more after a scan; what is malformed never comes here.

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c] as const;
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d] as const;
const SPACE = 0x20; // all of JSON's white space is at most this
/** A member's name is decoded up to so many bytes; a longer one is none that we know. */
const MAX_NAME_BYTES = 384;

export interface Span {
  readonly start: number;
  readonly end: number;
}

export function behindSpace(body: Uint8Array, start: number): number {
  let at = start;
  while ((body[at] ?? CLOSE_BRACE) <= SPACE) at++;
  return at;
}

/** Behind the value that starts at `start`. */
export function valueEnd(body: Uint8Array, start: number): number {
  const first = body[start];
  if (first === QUOTE) return stringEnd(body, start);
  return first === OPEN_BRACE || first === OPEN_BRACKET ? containerEnd(body, start) : scalarEnd(body, start);
}

/** Of several members of one name the last counts. `start`: of the object. */
export function membersOf(body: Uint8Array, start: number, names: readonly string[]): ReadonlyMap<string, Span> {
  const found = new Map<string, Span>();
  let at = behindSpace(body, start + 1);
  while (body[at] === QUOTE) {
    const nameEnd = stringEnd(body, at);
    const name = nameEnd - at <= MAX_NAME_BYTES ? stringAt(body, { start: at, end: nameEnd }) : "";
    const value = behindSpace(body, behindSpace(body, nameEnd) + 1);
    const end = valueEnd(body, value);
    if (names.includes(name)) found.set(name, { start: value, end });
    at = nextAt(body, end);
  }
  return found;
}

/** Where the elements of the list stand that begins at `start`; the first `most` of them. */
export function elementsOf(body: Uint8Array, start: number, most: number): readonly Span[] {
  const found: Span[] = [];
  let at = behindSpace(body, start + 1);
  while (found.length < most && at < body.length && body[at] !== CLOSE_BRACKET) {
    const end = valueEnd(body, at);
    found.push({ start: at, end });
    at = nextAt(body, end);
  }
  return found;
}

/** The text of a string, quotes included in its span. */
export function stringAt(body: Uint8Array, { start, end }: Span): string {
  return String(JSON.parse(UTF8.decode(body.subarray(start, end))));
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** At the next member or element, or at the closing one's bracket. */
function nextAt(body: Uint8Array, end: number): number {
  const at = behindSpace(body, end);
  return body[at] === COMMA ? behindSpace(body, at + 1) : at;
}

function stringEnd(body: Uint8Array, start: number): number {
  let quote = body.indexOf(QUOTE, start + 1);
  while (quote >= 0 && isEscaped(body, quote)) quote = body.indexOf(QUOTE, quote + 1);
  return quote < 0 ? body.length : quote + 1;
}

function isEscaped(body: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (body[before] === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

function containerEnd(body: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const c = body[at];
    if (c === QUOTE) {
      at = stringEnd(body, at);
      continue;
    }
    at++;
    if (c === OPEN_BRACE || c === OPEN_BRACKET) depth++;
    else if ((c === CLOSE_BRACE || c === CLOSE_BRACKET) && --depth === 0) return at;
  }
  return at;
}

function scalarEnd(body: Uint8Array, start: number): number {
  let at = start;
  while (at < body.length) {
    const c = body[at] ?? COMMA;
    if (c <= SPACE || c === COMMA || c === CLOSE_BRACE || c === CLOSE_BRACKET) break;
    at++;
  }
  return at;
}
