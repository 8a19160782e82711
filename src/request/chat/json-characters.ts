// JSON in a body that has been scanned, character by character as it means: no white space between values, escapes as what they stand for.
// So two values compare as equal however they are written. For short values: it takes 3 to 5 ns a character.

/** A string's opening or closing quote; no character has this number. */
const DELIMITER = 0x110000;
const END = -1;
const [QUOTE, BACKSLASH, LETTER_U] = [0x22, 0x5c, 0x75] as const;
const SIMPLE_ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x6e, 0x0a],
  [0x74, 0x09],
  [0x72, 0x0d],
  [0x62, 0x08],
  [0x66, 0x0c],
]);

class Characters {
  readonly #body: Uint8Array;
  readonly #end: number;
  #at: number;
  #inString = false;

  constructor(body: Uint8Array, start: number, end: number) {
    this.#body = body;
    this.#at = start;
    this.#end = Math.min(end, body.length);
  }

  /** A code point, DELIMITER, or END. */
  next(): number {
    const body = this.#body;
    if (!this.#inString) while (this.#at < this.#end && (body[this.#at] ?? 0) <= 0x20) this.#at++;
    if (this.#at >= this.#end) return END;
    const byte = body[this.#at] ?? 0;
    if (byte === QUOTE) {
      this.#at++;
      this.#inString = !this.#inString;
      return DELIMITER;
    }
    if (byte === BACKSLASH) return this.#escaped();
    if (byte < 0x80) {
      this.#at++;
      return byte;
    }
    const bytes = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    let point = byte & (0x7f >> bytes);
    for (let i = 1; i < bytes; i++) point = (point << 6) | ((body[this.#at + i] ?? 0) & 0x3f);
    this.#at += bytes;
    return point;
  }

  #escaped(): number {
    const letter = this.#body[this.#at + 1] ?? 0;
    if (letter !== LETTER_U) {
      this.#at += 2;
      return SIMPLE_ESCAPES.get(letter) ?? letter;
    }
    const unit = this.#unitAt(this.#at);
    this.#at += 6;
    if ((unit & 0xfc00) !== 0xd800 || this.#body[this.#at] !== BACKSLASH || this.#body[this.#at + 1] !== LETTER_U) return unit;
    const low = this.#unitAt(this.#at);
    if ((low & 0xfc00) !== 0xdc00) return unit;
    this.#at += 6;
    return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
  }

  #unitAt(at: number): number {
    return Number.parseInt(String.fromCharCode(...this.#body.subarray(at + 2, at + 6)), 16);
  }
}

/** Whether two JSON values mean the same, the order of their members and the spelling of numbers aside, which count. */
export function isSameJson(body: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  let at = 0;
  while (at < length && body[aStart + at] === body[bStart + at]) at++;
  if (at === length && aEnd - aStart === bEnd - bStart) return true;
  return at < length && differsForSure(body, aStart, bStart, at) ? false : isSameRead(body, aStart, aEnd, bStart, bEnd);
}

/** The same of two strings whose opening quotes stand there. */
export function isSameString(body: Uint8Array, aStart: number, bStart: number): boolean {
  for (let at = 1; ; at++) {
    const a = body[aStart + at];
    const b = body[bStart + at];
    if (a === BACKSLASH || b === BACKSLASH) break;
    if (a !== b) return false;
    if (a === QUOTE || a === undefined) return true;
  }
  return isSameRead(body, aStart, endOfString(body, aStart), bStart, endOfString(body, bStart));
}

const LONGEST_ESCAPE = 6;

/** Neither byte is white space, and neither is part of an escape. */
function differsForSure(body: Uint8Array, aStart: number, bStart: number, at: number): boolean {
  const a = body[aStart + at] ?? 0;
  const b = body[bStart + at] ?? 0;
  if (a <= 0x20 || b <= 0x20 || a === BACKSLASH || b === BACKSLASH) return false;
  for (let before = Math.max(0, at - LONGEST_ESCAPE); before < at; before++) if (body[aStart + before] === BACKSLASH) return false;
  return true;
}

function isSameRead(body: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
  const a = new Characters(body, aStart, aEnd);
  const b = new Characters(body, bStart, bEnd);
  for (;;) {
    const character = a.next();
    if (character !== b.next()) return false;
    if (character === END) return true;
  }
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** A string, from its opening quote to behind its closing one. */
export function stringAt(body: Uint8Array, start: number, end: number): string {
  const text = textOf(body, start + 1, end - 1);
  return hasEscape(body, start, end) ? (JSON.parse(`"${text}"`) as string) : text;
}

/** What `toString` of Node's Buffers calls once it knows the encoding, which takes it as long as the text. */
interface Sliced {
  utf8Slice(start: number, end: number): string;
}

/** A view of a Buffer is one, too, which takes as long to make as the text. */
export function textOf(body: Uint8Array | (Uint8Array & Sliced), start: number, end: number): string {
  return "utf8Slice" in body ? body.utf8Slice(start, end) : UTF8.decode(body.subarray(start, end));
}

/** A loop: what strings have for it takes 0.1 µs at the first call behind a scan. */
export function hasEscape(body: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (body[at] === BACKSLASH) return true;
  return false;
}

/** The front of the string whose opening quote stands at `start`. */
export function stringFront(body: Uint8Array, start: number, maxChars: number): string {
  const characters = new Characters(body, start, body.length);
  characters.next();
  let text = "";
  for (let count = 0; count < maxChars; count++) {
    const character = characters.next();
    if (character === DELIMITER || character === END) break;
    text += String.fromCodePoint(character);
  }
  return text;
}

function endOfString(body: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}
