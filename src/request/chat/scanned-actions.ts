// The facts of an agent's action, read out of a scanned body: places from the scanner's memory, what stands there from the body. Each is
// computed at the first question, and only until the next scan.
import { ACTION, type ActionKind, MAX_ACTIONS, saysFailedItself } from "./action-places.ts";
import {
  type ActionFacts,
  COUNTED_CALLS,
  FRONT_CHARS,
  LISTED_CALLS,
  MAX_TOOL_CHARS,
  maySayFailed,
  saysFailed,
  type ToolCall,
  type TurnType,
} from "./actions.ts";
import type { RequestFacts } from "./facts.ts";
import { firstByte, firstPartText, isSameJson, isSameString, stringFront } from "./json-characters.ts";
import { FIELD } from "./scan-fields.ts";
import type { Opening, ScanMemory } from "./scan-memory.ts";
import { sessionInUserId } from "./session-in-user-id.ts";
import { type TurnSource, turnTypeOf } from "./turn-type.ts";

type AskedFacts = Pick<RequestFacts, "maxTokens" | "turns" | "tools" | "jsonOutput" | "user" | "texts">;

// ---- as assembly/actions.ts has them ----
const SPEAKERS = [undefined, "person", "tools", "model"] as const;
const SPEAKER_BITS = 3;
const UNANSWERED = 4;

const MAX_SCHEMA_BYTES = 8192;
const QUOTE = 0x22;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

export class ScannedActions implements ActionFacts {
  readonly #memory: ScanMemory;
  readonly #body: Uint8Array;
  readonly #facts: AskedFacts;
  readonly #scan: number;
  #turn: TurnType | undefined;
  #calls: readonly ToolCall[] | undefined;
  #repeats: number | undefined;
  #errors: number | undefined;
  #opening: Opening | undefined;

  constructor(memory: ScanMemory, body: Uint8Array, facts: AskedFacts) {
    this.#memory = memory;
    this.#body = body;
    this.#facts = facts;
    this.#scan = memory.scans;
  }

  get turn(): TurnType {
    if (this.#turn === undefined) {
      const memory = this.#current();
      this.#turn = turnTypeOf(new ScannedTurn(memory, this.#body, this.#facts, this.#beginning(memory)));
    }
    return this.#turn;
  }

  get toolLoop(): boolean {
    return (this.#current().field(FIELD.lastSpeaker) & UNANSWERED) !== 0;
  }

  get calls(): readonly ToolCall[] {
    this.#calls ??= this.#listedCalls();
    return this.#calls;
  }

  get repeats(): number {
    if (this.#repeats === undefined) {
      const told = this.#current().repeatedCalls();
      this.#repeats = told >= 0 ? told : this.#countRepeats();
    }
    return this.#repeats;
  }

  get errors(): number {
    this.#errors ??= this.#countErrors();
    return this.#errors;
  }

  get fingerprint(): string | undefined {
    const memory = this.#current();
    const opening = this.#beginning(memory);
    return opening.personAt === 0 ? undefined : fingerprintOf(memory, withoutBilling(memory, opening));
  }

  #beginning(memory: ScanMemory): Opening {
    this.#opening ??= memory.opening();
    return this.#opening;
  }

  #current(): ScanMemory {
    if (this.#memory.scans !== this.#scan) throw new Error("invariant: a fact is asked for before the next scan");
    return this.#memory;
  }

  #listedCalls(): readonly ToolCall[] {
    const memory = this.#current();
    const calls = listed(memory, "call", LISTED_CALLS).toReversed();
    const results = listed(memory, "result", MAX_ACTIONS);
    return calls.map((call): ToolCall => {
      const name = memory.actionPlace(call, ACTION.name);
      const tool = name === 0 ? "" : stringFront(this.#body, name, MAX_TOOL_CHARS);
      const result = results.find((record) => this.#answers(memory, record, call));
      return { tool, outcome: result === undefined ? "unanswered" : this.#isFailed(memory, result) ? "failed" : "answered" };
    });
  }

  /** Calls of OpenAI's first kind have no id: the result behind one is its own. */
  #answers(memory: ScanMemory, result: number, call: number): boolean {
    const asked = memory.actionPlace(call, ACTION.id);
    const answered = memory.actionPlace(result, ACTION.id);
    if (asked !== 0 && answered !== 0) return isSameString(this.#body, answered, asked);
    return asked === answered && memory.actionPlace(result, ACTION.from) > memory.actionPlace(call, ACTION.from);
  }

  /** Where bytes do not tell, since they are written otherwise: as they mean. */
  #countRepeats(): number {
    const memory = this.#current();
    const body = this.#body;
    const calls = memory.actionsOf("call", COUNTED);
    let most = Math.min(1, calls);
    for (let index = 0; index + most < calls; index++) {
      const call = COUNTED[index] ?? 0;
      const name = memory.actionPlace(call, ACTION.name);
      let same = 1;
      for (let at = index + 1; at < calls && name !== 0; at++) {
        const other = COUNTED[at] ?? 0;
        const otherName = memory.actionPlace(other, ACTION.name);
        if (otherName === 0 || !isSameString(body, name, otherName)) continue;
        const [from, to] = [memory.actionPlace(call, ACTION.from), memory.actionPlace(call, ACTION.to)];
        if (isSameJson(body, from, to, memory.actionPlace(other, ACTION.from), memory.actionPlace(other, ACTION.to))) same++;
      }
      if (same > most) most = same;
    }
    return most;
  }

  #countErrors(): number {
    const memory = this.#current();
    const results = memory.actionsOf("result", COUNTED);
    let errors = 0;
    for (let at = 0; at < results; at++) if (this.#isFailed(memory, COUNTED[at] ?? 0)) errors++;
    return errors;
  }

  #isFailed(memory: ScanMemory, result: number): boolean {
    if (saysFailedItself(memory.actionTag(result))) return true;
    const from = memory.actionPlace(result, ACTION.from);
    if (from === 0) return false;
    const body = this.#body;
    const text = body[from] === QUOTE ? from : firstPartText(body, from);
    return text !== undefined && maySayFailed(firstByte(body, text)) && saysFailed(stringFront(body, text, FRONT_CHARS));
  }
}

/** The records that are counted in; used again by every question. */
const COUNTED = new Int32Array(COUNTED_CALLS);

function listed(memory: ScanMemory, kind: ActionKind, most: number): readonly number[] {
  const records = new Int32Array(most);
  return [...records.subarray(0, memory.actionsOf(kind, records))];
}

/** What the turn's type hangs on, each read when it is asked for. */
class ScannedTurn implements TurnSource {
  readonly maxTokens: number | undefined;
  readonly turns: number;
  readonly tools: boolean;
  readonly lastSpeaker: TurnSource["lastSpeaker"];
  readonly #memory: ScanMemory;
  readonly #body: Uint8Array;
  readonly #facts: AskedFacts;
  readonly #opening: Opening;

  constructor(memory: ScanMemory, body: Uint8Array, facts: AskedFacts, opening: Opening) {
    this.maxTokens = facts.maxTokens;
    this.turns = facts.turns;
    this.tools = facts.tools;
    this.lastSpeaker = SPEAKERS[memory.field(FIELD.lastSpeaker) & SPEAKER_BITS];
    this.#memory = memory;
    this.#body = body;
    this.#facts = facts;
    this.#opening = opening;
  }

  isAgents(): boolean {
    return sessionInUserId(this.#facts.user) !== undefined;
  }

  schema(): unknown {
    if (!this.#facts.jsonOutput) return undefined;
    const [start, end] = [this.#memory.field(FIELD.schema), this.#memory.field(FIELD.schema + 1)];
    if (start === 0 || end - start > MAX_SCHEMA_BYTES) return undefined;
    return JSON.parse(UTF8.decode(this.#body.subarray(start, end)));
  }

  system(): Uint8Array | undefined {
    const { systemAt, systemBytes } = this.#opening;
    return systemAt === 0 ? undefined : this.#memory.bytesAt(systemAt, systemBytes);
  }

  systemBegins(front: Uint8Array): boolean {
    const { systemAt, systemBytes } = this.#opening;
    return systemAt !== 0 && this.#memory.beginsWith(systemAt, systemBytes, front);
  }

  asked(): Uint8Array | undefined {
    return this.#memory.lastSaid();
  }
}

/** So much of each is hashed: 0.2 µs. */
const [SYSTEM_BYTES, PERSON_BYTES] = [128, 256];
const [FIRST_SEED, SECOND_SEED] = [0x811c9dc5, 0x41c6ce57];
const [FIRST_MULTIPLIER, SECOND_MULTIPLIER] = [0x9e3779b1, 0x5f356495];
const [FIRST_MIXER, SECOND_MIXER] = [0x85ebca6b, 0xc2b2ae35];

let first = 0;
let second = 0;

/** Claude Code's line in front of its system text, in which each request has other numbers. */
const BILLING = /^x-anthropic-billing-header:(?: \w+=[\w.-]{0,64};)*/;
const BILLING_FRONT = Buffer.from("x-anthropic-billing-header:");
const BILLING_BYTES = 640;

function withoutBilling(memory: ScanMemory, opening: Opening): Opening {
  const { systemAt, systemBytes } = opening;
  if (systemAt === 0 || !memory.beginsWith(systemAt, systemBytes, BILLING_FRONT)) return opening;
  const front = UTF8.decode(memory.bytesAt(systemAt, Math.min(systemBytes, BILLING_BYTES)));
  const cut = BILLING.exec(front)?.[0].length ?? 0; // of ASCII letters
  return { ...opening, systemAt: systemAt + cut, systemBytes: systemBytes - cut };
}

/** Of the fronts of both, and how long the second is. */
function fingerprintOf(memory: ScanMemory, { systemAt, systemBytes, personAt, personBytes }: Opening): string {
  first = FIRST_SEED ^ personBytes;
  second = SECOND_SEED;
  hashFront(memory, systemAt, Math.min(SYSTEM_BYTES, systemBytes));
  hashFront(memory, personAt, Math.min(PERSON_BYTES, personBytes));
  return hexOf(first ^ (second >>> 16), second ^ (first >>> 16));
}

/** Words by turns into the two halves, which are mixed behind it: neither waits for the other. */
function hashFront(memory: ScanMemory, address: number, length: number): void {
  const end = address + length;
  let [one, two] = [first, second];
  let at = address;
  for (; at + 8 <= end; at += 8) {
    one = Math.imul(one ^ memory.wholeWordAt(at), FIRST_MULTIPLIER);
    one ^= one >>> 15;
    two = Math.imul(two ^ memory.wholeWordAt(at + 4), SECOND_MULTIPLIER);
    two ^= two >>> 13;
  }
  if (at < end) {
    one = Math.imul(one ^ memory.wordAt(at, end), FIRST_MULTIPLIER);
    one ^= one >>> 15;
    two = Math.imul(two ^ (at + 4 < end ? memory.wordAt(at + 4, end) : 0), SECOND_MULTIPLIER);
    two ^= two >>> 13;
  }
  first = Math.imul(one ^ length ^ (two >>> 16), FIRST_MIXER);
  second = Math.imul(two ^ length ^ (first >>> 16), SECOND_MIXER);
}

const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

function digit(value: number, shift: number): number {
  return DIGITS[(value >>> shift) & 15] ?? 0;
}

function hexOfHalf(value: number): string {
  const [a, b, c, d] = [digit(value, 28), digit(value, 24), digit(value, 20), digit(value, 16)];
  return String.fromCharCode(a, b, c, d, digit(value, 12), digit(value, 8), digit(value, 4), digit(value, 0));
}

/** At once: four times as fast as `toString` and padding. */
function hexOf(a: number, b: number): string {
  return hexOfHalf(a) + hexOfHalf(b);
}
