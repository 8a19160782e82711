// What the store has yet to be told of requests: in the order it happened, until a batch takes all of it. Kept as it came, since most of
// a charge's cost is memory that lives until then; it is put into the store's words when the batch is made.
import { newSlice, type Slice, type WindowFigures } from "../../request/guard/limits/account.ts";
import { amountIn, spentIn } from "../../request/guard/limits/amounts.ts";
import type { Charged, Holding } from "../../request/guard/limits/ledger.ts";
import type { LimitBatch } from "../../state/limit-store.ts";
import { accountOf } from "./next-windows.ts";

/** Charges that wait for a store that is away. */
const MOST_WAITING = 100_000;

interface Reserve {
  readonly requestId: string;
  readonly holding: Holding;
}

interface Settle {
  readonly requestId: string;
  readonly charged: Charged;
}

export interface TakenCharges {
  readonly reserves: readonly Reserve[];
  readonly settles: readonly Settle[];
}

export interface WaitingCharges {
  reserved(requestId: string, holding: Holding): void;
  settled(requestId: string, charged: Charged): void;
  count(): number;
  /** All of them. A request that has ended by now needs no reserve: its settle says it all. */
  taken(): TakenCharges;
  /** In front of what has come since. How many were given up: there are too many. */
  putBack(taken: TakenCharges): number;
}

export function waitingCharges(): WaitingCharges {
  let reserves: Reserve[] = [];
  let settles: Settle[] = [];
  return {
    reserved: (requestId, holding) => void reserves.push({ requestId, holding }),
    settled: (requestId, charged) => void settles.push({ requestId, charged }),
    count: () => reserves.length + settles.length,
    taken() {
      const all = { reserves: reserves.filter(isUnderWay), settles };
      [reserves, settles] = [[], []];
      return all;
    },
    putBack(taken) {
      reserves = [...taken.reserves, ...reserves].filter(isUnderWay);
      settles = [...taken.settles, ...settles];
      const lost = Math.max(0, reserves.length - MOST_WAITING) + Math.max(0, settles.length - MOST_WAITING);
      [reserves, settles] = [reserves.slice(-MOST_WAITING), settles.slice(-MOST_WAITING)];
      return lost;
    },
  };
}

function isUnderWay({ holding }: Reserve): boolean {
  return !holding.isSettled;
}

/** Where none was known yet, nothing may be taken. */
export function sliceOf(figures: WindowFigures): Slice {
  figures.slice ??= newSlice(0);
  return figures.slice;
}

/** In the store's words. */
export function inAccounts({ reserves, settles }: TakenCharges): Pick<LimitBatch, "accounts" | "reserves" | "settles"> {
  const accounts: WindowFigures[] = [];
  const placeOf = (figures: WindowFigures) => {
    const slice = sliceOf(figures);
    if (accounts[slice.place] !== figures) slice.place = accounts.push(figures) - 1;
    return slice.place;
  };
  const [reserved, settled]: [Flat, Flat] = [
    { ids: [], numbers: [] },
    { ids: [], numbers: [] },
  ];
  for (const { requestId, holding } of reserves) {
    const { figures, held, atLeast } = holding;
    reserved.ids.push(requestId);
    reserved.numbers.push(figures.length);
    for (const its of figures) reserved.numbers.push(placeOf(its), amountIn(held, its.of.measure), amountIn(atLeast, its.of.measure));
  }
  for (const { requestId, charged } of settles) {
    const { figures, spent } = charged;
    settled.ids.push(requestId);
    settled.numbers.push(figures.length);
    for (const its of figures) settled.numbers.push(placeOf(its), spentIn(spent, its.of.measure));
  }
  return { accounts: accounts.map(accountOf), reserves: reserved, settles: settled };
}

interface Flat {
  readonly ids: string[];
  readonly numbers: number[];
}
