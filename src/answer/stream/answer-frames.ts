// What an answer is made of: JSON, one value or several, or server-sent events whose data is JSON. Told by its first byte; the values'
// named places go to a listener as they come by.
import { type JsonListener, JsonReader } from "./json-reader.ts";
import type { Place } from "./places.ts";

export interface FrameListener extends JsonListener {
  /** A server-sent event is of this type; before its data or behind it. */
  eventType(name: string): void;
  /** Whether an event's data, in Latin 1, can say nothing new. Most events of a stream are a word of its answer. */
  mayPass(data: string): boolean;
  /** The data `[DONE]`, by which OpenAI's streams end. */
  done(): void;
}

/** `none`: no byte has come. */
export type AnswerShape = "none" | "json" | "events" | "markup" | "other";

const [NEWLINE, RETURN, SPACE, COLON, OPEN_BRACE, OPEN_BRACKET, LESS_THAN] = [0x0a, 0x0d, 0x20, 0x3a, 0x7b, 0x5b, 0x3c] as const;
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];
const DONE = "[DONE]";
const MAX_PASSED_BYTES = 4096;
const MAX_KEPT = 64; // characters of a field's name or of a short value

export class AnswerFrames {
  readonly #listener: FrameListener;
  readonly #json: JsonReader;
  #shape: AnswerShape = "none";
  // Of the line of an event stream:
  #part: "field" | "data" | "value" = "field";
  #field = "";
  #value = "";
  #afterReturn = false;

  constructor(root: Place, listener: FrameListener) {
    this.#listener = listener;
    this.#json = new JsonReader(root, listener);
  }

  get shape(): AnswerShape {
    return this.#shape;
  }

  /** JSON that began and has not ended. */
  get isUnfinished(): boolean {
    return this.#json.within && !this.#json.broken;
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    if (this.#shape === "none") at = this.#tellShape(bytes);
    if (this.#shape === "json") this.#json.push(bytes, at);
    else if (this.#shape === "events") while (at < bytes.length) at = this.#readLine(bytes, at);
  }

  /** No more comes: the last line may lack its end. */
  end(): void {
    if (this.#shape === "events") this.#endLine(NEWLINE);
  }

  #tellShape(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && isBlank(bytes[at] ?? 0)) at++;
    const first = bytes[at];
    if (first === undefined) return at;
    if (first === OPEN_BRACE || first === OPEN_BRACKET) this.#shape = "json";
    else if (first === COLON || (first >= 0x61 && first <= 0x7a)) this.#shape = "events";
    else this.#shape = first === LESS_THAN ? "markup" : "other";
    return at;
  }

  /** Up to the line's end, or as far as it has come. */
  #readLine(bytes: Uint8Array, from: number): number {
    const first = bytes[from] ?? 0;
    if (this.#afterReturn) {
      this.#afterReturn = false;
      if (first === NEWLINE) return from + 1;
    }
    switch (this.#part) {
      case "field":
        return this.#readField(bytes, from);
      case "data":
      case "value":
        return this.#readValue(bytes, from);
      default:
        return this.#part satisfies never;
    }
  }

  #readField(bytes: Uint8Array, from: number): number {
    const byte = bytes[from] ?? 0;
    if (byte === NEWLINE || byte === RETURN) {
      if (this.#field === "") this.#json.restart(); // a blank line ends the event
      this.#endLine(byte);
    } else if (byte === COLON)
      this.#part = this.#field === "data" ? "data" : "value"; // spaces in front are nothing to the reader
    else if (this.#field.length < MAX_KEPT) this.#field += String.fromCharCode(byte);
    return from + 1;
  }

  #readValue(bytes: Uint8Array, from: number): number {
    const end = lineEnd(bytes, from);
    if (this.#part === "data" && !this.#passes(bytes, from, end)) this.#json.push(bytes, from, end);
    const most = this.#part === "data" ? DONE.length + 2 : MAX_KEPT; // of data, a word is all that is looked at
    for (let at = from; at < end && this.#value.length < most; at++) this.#value += String.fromCharCode(bytes[at] ?? 0);
    if (end === bytes.length) return end;
    this.#endLine(bytes[end] ?? 0);
    return end + 1;
  }

  /** One that is whole, and as short as a word of an answer is. To look costs 0.4 µs, to read 2.5 µs. */
  #passes(bytes: Uint8Array, from: number, end: number): boolean {
    if (end === bytes.length || end - from > MAX_PASSED_BYTES || this.#value !== "" || this.#json.within) return false;
    return this.#listener.mayPass(Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString("latin1"));
  }

  #endLine(byte: number): void {
    const value = this.#value.trim();
    if (this.#field === "event") this.#listener.eventType(value);
    else if (this.#field === "data" && value === DONE) this.#listener.done();
    [this.#part, this.#field, this.#value, this.#afterReturn] = ["field", "", "", byte === RETURN];
  }
}

function lineEnd(bytes: Uint8Array, from: number): number {
  const newline = bytes.indexOf(NEWLINE, from);
  const end = newline < 0 ? bytes.length : newline;
  const carriage = bytes.subarray(from, end).indexOf(RETURN);
  return carriage < 0 ? end : from + carriage;
}

function isBlank(byte: number): boolean {
  return byte <= SPACE || BYTE_ORDER_MARK.includes(byte);
}
