// Limits of several processes behind one Envoy: the process that supervises them keeps what they count, and each asks it over the channel
// between them. To each it is a store like any other.
import { type AccountStanding, LIMIT_STORE_TIMES, type LimitBatch, type LimitStore } from "../state/limit-store.ts";

export interface LimitsOfParent extends LimitStore {
  answered(id: number, standings: readonly AccountStanding[]): void;
}

/** A parent that is busy answers late; one that is gone takes this process with it. */
const ANSWER_MS = Math.min(2000, LIMIT_STORE_TIMES.leaseMs / 2);

export function limitsOfParent(ask: (id: number, batch: LimitBatch) => void): LimitsOfParent {
  const waiting = new Map<number, (standings: readonly AccountStanding[]) => void>();
  let asked = 0;
  return {
    exchange(batch) {
      const id = ++asked;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error("the supervising process does not answer"));
        }, ANSWER_MS);
        waiting.set(id, (standings) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(standings);
        });
        ask(id, batch);
      });
    },
    answered: (id, standings) => waiting.get(id)?.(standings),
    async close() {},
  };
}
