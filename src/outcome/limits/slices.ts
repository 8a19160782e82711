// Limits of several replicas: each holds a slice of what is left of every account and decides from it, so that no request waits for the
// store. What was held back and settled goes there in batches, and comes back as a new slice.
import { randomUUID } from "node:crypto";
import type { WindowFigures } from "../../request/guard/limits/account.ts";
import type { CalendarWindow } from "../../request/guard/limits/calendar.ts";
import type { Ledger } from "../../request/guard/limits/ledger.ts";
import { type AwayMode, type Limit, limitId, type Period } from "../../request/guard/limits/limit.ts";
import { type LeaseWant, type LimitStore, NO_CHARGES } from "../../state/limit-store.ts";
import { accountOf, nextWindows } from "./next-windows.ts";
import { AT_REST_MS, createSliceBook } from "./slice-book.ts";
import { inAccounts, sliceOf } from "./waiting-charges.ts";

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
  readonly after?: After; // in tests and benchmarks, whose time goes otherwise
}

/** Runs it once, then; and gives what keeps it from that. */
export type After = (ms: number, run: () => void) => () => void;

export interface Slices {
  /** One round trip, now. */
  exchange(): Promise<void>;
  /** Says what is left to say, and gives back what is held. */
  close(): Promise<void>;
}

export function shareLimits(deps: SlicesDeps): Slices {
  const { store, replica, ledger, limits, windowAt, away, now, onAway, onBack, onLost, after = afterTime } = deps;
  const limitOf = (id: string) => limits().find((limit) => limitId(limit) === id);
  const next = nextWindows((id, atMs) => windowIn(limitOf(id), windowAt, atMs));
  const book = createSliceBook(now, next);
  let isAway = false;
  let running: Promise<void> | undefined;
  const beat = heartbeat(after, () => turn());
  const amounts = () => new Map(limits().map((limit) => [limitId(limit), limit.amount]));

  ledger.share({
    firstLease(id, scope, atMs) {
      const amount = limitOf(id)?.amount ?? 0;
      if (isAway && away() !== "local") return away() === "open" ? amount : 0;
      const ahead = next.leaseOf(id, scope, atMs);
      if (ahead !== undefined) return Math.min(amount, ahead);
      return book.firstLease(id, amount);
    },
    reserved(requestId, holding, atMs) {
      const ms = book.reserved(requestId, holding, atMs);
      beat.within(isAway ? AT_REST_MS : ms);
    },
    settled(requestId, holding, charged) {
      book.settled(requestId, holding, charged);
      beat.within(AT_REST_MS);
    },
    newName: randomUUID,
  });

  const exchange = async (): Promise<void> => {
    const batch = book.batch(amounts());
    if (batch === undefined) return;
    const { charges, wants } = batch;
    try {
      book.applied(batch, await store.exchange({ replica, ...inAccounts(charges), wants }));
      if (!isAway) return;
      isAway = false;
      onBack();
    } catch (error) {
      const lost = book.failed(batch);
      if (lost > 0) onLost(lost);
      if (!isAway) onAway(error);
      isAway = true;
      const known = amounts();
      for (const figures of book.shared()) goesOnAlone(figures, known.get(figures.of.limit) ?? 0, away());
    }
  };

  const turn = (): Promise<void> => {
    running ??= exchange().finally(() => {
      running = undefined;
      if (book.holds()) beat.within(AT_REST_MS);
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
      const wants = [...[...book.shared()].map(givenBack), ...next.all()];
      if (wants.length > 0 && !isAway)
        await store.exchange({ replica, accounts: [], reserves: NO_CHARGES, settles: NO_CHARGES, wants }).catch(onAway);
    },
  };
}

function windowIn(limit: Limit | undefined, windowAt: SlicesDeps["windowAt"], atMs: number): CalendarWindow | undefined {
  return limit && windowAt(limit.per, atMs);
}

function givenBack(figures: WindowFigures): LeaseWant {
  return { account: accountOf(figures), limit: sliceOf(figures).amount, lease: 0, expiresAtMs: figures.window.endMs };
}

/** Beats once, as soon as anybody wants; the first beat that is wanted begins the time of all. */
function heartbeat(after: After, run: () => Promise<void>) {
  let inMs = Number.POSITIVE_INFINITY; // until the next beat, when it was set
  let cancel = () => {};
  let isStopped = false;
  return {
    within(ms: number) {
      if (ms >= inMs || isStopped) return;
      cancel();
      inMs = ms;
      cancel = after(ms, () => {
        inMs = Number.POSITIVE_INFINITY;
        void run();
      });
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

const afterTime: After = (ms, run) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};

function goesOnAlone(figures: WindowFigures, amount: number, away: AwayMode): void {
  switch (away) {
    case "open":
      sliceOf(figures).lease = amount - figures.used - figures.reserved;
      return;
    case "local":
      return;
    case "closed":
      sliceOf(figures).lease = 0;
      return;
    default:
      return away satisfies never;
  }
}
