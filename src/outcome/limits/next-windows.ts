// Leases of windows that are about to begin: at their turn no replica has to wait for the store, and none takes what it was not given.
import type { WindowFigures } from "../../request/guard/limits/account.ts";
import type { CalendarWindow } from "../../request/guard/limits/calendar.ts";
import type { AccountStanding, LeaseWant } from "../../state/limit-store.ts";

/** So long before a window begins its lease is asked for: several exchanges, also where a replica has nothing else to say. */
const AHEAD_MS = 2000;
/** What nobody has asked for so long into its window goes back. */
const GIVEN_BACK_MS = 1000;

/** An account whose window ends. */
export interface EndingAccount {
  readonly limit: string; // its id
  readonly scope: string;
  readonly endMs: number;
  readonly amount: number; // of the limit
  readonly wanted: number; // of the window that follows
}

export interface NextLease extends LeaseWant {
  readonly of: string;
  readonly startMs: number;
}

interface Ahead {
  readonly want: NextLease;
  leased: number | undefined; // undefined: there is no answer yet
}

export interface NextWindows {
  /** What to ask for, and what to give back. Each is asked for once, until `failed`. */
  wants(ending: readonly EndingAccount[], now: number): readonly NextLease[];
  /** `standings`: one for each of `wants`. */
  applied(wants: readonly NextLease[], standings: readonly AccountStanding[]): void;
  failed(wants: readonly NextLease[]): void;
  /** What this replica holds of the window that is at `now`. Undefined: it was not asked for. */
  leaseOf(limit: string, scope: string, now: number): number | undefined;
  /** It is in use: its lease is renewed with the others from now on. */
  begun(limit: string, scope: string, startMs: number): void;
  /** To give back. */
  all(): readonly NextLease[];
}

export function nextWindows(windowOf: (limit: string, atMs: number) => CalendarWindow | undefined): NextWindows {
  const ahead = new Map<string, Ahead>();

  const wantFor = ({ limit, scope, endMs, amount, wanted }: EndingAccount): NextLease | undefined => {
    const window = windowOf(limit, endMs);
    if (window === undefined) return undefined;
    const { key, startMs, endMs: expiresAtMs } = window;
    return { of: named(limit, scope), account: accountName(limit, scope, key), limit: amount, lease: wanted, startMs, expiresAtMs };
  };
  return {
    wants(ending, now) {
      const wants: NextLease[] = [];
      for (const [of, { want }] of ahead) {
        if (now < want.startMs + GIVEN_BACK_MS) continue;
        wants.push({ ...want, lease: 0 });
        ahead.delete(of);
      }
      for (const account of ending) {
        if (account.endMs - now > AHEAD_MS || now >= account.endMs || ahead.has(named(account.limit, account.scope))) continue;
        const want = wantFor(account);
        if (want === undefined) continue;
        ahead.set(want.of, { want, leased: undefined });
        wants.push(want);
      }
      return wants;
    },
    applied(wants, standings) {
      for (const [at, want] of wants.entries()) {
        const known = ahead.get(want.of);
        if (known?.want === want) known.leased = standings[at]?.leased;
      }
    },
    failed(wants) {
      for (const want of wants) {
        if (want.lease === 0) ahead.set(want.of, { want, leased: undefined });
        else ahead.delete(want.of);
      }
    },
    leaseOf(limit, scope, now) {
      const known = ahead.get(named(limit, scope));
      return known === undefined || now < known.want.startMs || now >= known.want.expiresAtMs ? undefined : known.leased;
    },
    begun(limit, scope, startMs) {
      const of = named(limit, scope);
      if (ahead.get(of)?.want.startMs === startMs) ahead.delete(of); // not for what still comes of the window before
    },
    all: () => [...ahead.values()].map(({ want }) => ({ ...want, lease: 0 })),
  };
}

function accountName(limit: string, scope: string, window: string): string {
  return `${limit}:${scope}:${window}`;
}

export function accountOf({ of, scope, window }: WindowFigures): string {
  return accountName(of.limit, scope, window.key);
}

function named(limit: string, scope: string): string {
  return `${limit}:${scope}`;
}
