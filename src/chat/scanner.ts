// The host's side of the body scanner: one WebAssembly instance, one body at a time, synchronous. Compiles the keywords into its memory, copies
// each body in, and reads out what was found.
import { EMPTY_HITS, type KeywordPlace, type RequestFacts, type Scope } from "./facts.ts";
import { compileKeywords, type KeywordTables } from "./keywords.ts";
import { SCANNER_WASM } from "./scan-wasm.ts";

export interface ScannerSettings {
  readonly keywords: readonly string[]; // lower case, see checkKeyword
  readonly scope: Scope;
  readonly maxBodyBytes: number; // at most 256 MiB
  readonly isUtf8: (bytes: Uint8Array) => boolean; // of node:buffer
}

export type Unreadable = "not-utf8" | "not-json" | "too-deep" | "too-large";

export type ScanResult =
  | { readonly kind: "chat"; readonly facts: RequestFacts; readonly model: ModelField }
  | { readonly kind: "foreign" } // valid JSON, but no object with a `messages` array
  | { readonly kind: "unreadable"; readonly cause: Unreadable };

/** Where the top-level `model` members stand, as byte offsets into the body. */
export interface ModelField {
  readonly cuts: readonly number[]; // start, end, start, end …: what to leave out so that no `model` is left; ascending, disjoint
  readonly value: readonly [start: number, end: number] | undefined; // of the last one, quotes included
  readonly insertAt: number; // right behind the root object's brace
  readonly otherMembers: boolean; // members are left after the cuts, so an inserted one needs a comma behind it
}

/** What assembly/scan.ts exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly RESULT: WebAssembly.Global<"i32">;
  readonly FILTER: WebAssembly.Global<"i32">;
  readonly BUCKETS: WebAssembly.Global<"i32">;
  readonly FREE: WebAssembly.Global<"i32">;
  scan(body: number, length: number, scope: number, cuts: number, messages: number, found: number, keywords: number): number;
}

/** Field indices of the result, message record size and answers: see assembly/layout.ts. */
const TURNS = 0,
  CHARS = 1,
  TEXT_BYTES = 2,
  KEYWORDS_HIT = 3,
  CUTS = 4,
  MODEL_START = 5,
  MODEL_END = 6,
  ROOT_OPEN = 7,
  OTHER_MEMBERS = 8,
  IS_CHAT = 9,
  TEXTS = 10;
const MESSAGE_INTS = 4;
const CAUSES = [undefined, "not-json", "too-deep"] as const;
const SCOPE_CODES: Readonly<Record<Scope, number>> = { all: 0, user: 1, last_user: 2 };

const PAGE_BYTES = 65_536;
const PADDING_BYTES = 64;
/** A scan that needed more memory than this gives it back at the next: WebAssembly memory cannot shrink, so the instance is replaced. */
const KEPT_BYTES = 32 << 20;

const FOREIGN: ScanResult = { kind: "foreign" };
const NO_CUTS: readonly number[] = Object.freeze([]);

const module = new WebAssembly.Module(SCANNER_WASM);

export class ChatScanner {
  readonly #settings: ScannerSettings;
  readonly #tables: KeywordTables;
  readonly #scope: number;
  #wasm: Exports;
  #bytes: Uint8Array;
  #ints: Int32Array;
  #foundAt = 0;
  #bodyAt = 0;
  #messagesAt = 0;

  /** Throws a RangeError for keywords that cannot be compiled. Takes a few milliseconds. */
  constructor(settings: ScannerSettings) {
    this.#settings = settings;
    this.#tables = compileKeywords(settings.keywords);
    this.#scope = SCOPE_CODES[settings.scope];
    this.#wasm = instantiate();
    this.#bytes = new Uint8Array(0);
    this.#ints = new Int32Array(0);
    this.#placeKeywords();
  }

  /** Reads one body. It is not changed. */
  scan(body: Uint8Array): ScanResult {
    const { maxBodyBytes, isUtf8 } = this.#settings;
    if (body.length > maxBodyBytes) return unreadable("too-large");
    if (!isUtf8(body)) return unreadable("not-utf8");
    const { length } = body;
    const cutsAt = align(this.#bodyAt + length + PADDING_BYTES);
    this.#messagesAt = align(cutsAt + length);
    this.#reserve(this.#messagesAt + length + PADDING_BYTES);
    this.#bytes.set(body, this.#bodyAt);
    const answer = this.#wasm.scan(this.#bodyAt, length, this.#scope, cutsAt, this.#messagesAt, this.#foundAt, this.#tables.cells);
    const cause = CAUSES[answer];
    if (cause !== undefined) return unreadable(cause);
    if (this.#result(IS_CHAT) === 0) return FOREIGN;
    return { kind: "chat", facts: this.#facts(), model: this.#model(cutsAt) };
  }

  /** The joined text in scope of the last chat scanned. Lone surrogates come out as replacement characters. */
  text(): string {
    return decode(this.#bytes.subarray(this.#bodyAt, this.#bodyAt + this.#result(TEXT_BYTES)));
  }

  /** Where each keyword hit in the last chat scanned first stands. For explanations, not for the request path. */
  places(): readonly KeywordPlace[] {
    const lowered = this.#foldsWhole() ? this.text().toLowerCase() : undefined;
    return this.#hits().map((keyword) => {
      const offset = lowered === undefined ? this.#cell(this.#settings.keywords.indexOf(keyword)) - 1 : this.#offsetOf(keyword, lowered);
      return { keyword, ...this.#placeOf(offset) };
    });
  }

  #facts(): RequestFacts {
    return { turns: this.#result(TURNS), chars: this.#result(CHARS), textBytes: this.#result(TEXT_BYTES), keywordHits: this.#hits() };
  }

  #hits(): readonly string[] {
    const { keywords } = this.#settings;
    if (this.#foldsWhole()) {
      const lowered = this.text().toLowerCase();
      return keywords.filter((keyword) => lowered.includes(keyword));
    }
    return this.#result(KEYWORDS_HIT) === 0 ? EMPTY_HITS : keywords.filter((_, id) => this.#cell(id) !== 0);
  }

  /** Comparing bytes is not enough for this text or these keywords: JavaScript has to fold it. */
  #foldsWhole(): boolean {
    if (this.#tables.foldedWhole) return true;
    if (this.#result(KEYWORDS_HIT) === 0) return false;
    for (let id = this.#settings.keywords.length; id < this.#tables.cells; id++) if (this.#cell(id) !== 0) return true;
    return false;
  }

  #model(cutsAt: number): ModelField {
    const start = this.#result(MODEL_START);
    const count = this.#result(CUTS);
    return {
      cuts: count === 0 ? NO_CUTS : Array.from(this.#ints.subarray(cutsAt >> 2, (cutsAt >> 2) + 2 * count)),
      value: start === 0 ? undefined : [start, this.#result(MODEL_END)],
      insertAt: this.#result(ROOT_OPEN),
      otherMembers: this.#result(OTHER_MEMBERS) === 1,
    };
  }

  #result(field: number): number {
    return this.#ints[(this.#wasm.RESULT.value >> 2) + field] ?? 0;
  }

  /** 1 + the byte offset in the text of a keyword's first occurrence; 0: none. */
  #cell(id: number): number {
    return this.#ints[(this.#foundAt >> 2) + id] ?? 0;
  }

  /** Byte offset in the text of a keyword found in its lower-cased form, whose characters may be longer than the original's. */
  #offsetOf(keyword: string, lowered: string): number {
    let left = lowered.indexOf(keyword);
    let offset = 0;
    for (const character of this.text()) {
      if (left <= 0) break;
      left -= character.toLowerCase().length;
      offset += new TextEncoder().encode(character).length;
    }
    return offset;
  }

  /** The message an offset in the text falls into, and the code points from that message's start. */
  #placeOf(offset: number): Omit<KeywordPlace, "keyword"> {
    const address = this.#bodyAt + offset;
    for (let i = 0; i < this.#result(TEXTS); i++) {
      const at = (this.#messagesAt >> 2) + i * MESSAGE_INTS;
      const [message = 0, start = 0, end = 0] = this.#ints.subarray(at, at + 3);
      if (address < end) return { message, character: [...decode(this.#bytes.subarray(start, address))].length };
    }
    throw new Error("invariant: a keyword stands inside a message's text");
  }

  #reserve(bytes: number): void {
    if (this.#bytes.length > KEPT_BYTES && bytes <= KEPT_BYTES) {
      this.#wasm = instantiate();
      this.#placeKeywords();
    }
    if (bytes > this.#bytes.length) this.#grow(bytes);
  }

  /** Growing detaches every view of the memory. */
  #grow(bytes: number): void {
    const { memory } = this.#wasm;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#bytes = new Uint8Array(memory.buffer);
    this.#ints = new Int32Array(memory.buffer);
  }

  #placeKeywords(): void {
    const { filter, records, starts, cells } = this.#tables;
    const recordsAt = align(this.#wasm.FREE.value);
    this.#foundAt = align(recordsAt + records.length);
    this.#bodyAt = align(this.#foundAt + 4 * cells);
    this.#grow(this.#bodyAt);
    this.#bytes.set(records, recordsAt);
    this.#bytes.set(filter, this.#wasm.FILTER.value);
    const buckets = this.#wasm.BUCKETS.value >> 2;
    starts.forEach((start, i) => {
      this.#ints[buckets + i] = recordsAt + start;
    });
  }
}

function instantiate(): Exports {
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}

function unreadable(cause: Unreadable): ScanResult {
  return { kind: "unreadable", cause };
}

/** Up to the next multiple of 16. */
function align(address: number): number {
  return (address + 15) & ~15;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
