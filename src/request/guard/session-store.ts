// What is remembered of sessions between their actions: which tier served last, and what each tier's servers have read of it. Numbers by a
// hash of the session's id, in the table of session-table.ts: no text is kept.
import type { IdHash } from "../policy/id-hash.ts";
import type { TierName } from "../policy/policy.ts";
import type { SessionState } from "./session-rule.ts";
import { NO_CACHE, SessionTable } from "./session-table.ts";

/** A session as the store knows it. */
export interface KnownSession extends SessionState {
  readonly inputTokens: number; // of its last action
  readonly willRefer: boolean; // to what its tier's servers keep, though the next action may not
  readonly leastTier: number; // of its next question, since one below gave a bad answer; 0: any
}

/** Beside the state of one process a shared one may stand behind this: what is read may be a little old, and may be gone. */
export interface SessionStore {
  /** Tiers are numbered as in `tiers`. Undefined: the session is not known, or its tier is none of them. Holds until the next call. */
  find(session: IdHash, tiers: readonly TierName[]): KnownSession | undefined;
  /** An action goes to a tier. */
  acted(session: IdHash, action: ActedOn): void;
  /** Its answer has come. */
  answered(session: IdHash, answer: AnsweredBy): void;
  /** An answer of this tier was bad: so many of the next questions go to a tier above it. */
  answeredBadly(session: IdHash, tier: TierName, questions: number): void;
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
  readonly raised?: { readonly from: TierName; readonly questions: number }; // unsaid: not, or by one that knows of none
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

const NOTHING_YET = { tier: 0, actions: 0, questions: 0, answerTokens: 0, inputTokens: 0, willRefer: false, leastTier: 0 };

/** The table is taken with the first action. */
export function sessionsInMemory(): SharableSessions {
  let table: SessionTable | undefined;
  const found: Found = { ...NOTHING_YET, cachedTokens: [], servedAtMs: [] };

  return {
    snapshot: (session) => table && snapshotAt(table, table.find(session)),
    merge(session, from) {
      table ??= new SessionTable();
      const at = table.enter(session);
      for (const [tier, servedAtMs, cachedTokens] of from.served) {
        const column = table.columnOf(tier);
        if (servedAtMs < column.servedAtMs(at)) continue;
        column.setServedAtMs(at, servedAtMs);
        column.setCachedTokens(at, cachedTokens);
      }
      mergeAt(table, at, from);
    },
    find(session, tiers) {
      const at = table?.find(session) ?? -1;
      if (table === undefined || at < 0) return undefined;
      const last = table.tier(at);
      const tier = last === undefined ? -1 : tiers.indexOf(last);
      return tier < 0 ? undefined : stateIn(found, { tier, at }, table, tiers);
    },
    acted(session, { tier, inputTokens, isQuestion, willRefer, atMs }) {
      table ??= new SessionTable();
      const at = table.enter(session);
      const column = table.columnOf(tier);
      table.setTier(at, column);
      table.setLast(at, atMs, inputTokens, willRefer);
      if (isQuestion) table.raisedOne(at);
      table.setCounts(at, table.actions(at) + 1, table.questions(at) + (isQuestion ? 1 : 0));
      if (column.cachedTokens(at) !== NO_CACHE) column.setCachedTokens(at, inputTokens);
      column.setServedAtMs(at, atMs);
    },
    answered(session, { tier, fellBack, cachedTokens, outputTokens }) {
      const at = table?.find(session) ?? -1;
      if (table === undefined || at < 0) return;
      const column = table.columnOf(tier);
      if (fellBack) {
        table.setTier(at, column);
        column.setServedAtMs(at, table.usedAtMs(at));
      }
      if (cachedTokens !== undefined) column.setCachedTokens(at, cachedTokens === 0 ? NO_CACHE : cachedTokens);
      const mean = table.answerTokens(at);
      if (outputTokens !== undefined) table.setAnswerTokens(at, mean + (outputTokens - mean) / Math.max(1, table.actions(at)));
    },
    answeredBadly(session, tier, questions) {
      const at = table?.find(session) ?? -1;
      if (table !== undefined && at >= 0) table.setRaised(at, table.columnOf(tier), questions);
    },
    keepOnly: (tiers) => table?.keepOnly(tiers),
  };
}

/** Negative: nowhere. */
function snapshotAt(table: SessionTable, at: number): SessionSnapshot | undefined {
  const tier = at < 0 ? undefined : table.tier(at);
  if (tier === undefined) return undefined;
  const served: [TierName, number, number][] = [];
  for (const [name, column] of table.columns()) {
    const when = column.servedAtMs(at);
    if (when !== 0) served.push([name, when, column.cachedTokens(at)]);
  }
  return {
    tier,
    usedAtMs: table.usedAtMs(at),
    inputTokens: table.inputTokens(at),
    actions: table.actions(at),
    questions: table.questions(at),
    answerTokens: table.answerTokens(at),
    willRefer: table.willRefer(at),
    ...raisedAt(table, at),
    served,
  };
}

function raisedAt(table: SessionTable, at: number): Pick<SessionSnapshot, "raised"> {
  const from = table.raisedFrom(at);
  return from === undefined ? {} : { raised: { from, questions: table.raisedQuestions(at) } };
}

function mergeAt(table: SessionTable, at: number, from: SessionSnapshot): void {
  if (table.tier(at) === undefined || from.usedAtMs >= table.usedAtMs(at)) {
    table.setTier(at, table.columnOf(from.tier));
    table.setLast(at, from.usedAtMs, from.inputTokens, from.willRefer);
    table.setAnswerTokens(at, from.answerTokens);
    table.setRaised(at, table.columnOf(from.raised?.from ?? from.tier), from.raised?.questions ?? 0);
  }
  table.setCounts(at, Math.max(table.actions(at), from.actions), Math.max(table.questions(at), from.questions));
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
  table: SessionTable,
  tiers: readonly TierName[],
): KnownSession {
  const columns = table.columnsOf(tiers);
  into.tier = last;
  for (let tier = 0; tier < tiers.length; tier++) {
    const column = columns[tier];
    into.cachedTokens[tier] = Math.max(0, column?.cachedTokens(at) ?? 0);
    into.servedAtMs[tier] = column?.servedAtMs(at) ?? 0;
  }
  into.cachedTokens.length = tiers.length;
  into.servedAtMs.length = tiers.length;
  into.actions = table.actions(at);
  into.questions = table.questions(at);
  into.answerTokens = table.answerTokens(at);
  into.inputTokens = table.inputTokens(at);
  into.willRefer = table.willRefer(at);
  const raisedFrom = table.raisedFrom(at);
  into.leastTier = raisedFrom === undefined ? 0 : Math.min(tiers.indexOf(raisedFrom) + 1, tiers.length - 1);
  return into;
}
