// The facts of a scanned body. Counts and hits are read out at once; what only some policies ask for is computed at the first question, and
// only until the next scan: the memory and the body it stands in are used again.
import type { ActionFacts } from "./actions.ts";
import { type Format, type RequestFacts, SCOPES, SCRIPTS, type Scope, type Script, type TextFacts } from "./facts.ts";
import { stringAt } from "./json-characters.ts";
import { KEPT_KINDS, type KeptReference, keyAt } from "./kept.ts";
import { FIELD } from "./scan-fields.ts";
import type { ScanMemory } from "./scan-memory.ts";
import { ScannedActions } from "./scanned-actions.ts";
import { sessionInUserId } from "./session-in-user-id.ts";
import { estimatedTokens } from "./token-estimate.ts";

// ---- bits of the flags, as assembly/layout.ts has them ----
const STREAM = 1;
const TOOLS = 2 | 4; // tools, functions
const JSON_OUTPUT = 8 | 16 | 32 | 64; // response_format, text.format, output_format, output_config.format
const IMAGES = 128;
const FILES = 256;
const AUDIO = 512;
const VIDEO = 1024;
const CONTINUED = 2048;

const NOTHING_KEPT: readonly KeptReference[] = [];
const TOKEN_BYTES = 4; // what a token of a prompt given in tokens counts as, in bytes and in characters

/** Who asks: the first of these that is a string and not empty. */
export const USER_NAMES = {
  user: FIELD.user,
  safety_identifier: FIELD.safetyIdentifier,
  "metadata.user_id": FIELD.metadataUserId,
} as const;
/** Which session: the names made for it first, then what merely keeps a session's requests together. */
export const SESSION_NAMES = {
  session_id: FIELD.sessionId,
  conversation: FIELD.conversation,
  "metadata.session_id": FIELD.metadataSessionId,
  prompt_cache_key: FIELD.promptCacheKey,
} as const;

/** Of several that are given the format's own counts: Responses has `max_output_tokens`, and chats the first of the others. */
const MAX_TOKENS_FIELDS = [FIELD.maxCompletionTokens, FIELD.maxTokens, FIELD.maxOutputTokens] as const;
const RESPONSES_MAX_TOKENS_FIELDS = [FIELD.maxOutputTokens, FIELD.maxCompletionTokens, FIELD.maxTokens] as const;

const USER_FIELDS = Object.values(USER_NAMES);
const SESSION_FIELDS = Object.values(SESSION_NAMES);

export class ScannedText implements TextFacts {
  readonly chars: number;
  readonly textBytes: number;
  readonly keywordHits: readonly string[];
  readonly #memory: ScanMemory;
  readonly #scan: number;
  readonly #scope: number;
  #codeFences: number | undefined;
  #script: Script | undefined;

  /** `chars`: of the text composed. Undefined: as it is written. */
  constructor(memory: ScanMemory, scope: Scope, keywordHits: readonly string[], chars: number | undefined) {
    const number = SCOPES.indexOf(scope);
    const inTokens = TOKEN_BYTES * memory.field(FIELD.tokens);
    this.chars = (chars ?? memory.textChars(number)) + inTokens;
    this.textBytes = memory.textBytes(number) + inTokens;
    this.keywordHits = keywordHits;
    this.#memory = memory;
    this.#scan = memory.scans;
    this.#scope = number;
  }

  get codeFences(): number {
    this.#codeFences ??= this.#current().countFences(this.#scope);
    return this.#codeFences;
  }

  get script(): Script {
    this.#script ??= SCRIPTS[this.#current().scriptOf(this.#scope)] ?? "other";
    return this.#script;
  }

  #current(): ScanMemory {
    return current(this.#memory, this.#scan);
  }
}

export class ScannedFacts implements RequestFacts {
  readonly format: Format;
  readonly turns: number;
  readonly humanTurns: number;
  readonly bodyBytes: number;
  readonly texts: Readonly<Partial<Record<Scope, TextFacts>>>;
  readonly stream: boolean;
  readonly tools: boolean;
  readonly images: boolean;
  readonly files: boolean;
  readonly audio: boolean;
  readonly video: boolean;
  readonly continued: boolean;
  readonly jsonOutput: boolean;
  readonly #memory: ScanMemory;
  readonly #scan: number;
  readonly #body: Uint8Array;
  #inputTokens: number | undefined;
  #action: ActionFacts | undefined;
  #user: string | undefined | null = null; // null: not asked for yet

  constructor(memory: ScanMemory, body: Uint8Array, format: Format, texts: Readonly<Partial<Record<Scope, TextFacts>>>) {
    const flags = memory.field(FIELD.flags);
    this.format = format;
    this.turns = memory.field(FIELD.turns);
    this.humanTurns = memory.field(FIELD.humanTurns);
    this.bodyBytes = body.length;
    this.texts = texts;
    this.stream = (flags & STREAM) !== 0;
    this.tools = (flags & TOOLS) !== 0;
    this.images = (flags & IMAGES) !== 0;
    this.files = (flags & FILES) !== 0;
    this.audio = (flags & AUDIO) !== 0;
    this.video = (flags & VIDEO) !== 0;
    this.continued = (flags & CONTINUED) !== 0;
    this.jsonOutput = (flags & JSON_OUTPUT) !== 0;
    this.#memory = memory;
    this.#scan = memory.scans;
    this.#body = body;
  }

  get requestedModel(): string | undefined {
    const memory = current(this.#memory, this.#scan);
    const start = memory.field(FIELD.modelStart);
    return start === 0 || this.#body[start] !== QUOTE ? undefined : stringAt(this.#body, start, memory.field(FIELD.modelEnd));
  }

  get continuedBy(): readonly KeptReference[] {
    if (!this.continued) return NOTHING_KEPT;
    const memory = current(this.#memory, this.#scan);
    return KEPT_KINDS.flatMap((kind, index) => {
      const at = memory.field(FIELD.kept + index);
      return at === 0 ? [] : [{ kind, key: keyAt(this.#body, at) }];
    });
  }

  get inputTokens(): number {
    this.#inputTokens ??= estimatedTokens(current(this.#memory, this.#scan), this.#body);
    return this.#inputTokens;
  }

  get maxTokens(): number | undefined {
    const memory = current(this.#memory, this.#scan);
    for (const field of this.format === "responses" ? RESPONSES_MAX_TOKENS_FIELDS : MAX_TOKENS_FIELDS) {
      const at = memory.field(field);
      const given = at === 0 ? undefined : countAt(this.#body, at);
      if (given !== undefined) return given;
    }
    return undefined;
  }

  get action(): ActionFacts {
    this.#action ??= new ScannedActions(current(this.#memory, this.#scan), this.#body, this);
    return this.#action;
  }

  get user(): string | undefined {
    if (this.#user === null) this.#user = this.#stringOf(this.#given(USER_FIELDS));
    return this.#user;
  }

  get session(): string | undefined {
    return this.#stringOf(this.#given(SESSION_FIELDS));
  }

  /** See ActionFacts. */
  get userSession(): string | undefined {
    const field = this.#given(USER_FIELDS);
    return field === 0 ? undefined : sessionInUserId(this.#body, this.#memory.field(field), this.#memory.field(field + 1));
  }

  /** The first of the fields whose string is not empty; 0: none is. */
  #given(fields: readonly number[]): number {
    const memory = current(this.#memory, this.#scan);
    for (const field of fields) {
      const start = memory.field(field);
      if (start !== 0 && memory.field(field + 1) - start > 2) return field; // more than its quotes
    }
    return 0;
  }

  #stringOf(field: number): string | undefined {
    return field === 0 ? undefined : stringAt(this.#body, this.#memory.field(field), this.#memory.field(field + 1));
  }
}

function current(memory: ScanMemory, scan: number): ScanMemory {
  if (memory.scans !== scan) throw new Error("invariant: a fact is asked for before the next scan");
  return memory;
}

const QUOTE = 0x22;
const MAX_NUMBER_CHARS = 24;
const MAX_DIGITS = 12;
const [COMMA, CLOSE_BRACE] = [0x2c, 0x7d];

/** A whole number as JSON has it (`1e3` too), not negative; undefined: the value is something else. */
function countAt(body: Uint8Array, start: number): number | undefined {
  let digits = 0;
  for (let at = start; at < start + MAX_DIGITS; at++) {
    const byte = body[at] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) digits = 10 * digits + byte - 0x30;
    else if (at > start && (byte === COMMA || byte === CLOSE_BRACE)) return digits;
    else break;
  }
  return spelledCountAt(body, start);
}

function spelledCountAt(body: Uint8Array, start: number): number | undefined {
  let text = "";
  for (let at = start; at < start + MAX_NUMBER_CHARS; at++) {
    const byte = body[at] ?? 0;
    const isOfNumber = (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e || (byte | 0x20) === 0x65;
    if (!isOfNumber) break;
    text += String.fromCharCode(byte);
  }
  const value = text === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
