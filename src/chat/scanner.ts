// The host's side of the body scanner: one WebAssembly instance, one body at a time, synchronous. Puts the compiled keywords into its
// memory, copies each body in, and reads out what was found.
import { EMPTY_HITS, type Format, type KeywordPlace, type RequestFacts, type Scope } from "./facts.ts";
import { compileKeywords, type KeywordTables } from "./keywords.ts";
import type { ParamPlace } from "./params.ts";
import { SCANNER_WASM } from "./scan-wasm.ts";

export interface ScannerSettings {
  readonly keywords: readonly string[]; // see checkKeyword; at most MAX_KEYWORDS
  readonly scopes: readonly Scope[]; // whose texts are measured and searched
  readonly params: readonly string[]; // names of top-level members whose places are noted; not `model`
  readonly maxBodyBytes: number; // at most MAX_BODY_BYTES
  readonly isUtf8: (bytes: Uint8Array) => boolean; // of node:buffer
}

export type Unreadable = "not-utf8" | "not-json" | "too-deep" | "too-large";

export type ScanResult =
  | { readonly kind: "chat"; readonly facts: RequestFacts; readonly model: ModelField; readonly params: readonly ParamPlace[] }
  | { readonly kind: "foreign" } // valid JSON, but not a request of a format we know
  | { readonly kind: "unreadable"; readonly cause: Unreadable };

/** Where the top-level `model` members stand, as byte offsets into the body. */
export interface ModelField {
  readonly cuts: readonly number[]; // start, end, start, end …: what to leave out so that no `model` is left; ascending, disjoint
  readonly value: readonly [start: number, end: number] | undefined; // of the last one, quotes included
  readonly insertAt: number; // right behind the root object's brace
}

export const MAX_BODY_BYTES = 256 << 20;

/** What assembly/scan.ts exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly RESULT: WebAssembly.Global<"i32">;
  readonly FREE: WebAssembly.Global<"i32">;
  useKeywords(table: number, hits: number): void;
  scan(body: number, length: number, scope: number, cuts: number, messages: number): number;
}

/** Field indices of the result, record sizes and answers: see assembly/layout.ts and text.ts. */
const TURNS = 0;
const CHARS = 1;
const TEXT_BYTES = 2;
const HITS = 3;
const CUTS = 4;
const MODEL_START = 5;
const MODEL_END = 6;
const ROOT_OPEN = 7;
const IS_CHAT = 8;
const TEXTS = 9;
const RESULT_INTS = 10;
const MESSAGE_INTS = 4;
const KEYWORD_ID_INT = 1;
const CAUSES = [undefined, "not-json", "too-deep"] as const;
const SCOPE_CODES: Readonly<Record<Scope, number>> = { all: 0, user: 1, last_user: 2 };

const PAGE_BYTES = 65_536;
const PADDING_BYTES = 64;
/**
 * WebAssembly memory cannot shrink. So an instance with more than this (three times the largest body), and over four times what the next
 * body needs, is replaced. Touching fresh memory is the cost: 28 MB and 1 KB by turns take 28 ms, 28 MB alone 6 ms. Up to 21 MB nothing is
 * replaced: what stays is as much as the largest body.
 */
const KEPT_BYTES = 64 << 20;

const FOREIGN: ScanResult = { kind: "foreign" };
const NO_CUTS: readonly number[] = Object.freeze([]);

const module = new WebAssembly.Module(SCANNER_WASM);

export class ChatScanner {
  readonly #settings: ScannerSettings;
  readonly #keywords: readonly string[];
  readonly #tables: KeywordTables;
  readonly #scopes: readonly Scope[];
  #wasm: Exports = instantiate();
  #bytes = new Uint8Array(0);
  #ints = new Int32Array(0);
  #result = new Int32Array(0);
  #hitsAt = 0;
  #bodyAt = 0;
  #messagesAt = 0;
  #hasChat = false;

  /** Throws a RangeError for keywords that cannot be compiled and for a cap over MAX_BODY_BYTES. Takes a few milliseconds. */
  constructor(settings: ScannerSettings) {
    if (!(settings.maxBodyBytes <= MAX_BODY_BYTES))
      throw new RangeError(`bodies of ${settings.maxBodyBytes} bytes; at most ${MAX_BODY_BYTES} are possible`);
    this.#settings = settings;
    this.#keywords = [...new Set(settings.keywords)];
    this.#tables = compileKeywords(this.#keywords);
    this.#scopes = settings.scopes;
    this.#placeKeywords();
  }

  /** Reads one body, which stays as it is. `expected`: the format its path stands for; else, and where that does not fit, its shape tells. */
  scan(body: Uint8Array, _expected?: Format): ScanResult {
    const { length } = body;
    this.#hasChat = false;
    if (length > this.#settings.maxBodyBytes) return unreadable("too-large");
    if (!this.#settings.isUtf8(body)) return unreadable("not-utf8");
    const cutsAt = align(this.#bodyAt + length + PADDING_BYTES);
    this.#messagesAt = align(cutsAt + length);
    this.#reserve(this.#messagesAt + length + PADDING_BYTES);
    this.#bytes.set(body, this.#bodyAt);
    const answer = this.#wasm.scan(this.#bodyAt, length, SCOPE_CODES[this.#scopes[0] ?? "all"], cutsAt, this.#messagesAt);
    const cause = CAUSES[answer];
    if (cause !== undefined) return unreadable(cause);
    if (this.#field(IS_CHAT) === 0) return FOREIGN;
    this.#hasChat = true;
    return { kind: "chat", facts: this.#facts(), model: this.#model(cutsAt), params: [] };
  }

  /** The joined text of a scope in UTF-8, right after a scan that found a chat; a view until the next. A lone surrogate comes out as U+FFFD. */
  text(_scope: Scope): Uint8Array {
    if (!this.#hasChat) throw new Error("invariant: text is asked for right after a scan that found a chat");
    return this.#bytes.subarray(this.#bodyAt, this.#bodyAt + this.#field(TEXT_BYTES));
  }

  /** Where each keyword found first stands, right after a scan that found a chat. For explanations, not for the request path. */
  places(scope: Scope): readonly KeywordPlace[] {
    const text = UTF8.decode(this.text(scope));
    const lowered = text.toLowerCase();
    return this.#hits().map((keyword) => ({ keyword, ...this.#placeOf(byteOffset(text, lowered.indexOf(keyword))) }));
  }

  #facts(): RequestFacts {
    const text = {
      chars: this.#field(CHARS),
      textBytes: this.#field(TEXT_BYTES),
      keywordHits: this.#hits(),
      codeFences: 0,
      script: "other",
    } as const;
    return {
      format: "chat-completions",
      turns: this.#field(TURNS),
      texts: { [this.#scopes[0] ?? "all"]: text },
      stream: false,
      tools: false,
      images: false,
      jsonOutput: false,
      requestedModel: undefined,
      user: undefined,
      session: undefined,
    };
  }

  /**
   * Only JavaScript can tell whether a keyword with cased letters outside ASCII stands in a text that is not all ASCII, or, where the text
   * has one of the two characters that fold to an ASCII letter, whether a keyword with that letter does. Measured on 256 KB: 0.6 ms instead
   * of 0.15 ms for Chinese, 1.3 ms instead of 0.12 ms for English.
   */
  #hits(): readonly string[] {
    const { beyondAscii, foldable } = this.#tables;
    const searchesBeyond = beyondAscii.size > 0 && this.#field(CHARS) !== this.#field(TEXT_BYTES);
    if (this.#field(HITS) === 0 && !searchesBeyond) return EMPTY_HITS;
    const ids = this.#hitIds();
    const foldsToAscii = (ids.at(-1) ?? 0) >= this.#keywords.length;
    if (!foldsToAscii && !searchesBeyond) return ids.map((id) => this.#keywords[id] ?? "");
    const found = new Set(ids);
    const lowered = UTF8.decode(this.text(this.#scopes[0] ?? "all")).toLowerCase();
    const mayFold = (keyword: string) => beyondAscii.has(keyword) || (foldsToAscii && foldable.has(keyword));
    const hits = this.#keywords.filter((keyword, id) => found.has(id) || (mayFold(keyword) && lowered.includes(keyword)));
    return hits.length === 0 ? EMPTY_HITS : hits;
  }

  /** Of the records found, ascending. */
  #hitIds(): number[] {
    const at = this.#hitsAt >> 2;
    const ids: number[] = [];
    for (let i = 0; i < this.#field(HITS); i++) ids.push(this.#int((this.#int(at + i) >> 2) + KEYWORD_ID_INT));
    return ids.sort((a, b) => a - b);
  }

  #model(cutsAt: number): ModelField {
    const start = this.#field(MODEL_START);
    const at = cutsAt >> 2;
    return {
      cuts: start === 0 ? NO_CUTS : Array.from(this.#ints.subarray(at, at + 2 * this.#field(CUTS))),
      value: start === 0 ? undefined : [start, this.#field(MODEL_END)],
      insertAt: this.#field(ROOT_OPEN),
    };
  }

  #field(index: number): number {
    return this.#result[index] ?? 0;
  }

  #int(index: number): number {
    return this.#ints[index] ?? 0;
  }

  /** The message an offset in the text falls into, and the code points from its start. A joining space belongs to the message before it. */
  #placeOf(offset: number): Omit<KeywordPlace, "keyword"> {
    const address = this.#bodyAt + offset;
    const first = this.#messagesAt >> 2;
    let at = first;
    for (let next = first; next < first + this.#field(TEXTS) * MESSAGE_INTS && this.#int(next + 1) <= address; next += MESSAGE_INTS)
      at = next;
    let character = 0;
    for (const _ of this.#decode(this.#int(at + 1), address)) character++;
    return { message: this.#int(at), character };
  }

  #decode(start: number, end: number): string {
    return UTF8.decode(this.#bytes.subarray(start, end));
  }

  #reserve(bytes: number): void {
    if (this.#bytes.length > KEPT_BYTES && bytes * 4 < this.#bytes.length) {
      this.#wasm = instantiate();
      this.#placeKeywords();
    }
    if (bytes > this.#bytes.length) this.#grow(bytes);
  }

  /** Growing detaches every view of the memory. */
  #grow(bytes: number): void {
    const { memory, RESULT } = this.#wasm;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#bytes = new Uint8Array(memory.buffer);
    this.#ints = new Int32Array(memory.buffer);
    this.#result = new Int32Array(memory.buffer, RESULT.value, RESULT_INTS);
  }

  #placeKeywords(): void {
    const { table, records } = this.#tables;
    const tableAt = align(this.#wasm.FREE.value);
    this.#hitsAt = align(tableAt + table.length);
    this.#bodyAt = align(this.#hitsAt + 4 * records);
    this.#grow(this.#bodyAt);
    this.#bytes.set(table, tableAt);
    this.#wasm.useKeywords(tableAt, this.#hitsAt);
  }
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

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

/** UTF-8 bytes in front of the character that gives the code unit at `index` of the lower-cased text. U+0130 gives two. */
function byteOffset(text: string, index: number): number {
  let units = 0;
  let bytes = 0;
  for (const character of text) {
    units += character.toLowerCase().length;
    if (units > index) break;
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
