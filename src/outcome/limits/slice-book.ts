// What one replica holds of every account, and what the store has yet to be told: kept while requests are charged, taken out in batches.
import type { WindowFigures } from "../../request/guard/limits/account.ts";
import { amountIn, spentIn } from "../../request/guard/limits/amounts.ts";
import type { Charged, Holding } from "../../request/guard/limits/ledger.ts";
import type { AccountStanding, LeaseWant } from "../../state/limit-store.ts";
import { accountOf, type EndingAccount, type NextLease, type NextWindows } from "./next-windows.ts";
import { type TakenCharges, waitingCharges } from "./waiting-charges.ts";

/**
 * How long a charge waits for the next batch: nothing depends on it while the slices it was taken from are far from empty. Where one runs
 * low, or so many charges wait that they are work for the store, the next batch comes soon.
 */
export const AT_REST_MS = 200;
const SOON_MS = 25;
const MANY = 2000;

/** Leases fall back when they are not renewed; and who got less than was wanted asks again after this. */
const RENEWED_MS = 1000;
const ASKED_AGAIN_MS = 100;
/** Of what is left of an account a replica holds this share: with ten replicas all of it is in their hands. */
const SLICE = 0.1;
/** But enough for so many of its largest requests, so that the last of it can be spent, and for what is taken in so long. */
const LEAST_REQUESTS = 4;
const AHEAD_MS = 4 * SOON_MS;
/** An account that was not used for so long gives its slice back. */
const IDLE_MS = 60_000;
/** What is known of an account here beside its figures. */
export interface Slice {
  readonly account: string; // in the store
  readonly limit: string; // its id
  readonly figures: WindowFigures;
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
}

export interface SliceBatch {
  readonly charges: TakenCharges;
  readonly asked: readonly Slice[]; // one for each of the first of `wants`
  readonly next: readonly NextLease[]; // the rest of them
  readonly wants: readonly LeaseWant[];
}

export interface SliceBook {
  /** Gives in how many milliseconds the store shall know. */
  reserved(requestId: string, holding: Holding): number;
  settled(requestId: string, holding: Holding, charged: Charged): void;
  /** The largest request of a limit so far. */
  largestOf(limit: string): number;
  /** Undefined: there is nothing to say. Either `applied` or `failed` must follow. */
  batch(amounts: ReadonlyMap<string, number>): SliceBatch | undefined;
  applied(batch: SliceBatch, standings: readonly AccountStanding[]): void;
  /** It will be said again, all slices asked for, and what was used of them told. How many charges were given up: there are too many. */
  failed(batch: SliceBatch): number;
  slices(): Iterable<Slice>;
  /** Whether there is any slice, or something to say. */
  holds(): boolean;
}

export function createSliceBook(now: () => number, next: NextWindows): SliceBook {
  const slices = new Map<WindowFigures, Slice>();
  const largest = new Map<string, number>(); // by limit
  const waiting = waitingCharges();
  let batchAtMs = 0; // the last one
  let before: readonly (readonly [Slice, taken: number, reserved: number, used: number])[] = [];

  const sliceOf = (figures: WindowFigures): Slice => {
    const known = slices.get(figures);
    if (known !== undefined) return known;
    const made = newSlice(figures);
    slices.set(figures, made);
    next.begun(made.limit, figures.scope, figures.window.startMs);
    return made;
  };

  return {
    largestOf: (limit) => largest.get(limit) ?? 0,
    slices: () => slices.values(),
    holds: () => slices.size > 0 || waiting.count() > 0,
    reserved(requestId, holding) {
      const atMs = now();
      let ms = AT_REST_MS;
      for (const its of holding.figures) {
        const slice = sliceOf(its);
        const amount = amountIn(holding.held, its.of.measure);
        if (amount > slice.largest) largest.set(slice.limit, Math.max(largest.get(slice.limit) ?? 0, amount));
        holdsBack(slice, amount, atMs);
        ms = Math.min(ms, waitsMs(slice));
      }
      waiting.reserved(requestId, holding);
      return waiting.count() < MANY ? ms : SOON_MS;
    },
    settled(requestId, { figures, held }, charged) {
      for (const its of figures) sliceOf(its).reserved -= amountIn(held, its.of.measure);
      for (const its of charged.figures) sliceOf(its).used += spentIn(charged.spent, its.of.measure);
      waiting.settled(requestId, charged);
    },
    batch(amounts) {
      const asked = wanting(slices, amounts, now(), now() - batchAtMs);
      const ahead = next.wants(ending(slices, amounts, now()), now());
      if (asked.length + ahead.length + waiting.count() === 0) return undefined;
      batchAtMs = now();
      const charges = waiting.taken();
      before = [...slices.values()].map((slice) => [slice, slice.taken, slice.reserved, slice.used]);
      for (const [slice] of before) [slice.taken, slice.reserved, slice.used] = [0, 0, 0];
      return { charges, asked, next: ahead, wants: [...asked.map(wantOf), ...ahead] };
    },
    applied({ asked, next: ahead }, standings) {
      for (const [at, slice] of asked.entries()) takes(slice, standings[at]);
      next.applied(ahead, standings.slice(asked.length));
      forget(slices, now());
    },
    failed(batch) {
      next.failed(batch.next);
      for (const [slice, taken, reserved, used] of before) untold(slice, { taken, reserved, used });
      for (const slice of slices.values()) [slice.askedAtMs, slice.isUnsure] = [0, true];
      return waiting.putBack(batch.charges);
    },
  };
}

function newSlice(figures: WindowFigures): Slice {
  const unasked = { wanted: 0, amount: 0, askedAtMs: 0, isShort: false, there: undefined, isUnsure: false };
  const unused = { largest: 0, usedAtMs: 0, taken: 0, reserved: 0, used: 0 };
  return { account: accountOf(figures), limit: figures.of.limit, figures, ...unasked, ...unused };
}

function holdsBack(slice: Slice, amount: number, atMs: number): void {
  slice.usedAtMs = atMs;
  slice.largest = Math.max(slice.largest, amount);
  slice.taken += amount;
  slice.reserved += amount;
}

function isLow({ figures, wanted }: Slice): boolean {
  return (figures.lease ?? 0) < wanted / 2;
}

/** So long what was taken of it may wait to be told. */
function waitsMs(slice: Slice): number {
  if (slice.askedAtMs === 0) return SOON_MS;
  if (!isLow(slice)) return AT_REST_MS;
  return slice.isShort ? ASKED_AGAIN_MS : SOON_MS;
}

function untold(slice: Slice, { taken, reserved, used }: Pick<Slice, "taken" | "reserved" | "used">): void {
  slice.taken += taken;
  slice.reserved += reserved;
  slice.used += used;
}

/** Those in use, and what is wanted of the window that follows, which is whole. */
function ending(slices: ReadonlyMap<WindowFigures, Slice>, amounts: ReadonlyMap<string, number>, now: number): readonly EndingAccount[] {
  const accounts: EndingAccount[] = [];
  for (const { limit, figures, usedAtMs, largest } of slices.values()) {
    if (now - usedAtMs > IDLE_MS) continue;
    const amount = amounts.get(limit) ?? 0;
    const wanted = Math.min(amount, Math.ceil(Math.max(SLICE * amount, LEAST_REQUESTS * largest)));
    accounts.push({ limit, scope: figures.scope, endMs: figures.window.endMs, amount, wanted });
  }
  return accounts;
}

/** The accounts whose slice runs low, or is due to be renewed. `sinceMs`: the last batch. */
function wanting(
  slices: ReadonlyMap<WindowFigures, Slice>,
  amounts: ReadonlyMap<string, number>,
  now: number,
  sinceMs: number,
): readonly Slice[] {
  const asked: Slice[] = [];
  const batchesAhead = Math.min(4, Math.max(1, AHEAD_MS / sinceMs));
  for (const slice of slices.values()) {
    const { figures, askedAtMs } = slice;
    const amount = amounts.get(slice.limit) ?? 0;
    const isIdle = now - slice.usedAtMs > IDLE_MS || now >= figures.window.endMs;
    const pauseMs = !isLow(slice) || isIdle ? RENEWED_MS : slice.isShort ? ASKED_AGAIN_MS : 0;
    // Who settles hears what is used then: whoever was last to settle knows all that a store may lose.
    const isDue = askedAtMs === 0 || amount !== slice.amount || slice.used !== 0 || now - askedAtMs >= pauseMs;
    if (!isDue) continue;
    const rest = Math.max(0, amount - figures.used - figures.reserved);
    // No less than is held: requests go on taking of it until the answer is here. What is given back is not taken of any more.
    const held = isIdle ? 0 : Math.max(0, figures.lease ?? 0);
    if (isIdle) figures.lease = 0;
    slice.wanted = isIdle ? 0 : Math.ceil(Math.max(held, SLICE * rest, LEAST_REQUESTS * slice.largest, batchesAhead * slice.taken));
    slice.amount = amount;
    slice.askedAtMs = now;
    asked.push(slice);
  }
  return asked;
}

function wantOf({ account, amount: limit, wanted: lease, figures, there, isUnsure }: Slice): LeaseWant {
  return { account, limit, lease, expiresAtMs: figures.window.endMs, ...(isUnsure && there && { usedBefore: there }) };
}

/** What has happened here since the batch was made is not among the store's figures. */
function takes(slice: Slice, standing: AccountStanding | undefined): void {
  if (standing === undefined) return;
  const { used, reserved, leased, since } = standing;
  const { figures, there, isUnsure } = slice;
  if (!isUnsure && there !== undefined && there.since !== since) {
    [slice.isUnsure, slice.askedAtMs] = [true, 0]; // it has lost what it had, and nobody saw it go: it is told that next
    return;
  }
  slice.there = { used, since };
  slice.isUnsure = false;
  figures.lease = leased - slice.taken;
  slice.isShort = leased < slice.wanted;
  figures.used = used + slice.used;
  figures.reserved = reserved + slice.reserved;
}

/** Those of windows that have ended, and those long idle, once their slices were given back. */
function forget(slices: Map<WindowFigures, Slice>, now: number): void {
  for (const [figures, { usedAtMs, wanted }] of slices) {
    const isOver = now >= figures.window.endMs || now - usedAtMs > IDLE_MS;
    if (isOver && wanted === 0 && now - usedAtMs > RENEWED_MS) slices.delete(figures);
  }
}
