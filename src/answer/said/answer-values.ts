// From an answer's bytes to the JSON values it is made of: one, or the data of server-sent events. Cut anywhere; what is longer than the
// bound is dropped, so that nothing here grows with the answer.
import { closedJson, isObject, type JsonObject, parsedJson } from "./json.ts";

/** Of an answer that is one JSON value, of an event's data in a stream. Both are larger than any hold in use. */
const MAX_CHARS = 256 * 1024;
const DATA = "data:";

export class AnswerValues {
  readonly #take: (value: JsonObject) => void;
  readonly #decoder = new TextDecoder();
  #shape: "none" | "json" | "events" | "other" = "none";
  #kept = ""; // of the JSON value, or of the line that is read
  #data = ""; // of the event that is read
  #isTooLong = false;
  #afterReturn = false;

  /** `take` hears of each value that is an object. */
  constructor(take: (value: JsonObject) => void) {
    this.#take = take;
  }

  push(piece: Uint8Array): void {
    const text = this.#decoder.decode(piece, { stream: true });
    if (this.#shape === "none") this.#tellShape(this.#kept + text);
    if (this.#shape === "events") this.#readLines(text);
    else if (this.#shape !== "other") this.#keep(text);
  }

  /** `ended`: nothing more comes. `held`: what there is of a JSON value is told as if it ended here. */
  finish(why: "ended" | "held"): void {
    if (this.#shape === "json" && !this.#isTooLong) this.#tell(why === "ended" ? parsedJson(this.#kept) : closedJson(this.#kept));
    else if (this.#shape === "events" && why === "ended") this.#readLines("\n\n");
  }

  #tellShape(front: string): void {
    const first = front.trimStart()[0];
    if (first === undefined) return;
    if (first === "{") this.#shape = "json";
    else this.#shape = first === ":" || (first >= "a" && first <= "z") ? "events" : "other";
    if (this.#shape === "events") this.#kept = "";
  }

  #keep(text: string): void {
    if (this.#kept.length + text.length > MAX_CHARS) {
      this.#isTooLong = true;
      this.#kept = "";
    }
    if (!this.#isTooLong) this.#kept += text;
  }

  #readLines(text: string): void {
    if (text === "") return;
    const lines = (this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text).split(LINE_END);
    this.#afterReturn = text.endsWith("\r");
    this.#keep(lines[0] ?? "");
    for (const line of lines.slice(1)) {
      this.#readLine(this.#kept);
      this.#kept = "";
      this.#keep(line);
    }
  }

  #readLine(line: string): void {
    if (line.startsWith(DATA) && this.#data.length + line.length <= MAX_CHARS) this.#data += line.slice(DATA.length);
    if (line !== "") return;
    if (!this.#isTooLong && this.#data !== "") this.#tell(parsedJson(this.#data));
    this.#data = "";
    this.#isTooLong = false;
  }

  #tell(parsed: { readonly value: unknown } | undefined): void {
    if (isObject(parsed?.value)) this.#take(parsed.value);
  }
}

const LINE_END = /\r\n|\n|\r/;
