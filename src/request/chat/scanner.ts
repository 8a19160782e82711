// The body scanner: a body in, what is known of it out. Synchronous, one body at a time. The reading itself is WebAssembly
// (assembly/scan.ts).
import { compileEnvelopes, DEFAULT_ENVELOPES, type Envelope, hasFewFirstBytes } from "./envelopes.ts";
import { EMPTY_HITS, type Format, type KeywordPlace, type RequestFacts, SCOPES, type Scope, type TextFacts } from "./facts.ts";
import { compileFolding } from "./fold-table.ts";
import { type FoldedText, foldedText } from "./folding.ts";
import { originIn } from "./keyword-places.ts";
import { type Borders, compileKeywords, type KeywordTables } from "./keywords.ts";
import { compileParamNames, type ParamPlace } from "./params.ts";
import { FIELD } from "./scan-fields.ts";
import { ScanMemory } from "./scan-memory.ts";
import { ScannedFacts, ScannedText } from "./scanned-facts.ts";
import { estimatedTokens } from "./token-estimate.ts";

export interface ScannerSettings {
  readonly keywords: readonly string[]; // see checkKeyword; at most MAX_KEYWORDS
  readonly borders?: ReadonlyMap<string, Borders>; // of keywords that count only at the borders of words; see compileKeywords
  readonly compiled?: CompiledKeywords; // where that was done before: of ten thousand it takes 50 ms
  readonly scopes: readonly Scope[]; // whose texts are measured and searched
  readonly envelopes?: readonly Envelope[]; // marks of text in the user's messages that is not the user's. Default: DEFAULT_ENVELOPES
  readonly params: readonly string[]; // names of top-level members whose places are noted; see checkParamName
  readonly maxBodyBytes: number; // at most MAX_BODY_BYTES
  readonly isUtf8: (bytes: Uint8Array) => boolean; // of node:buffer
}

/** Of the same keywords, each once, and borders. */
export interface CompiledKeywords {
  readonly tables: KeywordTables;
  readonly folding: Uint8Array; // of compileFolding
}

export type Unreadable = "not-utf8" | "not-json" | "too-deep" | "too-large";

export type ScanResult =
  | ScannedChat
  | { readonly kind: "foreign" } // valid JSON, but not a request of a format we know
  | { readonly kind: "unreadable"; readonly cause: Unreadable };

export interface ScannedChat {
  readonly kind: "chat";
  readonly facts: RequestFacts;
  readonly isBare: boolean; // only its path says that it is one: what is asked does not stand in the body
  readonly model: ModelField;
  readonly params: readonly ParamPlace[];
}

/** Where the top-level `model` members stand, as byte offsets into the body. */
export interface ModelField {
  readonly cuts: readonly number[]; // start, end, start, end …: what to leave out so that no `model` is left; ascending, disjoint
  readonly value: readonly [start: number, end: number] | undefined; // of the last one, quotes included
  readonly insertAt: number; // right behind the root object's brace
}

export const MAX_BODY_BYTES = 256 << 20;

const CAUSES = [undefined, "not-json", "too-deep"] as const;
const FOREIGN: ScanResult = { kind: "foreign" };
const NO_CUTS: readonly number[] = Object.freeze([]);
const NO_PARAMS: readonly ParamPlace[] = Object.freeze([]);

export class ChatScanner {
  readonly #settings: ScannerSettings;
  readonly #keywords: readonly string[];
  readonly #tables: KeywordTables;
  readonly #scopes: readonly Scope[];
  readonly #memory: ScanMemory;
  readonly borders: ReadonlyMap<string, Borders>;
  readonly envelopes: readonly Envelope[];
  readonly #folded = new Map<Scope, Folded>(); // of the last scan
  #hasChat = false;

  /**
   * Throws a RangeError for keywords, parameters and envelopes that cannot be compiled and for a cap over MAX_BODY_BYTES. Takes
   * a few milliseconds.
   */
  constructor(settings: ScannerSettings) {
    if (!(settings.maxBodyBytes <= MAX_BODY_BYTES))
      throw new RangeError(`bodies of ${settings.maxBodyBytes} bytes; at most ${MAX_BODY_BYTES} are possible`);
    this.#settings = settings;
    this.#keywords = [...new Set(settings.keywords)];
    this.borders = settings.borders ?? new Map();
    this.envelopes = settings.envelopes ?? DEFAULT_ENVELOPES;
    this.#tables = settings.compiled?.tables ?? compileKeywords(this.#keywords, this.borders);
    this.#scopes = [...new Set(settings.scopes)];
    this.#memory = new ScanMemory({
      keywords: this.#tables.table,
      keywordRecords: this.#tables.records,
      folding: settings.compiled?.folding ?? compileFolding(this.#tables.folded),
      paramNames: compileParamNames(settings.params),
      paramCount: settings.params.length,
      envelopes: compileEnvelopes(this.envelopes),
      envelopeCount: this.envelopes.length,
      fewFirstBytes: hasFewFirstBytes(this.envelopes),
      scopes: this.#scopes,
    });
  }

  /**
   * Reads one body, which stays as it is. `expected`: the format its path stands for; else, and where that does not fit, its shape tells:
   * the rules are those of assembly/format.ts. The answer's facts read from the body until the next scan.
   */
  scan(body: Uint8Array, expected?: Format): ScanResult {
    this.#hasChat = false;
    if (this.#folded.size > 0) this.#folded.clear();
    if (body.length > this.#settings.maxBodyBytes) return unreadable("too-large");
    if (!this.#settings.isUtf8(body)) return unreadable("not-utf8");
    const cause = CAUSES[this.#memory.scan(body, expected)];
    if (cause !== undefined) return unreadable(cause);
    const format = this.#memory.format();
    if (format === undefined) return FOREIGN;
    this.#hasChat = true;
    const facts = new ScannedFacts(this.#memory, body, format, this.#texts());
    return { kind: "chat", facts, isBare: this.#memory.isBare(), model: this.#model(), params: this.#params() };
  }

  /**
   * The joined text of a scope in UTF-8, right after a scan that found a chat; a view until the next. Texts stand in the order of the body,
   * system text beside the messages too. A lone surrogate comes out as U+FFFD.
   */
  text(scope: Scope): Uint8Array {
    return this.#memory.text(this.#numberOf(scope));
  }

  /**
   * The same as words are sought in it (folding.ts). Undefined: that makes no difference to the keywords.
   */
  foldedText(scope: Scope): Uint8Array | undefined {
    this.#numberOf(scope);
    return this.#folded.get(scope)?.bytes;
  }

  /** About how many tokens the request is, whatever scopes are asked for: right after a scan of this body that found a chat. */
  inputTokens(body: Uint8Array): number {
    if (!this.#hasChat) throw new Error("invariant: tokens are asked for right after a scan that found a chat");
    return estimatedTokens(this.#memory, body);
  }

  /** Index of the message that a scope's text ends with; -1: none, or the system text beside the messages. */
  lastMessage(scope: Scope): number {
    return this.#memory.lastMessage(this.#numberOf(scope));
  }

  /** Where each keyword found first stands, right after a scan that found a chat. For explanations, not for the request path. */
  places(scope: Scope): readonly KeywordPlace[] {
    const number = this.#numberOf(scope);
    const text = UTF8.decode(this.text(scope));
    const pieces = [...this.#memory.pieces(number)];
    const hits = this.#hits(number, this.#folded.get(scope));
    const originOf = originIn(text, pieces);
    return hits.map((keyword) => ({ keyword, ...originOf(this.#tables.folded[this.#keywords.indexOf(keyword)] ?? "") }));
  }

  #numberOf(scope: Scope): number {
    if (!this.#hasChat) throw new Error("invariant: text is asked for right after a scan that found a chat");
    if (!this.#scopes.includes(scope)) throw new Error(`invariant: the scope ${scope} was asked for`);
    return SCOPES.indexOf(scope);
  }

  #texts(): Readonly<Partial<Record<Scope, TextFacts>>> {
    const texts: Partial<Record<Scope, TextFacts>> = {};
    for (const scope of this.#scopes) {
      const number = SCOPES.indexOf(scope);
      const folded = this.#memory.mustFold(number) ? this.#fold(scope, number) : undefined;
      texts[scope] = new ScannedText(this.#memory, scope, this.#hits(number, folded), folded?.chars);
    }
    return texts;
  }

  /** Of few texts, and so not in WebAssembly: JavaScript has Unicode's tables. */
  #fold(scope: Scope, number: number): Folded {
    const text = foldedText(UTF8.decode(this.#memory.text(number)));
    const made = { ...text, bytes: ENCODER.encode(text.text) };
    this.#memory.searchFolded(number, made.bytes);
    this.#folded.set(scope, made);
    return made;
  }

  /**
   * Only JavaScript can tell whether a keyword with cased letters outside ASCII stands in a text that is not all ASCII, or, where the text
   * has one of the two characters that fold to an ASCII letter, whether a keyword with that letter does. Measured on 256 KB: 0.6 ms instead
   * of 0.15 ms for Chinese, 1.3 ms instead of 0.12 ms for English.
   */
  #hits(scope: number, folded: Folded | undefined): readonly string[] {
    const { beyondAscii, foldable } = this.#tables;
    const memory = this.#memory;
    const searchesBeyond = beyondAscii.size > 0 && memory.textChars(scope) !== memory.textBytes(scope);
    if (memory.hits(scope) === 0 && !searchesBeyond) return EMPTY_HITS;
    const ids = memory.hitIds(scope);
    const foldsToAscii = (ids.at(-1) ?? 0) >= this.#keywords.length;
    if (!foldsToAscii && !searchesBeyond) return ids.map((id) => this.#keywords[id] ?? "");
    const found = new Set(ids);
    const lowered = (folded?.text ?? UTF8.decode(memory.text(scope))).toLowerCase();
    const mayFold = (sought: string) => beyondAscii.has(sought) || (foldsToAscii && foldable.has(sought));
    const hits = this.#keywords.filter((_, id) => {
      const sought = this.#tables.folded[id] ?? "";
      return found.has(id) || (mayFold(sought) && lowered.includes(sought));
    });
    return hits.length === 0 ? EMPTY_HITS : hits;
  }

  #model(): ModelField {
    const memory = this.#memory;
    const start = memory.field(FIELD.modelStart);
    return {
      cuts: start === 0 ? NO_CUTS : memory.cuts(),
      value: start === 0 ? undefined : [start, memory.field(FIELD.modelEnd)],
      insertAt: memory.field(FIELD.rootOpen),
    };
  }

  #params(): readonly ParamPlace[] {
    const count = this.#memory.field(FIELD.params);
    if (count === 0) return NO_PARAMS;
    const places: ParamPlace[] = [];
    for (let i = 0; i < count; i++) places.push(this.#memory.param(i, this.#settings.params));
    return places;
  }
}

/** A text in which words are sought. */
interface Folded extends FoldedText {
  readonly bytes: Uint8Array; // of the folded text
}

const ENCODER = new TextEncoder();
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

function unreadable(cause: Unreadable): ScanResult {
  return { kind: "unreadable", cause };
}
