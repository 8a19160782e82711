// What replicas agree on about limits: how much of an account was used, is reserved by requests under way, and is leased to whom. An
// account is one key of one window (`{daily}:team-a:2026-11-29`), so that a new window is a new key; amounts are integers (requests,
// tokens, micro-dollars).

export interface LimitStore {
  /**
   * One round trip: applies what happened, then leases. Gives one standing for each of `wants`, in their order. Rejects when the store is
   * away: nothing is lost where the caller sends the same batch again, for what was applied already is known by its request id.
   */
  exchange(batch: LimitBatch): Promise<readonly AccountStanding[]>;
  close(): Promise<void>;
}

export interface LimitBatch {
  readonly replica: string; // who holds the leases: one name for each process and start
  readonly accounts: readonly string[]; // that charges are of: each is named once, in charges by its place here
  readonly reserves: Charges; // of an account: place, amount, and what a reserve that is never settled comes to: the cost of its input
  readonly settles: Charges; // place, amount; a settle replaces its reserve, for good: a second one does nothing
  readonly wants: readonly LeaseWant[];
}

/** What requests are charged, flat: most of the time of an exchange went into objects and names that said the same again and again. */
export interface Charges {
  readonly ids: readonly string[]; // of requests
  readonly numbers: readonly number[]; // of each request in turn: how many accounts, then the numbers of each
}

export const NO_CHARGES: Charges = { ids: [], numbers: [] };

export interface LeaseWant {
  readonly account: string;
  readonly limit: number;
  readonly lease: number; // what this replica wants to hold unspent from now on; 0 gives it back
  readonly expiresAtMs: number; // when the account's window has ended and its figures may go
  /** What the store last said of it. Where that was of another `since` it is lost, and counts again: in front of all charges. */
  readonly usedBefore?: { readonly used: number; readonly since: number };
}

export interface AccountStanding {
  readonly used: number;
  readonly reserved: number;
  readonly leasedByOthers: number;
  readonly leased: number; // at most what was wanted, and what limit − used − reserved − leasedByOthers leaves
  readonly since: number; // when the store began to count it: where that is another than before, it has lost what it had
}

export interface LimitStoreTimes {
  readonly reserveMs: number; // a reserve that is not settled by then is settled at `atLeast`, in the next exchange of anyone
  readonly leaseMs: number; // a replica's leases fall back when it has not exchanged for this long
  readonly settledMs: number; // how long a settled request id is remembered
}

export const LIMIT_STORE_TIMES: LimitStoreTimes = { reserveMs: 600_000, leaseMs: 10_000, settledMs: 3_600_000 };
