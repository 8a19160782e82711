// Where sessions stand: a table of fixed size, in which nothing is ever rearranged. What is asked of one session stands together, in a
// record of 64 bytes: an action meets two or three cache lines, not one in each of a dozen arrays.
import type { IdHash } from "../policy/id-hash.ts";
import type { TierName } from "../policy/policy.ts";

/**
 * 131,072 sessions, in sets of sixteen, where a new one takes the place of the one that was longest without an action: of 100,000, two in a
 * hundred. 9 MB with one tier or two, 56 with thirty-two.
 */
const SET_BITS = 13;
const WAYS = 16;
const ENTRIES = WAYS << SET_BITS;
const MAX_TIERS = 255;

// ---- a record, in words of four bytes; what is a time has two ----
const RECORD_WORDS = 16;
const RECORD_TIMES = RECORD_WORDS / 2;
const FIRST = 0; // half of the session's hash
const TIER = 1; // served last; 0: none yet
const USED_TIME = 1; // words 2 and 3
const INPUT = 4;
const ANSWER = 5;
const ACTIONS = 6;
const QUESTIONS = 7;
const SERVED_TIME = 4; // of two tiers: words 8 to 11
const CACHED = 12; // of two tiers
const WILL_REFER = 14; // 1: it will
const RAISED = 15; // the number of the tier that gave a bad answer, and behind it how many questions go above it; 0: none
const RAISED_BITS = 16;

// ---- what is known of two more tiers, for each session, in a table of its own ----
const PAIR = 2;
const PAIR_WORDS = 6;
const PAIR_CACHED = 4;

/** Its servers have shown that they keep nothing. */
export const NO_CACHE = -1;

interface RecordPlaces {
  readonly words: number; // a record's
  readonly time: number; // counted in times
  readonly token: number; // counted in words
}

/** Of one tier, by session. */
export class TierColumn {
  readonly number: number; // the tier's
  readonly #times: Float64Array;
  readonly #tokens: Float32Array;
  readonly #timesEach: number;
  readonly #time: number; // its place in a record
  readonly #token: number;

  constructor(number: number, memory: ArrayBuffer, { words, time, token }: RecordPlaces) {
    this.number = number;
    this.#times = new Float64Array(memory);
    this.#tokens = new Float32Array(memory);
    this.#timesEach = words / 2;
    this.#time = time;
    this.#token = token;
  }

  /** 0: never. */
  servedAtMs(at: number): number {
    return this.#times[at * this.#timesEach + this.#time] ?? 0;
  }

  cachedTokens(at: number): number {
    return this.#tokens[2 * at * this.#timesEach + this.#token] ?? 0;
  }

  setServedAtMs(at: number, ms: number): void {
    this.#times[at * this.#timesEach + this.#time] = ms;
  }

  setCachedTokens(at: number, tokens: number): void {
    this.#tokens[2 * at * this.#timesEach + this.#token] = tokens;
  }
}

export class SessionTable {
  /** The other half of each session's hash, by which it is found: one cache line for a set. 0: free. */
  readonly #tags = new Uint32Array(ENTRIES);
  readonly #records = new ArrayBuffer(4 * RECORD_WORDS * ENTRIES);
  readonly #words = new Uint32Array(this.#records);
  readonly #tokens = new Float32Array(this.#records);
  readonly #times = new Float64Array(this.#records);
  readonly #pairs: Uint32Array<ArrayBuffer>[] = [];
  readonly #names: (TierName | undefined)[] = []; // a tier's number is its place here and one
  readonly #columns: TierColumn[] = []; // at a tier's number less one; those of tiers that are gone wait for new ones
  #asked: readonly TierName[] | undefined;
  readonly #columnsAsked: (TierColumn | undefined)[] = [];

  /** Where the session stands; -1: nowhere. */
  find([first, second]: IdHash): number {
    const set = setOf(first);
    const tag = tagOf(second);
    for (let at = set; at < set + WAYS; at++) {
      if (this.#tags[at] === tag && this.#words[at * RECORD_WORDS + FIRST] === first) return at;
    }
    return -1;
  }

  /** Where it stands from now on; emptied, if it stood nowhere. */
  enter(session: IdHash): number {
    const found = this.find(session);
    if (found >= 0) return found;
    const [first, second] = session;
    const at = this.#longestUnused(setOf(first));
    this.#tags[at] = tagOf(second);
    for (let word = 0; word < RECORD_WORDS; word++) this.#words[at * RECORD_WORDS + word] = 0; // faster than fill
    this.#words[at * RECORD_WORDS + FIRST] = first;
    for (const pair of this.#pairs) pair.fill(0, at * PAIR_WORDS, (at + 1) * PAIR_WORDS);
    return at;
  }

  #longestUnused(set: number): number {
    for (let at = set; at < set + WAYS; at++) if (this.#tags[at] === 0) return at;
    let oldest = set;
    for (let at = set + 1; at < set + WAYS; at++) if (this.usedAtMs(at) < this.usedAtMs(oldest)) oldest = at;
    return oldest;
  }

  /** The tier that served last. */
  tier(at: number): TierName | undefined {
    return this.#names[(this.#words[at * RECORD_WORDS + TIER] ?? 0) - 1];
  }

  usedAtMs(at: number): number {
    return this.#times[at * RECORD_TIMES + USED_TIME] ?? 0;
  }

  inputTokens(at: number): number {
    return this.#tokens[at * RECORD_WORDS + INPUT] ?? 0;
  }

  answerTokens(at: number): number {
    return this.#tokens[at * RECORD_WORDS + ANSWER] ?? 0;
  }

  actions(at: number): number {
    return this.#words[at * RECORD_WORDS + ACTIONS] ?? 0;
  }

  questions(at: number): number {
    return this.#words[at * RECORD_WORDS + QUESTIONS] ?? 0;
  }

  willRefer(at: number): boolean {
    return this.#words[at * RECORD_WORDS + WILL_REFER] === 1;
  }

  /** The tier that gave a bad answer; undefined: none, or not lately. */
  raisedFrom(at: number): TierName | undefined {
    return this.raisedQuestions(at) === 0 ? undefined : this.#names[((this.#words[at * RECORD_WORDS + RAISED] ?? 0) >>> RAISED_BITS) - 1];
  }

  /** How many questions still go above it. */
  raisedQuestions(at: number): number {
    return (this.#words[at * RECORD_WORDS + RAISED] ?? 0) & ((1 << RAISED_BITS) - 1);
  }

  setRaised(at: number, { number }: TierColumn, questions: number): void {
    this.#words[at * RECORD_WORDS + RAISED] = questions === 0 ? 0 : (number << RAISED_BITS) | questions;
  }

  /** One of these questions is asked. */
  raisedOne(at: number): void {
    if (this.raisedQuestions(at) > 0) this.#words[at * RECORD_WORDS + RAISED] = (this.#words[at * RECORD_WORDS + RAISED] ?? 0) - 1;
  }

  setTier(at: number, { number }: TierColumn): void {
    this.#words[at * RECORD_WORDS + TIER] = number;
  }

  setLast(at: number, usedAtMs: number, inputTokens: number, willRefer: boolean): void {
    this.#times[at * RECORD_TIMES + USED_TIME] = usedAtMs;
    this.#tokens[at * RECORD_WORDS + INPUT] = inputTokens;
    this.#words[at * RECORD_WORDS + WILL_REFER] = willRefer ? 1 : 0;
  }

  setAnswerTokens(at: number, tokens: number): void {
    this.#tokens[at * RECORD_WORDS + ANSWER] = tokens;
  }

  setCounts(at: number, actions: number, questions: number): void {
    this.#words[at * RECORD_WORDS + ACTIONS] = actions;
    this.#words[at * RECORD_WORDS + QUESTIONS] = questions;
  }

  columnOf(tier: TierName): TierColumn {
    return this.#columns[this.#names.indexOf(tier)] ?? this.#columnFor(tier);
  }

  /** Those of the same tiers are asked for again and again. */
  columnsOf(tiers: readonly TierName[]): readonly (TierColumn | undefined)[] {
    if (tiers === this.#asked) return this.#columnsAsked;
    this.#asked = tiers;
    this.#columnsAsked.length = 0;
    for (const tier of tiers) {
      const index = this.#names.indexOf(tier);
      this.#columnsAsked.push(index < 0 ? undefined : this.#columns[index]);
    }
    return this.#columnsAsked;
  }

  *columns(): Generator<readonly [TierName, TierColumn]> {
    for (const [index, name] of this.#names.entries()) {
      const column = this.#columns[index];
      if (name !== undefined && column !== undefined) yield [name, column];
    }
  }

  keepOnly(tiers: ReadonlySet<TierName>): void {
    this.#names.forEach((name, index) => {
      if (name === undefined || tiers.has(name)) return;
      this.#names[index] = undefined;
      this.#asked = undefined;
      for (let at = 0; at < ENTRIES; at++) {
        if (this.#words[at * RECORD_WORDS + TIER] === index + 1) this.#free(at);
        if ((this.#words[at * RECORD_WORDS + RAISED] ?? 0) >>> RAISED_BITS === index + 1) this.#words[at * RECORD_WORDS + RAISED] = 0;
        this.#columns[index]?.setServedAtMs(at, 0);
        this.#columns[index]?.setCachedTokens(at, 0);
      }
    });
  }

  #free(at: number): void {
    this.#tags[at] = 0;
    this.#words[at * RECORD_WORDS + TIER] = 0;
  }

  /** One of a tier that is gone, or a new one. */
  #columnFor(tier: TierName): TierColumn {
    const gone = this.#names.indexOf(undefined);
    const index = gone >= 0 ? gone : this.#names.length;
    if (index >= MAX_TIERS) throw new Error("invariant: a configuration has fewer tiers");
    const column = this.#columns[index] ?? this.#newColumn(index);
    this.#columns[index] = column;
    this.#names[index] = tier;
    this.#asked = undefined;
    return column;
  }

  #newColumn(index: number): TierColumn {
    if (index < PAIR)
      return new TierColumn(index + 1, this.#records, { words: RECORD_WORDS, time: SERVED_TIME + index, token: CACHED + index });
    const [pair, one] = [Math.floor(index / PAIR) - 1, index % PAIR];
    const words = this.#pairs[pair] ?? new Uint32Array(PAIR_WORDS * ENTRIES);
    this.#pairs[pair] = words;
    return new TierColumn(index + 1, words.buffer, { words: PAIR_WORDS, time: one, token: PAIR_CACHED + one });
  }
}

function setOf(first: number): number {
  return (first >>> (32 - SET_BITS)) * WAYS;
}

function tagOf(second: number): number {
  return second === 0 ? 1 : second;
}
