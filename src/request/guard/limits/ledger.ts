// What is known of spending and outlives a reload: the accounts of every limit, how long tiers' answers are, when requests come. How much
// may be spent is none of its business: that stands in the configuration, so a changed limit counts at once, and what was used goes on.
import type { TierName } from "../../policy/policy.ts";
import { type Account, type Accounts, ALL, createAccounts, type KeptAccount, keptAccount, type WindowFigures } from "./account.ts";
import type { Amounts, Spent } from "./amounts.ts";
import { type AnswerSizes, createAnswerSizes } from "./answer-sizes.ts";
import { type Limit, limitId } from "./limit.ts";
import { createDayProfile, createScores, type DayProfile, type Scores } from "./pace.ts";

/** What one limit's accounts have in common. */
export interface LimitMemory {
  readonly accounts: Accounts;
  profile: DayProfile;
  /** What requests came to ÷ what was expected of them, lately. */
  bias: number;
}

export interface Ledger {
  memoryOf(limit: Limit): LimitMemory;
  answersOf(tier: TierName): AnswerSizes;
  scoresOf(tier: TierName): Scores;
  /** Of requests under way whose body was not read, by request id: nobody else keeps them. */
  readonly unread: Map<string, LimitNote>;
  /** Those of the configuration in force; accounts of others are forgotten. */
  takesEffect(limits: readonly Limit[], levels: number, maxScopes: number): void;
  /** What outlives the process, of windows that have not ended. */
  kept(now: number): readonly KeptLimit[];
  /** Of limits in force; right at the start. */
  restore(kept: readonly KeptLimit[], now: number): void;
  /** Replicas share a store: what a new window may begin with, and who is told of every charge. */
  share(sharing: Sharing): void;
  firstLease(id: string, scope: string, atMs: number): number | undefined;
  readonly journal: () => Journal | undefined; // undefined: this process is alone
}

/** A limit's accounts as they are written down. */
export interface KeptLimit {
  readonly id: string;
  readonly bias: number;
  readonly profile: readonly number[];
  readonly accounts: readonly KeptAccount[];
}

export interface Sharing extends Journal {
  /** Of the window that is at `atMs`. */
  firstLease(id: string, scope: string, atMs: number): number;
}

/** What the store is to learn, as it happens. */
export interface Journal {
  reserved(requestId: string, holding: Holding, atMs: number): void;
  /** `holding`: what was held back until now. */
  settled(requestId: string, holding: Holding, charged: Charged): void;
  /** For a request without an id: each counts once, by its name. */
  newName(): string;
}

/** What a request came to in the end: the same in all windows that measure alike. */
export interface Charged {
  readonly figures: readonly WindowFigures[]; // charged with it
  readonly spent: Spent;
}

/** What is held back for a request: one record for all limits, since what it comes to is the same for all that measure alike. */
export interface Holding {
  readonly tier: TierName; // decided
  readonly figures: readonly WindowFigures[]; // where it is held back, in the order of the tier's limits
  readonly held: Amounts;
  readonly atLeast: Amounts; // what its input alone comes to
  readonly expected: Amounts; // with an answer of the mean length
  isSettled: boolean; // nothing is held back any more
}

/**
 * What limits must know of a request, until its outcome has come. Whoever keeps the request keeps it, so that nothing is looked up: a map
 * of all requests under way cost 0.6 µs of each, most of it for garbage, since tables that a Map has outgrown keep one another alive.
 */
export interface LimitNote {
  readonly bys: readonly string[];
  readonly scopes: readonly string[]; // one for each of `bys`
  readonly inputTokens: number; // an estimate
  readonly maxTokens: number; // of the answer; Infinity: the request does not say
  readonly atMs: number; // when it was noted: all that is decided of it is decided then
  holding?: Holding | undefined; // from the decision until it is settled
}

export function createLedger(): Ledger {
  const memories = new Map<string, LimitMemory>();
  const answers = new Map<TierName, AnswerSizes>();
  const scores = new Map<TierName, Scores>();
  let levels = 1;
  let maxScopes = Number.POSITIVE_INFINITY;
  let sharing: Sharing | undefined;
  const firstLeaseOf = (id: string) => (scope: string, atMs: number) => sharing?.firstLease(id, scope, atMs);
  const accountsOptions = (id: string) => {
    return { levels: () => levels, maxScopes: () => maxScopes, firstLease: firstLeaseOf(id) };
  };
  return {
    unread: new Map(),
    memoryOf(limit) {
      const id = limitId(limit);
      return made(memories, id, () => ({
        accounts: createAccounts({ limit: id, measure: limit.measure }, accountsOptions(id)),
        profile: createDayProfile(),
        bias: 1,
      }));
    },
    answersOf: (tier) => made(answers, tier, createAnswerSizes),
    scoresOf: (tier) => made(scores, tier, createScores),
    takesEffect(limits, tiers, most) {
      const ids = new Set(limits.map(limitId));
      for (const id of memories.keys()) if (!ids.has(id)) memories.delete(id);
      levels = tiers;
      maxScopes = most;
    },
    kept(now) {
      return [...memories].map(([id, { accounts, profile, bias }]) => {
        const isNow = ({ figures }: Account) => now < figures.window.endMs;
        return { id, bias, profile: profile.weights(), accounts: [...accounts.all()].filter(isNow).map(keptAccount) };
      });
    },
    restore(kept, now) {
      for (const { id, bias, profile, accounts } of kept) {
        const memory = memories.get(id);
        if (memory === undefined) continue;
        memory.bias = bias;
        memory.profile = createDayProfile(profile);
        for (const account of accounts) if (now < account.window.endMs) memory.accounts.restore(account);
      }
    },
    share(others) {
      sharing = others;
    },
    firstLease: (id, scope, atMs) => sharing?.firstLease(id, scope, atMs),
    journal: () => sharing,
  };
}

function made<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

/** What may still be taken of a limit's window. A window that has ended, or was not begun, is whole. */
export function roomIn(ledger: Ledger, id: string, amount: number, account: Account | undefined, now: number): number {
  const figures = account?.figures;
  if (figures === undefined || now >= figures.window.endMs) return ledger.firstLease(id, account?.scope ?? ALL, now) ?? amount;
  return figures.slice?.lease ?? amount - figures.used - figures.reserved;
}
