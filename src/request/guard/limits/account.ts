// What has been used of a limit, by scope and window. Accounts outlive a reload: how much may be used stands in the configuration, not
// here. Bounded: beyond so many scopes the rest count together, and those that were not used in the last window are forgotten.
import type { CalendarWindow } from "./calendar.ts";

/** One window of one account. A request that began in it is charged to it, however late its answer comes. */
export interface WindowFigures {
  readonly window: CalendarWindow;
  used: number; // of requests whose outcome is known
  reserved: number; // for requests under way
  reservedAtLeast: number; // of it, what their input alone comes to
  mine: number; // used and reserved by this process; the same as both together where no others share
  unpriced: number; // requests that nobody knows the price of: in no other figure
  told: number; // how many marks of the limit it was seen to pass
  lease: number | undefined; // where replicas share: what this one may still take; undefined: it is alone
  readonly demand: Float64Array; // what its requests were expected to come to, by the number of tiers they are sent below the one decided
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
  readonly id: string;
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
  readonly firstLease: () => number | undefined;
}

export function createAccounts(id: string, { levels, maxScopes, firstLease }: AccountsOptions): Accounts {
  const accounts = new Map<string, Account>();
  let sweptIn = ""; // the key of a window

  const emptied = (window: CalendarWindow): WindowFigures => ({
    window,
    used: 0,
    reserved: 0,
    reservedAtLeast: 0,
    mine: 0,
    unpriced: 0,
    told: 0,
    lease: firstLease(),
    demand: new Float64Array(levels()),
  });

  let everybody: Account | undefined; // of ALL: most limits have no other, and are asked for it several times a request
  const known = (scope: string) => (scope === ALL && everybody !== undefined ? everybody : accounts.get(scope));
  const find = (scope: string) => known(scope) ?? (accounts.size >= maxScopes() ? accounts.get(OTHER) : undefined);

  const keep = (account: Account): void => {
    accounts.set(account.scope, account);
    if (account.scope === ALL) everybody = account;
  };

  /** Forgets those of windows before the last one. Once a window. */
  const sweep = ({ key, startMs }: CalendarWindow): void => {
    if (sweptIn === key) return;
    sweptIn = key;
    for (const [scope, { figures }] of accounts) if (figures.window.endMs < startMs && scope !== ALL) accounts.delete(scope);
  };

  const nameFor = (scope: string, window: CalendarWindow): string => {
    if (scope.length > MAX_SCOPE_LENGTH) return OTHER;
    if (accounts.size >= maxScopes()) sweep(window);
    return accounts.size >= maxScopes() ? OTHER : scope;
  };

  return {
    id,
    find,
    open(wanted, window) {
      let account = known(wanted);
      if (account === undefined) {
        const scope = nameFor(wanted, window);
        account = accounts.get(scope) ?? { scope, figures: emptied(window), before: undefined, shift: 0, plannedAtMs: 0 };
        keep(account);
      }
      const { window: last } = account.figures;
      // A clock that is set back a little charges the window that has begun.
      if (window.startMs >= last.endMs || account.figures.demand.length !== levels()) rolled(account, window, emptied);
      return account;
    },
    all: () => accounts.values(),
    restore({ scope, window, used, reservedAtLeast, unpriced, told, demand, before }) {
      const figures = emptied(window);
      figures.used = used + reservedAtLeast;
      figures.mine = figures.used;
      figures.unpriced = unpriced;
      figures.told = told;
      const isSameTiers = demand.length === levels();
      if (isSameTiers) figures.demand.set(demand);
      const last = before !== null && isSameTiers && before.length === levels() ? Float64Array.from(before) : undefined;
      keep({ scope, figures, before: last, shift: 0, plannedAtMs: 0 });
    },
  };
}

export function keptAccount({ scope, figures, before }: Account): KeptAccount {
  const { window, used, reservedAtLeast, unpriced, told, demand } = figures;
  return { scope, window, used, reservedAtLeast, unpriced, told, demand: [...demand], before: before === undefined ? null : [...before] };
}

function rolled(account: Account, window: CalendarWindow, emptied: (window: CalendarWindow) => WindowFigures): void {
  const { figures } = account;
  const isNew = figures.window.key !== window.key;
  const fresh = emptied(window);
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
