// The limit store of a single process. It is also the plain reading of what the script of limits-in-redis.ts does.
import { assertWhole, chargesIn, RESERVE_NUMBERS, type RequestCharge, SETTLE_NUMBERS } from "./limit-batch.ts";
import { type AccountStanding, type LeaseWant, LIMIT_STORE_TIMES, type LimitStore, type LimitStoreTimes } from "./limit-store.ts";

interface Account {
  readonly since: number;
  told: number; // used before that, as replicas say who knew it
  used: number; // with it
  reserved: number;
  readonly leases: Map<string, Lease>; // by replica
  endsAtMs: number;
}

interface Lease {
  readonly amount: number;
  readonly life: number; // of the replica
}

interface Replica {
  readonly life: number; // since when it has been heard of without a pause of `leaseMs`: it holds nothing from before
  readonly seenMs: number;
}

interface Settled {
  readonly untilMs: number;
  readonly provisional: RequestCharge["amounts"] | undefined; // of a reserve that ran out: the settle may still come
}

/** After its window's end: for what comes late. */
const LATE_MS = 3_600_000;
/** Of an account whose window nobody has told. */
const LONGEST_WINDOW_MS = 40 * 86_400_000;

/** `now`: milliseconds. */
export function limitsInMemory(times: LimitStoreTimes = LIMIT_STORE_TIMES, now: () => number = Date.now): LimitStore {
  const since = performance.timeOrigin + performance.now(); // another store has another one
  const accounts = new Map<string, Account>();
  const replicas = new Map<string, Replica>();
  const open = new Map<string, { readonly charge: RequestCharge; readonly dueMs: number }>(); // oldest first
  const settled = new Map<string, Settled>(); // oldest first

  const accountOf = (name: string): Account => {
    const known = accounts.get(name);
    if (known !== undefined) return known;
    const none = { told: 0, used: 0, reserved: 0, leases: new Map<string, Lease>() };
    const made = { since, ...none, endsAtMs: now() + LONGEST_WINDOW_MS };
    accounts.set(name, made);
    return made;
  };
  const unreserve = ({ requestId, amounts }: RequestCharge) => {
    open.delete(requestId);
    for (const { account, amount } of amounts) accountOf(account).reserved -= amount;
  };
  const sweep = (at: number) => {
    for (const [requestId, { charge, dueMs }] of open) {
      if (dueMs > at) break;
      unreserve(charge);
      for (const { account, atLeast } of charge.amounts) accountOf(account).used += atLeast;
      settled.set(requestId, { untilMs: at + times.settledMs, provisional: charge.amounts });
    }
    for (const [requestId, { untilMs }] of settled) {
      if (untilMs > at) break;
      settled.delete(requestId);
    }
    for (const [name, { endsAtMs }] of accounts) if (endsAtMs <= at) accounts.delete(name);
    for (const [name, { seenMs }] of replicas) if (at - seenMs >= times.leaseMs) replicas.delete(name);
  };
  const reserve = (charge: RequestCharge, at: number) => {
    if (open.has(charge.requestId) || settled.has(charge.requestId)) return;
    open.set(charge.requestId, { charge, dueMs: at + times.reserveMs });
    for (const { account, amount } of charge.amounts) accountOf(account).reserved += amount;
  };
  const settle = ({ requestId, amounts }: RequestCharge, at: number) => {
    const before = settled.get(requestId);
    if (before !== undefined && before.provisional === undefined) return;
    for (const { account, atLeast } of before?.provisional ?? []) accountOf(account).used -= atLeast;
    const reserved = open.get(requestId);
    if (reserved !== undefined) unreserve(reserved.charge);
    for (const { account, amount } of amounts) accountOf(account).used += amount;
    settled.delete(requestId); // to stand behind those that are forgotten sooner
    settled.set(requestId, { untilMs: at + times.settledMs, provisional: undefined });
  };
  return {
    async exchange(batch) {
      assertWhole(batch);
      const at = now();
      sweep(at);
      const life = replicas.get(batch.replica)?.life ?? at;
      replicas.set(batch.replica, { life, seenMs: at });
      for (const { account, usedBefore } of batch.wants) {
        if (usedBefore !== undefined) recall(accountOf(account), usedBefore);
      }
      for (const charge of chargesIn(batch.reserves, batch.accounts, RESERVE_NUMBERS)) reserve(charge, at);
      for (const charge of chargesIn(batch.settles, batch.accounts, SETTLE_NUMBERS)) settle(charge, at);
      return batch.wants.map((want) => {
        const account = accountOf(want.account);
        account.endsAtMs = Math.max(want.expiresAtMs, at) + LATE_MS;
        return leased(account, want, batch.replica, replicas);
      });
    },
    async close() {},
  };
}

function recall(account: Account, before: NonNullable<LeaseWant["usedBefore"]>): void {
  const lost = before.since === account.since ? 0 : Math.max(0, before.used - account.told);
  account.used += lost;
  account.told += lost;
}

function leased(account: Account, want: LeaseWant, replica: string, replicas: ReadonlyMap<string, Replica>): AccountStanding {
  let leasedByOthers = 0;
  for (const [holder, { amount, life }] of account.leases) {
    if (replicas.get(holder)?.life !== life) account.leases.delete(holder);
    else if (holder !== replica) leasedByOthers += amount;
  }
  const [used, reserved] = [Math.max(0, account.used), Math.max(0, account.reserved)];
  const amount = Math.min(want.lease, Math.max(0, want.limit - used - reserved - leasedByOthers));
  const life = replicas.get(replica)?.life;
  if (amount > 0 && life !== undefined) account.leases.set(replica, { amount, life });
  else account.leases.delete(replica);
  return { used, reserved, leasedByOthers, leased: amount, since: account.since };
}
