// What one replica holds of every account, and what the store has yet to be told: kept while requests are charged, taken out in batches.
import type { Slice, WindowFigures } from "../../request/guard/limits/account.ts";
import { amountIn, spentIn } from "../../request/guard/limits/amounts.ts";
import type { Charged, Holding } from "../../request/guard/limits/ledger.ts";
import type { AccountStanding, LeaseWant } from "../../state/limit-store.ts";
import { accountOf, type EndingAccount, type NextLease, type NextWindows } from "./next-windows.ts";
import { sliceOf, type TakenCharges, waitingCharges } from "./waiting-charges.ts";

/**
 * How long a charge waits for the next batch: nothing depends on it while the slices it was taken from are far from empty. Where one runs
 * low, or so many charges wait that they are work for the store, the next batch comes soon.
 */
export const AT_REST_MS = 200;
const SOON_MS = 25;
const MANY = 2000;
/** Of a limit. More than this is told soon, too: a replica that is killed takes with it what it has not told. */
const UNTOLD_SHARE = 0.0025;

/** Leases fall back when they are not renewed; and who got less than was wanted asks again after this. */
const RENEWED_MS = 1000;
const ASKED_AGAIN_MS = 100;
/** Of what is left of an account a replica holds this share: with ten replicas all of it is in their hands. */
const SLICE = 0.1;
/** But enough for so many of its largest requests, so that the last of it can be spent, and for what is taken in so long. */
const LEAST_REQUESTS = 4;
const AHEAD_MS = 4 * SOON_MS;
/**
 * What a scope, or a window that was not asked for ahead, begins with before the store has answered: this share of the limit, or one
 * request. It is the overshoot.
 */
const FIRST_SHARE = 0.01;
/** An account that was not used for so long gives its slice back, and is then used as a new one is. */
const IDLE_MS = 60_000;

export interface SliceBatch {
  readonly charges: TakenCharges;
  readonly asked: readonly WindowFigures[]; // one for each of the first of `wants`
  readonly next: readonly NextLease[]; // the rest of them
  readonly wants: readonly LeaseWant[];
}

export interface SliceBook {
  /** Gives in how many milliseconds the store shall know. */
  reserved(requestId: string, holding: Holding, atMs: number): number;
  settled(requestId: string, holding: Holding, charged: Charged): void;
  /** What a window of a limit begins with here before the store has answered. */
  firstLease(limit: string, amount: number): number;
  /** Undefined: there is nothing to say. Either `applied` or `failed` must follow. */
  batch(amounts: ReadonlyMap<string, number>): SliceBatch | undefined;
  applied(batch: SliceBatch, standings: readonly AccountStanding[]): void;
  /** It will be said again, all slices asked for, and what was used of them told. How many charges were given up: there are too many. */
  failed(batch: SliceBatch): number;
  shared(): Iterable<WindowFigures>;
  /** Whether there is any slice, or something to say. */
  holds(): boolean;
}

export function createSliceBook(now: () => number, next: NextWindows): SliceBook {
  const shared = new Set<WindowFigures>();
  const largest = new Map<string, number>(); // by limit
  const waiting = waitingCharges();
  let batchAtMs = 0; // the last one
  let before: readonly (readonly [Slice, taken: number, reserved: number, used: number])[] = [];

  const firstLease = (limit: string, amount: number) =>
    Math.min(amount, Math.max(Math.ceil(FIRST_SHARE * amount), largest.get(limit) ?? 0));
  const keptSlice = (figures: WindowFigures): Slice => {
    const slice = sliceOf(figures);
    if (slice.isKept) return slice;
    slice.isKept = true;
    shared.add(figures);
    next.begun(figures.of.limit, figures.scope, figures.window.startMs);
    return slice;
  };

  return {
    firstLease,
    shared: () => shared,
    holds: () => shared.size > 0 || waiting.count() > 0,
    reserved(requestId, holding, atMs) {
      let ms = AT_REST_MS;
      for (const its of holding.figures) {
        const slice = keptSlice(its);
        const amount = amountIn(holding.held, its.of.measure);
        if (amount > slice.largest) largest.set(its.of.limit, Math.max(largest.get(its.of.limit) ?? 0, amount));
        holdsBack(slice, amount, atMs);
        ms = Math.min(ms, waitsMs(slice));
      }
      waiting.reserved(requestId, holding);
      return waiting.count() < MANY ? ms : SOON_MS;
    },
    settled(requestId, { figures, held }, charged) {
      for (const its of figures) keptSlice(its).reserved -= amountIn(held, its.of.measure);
      for (const its of charged.figures) keptSlice(its).used += spentIn(charged.spent, its.of.measure);
      waiting.settled(requestId, charged);
    },
    batch(amounts) {
      const asked = wanting(shared, { amounts, now: now(), sinceMs: now() - batchAtMs, firstLease });
      const ahead = next.wants(ending(shared, amounts, now()), now());
      if (asked.length + ahead.length + waiting.count() === 0) return undefined;
      batchAtMs = now();
      const charges = waiting.taken();
      before = [...shared].map(sliceOf).map((slice) => [slice, slice.taken, slice.reserved, slice.used]);
      for (const [slice] of before) [slice.taken, slice.reserved, slice.used] = [0, 0, 0];
      return { charges, asked, next: ahead, wants: [...asked.map(wantOf), ...ahead] };
    },
    applied({ asked, next: ahead }, standings) {
      for (const [at, figures] of asked.entries()) takes(figures, standings[at], firstLease);
      next.applied(ahead, standings.slice(asked.length));
      forget(shared, now());
    },
    failed(batch) {
      next.failed(batch.next);
      for (const [slice, taken, reserved, used] of before) untold(slice, { taken, reserved, used });
      for (const slice of [...shared].map(sliceOf)) [slice.askedAtMs, slice.isUnsure] = [0, true];
      return waiting.putBack(batch.charges);
    },
  };
}

function holdsBack(slice: Slice, amount: number, atMs: number): void {
  slice.usedAtMs = atMs;
  slice.largest = Math.max(slice.largest, amount);
  slice.taken += amount;
  slice.reserved += amount;
}

function isLow({ lease, wanted }: Slice): boolean {
  return lease < wanted / 2;
}

/** So long what was taken of it may wait to be told. */
function waitsMs(slice: Slice): number {
  if (slice.wanted === 0) return SOON_MS; // it is new, or was given back
  if (slice.taken > UNTOLD_SHARE * slice.amount) return SOON_MS;
  if (!isLow(slice)) return AT_REST_MS;
  return slice.isShort ? ASKED_AGAIN_MS : SOON_MS;
}

function untold(slice: Slice, { taken, reserved, used }: Pick<Slice, "taken" | "reserved" | "used">): void {
  slice.taken += taken;
  slice.reserved += reserved;
  slice.used += used;
}

/** Those in use, and what is wanted of the window that follows, which is whole. */
function ending(shared: Iterable<WindowFigures>, amounts: ReadonlyMap<string, number>, now: number): readonly EndingAccount[] {
  const accounts: EndingAccount[] = [];
  for (const figures of shared) {
    const { of, scope, window } = figures;
    const { usedAtMs, largest } = sliceOf(figures);
    if (now - usedAtMs > IDLE_MS) continue;
    const amount = amounts.get(of.limit) ?? 0;
    const wanted = Math.min(amount, Math.ceil(Math.max(SLICE * amount, LEAST_REQUESTS * largest)));
    accounts.push({ limit: of.limit, scope, endMs: window.endMs, amount, wanted });
  }
  return accounts;
}

function isIdle(figures: WindowFigures, now: number): boolean {
  return now >= figures.window.endMs || now - sliceOf(figures).usedAtMs > IDLE_MS;
}

/** So long after it was asked for it is asked for again. What was given back is looked at all the same: others leave room in it. */
function pauseOf(figures: WindowFigures, now: number): number {
  const slice = sliceOf(figures);
  if (isIdle(figures, now)) return slice.wanted > 0 ? 0 : IDLE_MS;
  if (slice.wanted === 0) return 0;
  if (!isLow(slice)) return RENEWED_MS;
  return slice.isShort ? ASKED_AGAIN_MS : 0;
}

interface Asking {
  readonly amounts: ReadonlyMap<string, number>;
  readonly now: number;
  readonly sinceMs: number; // the last batch
  readonly firstLease: (limit: string, amount: number) => number;
}

/** The accounts whose slice runs low, or is due to be renewed. */
function wanting(shared: Iterable<WindowFigures>, { amounts, now, sinceMs, firstLease }: Asking): readonly WindowFigures[] {
  const asked: WindowFigures[] = [];
  const batchesAhead = Math.min(4, Math.max(1, AHEAD_MS / sinceMs));
  for (const figures of shared) {
    const slice = sliceOf(figures);
    const { limit } = figures.of;
    const amount = amounts.get(limit) ?? 0;
    // Who settles hears what is used then: whoever was last to settle knows all that a store may lose.
    const isAsked = slice.askedAtMs !== 0 && amount === slice.amount && slice.used === 0;
    if (isAsked && now - slice.askedAtMs < pauseOf(figures, now)) continue;
    const rest = Math.max(0, amount - figures.used - figures.reserved);
    [slice.amount, slice.askedAtMs] = [amount, now];
    if (isIdle(figures, now)) {
      slice.wanted = 0;
      slice.lease = firstOf(figures, amount, firstLease); // since what is given back is not taken of any more
    } else {
      // No less than is held: requests go on taking of it until the answer is here.
      slice.wanted = Math.ceil(Math.max(slice.lease, SLICE * rest, LEAST_REQUESTS * slice.largest, batchesAhead * slice.taken));
    }
    asked.push(figures);
  }
  return asked;
}

function wantOf(figures: WindowFigures): LeaseWant {
  const { amount: limit, wanted: lease, there, isUnsure } = sliceOf(figures);
  const want = { account: accountOf(figures), limit, lease, expiresAtMs: figures.window.endMs };
  return isUnsure && there !== undefined ? { ...want, usedBefore: there } : want;
}

/** What has happened here since the batch was made is not among the store's figures. */
function takes(figures: WindowFigures, standing: AccountStanding | undefined, firstLease: Asking["firstLease"]): void {
  if (standing === undefined) return;
  const { used, reserved, leased, since } = standing;
  const slice = sliceOf(figures);
  if (!slice.isUnsure && slice.there !== undefined && slice.there.since !== since) {
    [slice.isUnsure, slice.askedAtMs] = [true, 0]; // it has lost what it had, and nobody saw it go: it is told that next
    return;
  }
  slice.there = { used, since };
  slice.isUnsure = false;
  slice.isShort = leased < slice.wanted;
  figures.used = used + slice.used;
  figures.reserved = reserved + slice.reserved;
  slice.lease = (slice.wanted === 0 ? firstOf(figures, slice.amount, firstLease) : leased) - slice.taken;
}

/** Of an account that holds nothing of what is left, as of a new one. */
function firstOf({ of, used, reserved }: WindowFigures, amount: number, firstLease: Asking["firstLease"]): number {
  return Math.min(Math.max(0, amount - used - reserved), firstLease(of.limit, amount));
}

/** Those of windows that have ended, once their slices were given back. */
function forget(shared: Set<WindowFigures>, now: number): void {
  for (const figures of shared) {
    const slice = sliceOf(figures);
    if (now < figures.window.endMs || slice.wanted > 0 || now - slice.usedAtMs <= RENEWED_MS) continue;
    slice.isKept = false;
    shared.delete(figures);
  }
}
