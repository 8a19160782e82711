// The items of one JSON list, `[{…}, {…}]`, or of the list that an object holds, `{"data": [{…}]}`, cut out as the bytes come: only the
// item at hand is kept.
import { dataError } from "./problem.ts";

/** The bytes of one row and where it begins. */
export interface Line {
  readonly number: number; // from 1
  readonly bytes: Buffer | undefined; // undefined: longer than allowed
}

/** What exports call the list that holds their rows. */
const HOLDER = "data|rows|items|examples|traces|records|requests|results|entries|samples";
const SCALAR = String.raw`(?:"(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|true|false|null)`;
const BEGINNING = new RegExp(String.raw`^\s*(?:\[|\{\s*(?:"[^"\\]*"\s*:\s*${SCALAR}\s*,\s*)*"(?:${HOLDER})"\s*:\s*\[\s*\{)`);

/** Whether a file's first bytes begin a list, and no line of its own. */
export function beginsList(front: Buffer): boolean {
  return BEGINNING.test(front.toString("latin1"));
}

const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [0x22, 0x5c, 0x2c, 0x0a];
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/** In batches, one a chunk. Throws `data-invalid` where the list does not end. */
export async function* listItems(name: string, chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<readonly Line[]> {
  const cutter = new ItemCutter(maxBytes);
  for await (const chunk of chunks) yield cutter.take(chunk);
  if (cutter.ended) return;
  const hint = "The file is cut off, or a bracket or quote in it is not closed.";
  throw dataError({ place: `${name}:${cutter.line}`, message: "expected the end of the list, found the end of the file", hint });
}

class ItemCutter {
  line = 1;
  ended = false;
  readonly #maxBytes: number;
  #begun = false; // the list
  #depth = 0; // within the item
  #inString = false;
  #escaped = false;
  #inItem = false;
  #itemLine = 1;
  #front: Buffer[] = [];
  #frontBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  take(chunk: Buffer): readonly Line[] {
    const items: Line[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === NEWLINE) this.line++;
      if (this.ended) continue;
      if (this.#inString) {
        this.#within(byte);
        continue;
      }
      if (byte === QUOTE) this.#inString = true;
      if (!this.#begun) {
        this.#begun = byte === LIST;
        continue;
      }
      if (!this.#inItem) {
        if (byte === LIST_END) this.ended = true;
        if (byte <= 0x20 || byte === COMMA || this.ended) continue;
        this.#inItem = true;
        this.#itemLine = this.line;
        start = at;
      }
      if (byte === OBJECT || byte === LIST) this.#depth++;
      else if (this.#depth > 0) {
        if (byte !== OBJECT_END && byte !== LIST_END) continue;
        if (--this.#depth === 0) items.push(this.#cut(chunk.subarray(start, at + 1)));
      } else if (byte === COMMA || byte === LIST_END) {
        this.ended = byte === LIST_END;
        items.push(this.#cut(chunk.subarray(start, at)));
      }
    }
    if (this.#inItem) this.#keep(chunk.subarray(start));
    return items;
  }

  #within(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  #keep(part: Buffer): void {
    this.#frontBytes += part.length;
    if (this.#frontBytes > this.#maxBytes) this.#front = [];
    else this.#front.push(part);
  }

  #cut(end: Buffer): Line {
    this.#keep(end);
    const bytes = this.#frontBytes > this.#maxBytes ? undefined : Buffer.concat(this.#front);
    this.#front = [];
    this.#frontBytes = 0;
    this.#inItem = false;
    return { number: this.#itemLine, bytes };
  }
}
