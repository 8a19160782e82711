// What has been used of a limit, by scope and window. Accounts outlive a reload: how much may be used stands in the configuration, not
// here. Bounded: beyond so many scopes the rest count together, and those that were not used in the last window are forgotten.
import type { CalendarWindow } from "./calendar.ts";
import type { Measure } from "./limit.ts";

/** What is counted: one limit, from when it comes into force until it is in force no more. */
export interface Counted {
  readonly limit: string; // its id
  readonly measure: Measure;
}

/** One window of one account. A request that began in it is charged to it, however late its answer comes. */
export interface WindowFigures {
  readonly of: Counted;
  readonly scope: string;
  readonly window: CalendarWindow;
  used: number; // of requests whose outcome is known
  reserved: number; // for requests under way
  reservedAtLeast: number; // of it, what their input alone comes to
  mine: number; // used and reserved by this process; the same as both together where no others share
  unpriced: number; // requests that nobody knows the price of: in no other figure
  told: number; // how many marks of the limit it was seen to pass
  slice: Slice | undefined; // of it, where replicas share; undefined: this process is alone
  readonly demand: Float64Array; // what its requests were expected to come to, by the number of tiers they are sent below the one decided
}

/** What one replica holds of a window that several share, and what the store has yet to be told of it: see outcome/limits. */
export interface Slice {
  lease: number; // what may still be taken
  isKept: boolean; // among those that are renewed
  largest: number; // request
  usedAtMs: number;
  askedAtMs: number;
  wanted: number;
  isShort: boolean; // less was given than wanted
  amount: number; // of the limit, when it was last asked for
  there: { readonly used: number; readonly since: number } | undefined; // what the store last said of it
  isUnsure: boolean; // it has been away since, or counts anew: it may have lost that
  taken: number; // held back since the last batch was made, as are the next two
  reserved: number;
  used: number;
  place: number; // in the last batch
}

export function newSlice(lease: number): Slice {
  const unasked = { wanted: 0, amount: 0, askedAtMs: 0, isShort: false, there: undefined, isUnsure: false };
  return { lease, isKept: false, largest: 0, usedAtMs: 0, ...unasked, taken: 0, reserved: 0, used: 0, place: 0 };
}

export interface Account {
  readonly scope: string;
  figures: WindowFigures; // of the last window in which it was used
  before: Float64Array | undefined; // the demand of the one just before
  shift: number; // how many tiers down its requests are sent; the fraction is a share of them
  plannedAtMs: number;
}

/** All accounts of one limit. */
export interface Accounts {
  readonly of: Counted;
  /** Undefined: nothing was used yet. */
  find(scope: string): Account | undefined;
  /** The one to charge, with figures of `window`. */
  open(scope: string, window: CalendarWindow): Account;
  all(): Iterable<Account>;
  /** What was kept over a restart. What was reserved then is of requests that nobody will hear of: their input counts. */
  restore(kept: KeptAccount): void;
}

/** An account as it is written down. */
export interface KeptAccount {
  readonly scope: string;
  readonly window: CalendarWindow;
  readonly used: number;
  readonly reservedAtLeast: number;
  readonly unpriced: number;
  readonly told: number;
  readonly demand: readonly number[];
  readonly before: readonly number[] | null;
}

/** For everybody where a limit has no scopes. */
export const ALL = "";
/** For requests without the header, and for those beyond the number of scopes. */
export const NONE = "none";
export const OTHER = "other";

/** Longer values are nobody's name. */
const MAX_SCOPE_LENGTH = 128;

export interface AccountsOptions {
  readonly levels: () => number; // of `demand`: as many as there are tiers
  readonly maxScopes: () => number;
  /** What a window begins with where replicas share, to be used until the store has answered. */
  readonly firstLease: (scope: string, atMs: number) => number | undefined;
}

function firstSlice(lease: number | undefined): Slice | undefined {
  return lease === undefined ? undefined : newSlice(lease);
}

export function createAccounts(of: Counted, { levels, maxScopes, firstLease }: AccountsOptions): Accounts {
  const accounts = new Map<string, Account>();
  let sweptIn = ""; // the key of a window

  const emptied = (scope: string, window: CalendarWindow): WindowFigures => ({
    of,
    scope,
    window,
    used: 0,
    reserved: 0,
    reservedAtLeast: 0,
    mine: 0,
    unpriced: 0,
    told: 0,
    slice: firstSlice(firstLease(scope, window.startMs)),
    demand: new Float64Array(levels()),
  });

  let last: Account | undefined; // several times a request the same is asked for, and where a limit has no scopes there is no other
  const known = (scope: string) => {
    if (last !== undefined && last.scope === scope) return last;
    const found = accounts.get(scope);
    if (found !== undefined) last = found;
    return found;
  };
  const find = (scope: string) => known(scope) ?? (accounts.size >= maxScopes() ? accounts.get(OTHER) : undefined);

  /** Forgets those of windows before the last one. Once a window. */
  const sweep = ({ key, startMs }: CalendarWindow): void => {
    if (sweptIn === key) return;
    sweptIn = key;
    last = undefined;
    for (const [scope, { figures }] of accounts) if (figures.window.endMs < startMs && scope !== ALL) accounts.delete(scope);
  };

  const nameFor = (scope: string, window: CalendarWindow): string => {
    if (scope.length > MAX_SCOPE_LENGTH) return OTHER;
    if (accounts.size >= maxScopes()) sweep(window);
    return accounts.size >= maxScopes() ? OTHER : scope;
  };

  return {
    of,
    find,
    open(wanted, window) {
      let account = known(wanted);
      if (account === undefined) {
        const scope = nameFor(wanted, window);
        account = accounts.get(scope) ?? { scope, figures: emptied(scope, window), before: undefined, shift: 0, plannedAtMs: 0 };
        accounts.set(scope, account);
      }
      // A clock that is set back a little charges the window that has begun.
      if (window.startMs >= account.figures.window.endMs || account.figures.demand.length !== levels()) rolled(account, window, emptied);
      return account;
    },
    all: () => accounts.values(),
    restore({ scope, window, used, reservedAtLeast, unpriced, told, demand, before }) {
      const figures = emptied(scope, window);
      figures.used = used + reservedAtLeast;
      figures.mine = figures.used;
      figures.unpriced = unpriced;
      figures.told = told;
      const isSameTiers = demand.length === levels();
      if (isSameTiers) figures.demand.set(demand);
      const lastDemand = before !== null && isSameTiers && before.length === levels() ? Float64Array.from(before) : undefined;
      accounts.set(scope, { scope, figures, before: lastDemand, shift: 0, plannedAtMs: 0 });
      last = undefined;
    },
  };
}

export function keptAccount({ scope, figures, before }: Account): KeptAccount {
  const { window, used, reservedAtLeast, unpriced, told, demand } = figures;
  return { scope, window, used, reservedAtLeast, unpriced, told, demand: [...demand], before: before === undefined ? null : [...before] };
}

function rolled(account: Account, window: CalendarWindow, emptied: (scope: string, window: CalendarWindow) => WindowFigures): void {
  const { figures } = account;
  const isNew = figures.window.key !== window.key;
  const fresh = emptied(account.scope, window);
  account.shift = 0;
  account.plannedAtMs = 0;
  if (isNew) {
    account.before = figures.window.endMs === window.startMs && figures.demand.length === fresh.demand.length ? figures.demand : undefined;
    account.figures = fresh;
  } else {
    // Other tiers are configured: what they were expected to come to says nothing any more.
    account.before = undefined;
    account.figures = Object.assign(figures, { demand: fresh.demand });
  }
}
