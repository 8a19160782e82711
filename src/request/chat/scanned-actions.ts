// The facts of an agent's action, read out of a scanned body: places from the scanner's memory, what stands there from the body. Each is
// computed at the first question, and only until the next scan.
import { ACTION, type ActionKind, hasFailed, MAX_ACTIONS } from "./action-places.ts";
import { type ActionFacts, COUNTED_CALLS, LISTED_CALLS, MAX_TOOL_CHARS, type ToolCall, type TurnType } from "./actions.ts";
import type { RequestFacts } from "./facts.ts";
import { isSameJson, isSameString, stringFront } from "./json-characters.ts";
import { FIELD } from "./scan-fields.ts";
import { OPENING, type ScanMemory } from "./scan-memory.ts";
import { type TurnSource, turnTypeOf } from "./turn-type.ts";

type AskedFacts = Pick<RequestFacts, "maxTokens" | "turns" | "tools" | "jsonOutput"> & Pick<ActionFacts, "userSession">;

// ---- as assembly/actions.ts has them ----
const SPEAKERS = [undefined, "person", "tools", "model"] as const;
const SPEAKER_BITS = 3;
const UNANSWERED = 4;

const MAX_SCHEMA_BYTES = 8192;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Of the turn's type it is the source, too: one object less. */
export class ScannedActions implements ActionFacts, TurnSource {
  readonly #memory: ScanMemory;
  readonly #body: Uint8Array;
  readonly #facts: AskedFacts;
  readonly #scan: number;
  #turn: TurnType | undefined;
  #calls: readonly ToolCall[] | undefined;
  #repeats: number | undefined;
  #opening = -1; // not looked for yet

  constructor(memory: ScanMemory, body: Uint8Array, facts: AskedFacts) {
    this.#memory = memory;
    this.#body = body;
    this.#facts = facts;
    this.#scan = memory.scans;
  }

  get turn(): TurnType {
    this.#turn ??= turnTypeOf(this);
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
    return this.#current().field(FIELD.errors);
  }

  get fingerprint(): string | undefined {
    const opening = this.#beginning();
    if ((opening & OPENING.person) === 0) return undefined;
    return this.#memory.openingHash((opening & OPENING.billing) === 0 ? 0 : billingBytes(this.#memory.systemText()));
  }

  get userSession(): string | undefined {
    return this.#facts.userSession;
  }

  get maxTokens(): number | undefined {
    return this.#facts.maxTokens;
  }

  get turns(): number {
    return this.#facts.turns;
  }

  get tools(): boolean {
    return this.#facts.tools;
  }

  get lastSpeaker(): TurnSource["lastSpeaker"] {
    return SPEAKERS[this.#current().field(FIELD.lastSpeaker) & SPEAKER_BITS];
  }

  schema(): unknown {
    if (!this.#facts.jsonOutput) return undefined;
    const memory = this.#current();
    const [start, end] = [memory.field(FIELD.schema), memory.field(FIELD.schema + 1)];
    if (start === 0 || end - start > MAX_SCHEMA_BYTES) return undefined;
    return JSON.parse(UTF8.decode(this.#body.subarray(start, end)));
  }

  system(): Uint8Array | undefined {
    this.#beginning();
    return this.#memory.systemText();
  }

  mayBeSubagents(): boolean {
    return (this.#beginning() & OPENING.agent) !== 0;
  }

  asked(): Uint8Array | undefined {
    return this.#current().lastSaid();
  }

  #beginning(): number {
    if (this.#opening < 0) this.#opening = this.#current().findOpening();
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
      return { tool, outcome: result === undefined ? "unanswered" : hasFailed(memory.actionTag(result)) ? "failed" : "answered" };
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
}

/** The records that are counted in; used again by every question. */
const COUNTED = new Int32Array(COUNTED_CALLS);

function listed(memory: ScanMemory, kind: ActionKind, most: number): readonly number[] {
  const records = new Int32Array(most);
  return [...records.subarray(0, memory.actionsOf(kind, records))];
}

/** Claude Code's line in front of its system text, in which each request has other numbers. */
const BILLING = /^x-anthropic-billing-header:(?: \w+=[\w.-]{0,64};)*/;
const BILLING_BYTES = 640;

/** All its letters are ASCII. */
function billingBytes(system: Uint8Array | undefined): number {
  return BILLING.exec(UTF8.decode(system?.subarray(0, BILLING_BYTES)))?.[0].length ?? 0;
}
