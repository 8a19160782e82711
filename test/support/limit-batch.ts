// Batches of a limit store, request by request, as tests write them.
import type { RequestCharge } from "../../src/state/limit-batch.ts";
import type { Charges, LimitBatch } from "../../src/state/limit-store.ts";

export interface BatchByRequest extends Pick<LimitBatch, "replica" | "wants"> {
  readonly reserves: readonly RequestCharge[];
  readonly settles: readonly RequestCharge[];
}

export function flatBatch({ replica, wants, reserves, settles }: BatchByRequest): LimitBatch {
  const accounts = [...new Set([...reserves, ...settles].flatMap(({ amounts }) => amounts.map(({ account }) => account)))];
  const flat = (
    charges: readonly RequestCharge[],
    ofAccount: (charge: RequestCharge["amounts"][number]) => readonly number[],
  ): Charges => ({
    ids: charges.map(({ requestId }) => requestId),
    numbers: charges.flatMap(({ amounts }) => [
      amounts.length,
      ...amounts.flatMap((each) => [accounts.indexOf(each.account), ...ofAccount(each)]),
    ]),
  });
  return {
    replica,
    wants,
    accounts,
    reserves: flat(reserves, ({ amount, atLeast }) => [amount, atLeast]),
    settles: flat(settles, ({ amount }) => [amount]),
  };
}
