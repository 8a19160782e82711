// What is remembered of sessions between their actions: which tier served last, and what each tier's servers have read of it. Numbers by a
// hash of the session's id, in tables of fixed size: no text is kept, and nothing is ever rearranged.
import type { IdHash } from "../policy/id-hash.ts";
import type { TierName } from "../policy/policy.ts";
import type { SessionState } from "./session-rule.ts";

/** A session as the store knows it. */
export interface KnownSession extends SessionState {
  readonly inputTokens: number; // of its last action
  readonly willRefer: boolean; // to what its tier's servers keep, though the next action may not
}

/** Beside the state of one process a shared one may stand behind this: what is read may be a little old, and may be gone. */
export interface SessionStore {
  /** Tiers are numbered as in `tiers`. Undefined: the session is not known, or its tier is none of them. Holds until the next call. */
  find(session: IdHash, tiers: readonly TierName[]): KnownSession | undefined;
  /** An action goes to a tier. */
  acted(session: IdHash, action: ActedOn): void;
  /** Its answer has come. */
  answered(session: IdHash, answer: AnsweredBy): void;
  /** Forgets what is of other tiers: they are gone from the configuration. */
  keepOnly(tiers: ReadonlySet<TierName>): void;
}

/** What may be handed to another process, and merged into what that one knows. Times are of the clock of `ActedOn`. */
export interface SessionSnapshot {
  readonly tier: TierName;
  readonly usedAtMs: number;
  readonly inputTokens: number;
  readonly actions: number;
  readonly questions: number;
  readonly answerTokens: number;
  readonly willRefer: boolean;
  readonly served: readonly (readonly [tier: TierName, servedAtMs: number, cachedTokens: number])[];
}

export interface SharableSessions extends SessionStore {
  snapshot(session: IdHash): SessionSnapshot | undefined;
  /** The later of both counts, for each thing that is known; to be told twice, or late, changes nothing. */
  merge(session: IdHash, from: SessionSnapshot): void;
}

export interface ActedOn {
  readonly tier: TierName;
  readonly inputTokens: number;
  readonly isQuestion: boolean; // a person's, not a tool's result
  readonly willRefer: boolean; // what follows it will refer to what the tier's servers keep
  readonly atMs: number; // monotonic
}

export interface AnsweredBy {
  readonly tier: TierName; // that served
  readonly fellBack: boolean; // another than the action went to
  readonly cachedTokens: number | undefined; // what its servers have of it in their cache; 0: they have none; undefined: it is not said
  readonly outputTokens: number | undefined;
}

/**
 * 131,072 sessions, in sets of sixteen, where a new one takes the place of the one that was longest without an action: of 100,000, two in a
 * hundred. 7 MB with two tiers, 55 with thirty-two, taken with the first action.
 */
const SET_BITS = 13;
const WAYS = 16;
const ENTRIES = WAYS << SET_BITS;
const MAX_TIERS = 255;

/** Of one tier, by session. */
interface Column {
  readonly cachedTokens: Float32Array; // NO_CACHE: its servers have shown that they keep nothing
  readonly servedAtMs: Float64Array; // 0: never
}

const NO_CACHE = -1;

export function sessionsInMemory(): SharableSessions {
  const { names, columns, numberOf, columnOf } = tierColumns();
  let table: Table | undefined;
  const counts = { actions: 0, questions: 0, answerTokens: 0, inputTokens: 0 };
  const found: Found = { tier: 0, cachedTokens: [], servedAtMs: [], ...counts, willRefer: false };

  const enter = (session: IdHash): { readonly table: Table; readonly at: number } => {
    table ??= emptyTable();
    const found = table.find(session);
    const at = found < 0 ? table.place(session) : found;
    if (found < 0) for (const column of columns.values()) clear(column, at);
    return { table, at };
  };

  return {
    snapshot: (session) => table && snapshotAt(table, table.find(session), names, columns),
    merge(session, from) {
      const number = numberOf(from.tier);
      const served = from.served.map(([tier, ...rest]) => [columnOf(tier), ...rest] as const);
      const { table: into, at } = enter(session);
      for (const [column, servedAtMs, cachedTokens] of served) {
        if (servedAtMs < (column.servedAtMs[at] ?? 0)) continue;
        column.servedAtMs[at] = servedAtMs;
        column.cachedTokens[at] = cachedTokens;
      }
      mergeAt(into, at, number, from);
    },
    find(session, tiers) {
      const at = table?.find(session) ?? -1;
      if (table === undefined || at < 0) return undefined;
      const last = names[(table.tier[at] ?? 0) - 1];
      const tier = last === undefined ? -1 : tiers.indexOf(last);
      return tier < 0 ? undefined : stateIn(found, { tier, at }, table, tiers, columns);
    },
    acted(session, { tier, inputTokens, isQuestion, willRefer, atMs }) {
      const number = numberOf(tier);
      const column = columnOf(tier);
      const { table, at } = enter(session);
      table.tier[at] = number;
      table.usedAtMs[at] = atMs;
      table.inputTokens[at] = inputTokens;
      table.willRefer[at] = willRefer ? 1 : 0;
      table.actions[at] = (table.actions[at] ?? 0) + 1;
      if (isQuestion) table.questions[at] = (table.questions[at] ?? 0) + 1;
      if (column.cachedTokens[at] !== NO_CACHE) column.cachedTokens[at] = inputTokens;
      column.servedAtMs[at] = atMs;
    },
    answered(session, { tier, fellBack, cachedTokens, outputTokens }) {
      const at = table?.find(session) ?? -1;
      if (table === undefined || at < 0) return;
      const column = columnOf(tier);
      if (fellBack) {
        table.tier[at] = numberOf(tier);
        column.servedAtMs[at] = table.usedAtMs[at] ?? 0;
      }
      if (cachedTokens !== undefined) column.cachedTokens[at] = cachedTokens === 0 ? NO_CACHE : cachedTokens;
      const mean = table.answerTokens[at] ?? 0;
      if (outputTokens !== undefined) table.answerTokens[at] = mean + (outputTokens - mean) / Math.max(1, table.actions[at] ?? 0);
    },
    keepOnly(tiers) {
      names.forEach((name, index) => {
        if (name === undefined || tiers.has(name)) return;
        names[index] = undefined;
        columns.delete(name);
        table?.tier.forEach((number, at) => {
          if (number === index + 1) table?.tier.fill(0, at, at + 1);
        });
      });
    },
  };
}

/** Of each tier its number, and what is known of sessions there. */
function tierColumns() {
  const columns = new Map<TierName, Column>();
  const names: (TierName | undefined)[] = []; // a tier's number is its place here and one

  const numberOf = (tier: TierName): number => {
    const known = names.indexOf(tier);
    const at = known >= 0 ? known : names.includes(undefined) ? names.indexOf(undefined) : names.length;
    if (at >= MAX_TIERS) throw new Error("invariant: a configuration has fewer tiers");
    names[at] = tier;
    return at + 1;
  };

  const columnOf = (tier: TierName): Column => {
    const known = columns.get(tier);
    if (known !== undefined) return known;
    const made = { cachedTokens: new Float32Array(ENTRIES), servedAtMs: new Float64Array(ENTRIES) };
    columns.set(tier, made);
    return made;
  };

  return { names, columns, numberOf, columnOf };
}

function snapshotAt(
  table: Table,
  at: number, // negative: nowhere
  names: readonly (TierName | undefined)[],
  columns: ReadonlyMap<TierName, Column>,
): SessionSnapshot | undefined {
  const tier = at < 0 ? undefined : names[(table.tier[at] ?? 0) - 1];
  if (tier === undefined) return undefined;
  const served: [TierName, number, number][] = [];
  for (const [name, { servedAtMs, cachedTokens }] of columns) {
    const when = servedAtMs[at] ?? 0;
    if (when !== 0) served.push([name, when, cachedTokens[at] ?? 0]);
  }
  return {
    tier,
    usedAtMs: table.usedAtMs[at] ?? 0,
    inputTokens: table.inputTokens[at] ?? 0,
    actions: table.actions[at] ?? 0,
    questions: table.questions[at] ?? 0,
    answerTokens: table.answerTokens[at] ?? 0,
    willRefer: table.willRefer[at] === 1,
    served,
  };
}

function mergeAt(table: Table, at: number, number: number, from: SessionSnapshot): void {
  if (table.tier[at] === 0 || from.usedAtMs >= (table.usedAtMs[at] ?? 0)) {
    table.tier[at] = number;
    table.usedAtMs[at] = from.usedAtMs;
    table.inputTokens[at] = from.inputTokens;
    table.answerTokens[at] = from.answerTokens;
    table.willRefer[at] = from.willRefer ? 1 : 0;
  }
  table.actions[at] = Math.max(table.actions[at] ?? 0, from.actions);
  table.questions[at] = Math.max(table.questions[at] ?? 0, from.questions);
}

function clear({ cachedTokens, servedAtMs }: Column, at: number): void {
  cachedTokens[at] = 0;
  servedAtMs[at] = 0;
}

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** The one that is given out, written anew for each question. */
interface Found extends Writable<KnownSession> {
  cachedTokens: number[];
  servedAtMs: number[];
}

function stateIn(
  into: Found,
  { tier: last, at }: { readonly tier: number; readonly at: number },
  table: Table,
  tiers: readonly TierName[],
  columns: ReadonlyMap<TierName, Column>,
): KnownSession {
  into.tier = last;
  for (let tier = 0; tier < tiers.length; tier++) {
    const column = columns.get(tiers[tier] ?? "");
    into.cachedTokens[tier] = Math.max(0, column?.cachedTokens[at] ?? 0);
    into.servedAtMs[tier] = column?.servedAtMs[at] ?? 0;
  }
  into.cachedTokens.length = tiers.length;
  into.servedAtMs.length = tiers.length;
  into.actions = table.actions[at] ?? 0;
  into.questions = table.questions[at] ?? 0;
  into.answerTokens = table.answerTokens[at] ?? 0;
  into.inputTokens = table.inputTokens[at] ?? 0;
  into.willRefer = table.willRefer[at] === 1;
  return into;
}

interface Table {
  readonly tier: Uint8Array; // served last; 0: free
  readonly willRefer: Uint8Array; // 1: it will
  readonly usedAtMs: Float64Array;
  readonly inputTokens: Float32Array;
  readonly answerTokens: Float32Array;
  readonly actions: Uint32Array;
  readonly questions: Uint32Array;
  /** Where the session stands; -1: nowhere. */
  find(session: IdHash): number;
  /** Where it is to stand: emptied, and its own from now on. */
  place(session: IdHash): number;
}

function emptyTable(): Table {
  const [tier, willRefer, usedAtMs] = [new Uint8Array(ENTRIES), new Uint8Array(ENTRIES), new Float64Array(ENTRIES)];
  const [inputTokens, answerTokens] = [new Float32Array(ENTRIES), new Float32Array(ENTRIES)];
  const [actions, questions] = [new Uint32Array(ENTRIES), new Uint32Array(ENTRIES)];
  const [firstHalf, secondHalf] = [new Uint32Array(ENTRIES), new Uint32Array(ENTRIES)];
  const setOf = (first: number) => (first >>> (32 - SET_BITS)) * WAYS;
  const longestUnused = (set: number): number => {
    let oldest = set;
    for (let at = set; at < set + WAYS; at++) {
      if (tier[at] === 0) return at;
      if ((usedAtMs[at] ?? 0) < (usedAtMs[oldest] ?? 0)) oldest = at;
    }
    return oldest;
  };
  return {
    tier,
    willRefer,
    usedAtMs,
    inputTokens,
    answerTokens,
    actions,
    questions,
    find([first, second]) {
      const set = setOf(first);
      for (let at = set; at < set + WAYS; at++) if (tier[at] !== 0 && firstHalf[at] === first && secondHalf[at] === second) return at;
      return -1;
    },
    place([first, second]) {
      const at = longestUnused(setOf(first));
      tier[at] = 0;
      usedAtMs[at] = 0;
      firstHalf[at] = first;
      secondHalf[at] = second;
      answerTokens[at] = 0;
      actions[at] = 0;
      questions[at] = 0;
      return at;
    },
  };
}
