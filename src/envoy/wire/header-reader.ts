// The headers of one ext_proc message, read on demand: decoding notes where each name and value stands; text is made of what is asked for.
import { contentStart, delimited, type FieldReader } from "./protobuf.ts";

const HEADER_MAP = { headers: delimited(1) } as const;
const HEADER_VALUE = { key: delimited(1), value: delimited(2), rawValue: delimited(3) } as const;

/** Reads header values on demand. Names are lower case as Envoy sends them; bytes that are not UTF-8 read as U+FFFD. */
export interface HeaderReader {
  /** The value of the first header of this name. */
  get(name: string): string | undefined;
  /** Every name with this prefix, as sent. */
  namesStartingWith(prefix: string): string[];
  entries(): Iterable<[name: string, value: string]>;
}

/** Positions of one header's name and value in the message. */
interface Span {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
  rawStart: number;
  rawEnd: number;
}

/** Headers within `message`; `readHeaderMap` fills it, as often as the message has a header map. */
export class HeaderSpans implements HeaderReader {
  readonly #message: Buffer;
  readonly #spans: Span[] = [];
  #lengths = 0; // a bit for each length of a name, modulo 32: most of what is asked for is not there

  constructor(message: Buffer) {
    this.#message = message;
  }

  add(span: Span): void {
    this.#spans.push(span);
    this.#lengths |= 1 << (span.keyEnd - span.keyStart);
  }

  get(name: string): string | undefined {
    if ((this.#lengths & (1 << name.length)) === 0) return undefined;
    for (const span of this.#spans) {
      if (span.keyEnd - span.keyStart === name.length && this.#keyStartsWith(span, name)) return this.#value(span);
    }
    return undefined;
  }

  namesStartingWith(prefix: string): string[] {
    const names: string[] = [];
    for (const span of this.#spans) {
      if (span.keyEnd - span.keyStart >= prefix.length && this.#keyStartsWith(span, prefix)) names.push(this.#key(span));
    }
    return names;
  }

  *entries(): Iterable<[name: string, value: string]> {
    for (const span of this.#spans) yield [this.#key(span), this.#value(span)];
  }

  #keyStartsWith(span: Span, text: string): boolean {
    for (let i = 0; i < text.length; i++) {
      if (this.#message[span.keyStart + i] !== text.charCodeAt(i)) return false;
    }
    return true;
  }

  #key(span: Span): string {
    return this.#message.toString("utf8", span.keyStart, span.keyEnd);
  }

  /** Envoy fills `raw_value`; other proxies may still fill `value`. */
  #value(span: Span): string {
    return span.rawEnd > span.rawStart
      ? this.#message.toString("utf8", span.rawStart, span.rawEnd)
      : this.#message.toString("utf8", span.valueStart, span.valueEnd);
  }
}

/** Reads one HeaderMap. */
export function readHeaderMap(into: HeaderSpans, reader: FieldReader): void {
  while (reader.nextField()) {
    if (reader.tag === HEADER_MAP.headers) {
      into.add(reader.readMessage({ keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0, rawStart: 0, rawEnd: 0 }, readHeaderValue));
    } else reader.skipField();
  }
}

function readHeaderValue(into: Span, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case HEADER_VALUE.key:
        into.keyStart = contentStart(reader);
        into.keyEnd = reader.cursor;
        break;
      case HEADER_VALUE.value:
        into.valueStart = contentStart(reader);
        into.valueEnd = reader.cursor;
        break;
      case HEADER_VALUE.rawValue:
        into.rawStart = contentStart(reader);
        into.rawEnd = reader.cursor;
        break;
      default:
        reader.skipField();
    }
  }
}
