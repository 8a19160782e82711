// Limits of several replicas: each holds a slice of what is left of every account and decides from it, so that no request waits for the
// store. What was held back and settled goes there in batches, and comes back as a new slice.
import type { WindowFigures } from "../../request/guard/limits/account.ts";
import type { CalendarWindow } from "../../request/guard/limits/calendar.ts";
import type { Ledger } from "../../request/guard/limits/ledger.ts";
import { type AwayMode, type Limit, limitId, type Period } from "../../request/guard/limits/limit.ts";
import type { LeaseWant, LimitStore } from "../../state/limit-store.ts";
import { nextWindows } from "./next-windows.ts";
import { createSliceBook, type Slice } from "./slice-book.ts";

export interface SlicesDeps {
  readonly store: LimitStore;
  readonly replica: string; // of this process and start alone
  readonly ledger: Ledger;
  readonly limits: () => readonly Limit[]; // in force
  readonly windowAt: (per: Period, atMs: number) => CalendarWindow | undefined; // likewise
  readonly away: () => AwayMode;
  readonly now: () => number; // milliseconds since the epoch
  readonly onAway: (error: unknown) => void; // once, until `onBack`
  readonly onBack: () => void;
  readonly onLost: (charges: number) => void; // the store was away for so long that they were given up
  readonly everyMs?: number;
}

export interface Slices {
  /** One round trip, now. */
  exchange(): Promise<void>;
  /** Says what is left to say, and gives back what is held. */
  close(): Promise<void>;
}

/** How long a charge waits for the next batch. */
const EVERY_MS = 25;
/** How often it is looked whether a slice must be renewed, while nothing happens. */
const IDLE_EVERY_MS = 200;
/**
 * What a scope, or a window that was not asked for ahead, begins with before the store has answered: this share of the limit, or one
 * request. It is the overshoot.
 */
const FIRST_SHARE = 0.01;

export function shareLimits(deps: SlicesDeps): Slices {
  const { store, replica, ledger, limits, windowAt, away, now, onAway, onBack, onLost, everyMs = EVERY_MS } = deps;
  const limitOf = (id: string) => limits().find((limit) => limitId(limit) === id);
  const next = nextWindows((id, atMs) => windowIn(limitOf(id), windowAt, atMs));
  const book = createSliceBook(now, next);
  let isAway = false;
  let running: Promise<void> | undefined;
  const beat = heartbeat(everyMs, () => turn());
  const amounts = () => new Map(limits().map((limit) => [limitId(limit), limit.amount]));

  ledger.share({
    firstLease(id, scope, atMs) {
      const amount = limitOf(id)?.amount ?? 0;
      if (isAway && away() !== "local") return away() === "open" ? amount : 0;
      const ahead = next.leaseOf(id, scope, atMs);
      if (ahead !== undefined) return Math.min(amount, ahead);
      return Math.min(amount, Math.max(Math.ceil(FIRST_SHARE * amount), book.largestOf(id)));
    },
    reserved(requestId, holding) {
      book.reserved(requestId, holding);
      beat.soon();
    },
    settled(requestId, holding, charges) {
      book.settled(requestId, holding, charges);
      beat.soon();
    },
  });

  const exchange = async (): Promise<void> => {
    const batch = book.batch(amounts());
    if (batch === undefined) return;
    const { reserves, settles, wants } = batch;
    try {
      book.applied(batch, await store.exchange({ replica, reserves, settles, wants }));
      if (!isAway) return;
      isAway = false;
      onBack();
    } catch (error) {
      const lost = book.failed(batch);
      if (lost > 0) onLost(lost);
      if (!isAway) onAway(error);
      isAway = true;
      const known = amounts();
      for (const { figures, limit } of book.slices()) goesOnAlone(figures, known.get(limit) ?? 0, away());
    }
  };

  const turn = (): Promise<void> => {
    running ??= exchange().finally(() => {
      running = undefined;
      if (book.holds()) beat.later();
    });
    return running;
  };
  return {
    async exchange() {
      await running;
      await turn();
    },
    async close() {
      beat.stop();
      await running;
      await exchange();
      const wants = [...[...book.slices()].map(givenBack), ...next.all()];
      if (wants.length > 0 && !isAway) await store.exchange({ replica, reserves: [], settles: [], wants }).catch(onAway);
    },
  };
}

function windowIn(limit: Limit | undefined, windowAt: SlicesDeps["windowAt"], atMs: number): CalendarWindow | undefined {
  return limit && windowAt(limit.per, atMs);
}

function givenBack({ account, amount: limit, figures }: Slice): LeaseWant {
  return { account, limit, lease: 0, expiresAtMs: figures.window.endMs };
}

/** Fast while something happens, slow while slices are held, and none at all where there are no limits. */
function heartbeat(everyMs: number, run: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let isSoon = false;
  let isStopped = false;
  const set = (afterMs: number) => {
    clearTimeout(timer);
    if (isStopped) return;
    timer = setTimeout(() => {
      timer = undefined;
      isSoon = false;
      void run();
    }, afterMs);
    timer.unref();
  };
  return {
    soon() {
      if (isSoon) return;
      isSoon = true;
      set(everyMs);
    },
    later() {
      if (timer === undefined) set(Math.max(everyMs, IDLE_EVERY_MS));
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function goesOnAlone(figures: WindowFigures, amount: number, away: AwayMode): void {
  switch (away) {
    case "open":
      figures.lease = amount - figures.used - figures.reserved;
      return;
    case "local":
      return;
    case "closed":
      figures.lease = 0;
      return;
    default:
      return away satisfies never;
  }
}
