// The facts of an agent's action, read out of a scanned body: places from the scanner's memory, what stands there from the body. Each is
// computed at the first question, and only until the next scan.
import type { ActionPlace } from "./action-places.ts";
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
import { FIELD, type Opening, type ScanMemory } from "./scan-memory.ts";
import { sessionInUserId } from "./session-in-user-id.ts";
import { type TurnSource, turnTypeOf } from "./turn-type.ts";

type AskedFacts = Pick<RequestFacts, "maxTokens" | "turns" | "tools" | "jsonOutput" | "user" | "texts">;

// ---- as assembly/actions.ts has them ----
const SPEAKERS = [undefined, "person", "tools", "model"] as const;
const SPEAKER_BITS = 3;
const UNANSWERED = 4;

const MAX_SCHEMA_BYTES = 8192;
const QUOTE = 0x22;
const LETTER_X = 0x78;
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
    this.#turn ??= turnTypeOf(new ScannedTurn(this.#current(), this.#body, this.#facts, () => this.#beginning()));
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
    this.#repeats ??= this.#countRepeats();
    return this.#repeats;
  }

  get errors(): number {
    this.#errors ??= this.#current()
      .actionsOf("result", COUNTED_CALLS)
      .filter((place) => this.#isFailed(place)).length;
    return this.#errors;
  }

  get fingerprint(): string | undefined {
    const { system, person } = this.#beginning();
    return person && fingerprintOf(system && withoutBilling(system), person);
  }

  #beginning(): Opening {
    const memory = this.#current();
    this.#opening ??= memory.opening();
    return this.#opening;
  }

  #current(): ScanMemory {
    if (this.#memory.scans !== this.#scan) throw new Error("invariant: a fact is asked for before the next scan");
    return this.#memory;
  }

  #listedCalls(): readonly ToolCall[] {
    const calls = this.#current().actionsOf("call", LISTED_CALLS).toReversed();
    const results = this.#current().actionsOf("result", Number.POSITIVE_INFINITY);
    return calls.map((call): ToolCall => {
      const tool = call.name === 0 ? "" : stringFront(this.#body, call.name, MAX_TOOL_CHARS);
      const result = results.find((place) => this.#answers(place, call));
      return { tool, outcome: result === undefined ? "unanswered" : this.#isFailed(result) ? "failed" : "answered" };
    });
  }

  /** Calls of OpenAI's first kind have no id: the result behind one is its own. */
  #answers(result: ActionPlace, call: ActionPlace): boolean {
    if (result.id === 0 || call.id === 0) return result.id === call.id && result.from > call.from;
    return isSameString(this.#body, result.id, call.id);
  }

  /** Calls that differ do so in their first characters, mostly: comparing takes less time than hashing. */
  #countRepeats(): number {
    const calls = this.#current().actionsOf("call", COUNTED_CALLS);
    let most = Math.min(1, calls.length);
    for (let index = 0; index + most < calls.length; index++) {
      let same = 1;
      for (let other = index + 1; other < calls.length; other++) if (this.#isSameCall(calls[index], calls[other])) same++;
      if (same > most) most = same;
    }
    return most;
  }

  #isSameCall(a: ActionPlace | undefined, b: ActionPlace | undefined): boolean {
    if (a === undefined || b === undefined || a.name === 0 || b.name === 0) return false;
    const body = this.#body;
    return isSameString(body, a.name, b.name) && isSameJson(body, a.from, a.to, b.from, b.to);
  }

  #isFailed({ failed, from }: ActionPlace): boolean {
    if (failed || from === 0) return failed;
    const body = this.#body;
    const text = body[from] === QUOTE ? from : firstPartText(body, from);
    return text !== undefined && maySayFailed(firstByte(body, text)) && saysFailed(stringFront(body, text, FRONT_CHARS));
  }
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
  readonly #opening: () => Opening;

  constructor(memory: ScanMemory, body: Uint8Array, facts: AskedFacts, opening: () => Opening) {
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
    return this.#opening().system;
  }

  asked(): Uint8Array | undefined {
    return this.#memory.lastSaid();
  }
}

/** So much of each is hashed: 0.3 µs. */
const [SYSTEM_BYTES, PERSON_BYTES] = [128, 256];
const [FIRST_SEED, SECOND_SEED] = [0x811c9dc5, 0x41c6ce57];
const [FIRST_MULTIPLIER, SECOND_MULTIPLIER] = [0x9e3779b1, 0x5f356495];
const [FIRST_MIXER, SECOND_MIXER] = [0x85ebca6b, 0xc2b2ae35];

/** Claude Code's line in front of its system text, in which each request has other numbers. */
const BILLING = /^x-anthropic-billing-header:(?: \w+=[\w.-]{0,64};)*/;
const BILLING_BYTES = 640;

function withoutBilling(system: Uint8Array): Uint8Array {
  if (system[0] !== LETTER_X) return system;
  const front = UTF8.decode(system.subarray(0, BILLING_BYTES));
  return system.subarray(BILLING.exec(front)?.[0].length ?? 0); // of ASCII letters
}

/** Of the fronts of both, and how long the second is. */
function fingerprintOf(system: Uint8Array | undefined, person: Uint8Array): string {
  let first = FIRST_SEED ^ person.length;
  let second = SECOND_SEED;
  for (const [text, most] of [[system, SYSTEM_BYTES] as const, [person, PERSON_BYTES] as const]) {
    const length = text === undefined ? 0 : Math.min(most, text.length);
    for (let at = 0; at < length; at += 4) {
      const word = wordAt(text, at, length);
      first = Math.imul(first ^ word, FIRST_MULTIPLIER);
      first ^= first >>> 15;
      second = Math.imul(second ^ word, SECOND_MULTIPLIER);
      second ^= second >>> 13;
    }
    first = Math.imul(first ^ length, FIRST_MIXER);
    second = Math.imul(second ^ length, SECOND_MIXER);
  }
  return hex(first ^ (second >>> 16)) + hex(second ^ (first >>> 16));
}

/** Four bytes, those behind the end as zeros. */
function wordAt(text: Uint8Array | undefined, at: number, length: number): number {
  if (text === undefined) return 0;
  const word = (text[at] ?? 0) | (at + 1 < length ? (text[at + 1] ?? 0) << 8 : 0);
  return word | (at + 2 < length ? (text[at + 2] ?? 0) << 16 : 0) | (at + 3 < length ? (text[at + 3] ?? 0) << 24 : 0);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
