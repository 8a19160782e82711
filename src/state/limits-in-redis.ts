// The limit store of several replicas: one script, run where all of them see it.

import type { StateConnection } from "./connection.ts";
import { assertWhole } from "./limit-batch.ts";
import {
  type AccountStanding,
  LIMIT_STORE_TIMES,
  type LimitBatch,
  type LimitStore,
  type LimitStoreTimes,
  type RequestCharge,
} from "./limit-store.ts";
import { EXCHANGE_SCRIPT } from "./limits-script.ts";
import { storeScript } from "./script.ts";

/** While a script runs the store does nothing else: so many charges take it about 2 ms. */
const MOST_CHARGES = 256;

export function limitsInRedis(connection: StateConnection, times: LimitStoreTimes = LIMIT_STORE_TIMES): LimitStore {
  const run = storeScript(connection, EXCHANGE_SCRIPT);
  const root = connection.key("limits:");
  const settings = [times.reserveMs, times.leaseMs, times.settledMs].map(String);
  return {
    async exchange(batch) {
      assertWhole(batch);
      let figures: readonly number[] = [];
      let floors = floorsOf(batch);
      for (const part of partsOf(batch)) {
        figures = (await run([root], [batch.replica, ...settings, encoded(part, floors)])) as readonly number[];
        floors = [];
      }
      return batch.wants.map((_, at) => standingAt(figures, FIGURES * at));
    },
    async close() {}, // the connection is its owner's
  };
}

/** Of a long batch, in turn: reserves, settles, and with the last of them what is wanted. */
function* partsOf(batch: LimitBatch): Generator<LimitBatch> {
  const { reserves, settles } = batch;
  const all = reserves.length + settles.length;
  for (let from = 0; ; from += MOST_CHARGES) {
    const to = from + MOST_CHARGES;
    const part = {
      ...batch,
      reserves: reserves.slice(from, to),
      settles: settles.slice(Math.max(0, from - reserves.length), Math.max(0, to - reserves.length)),
    };
    if (to >= all) return yield part;
    yield { ...part, wants: [] };
  }
}

/** Of a standing, as the script gives them. */
const FIGURES = 5;

type Floor = readonly [account: string, used: number, since: number];

function floorsOf({ wants }: LimitBatch): readonly Floor[] {
  return wants.flatMap(({ account, usedBefore }) =>
    usedBefore === undefined ? [] : [[account, usedBefore.used, usedBefore.since] as const],
  );
}

/** Each account is named once: with its name in each charge, two thirds of the text were names. A Buffer, which is sent as it is. */
function encoded({ reserves, settles, wants }: LimitBatch, floors: readonly Floor[]): Buffer {
  const numbers = new Map<string, number>();
  const numberOf = (account: string): number => {
    const known = numbers.get(account);
    if (known !== undefined) return known;
    numbers.set(account, numbers.size + 1);
    return numbers.size;
  };
  const flat = ({ requestId, amounts }: RequestCharge): readonly (string | number)[] => {
    const flattened: (string | number)[] = [requestId];
    for (const { account, amount, atLeast } of amounts) flattened.push(numberOf(account), amount, atLeast);
    return flattened;
  };
  const charges = { reserves: reserves.map(flat), settles: settles.map(flat) };
  const wanted = wants.map(({ account, limit, lease, expiresAtMs }) => [account, limit, lease, Math.floor(expiresAtMs)]);
  return Buffer.from(JSON.stringify({ ...charges, wants: wanted, floors, accounts: [...numbers.keys()] }));
}

function standingAt(figures: readonly number[], at: number): AccountStanding {
  const [used = 0, reserved = 0, leasedByOthers = 0, leased = 0, since = 0] = figures.slice(at, at + FIGURES);
  return { used, reserved, leasedByOthers, leased, since };
}
