// The host's side of the scanner's memory: one WebAssembly instance, where things are placed in it, and how it grows and is given back.
// What the fields mean and where they stand is assembly/layout.ts.
import { ACTION, type ActionKind, lastActions } from "./action-places.ts";
import { FORMATS, type Format, SCOPES, type Scope } from "./facts.ts";
import type { ParamPlace } from "./params.ts";
import { FIELD } from "./scan-fields.ts";
import { SCANNER_WASM } from "./scan-wasm.ts";

/** What assembly/scan.ts exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly RESULT: WebAssembly.Global<"i32">;
  readonly FREE: WebAssembly.Global<"i32">;
  readonly SPAN_TABLE: WebAssembly.Global<"i32">;
  readonly COUNTED: WebAssembly.Global<"i32">;
  readonly ACTION_TABLE: WebAssembly.Global<"i32">;
  readonly OPENING_HASH: WebAssembly.Global<"i32">;
  readonly systemAt: WebAssembly.Global<"i32">;
  readonly systemEnd: WebAssembly.Global<"i32">;
  useKeywords(table: number, hitLists: number, hitListBytes: number): void;
  useFolding(table: number): void;
  useParams(names: number, count: number): void;
  useEnvelopes(table: number, count: number, fewFirsts: boolean): void;
  repeatedCalls(list: number): number;
  findOpening(isMoved: boolean): number;
  hashOpening(without: number): void;
  scan(...placesAndModes: readonly number[]): number;
  searchFolded(start: number, end: number, scope: number): void;
  countFences(start: number, end: number): number;
  scriptOf(start: number, end: number): number;
  countTokens(start: number, end: number, isJson: boolean): number;
}

/** What stays in the memory from body to body. */
export interface Tables {
  readonly keywords: Uint8Array; // see keywords.ts
  readonly keywordRecords: number;
  readonly folding: Uint8Array; // see fold-table.ts
  readonly paramNames: Uint8Array; // for each a byte for its length, then its bytes
  readonly paramCount: number;
  readonly envelopes: Uint8Array; // see envelopes.ts
  readonly envelopeCount: number;
  readonly fewFirstBytes: boolean;
  readonly scopes: readonly Scope[];
}

/** The fields of a scope's text follow: start, bytes, characters, hits. */
const SCOPE_FIELDS = 24;
const FIELDS_PER_SCOPE = 4;
const RESULT_INTS = 64;
const BARE = 8; // a bit of the format
const KEYWORD_ID_INT = 1;
const CUT_INTS = 2;
const PIECE_INTS = 3;
const PIECE_FLAG_BITS = 5;
const PARAM_INTS = 3;
const SPAN_INTS = 2;

/** How a conversation begins, as assembly/opening.ts has it: a bit each. */
export const OPENING = {
  person: 1, // a person said something
  agent: 2, // the system text begins as that of an agent's helper may …
  billing: 4, // … and with Claude Code's line on billing
} as const;

/** What is counted of bytes; of more, a part stands for all. */
export const MAX_COUNTED_BYTES = 2048;

const PAGE_BYTES = 65_536;
const PADDING_BYTES = 64; // behind a body and behind every text
const LEAD_BYTES = 32; // the text begins this much in front of the body

/**
 * WebAssembly memory cannot shrink. So an instance with more than this, and over four times what the next body needs, is replaced. A body
 * needs three times its size, twice more for parameters and once more for each scope but the first; what it does not write is not taken.
 * Touching fresh memory is the cost: 28 MB and 1 KB by turns take 28 ms, 28 MB alone 6 ms. Up to 21 MB (9 MB with parameters and three
 * scopes) nothing is replaced: what stays is as much as the largest body.
 */
const KEPT_BYTES = 64 << 20;

const module = new WebAssembly.Module(SCANNER_WASM);

export class ScanMemory {
  readonly #tables: Tables;
  readonly #scopeBits: number;
  readonly #isAllAsked: boolean;
  #wasm: Exports = instantiate();
  #bytes = new Uint8Array(0);
  #ints = new Int32Array(0);
  #result = new Int32Array(0);
  #hitsAt = 0;
  #textAt = 0;
  #bodyAt = 0;
  #cutsAt = 0;
  #piecesAt = 0;
  #paramsAt = 0;
  #foldedAt = 0;
  #actionsAt = 0;
  #hashAt = 0;
  /** How many bodies were scanned: what was read out of an earlier one holds no longer. */
  scans = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
    this.#scopeBits = tables.scopes.reduce((bits, scope) => bits | (1 << SCOPES.indexOf(scope)), 0);
    this.#isAllAsked = tables.scopes.includes("all");
    this.#placeTables();
  }

  /** Answers as assembly/scan.ts does: 0 fine. */
  scan(body: Uint8Array, expected: Format | undefined): number {
    const { length } = body;
    const { scopes, paramCount } = this.#tables;
    const bodyAt = this.#textAt + LEAD_BYTES;
    this.#cutsAt = align(bodyAt + length + PADDING_BYTES);
    this.#piecesAt = align(this.#cutsAt + length);
    this.#paramsAt = align(this.#piecesAt + length);
    this.#bodyAt = bodyAt;
    const regionsAt = align(this.#paramsAt + (paramCount > 0 ? 2 * length : 0)) + LEAD_BYTES;
    const regionBytes = align(length + LEAD_BYTES + PADDING_BYTES);
    this.#foldedAt = regionsAt + (scopes.length - (scopes.includes("all") ? 1 : 0)) * regionBytes;
    this.#reserve(this.#foldedAt);
    this.scans++;
    this.#bytes.set(body, bodyAt);
    const format = expected === undefined ? 0 : FORMATS.indexOf(expected) + 1;
    const [cuts, pieces, params] = [this.#cutsAt, this.#piecesAt, this.#paramsAt];
    return this.#wasm.scan(this.#textAt, bodyAt, length, format, this.#scopeBits, cuts, pieces, params, regionsAt, regionBytes);
  }

  field(index: number): number {
    return this.#result[index] ?? 0;
  }

  format(): Format | undefined {
    return FORMATS[(this.field(FIELD.format) & ~BARE) - 1];
  }

  /** Only the path says that it is a chat: none of the members that a chat is told by stands in the body. */
  isBare(): boolean {
    return (this.field(FIELD.format) & BARE) !== 0;
  }

  textStart(scope: number): number {
    return this.field(SCOPE_FIELDS + FIELDS_PER_SCOPE * scope);
  }

  textBytes(scope: number): number {
    return this.field(SCOPE_FIELDS + FIELDS_PER_SCOPE * scope + 1);
  }

  textChars(scope: number): number {
    return this.field(SCOPE_FIELDS + FIELDS_PER_SCOPE * scope + 2);
  }

  hits(scope: number): number {
    return this.field(SCOPE_FIELDS + FIELDS_PER_SCOPE * scope + 3);
  }

  /** A view until the next scan. */
  text(scope: number): Uint8Array {
    const start = this.textStart(scope);
    return this.#bytes.subarray(start, start + this.textBytes(scope));
  }

  /** Whether keywords must be sought in a scope's folded text. */
  mustFold(scope: number): boolean {
    return (this.field(FIELD.folding) & (1 << scope)) !== 0;
  }

  /** Seeks keywords in a scope's folded text: its hits are these from now on. */
  searchFolded(scope: number, text: Uint8Array): void {
    const end = this.#foldedAt + text.length;
    if (end + PADDING_BYTES > this.#bytes.length) this.#grow(end + PADDING_BYTES);
    this.#bytes.set(text, this.#foldedAt);
    this.#wasm.searchFolded(this.#foldedAt, end, scope);
  }

  countFences(scope: number): number {
    const start = this.textStart(scope);
    return this.#wasm.countFences(start, start + this.textBytes(scope));
  }

  /** As SCRIPTS numbers it. */
  scriptOf(scope: number): number {
    const start = this.textStart(scope);
    return this.#wasm.scriptOf(start, start + this.textBytes(scope));
  }

  /** About how many tokens the texts of all messages and of what stands beside them are. */
  textTokens(): number {
    const all = SCOPES.indexOf("all");
    const end = this.#tables.scopes.includes("all") ? this.#textAt + this.textBytes(all) : this.field(FIELD.textEnd);
    return this.#wasm.countTokens(this.#textAt, end, false);
  }

  /** The same of JSON in places of a body (start, end, start, end …), at most MAX_COUNTED_BYTES together. */
  tokensOf(body: Uint8Array, places: readonly number[]): number {
    const memory = this.#bytes;
    const first = this.#wasm.COUNTED.value;
    let end = first;
    // Byte by byte: they are short, and a view of each takes longer than its bytes do.
    for (let i = 0; i < places.length; i += 2) {
      const stop = places[i + 1] ?? 0;
      for (let at = places[i] ?? 0; at < stop; at++) memory[end++] = body[at] ?? 0;
    }
    return this.#wasm.countTokens(first, end, true);
  }

  /** Values that reach the model beside the texts, as offsets into the body: [start, end]. */
  span(index: number): readonly [start: number, end: number] {
    const at = (this.#wasm.SPAN_TABLE.value >> 2) + SPAN_INTS * index;
    return [this.#int(at) - this.#bodyAt, this.#int(at + 1) - this.#bodyAt];
  }

  /** Of an agent's actions in the conversation the last of a kind, the newest first: where their records stand. Answers how many. */
  actionsOf(kind: ActionKind, into: Int32Array): number {
    const list = { tableAt: this.#actionsAt, number: this.field(FIELD.actionList), count: this.field(FIELD.actions) };
    return lastActions(this.#ints, list, kind, into);
  }

  /** Of the last calls how many are the same one; -1: the bytes do not tell. */
  repeatedCalls(): number {
    return this.#wasm.repeatedCalls(this.field(FIELD.actionList));
  }

  actionTag(record: number): number {
    return this.#int(record + ACTION.tag);
  }

  /** A place of an action, as an offset into the body; 0: not given. */
  actionPlace(record: number, field: number): number {
    const address = this.#int(record + field);
    return address === 0 ? 0 : address - this.#bodyAt;
  }

  /** Of the keyword records found in a scope, ascending. */
  hitIds(scope: number): number[] {
    const at = (this.#hitsAt >> 2) + scope * this.#tables.keywordRecords;
    const ids: number[] = [];
    for (let i = 0; i < this.hits(scope); i++) ids.push(this.#int((this.#int(at + i) >> 2) + KEYWORD_ID_INT));
    return ids.sort((a, b) => a - b);
  }

  /** A loop: Array.from of a view takes 0.3 µs, a third of a scan of 1 KB. */
  cuts(): number[] {
    const at = this.#cutsAt >> 2;
    const cuts: number[] = [];
    for (let i = 0; i < CUT_INTS * this.field(FIELD.cuts); i++) cuts.push(this.#int(at + i));
    return cuts;
  }

  /** One of the parameters found; `names` as they were compiled. */
  param(index: number, names: readonly string[]): ParamPlace {
    const at = (this.#paramsAt >> 2) + PARAM_INTS * index;
    return { name: names[this.#int(at)] ?? "", start: this.#int(at + 1), end: this.#int(at + 2) };
  }

  /** The pieces a scope's text is made of, in its order: which message, and how many bytes. One space stands between two. */
  *pieces(scope: number): Generator<{ readonly message: number; readonly bytes: number }> {
    const end = (this.#piecesAt >> 2) + PIECE_INTS * this.field(FIELD.pieces);
    for (let at = this.#piecesAt >> 2; at < end; at += PIECE_INTS) {
      const tag = this.#int(at + 2);
      if (tag & (1 << scope)) yield { message: (tag >> PIECE_FLAG_BITS) - 1, bytes: this.#int(at + 1) - this.#int(at) };
    }
  }

  /** Looks for how the conversation begins. Answers OPENING bits; what it found is what the next three tell of. */
  findOpening(): number {
    return this.#wasm.findOpening(this.#isAllAsked);
  }

  /** 16 hexadecimal digits, for the system text without its first bytes. */
  openingHash(without: number): string {
    this.#wasm.hashOpening(without);
    return sixteenLetters(this.#bytes, this.#hashAt);
  }

  /** A view until the next scan; undefined: there is none. */
  systemText(): Uint8Array | undefined {
    const { systemAt, systemEnd } = this.#wasm;
    return systemAt.value === 0 ? undefined : this.#bytes.subarray(systemAt.value, systemEnd.value);
  }

  /** What a person said last, as a view; undefined: nothing. */
  lastSaid(): Uint8Array | undefined {
    const scope = (["last_user", "prompt"] as const).find((name) => this.#tables.scopes.includes(name));
    return scope && this.text(SCOPES.indexOf(scope));
  }

  /** Of the last piece of a scope's text; -1: there is none, or it stands beside the messages. */
  lastMessage(scope: number): number {
    const begin = this.#piecesAt >> 2;
    for (let at = begin + PIECE_INTS * (this.field(FIELD.pieces) - 1); at >= begin; at -= PIECE_INTS) {
      const tag = this.#int(at + 2);
      if (tag & (1 << scope)) return (tag >> PIECE_FLAG_BITS) - 1;
    }
    return -1;
  }

  #int(index: number): number {
    return this.#ints[index] ?? 0;
  }

  #reserve(bytes: number): void {
    if (this.#bytes.length > KEPT_BYTES && bytes * 4 < this.#bytes.length) {
      this.#wasm = instantiate();
      this.#placeTables();
    }
    if (bytes > this.#bytes.length) this.#grow(bytes);
  }

  /** Growing detaches every view of the memory. */
  #grow(bytes: number): void {
    const { memory, RESULT, ACTION_TABLE, OPENING_HASH } = this.#wasm;
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
    this.#bytes = new Uint8Array(memory.buffer);
    this.#ints = new Int32Array(memory.buffer);
    this.#result = new Int32Array(memory.buffer, RESULT.value, RESULT_INTS);
    this.#actionsAt = ACTION_TABLE.value >> 2;
    this.#hashAt = OPENING_HASH.value;
  }

  #placeTables(): void {
    const { keywords, keywordRecords, folding, paramNames, paramCount, envelopes, envelopeCount, fewFirstBytes } = this.#tables;
    const keywordsAt = align(this.#wasm.FREE.value);
    this.#hitsAt = align(keywordsAt + keywords.length);
    const paramsAt = this.#hitsAt + SCOPES.length * 4 * keywordRecords;
    const envelopesAt = align(paramsAt + paramNames.length);
    const foldingAt = align(envelopesAt + envelopes.length);
    this.#textAt = align(foldingAt + folding.length);
    this.#grow(this.#textAt);
    this.#bytes.set(keywords, keywordsAt);
    this.#bytes.set(paramNames, paramsAt);
    this.#bytes.set(envelopes, envelopesAt);
    this.#bytes.set(folding, foldingAt);
    this.#wasm.useKeywords(keywordsAt, this.#hitsAt, 4 * keywordRecords);
    this.#wasm.useFolding(foldingAt);
    this.#wasm.useParams(paramsAt, paramCount);
    this.#wasm.useEnvelopes(envelopesAt, envelopeCount, fewFirstBytes);
  }
}

function instantiate(): Exports {
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}

/** ASCII. All at once: to decode a view takes several times as long. */
function sixteenLetters(bytes: Uint8Array, at: number): string {
  const of = (i: number) => bytes[at + i] ?? 0;
  const [a, b, c, d, e, f, g, h] = [of(0), of(1), of(2), of(3), of(4), of(5), of(6), of(7)];
  return String.fromCharCode(a, b, c, d, e, f, g, h, of(8), of(9), of(10), of(11), of(12), of(13), of(14), of(15));
}

/** Up to the next multiple of 16. */
function align(address: number): number {
  return (address + 15) & ~15;
}
