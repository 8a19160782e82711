// The facts of an agent's action, read out of a scanned body: places from the scanner's memory, what stands there from the body. Each is
// computed at the first question, and only until the next scan.
import {
  type ActionFacts,
  COUNTED_CALLS,
  FRONT_CHARS,
  LISTED_CALLS,
  MAX_TOOL_CHARS,
  saysFailed,
  type ToolCall,
  type TurnType,
} from "./actions.ts";
import type { RequestFacts } from "./facts.ts";
import { firstPartFront, isSameJson, isSameString, stringFront } from "./json-characters.ts";
import { type ActionPlace, FIELD, type ScanMemory } from "./scan-memory.ts";
import { sessionInUserId } from "./session-in-user-id.ts";
import { FRONT_BYTES, type TurnSource, turnTypeOf } from "./turn-type.ts";

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
  #places: readonly ActionPlace[] | undefined; // the newest first
  #turn: TurnType | undefined;
  #calls: readonly ToolCall[] | undefined;
  #repeats: number | undefined;
  #errors: number | undefined;

  constructor(memory: ScanMemory, body: Uint8Array, facts: AskedFacts) {
    this.#memory = memory;
    this.#body = body;
    this.#facts = facts;
    this.#scan = memory.scans;
  }

  get turn(): TurnType {
    this.#turn ??= turnTypeOf(this.#turnSource());
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
    this.#errors ??= this.#placesOf("result", COUNTED_CALLS).filter((place) => this.#isFailed(place)).length;
    return this.#errors;
  }

  get fingerprint(): string | undefined {
    const { system, person } = this.#current().opening();
    return person && fingerprintOf(system, person);
  }

  #current(): ScanMemory {
    if (this.#memory.scans !== this.#scan) throw new Error("invariant: a fact is asked for before the next scan");
    return this.#memory;
  }

  #placesOf(kind: ActionPlace["kind"], most: number): readonly ActionPlace[] {
    this.#places ??= [...this.#current().actions()];
    return this.#places.filter((place) => place.kind === kind).slice(0, most);
  }

  #turnSource(): TurnSource {
    const { maxTokens, turns, tools, user } = this.#facts;
    let system: string | undefined;
    let asked: string | undefined;
    return {
      maxTokens,
      turns,
      tools,
      lastSpeaker: SPEAKERS[this.#current().field(FIELD.lastSpeaker) & SPEAKER_BITS],
      isAgents: sessionInUserId(user) !== undefined,
      schema: () => this.#schema(),
      systemFront: () => (system ??= front(this.#current().opening().system)),
      askedFront: () => (asked ??= front(this.#current().lastSaid())),
    };
  }

  /** Undefined: JSON of a schema is not asked for, or it is a long one. */
  #schema(): unknown {
    if (!this.#facts.jsonOutput) return undefined;
    const memory = this.#current();
    const [start, end] = [memory.field(FIELD.schema), memory.field(FIELD.schema + 1)];
    if (start === 0 || end - start > MAX_SCHEMA_BYTES) return undefined;
    return JSON.parse(UTF8.decode(this.#body.subarray(start, end)));
  }

  #listedCalls(): readonly ToolCall[] {
    const calls = this.#placesOf("call", LISTED_CALLS).toReversed();
    const results = this.#placesOf("result", Number.POSITIVE_INFINITY);
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
    const calls = this.#placesOf("call", COUNTED_CALLS);
    let most = Math.min(1, calls.length);
    for (const [index, call] of calls.entries()) {
      if (calls.length - index <= most) break;
      const same = 1 + calls.slice(index + 1).filter((other) => this.#isSameCall(call, other)).length;
      if (same > most) most = same;
    }
    return most;
  }

  #isSameCall(a: ActionPlace, b: ActionPlace): boolean {
    if (a.name === 0 || b.name === 0 || !isSameString(this.#body, a.name, b.name)) return false;
    return isSameJson(this.#body, [a.from, a.to], [b.from, b.to]);
  }

  #isFailed({ failed, from }: ActionPlace): boolean {
    if (failed || from === 0) return failed;
    const content = this.#body[from] === QUOTE ? stringFront(this.#body, from, FRONT_CHARS) : firstPartFront(this.#body, from, FRONT_CHARS);
    return content !== undefined && saysFailed(content);
  }
}

function front(text: Uint8Array | undefined): string {
  return text === undefined ? "" : UTF8.decode(text.subarray(0, FRONT_BYTES));
}

const HASHED_BYTES = 256;
const [FIRST_SEED, SECOND_SEED] = [0x811c9dc5, 0x41c6ce57];
const [FIRST_MULTIPLIER, SECOND_MULTIPLIER] = [0x01000193, 0x5f356495];
const [FIRST_MIXER, SECOND_MIXER] = [0x85ebca6b, 0xc2b2ae35];

/** Of the fronts of both, and how long the second is. */
function fingerprintOf(system: Uint8Array | undefined, person: Uint8Array): string {
  let first = FIRST_SEED ^ person.length;
  let second = SECOND_SEED;
  for (const text of [system, person]) {
    const length = Math.min(HASHED_BYTES, text?.length ?? 0);
    for (let at = 0; at < length; at++) {
      const byte = text?.[at] ?? 0;
      first = Math.imul(first ^ byte, FIRST_MULTIPLIER);
      second = Math.imul(second ^ byte, SECOND_MULTIPLIER);
    }
    first = Math.imul(first ^ (first >>> 15), FIRST_MIXER) ^ second;
    second = Math.imul(second ^ (second >>> 13), SECOND_MIXER) ^ (first >>> 3);
  }
  return hex(first) + hex(second);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
