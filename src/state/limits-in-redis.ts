// The limit store of several replicas: one script, run where all of them see it.

import type { StateConnection } from "./connection.ts";
import { assertWhole, chargeCutter, RESERVE_NUMBERS, SETTLE_NUMBERS } from "./limit-batch.ts";
import { type AccountStanding, LIMIT_STORE_TIMES, type LimitBatch, type LimitStore, type LimitStoreTimes } from "./limit-store.ts";
import { EXCHANGE_SCRIPT } from "./limits-script.ts";
import { storeScript } from "./script.ts";

/** While a script runs the store does nothing else: so many charges take it about 4 ms. */
const MOST_CHARGES = 512;

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
  let left = batch.reserves.ids.length + batch.settles.ids.length;
  if (left <= MOST_CHARGES) return yield batch;
  const [reservesCut, settlesCut] = [chargeCutter(batch.reserves, RESERVE_NUMBERS), chargeCutter(batch.settles, SETTLE_NUMBERS)];
  while (left > 0) {
    const reserves = reservesCut(MOST_CHARGES);
    const settles = settlesCut(MOST_CHARGES - reserves.ids.length);
    left -= reserves.ids.length + settles.ids.length;
    yield { ...batch, reserves, settles, wants: left > 0 ? [] : batch.wants };
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

/** A Buffer, which is sent as it is. */
function encoded({ accounts, reserves, settles, wants }: LimitBatch, floors: readonly Floor[]): Buffer {
  const wanted = wants.map(({ account, limit, lease, expiresAtMs }) => [account, limit, lease, Math.floor(expiresAtMs)]);
  return Buffer.from(JSON.stringify({ accounts, reserves, settles, wants: wanted, floors }));
}

function standingAt(figures: readonly number[], at: number): AccountStanding {
  const [used = 0, reserved = 0, leasedByOthers = 0, leased = 0, since = 0] = figures.slice(at, at + FIGURES);
  return { used, reserved, leasedByOthers, leased, since };
}
