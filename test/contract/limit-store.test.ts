// What every limit store does: that of one process, and the script in Redis and in Valkey. Then: the script does what the plain one does.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StateConnection } from "../../src/state/connection.ts";
import { type AccountStanding, LIMIT_STORE_TIMES, type LimitStore, type LimitStoreTimes } from "../../src/state/limit-store.ts";
import { limitsInMemory } from "../../src/state/limits-in-memory.ts";
import { limitsInRedis } from "../../src/state/limits-in-redis.ts";
import { type BatchByRequest, flatBatch } from "../support/limit-batch.ts";
import { connected, type StoreServer, startStore, storePrograms } from "../support/store-server.ts";
import { waitFor } from "../support/wait-for.ts";

type MakeStore = (times?: LimitStoreTimes) => LimitStore;

const LATER = Date.now() + 3_600_000;
const ACCOUNT = "{daily}:team-a:2026-11-29";
const charge = (requestId: string, amount: number, { account = ACCOUNT, atLeast = 1 } = {}) => ({
  requestId,
  amounts: [{ account, amount, atLeast }],
});
const want = (lease: number, { account = ACCOUNT, limit = 1000 } = {}) => ({ account, limit, lease, expiresAtMs: LATER });
const NOTHING = { replica: "one", reserves: [], settles: [], wants: [] };

async function standing(store: LimitStore, batch: Partial<BatchByRequest> = {}) {
  const [{ since: _, ...first }] = (await store.exchange(flatBatch({ ...NOTHING, wants: [want(0)], ...batch }))) as [AccountStanding];
  return first;
}

/** Since when each store counts is its own. */
function figuresOf(standings: readonly AccountStanding[]) {
  return standings.map(({ since: _, ...figures }) => figures);
}

function contract(make: () => MakeStore): void {
  test("a reserve holds, its settle replaces it", async () => {
    const store = make()();
    expect(await standing(store, { reserves: [charge("r", 300)] })).toEqual({ used: 0, reserved: 300, leasedByOthers: 0, leased: 0 });
    expect(await standing(store, { settles: [charge("r", 120)] })).toEqual({ used: 120, reserved: 0, leasedByOthers: 0, leased: 0 });
  });

  test.each([
    ["a settle three times", [{ settles: [charge("r", 7)] }, { settles: [charge("r", 7)] }, { settles: [charge("r", 9)] }], 7, 0],
    ["a settle twice in one batch", [{ settles: [charge("r", 7), charge("r", 7)] }], 7, 0],
    ["a settle without a reserve", [{ settles: [charge("r", 7)] }], 7, 0],
    ["a reserve twice", [{ reserves: [charge("r", 5)] }, { reserves: [charge("r", 6)] }], 0, 5],
    ["a reserve behind its settle", [{ settles: [charge("r", 7)] }, { reserves: [charge("r", 5)] }], 7, 0],
    ["reserve and settle in one batch", [{ reserves: [charge("r", 5)], settles: [charge("r", 7)] }], 7, 0],
    ["a settle of what cost nothing", [{ reserves: [charge("r", 0)] }, { settles: [charge("r", 0)] }], 0, 0],
    ["a settle of nothing", [{ reserves: [charge("r", 5)] }, { settles: [{ requestId: "r", amounts: [] }] }], 0, 0],
  ])("%s counts once", async (_name, batches: readonly Partial<BatchByRequest>[], used, reserved) => {
    const store = make()();
    for (const batch of batches) await store.exchange(flatBatch({ ...NOTHING, ...batch }));
    expect(await standing(store)).toEqual({ used, reserved, leasedByOthers: 0, leased: 0 });
  });

  test("a request charges several accounts, each its own amount", async () => {
    const store = make()();
    const amounts = [
      { account: "a", amount: 10, atLeast: 1 },
      { account: "b", amount: 20, atLeast: 1 },
    ];
    const wants = [want(0, { account: "b" }), want(0, { account: "a" }), want(0, { account: "c" })];
    const standings = await store.exchange(flatBatch({ ...NOTHING, reserves: [{ requestId: "r", amounts }], wants }));
    expect(standings.map(({ reserved }) => reserved)).toEqual([20, 10, 0]);
  });

  test("leases never exceed what the limit leaves, and are given back", async () => {
    const store = make()();
    const ask = async (replica: string, lease: number) =>
      (await store.exchange(flatBatch({ ...NOTHING, replica, wants: [want(lease)] })))[0];
    await store.exchange(flatBatch({ ...NOTHING, settles: [charge("s", 100)], reserves: [charge("r", 50)] }));
    expect(await ask("one", 600)).toMatchObject({ used: 100, reserved: 50, leasedByOthers: 0, leased: 600 });
    expect(await ask("two", 600)).toMatchObject({ used: 100, reserved: 50, leasedByOthers: 600, leased: 250 });
    expect(await ask("three", 600)).toMatchObject({ used: 100, reserved: 50, leasedByOthers: 850, leased: 0 });
    expect(await ask("one", 0)).toMatchObject({ used: 100, reserved: 50, leasedByOthers: 250, leased: 0 });
    expect(await ask("three", 600)).toMatchObject({ used: 100, reserved: 50, leasedByOthers: 250, leased: 600 });
    expect(await ask("two", 250)).toMatchObject({ used: 100, reserved: 50, leasedByOthers: 600, leased: 250 });
  });

  test("a limit that was lowered leaves nothing, and is not undercut", async () => {
    const store = make()();
    await store.exchange(flatBatch({ ...NOTHING, settles: [charge("s", 100)], wants: [want(500)] }));
    expect(await standing(store, { wants: [want(500, { limit: 90 })] })).toMatchObject({ used: 100, leased: 0 });
  });

  test("what was reserved and is never settled is settled at what it cost at least, by anyone's exchange", async () => {
    const store = make()({ ...LIMIT_STORE_TIMES, reserveMs: 30 });
    await store.exchange(flatBatch({ ...NOTHING, reserves: [charge("r", 300, { atLeast: 40 })] }));
    const healed = () => standing(store, { replica: "another" });
    await waitFor("the reserve to run out", async () => (await healed())?.reserved === 0);
    expect(await healed()).toMatchObject({ used: 40, reserved: 0 });
  });

  test("a settle that comes after its reserve ran out counts in its place, and once", async () => {
    const store = make()({ ...LIMIT_STORE_TIMES, reserveMs: 30 });
    await store.exchange(flatBatch({ ...NOTHING, reserves: [charge("r", 300, { atLeast: 40 })] }));
    await waitFor("the reserve to run out", async () => (await standing(store))?.reserved === 0);
    await store.exchange(flatBatch({ ...NOTHING, settles: [charge("r", 250)] }));
    await store.exchange(flatBatch({ ...NOTHING, settles: [charge("r", 250)], reserves: [charge("r", 300)] }));
    expect(await standing(store)).toMatchObject({ used: 250, reserved: 0 });
  });

  test("leases of a replica that is gone fall back, and do not return with it", async () => {
    const store = make()({ ...LIMIT_STORE_TIMES, leaseMs: 60 });
    await store.exchange(flatBatch({ ...NOTHING, replica: "gone", wants: [want(900)] }));
    await waitFor("the lease to fall back", async () => (await standing(store, { wants: [want(900)] }))?.leased === 900);
    await store.exchange(flatBatch({ ...NOTHING, replica: "gone" }));
    expect(await standing(store, { wants: [want(900)] })).toMatchObject({ leasedByOthers: 0, leased: 900 });
  });

  test("leases hold for as long as their replica says anything", async () => {
    const store = make()({ ...LIMIT_STORE_TIMES, leaseMs: 100 });
    await store.exchange(flatBatch({ ...NOTHING, replica: "quiet", wants: [want(900)] }));
    const until = performance.now() + 300;
    await waitFor("three times the lease", async () => {
      await store.exchange(flatBatch({ ...NOTHING, replica: "quiet" }));
      return performance.now() > until;
    });
    expect(await standing(store)).toMatchObject({ leasedByOthers: 900 });
  });

  test("a settled request is forgotten in time", async () => {
    const store = make()({ ...LIMIT_STORE_TIMES, settledMs: 30 });
    await store.exchange(flatBatch({ ...NOTHING, settles: [charge("r", 7)] }));
    const until = performance.now() + 90;
    await waitFor("three times as long as it is known", () => performance.now() > until); // asking would have it known for longer
    expect(await standing(store, { settles: [charge("r", 7)] })).toMatchObject({ used: 14 });
  });

  test("what a store that lost all is told was used before counts again, in whatever order, beside what was since, and once", async () => {
    const store = make()();
    const before = (used: number, since = 1) => ({ wants: [{ ...want(0), usedBefore: { used, since } }] });
    const many = Array.from({ length: 700 }, (_, at) => charge(`a${at}`, 1));
    expect(await standing(store, { settles: many, ...before(98) })).toMatchObject({ used: 798 });
    expect(await standing(store, { replica: "two", settles: [charge("b", 3)] })).toMatchObject({ used: 801 });
    expect(await standing(store, { replica: "three", ...before(100) })).toMatchObject({ used: 803 });
    expect(await standing(store, { replica: "four", ...before(99) })).toMatchObject({ used: 803 });
  });

  test("what is said of what it has not lost counts for nothing", async () => {
    const store = make()();
    const [{ since }] = (await store.exchange(flatBatch({ ...NOTHING, settles: [charge("a", 50)], wants: [want(0)] }))) as [
      AccountStanding,
    ];
    const usedBefore = { used: 70, since }; // of a reserve that ran out, say, and was settled for less
    expect(await standing(store, { wants: [{ ...want(0), usedBefore }] })).toMatchObject({ used: 50 });
  });

  test("a long batch is applied whole, and answers what was wanted", async () => {
    const store = make()();
    const reserves = Array.from({ length: 700 }, (_, at) => charge(`r${at}`, 10));
    const settles = Array.from({ length: 600 }, (_, at) => charge(`r${at}`, 3));
    expect(await standing(store, { reserves, settles, wants: [want(50, { limit: 10_000 })] })).toEqual({
      used: 1800,
      reserved: 1000,
      leasedByOthers: 0,
      leased: 50,
    });
  });

  test("large amounts stay exact", async () => {
    const store = make()();
    const most = 1e14;
    const settles = Array.from({ length: 9 }, (_, at) => charge(`r${at}`, most - at));
    const left = want(1e14, { limit: most });
    expect(await standing(store, { settles, wants: [left] })).toMatchObject({ used: 9 * most - 36, leased: 0 });
    expect(await standing(store, { wants: [want(most, { account: "other", limit: most })] })).toMatchObject({ leased: most });
  });

  test.each([0.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e15])("an amount of %d is a bug of the caller", async (amount) => {
    const store = make()();
    await expect(store.exchange(flatBatch({ ...NOTHING, settles: [charge("r", amount)] }))).rejects.toThrow(/invariant/);
    await expect(store.exchange(flatBatch({ ...NOTHING, wants: [want(amount)] }))).rejects.toThrow(/invariant/);
  });
}

describe("in memory", () => contract(() => (times) => limitsInMemory(times)));

describe.each(storePrograms())("in %s", (program) => {
  let server: StoreServer;
  const connections: StateConnection[] = [];
  let made = 0;
  beforeAll(async () => {
    server = await startStore(program);
    connections.push(...(await Promise.all(Array.from({ length: 40 }, (_, at) => connected(server.url, { prefix: `test-${at}` })))));
  });
  afterAll(async () => {
    for (const connection of connections) await connection.close();
    await server.close();
  });
  const next = (): MakeStore => (times) => limitsInRedis(connections[made++] as StateConnection, times);

  contract(next);

  test("every key is in one slot, and will go", async () => {
    const connection = connections[made++] as StateConnection;
    const store = limitsInRedis(connection);
    await store.exchange(
      flatBatch({ ...NOTHING, reserves: [charge("a", 1)], settles: [charge("b", 1, { account: "unwanted" })], wants: [want(5)] }),
    );
    const keys = (await connection.send(["KEYS", connection.key("*")])) as string[];
    expect(keys.map((key) => key.replace(connection.key(""), "")).sort()).toEqual([
      "limits:account:unwanted",
      `limits:account:${ACCOUNT}`,
      "limits:done:b",
      "limits:due",
      "limits:open",
      "limits:replicas",
      "seen",
    ]);
    for (const key of keys) expect([key, await connection.send(["PTTL", key])]).not.toEqual([key, -1]);
  });

  test("whatever is exchanged, the script says what the plain store says", async () => {
    const connection = connections[made++] as StateConnection;
    const account = fc.constantFrom("a", "b", "c");
    const amount = fc.integer({ min: 0, max: 400 });
    const charges = fc.array(
      fc.record({
        requestId: fc.nat(12).map(String),
        amounts: fc.array(fc.record({ account, amount, atLeast: amount }), { maxLength: 3 }),
      }),
      { maxLength: 4 },
    );
    const wanted = fc.record({ account, limit: fc.integer({ min: 0, max: 3000 }), lease: amount, expiresAtMs: fc.constant(LATER) });
    const wantedAgain = fc.tuple(wanted, fc.nat(2000)).map(([each, used]) => ({ ...each, usedBefore: { used, since: 1 } }));
    const batch = fc.record({
      replica: fc.constantFrom("one", "two", "three"),
      reserves: charges,
      settles: charges,
      wants: fc.array(fc.oneof(wanted, wantedAgain), { maxLength: 4 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 12 }), async (batches) => {
        const tag = `${round++}:`;
        const named = { key: (name: string) => connection.key(tag + name), send: connection.send };
        const [plain, script] = [limitsInMemory(), limitsInRedis({ ...connection, ...named })];
        for (const each of batches.map(flatBatch)) {
          expect(figuresOf(await script.exchange(each))).toEqual(figuresOf(await plain.exchange(each)));
        }
      }),
      { numRuns: 200 },
    );
  });
});
