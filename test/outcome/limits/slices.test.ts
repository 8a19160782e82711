// Limits that replicas share: together they admit what there is and no more than is promised, each request counts once, and a store that
// is away keeps no request waiting. With the store of one process, and with a real Redis and Valkey.
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { AwayMode, Limit } from "../../../src/request/guard/limits/limit.ts";
import type { LimitBatch, LimitStore } from "../../../src/state/limit-store.ts";
import { limitsInMemory } from "../../../src/state/limits-in-memory.ts";
import { limitsInRedis } from "../../../src/state/limits-in-redis.ts";
import { flatBatch } from "../../support/limit-batch.ts";
import { connected, startStore, storePrograms } from "../../support/store-server.ts";
import { stopAtEnd } from "../../support/teardown.ts";
import { BUDGET, clock, HELD, now, type Replica, startReplica, TEN_DOLLARS } from "./replica.ts";

/** What the store says was used. */
async function usedIn(store: LimitStore, window: string): Promise<number> {
  const account = `ten/usd/month//::${window}`;
  const want = { account, limit: TEN_DOLLARS, lease: 0, expiresAtMs: Date.now() + 60_000 };
  const [standing] = await store.exchange(flatBatch({ replica: "looker", reserves: [], settles: [], wants: [want] }));
  return (standing?.used ?? 0) + (standing?.reserved ?? 0);
}

const stores: readonly (readonly [name: string, start: () => Promise<LimitStore>])[] = [
  ["memory", async () => limitsInMemory()],
  ...storePrograms().map((program) => {
    const start = async () => {
      const server = await startStore(program);
      stopAtEnd(server.close);
      const connection = await connected(server.url);
      stopAtEnd(connection.close);
      return limitsInRedis(connection);
    };
    return [program, start] as const;
  }),
];

describe.each(stores)("four replicas share ten dollars through %s", (_, start) => {
  test("10,000 requests for thirty dollars: all of it is spent, and no more than the first slices beyond it", async () => {
    const store = await start();
    const replicas = Array.from({ length: 4 }, (_, at) => startReplica(`replica-${at}`, store));
    let [admitted, spent, under] = [0, 0, [] as (() => void)[]];
    for (let at = 0; at < 10_000; at++) {
      const replica = replicas[at % 4] as Replica;
      if (replica.ask(`r${at}`)) {
        admitted++;
        under.push(() => replica.settle(`r${at}`, HELD));
        spent += HELD;
      }
      if (at % 40 === 39) await Promise.all(replicas.map(({ slices }) => slices.exchange()));
      if (under.length > 200) for (const settle of under.splice(0, 100)) settle();
      if (at % 40 === 39) clock.passedMs += 25;
      if (at % 40 === 39) await turn();
    }
    for (const settle of under) settle();
    await Promise.all(replicas.map(({ slices }) => slices.exchange()));
    const promised = TEN_DOLLARS + 4 * 0.01 * TEN_DOLLARS;
    expect(spent).toBeLessThanOrEqual(promised);
    expect(spent).toBeGreaterThan(0.99 * TEN_DOLLARS - HELD);
    expect(admitted).toBe(spent / HELD);
    under = [];
    const [window] = replicas.flatMap(({ book }) => book.standings().map((standing) => standing.window));
    expect(await usedIn(store, window ?? "")).toBe(spent);
  });
});

/** One whose answer is an error while it is away. */
function storeThatLeaves(first: LimitStore) {
  let store = first;
  let isAway = false;
  const exchange: LimitStore["exchange"] = async (batch) => {
    if (isAway) throw new Error("away");
    return store.exchange(batch);
  };
  const loseAll = () => {
    store = limitsInMemory();
  };
  return { exchange, close: store.close, leave: () => (isAway = true), comeBack: () => (isAway = false), loseAll };
}

describe("a store that is away", () => {
  const admittedAway: readonly (readonly [AwayMode, from: number, to: number])[] = [
    ["open", 3300, 3333], // all that was left when it was last heard of
    ["local", 330, 400], // the slice: a tenth, and what was held of it
    ["closed", 0, 0],
  ];

  test.each(admittedAway)("%s: of ten dollars between %d and %d requests are admitted", async (away, from, to) => {
    const store = storeThatLeaves(limitsInMemory());
    const replica = startReplica("one", store, BUDGET, away);
    expect(replica.ask("first")).toBe(true);
    await replica.slices.exchange();
    store.leave();
    replica.ask("second");
    await replica.slices.exchange();
    const admitted = Array.from({ length: 5000 }, (_, at) => replica.ask(`away${at}`)).filter(Boolean).length;
    expect(admitted).toBeGreaterThanOrEqual(from);
    expect(admitted).toBeLessThanOrEqual(to);
    expect(replica.states).toEqual(["away"]);
  });

  test.each([
    ["by the one that knows most first", [0, 1], true],
    ["by the one that knows most last", [1, 0], true],
    ["also where no exchange saw it go", [1, 0], false],
  ] as const)("is told what was used before where it comes back empty, %s, and what each has used since", async (_how, order, isSeen) => {
    const store = storeThatLeaves(limitsInMemory());
    const replicas = [startReplica("one", store), startReplica("two", store)] as const;
    const [one, two] = replicas;
    const exchangeAll = async () => {
      for (const at of order) await replicas[at].slices.exchange();
    };
    const use = (replica: Replica, name: string, count: number) => {
      for (let at = 0; at < count; at++) {
        replica.ask(`${name}${at}`);
        replica.settle(`${name}${at}`, HELD);
      }
    };
    use(two, "early", 20);
    await exchangeAll();
    clock.passedMs += 2000;
    await exchangeAll();
    use(one, "later", 30);
    await one.slices.exchange(); // of which two hears nothing
    if (isSeen) store.leave();
    use(one, "away-one", 7);
    use(two, "away-two", 5);
    if (isSeen) await exchangeAll();
    store.loseAll();
    store.comeBack();
    await exchangeAll();
    await exchangeAll();
    clock.passedMs += 2000;
    await exchangeAll();
    const used = 62 * HELD;
    expect(replicas.map(({ book }) => book.standings()[0]?.used)).toEqual([used, used]);
    expect(await usedIn(store, one.book.standings()[0]?.window ?? "")).toBe(used);
  });

  test("learns all that happened meanwhile when it is back, each once", async () => {
    const store = storeThatLeaves(limitsInMemory());
    const replica = startReplica("one", store);
    replica.ask("before");
    await replica.slices.exchange();
    store.leave();
    for (let at = 0; at < 50; at++) replica.ask(`away${at}`);
    await replica.slices.exchange();
    for (let at = 0; at < 40; at++) replica.settle(`away${at}`, 1000);
    await replica.slices.exchange();
    store.comeBack();
    await replica.slices.exchange();
    const [standing] = replica.book.standings();
    expect(standing).toMatchObject({ used: 40_000, reserved: 11 * HELD });
    expect(await usedIn(store, standing?.window ?? "")).toBe(40_000 + 11 * HELD);
    expect([replica.states, replica.lost]).toEqual([["away", "back"], []]);
  });
});

/** Answers when it is told to; what is asked is applied at once. */
function slowStore(store: LimitStore) {
  let answer = () => {};
  let isSlow = true;
  const exchange: LimitStore["exchange"] = async (batch) => {
    const standings = await store.exchange(batch);
    if (isSlow)
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
    return standings;
  };
  return { exchange, close: store.close, answer: () => answer(), hurry: () => (isSlow = false) };
}

test("what is taken while the store's answer is under way was held before, and is nobody else's", async () => {
  const store = limitsInMemory();
  const slow = slowStore(store);
  const [one, other] = [startReplica("one", slow), startReplica("other", store)];
  let admitted = 0;
  const exchanged = async (during: () => void) => {
    clock.passedMs += 2000;
    const done = one.slices.exchange();
    await turn();
    during();
    slow.answer();
    await done;
  };
  const otherTakesAll = async (name: string) => {
    for (let round = 0; round < 100; round++) {
      for (let at = 0; at < 200; at++) admitted += Number(other.ask(`${name}${round}-${at}`));
      clock.passedMs += 200;
      await other.slices.exchange();
    }
  };
  for (let at = 0; at < 10; at++) admitted += Number(one.ask(`first${at}`));
  await exchanged(() => {}); // it holds a tenth now
  await otherTakesAll("before");
  await exchanged(() => {}); // it learns how little is left
  await exchanged(() => {
    for (let at = 0; at < 400; at++) admitted += Number(one.ask(`during${at}`));
  });
  await otherTakesAll("behind");
  expect(admitted * HELD).toBeLessThanOrEqual(TEN_DOLLARS + 2 * 0.01 * TEN_DOLLARS);
  expect(admitted * HELD).toBeGreaterThan(0.97 * TEN_DOLLARS);
  slow.hurry();
});

test("what has no id is told too: nobody else would count it, and the next word of the store would undo it here", async () => {
  const store = limitsInMemory();
  const [one, other] = [startReplica("one", store), startReplica("other", store)];
  for (let at = 0; at < 30; at++) one.ask(undefined);
  for (let times = 0; times < 2; times++) {
    await one.slices.exchange();
    expect(one.book.standings()[0]).toMatchObject({ used: 30 * HELD, reserved: 0 });
  }
  other.ask("other");
  await other.slices.exchange();
  expect(other.book.standings()[0]).toMatchObject({ used: 30 * HELD, reserved: HELD });
});

test("another replica sees what one has used", async () => {
  const store = limitsInMemory();
  const [one, other] = [startReplica("one", store), startReplica("other", store)];
  for (let at = 0; at < 30; at++) one.ask(`one${at}`);
  await one.slices.exchange();
  other.ask("other");
  await other.slices.exchange();
  expect(other.book.standings()[0]).toMatchObject({ used: 0, reserved: 31 * HELD });
});

describe.each(stores)("at the turn of a window, through %s", (_, start) => {
  const MINUTE: Limit = { ...BUDGET, per: "minute" };
  const toTheEnd = () => 60_000 - (now() % 60_000);
  const exchangeAll = async (replicas: readonly Replica[]) => {
    for (const { slices } of replicas) await slices.exchange();
  };
  /** In the last two seconds of a minute, each having used a little of it, and exchanged. */
  const nearTheEnd = async (store: LimitStore, count: number) => {
    clock.passedMs += toTheEnd() + 58_100;
    const replicas = Array.from({ length: count }, (_, at) => startReplica(`turn-${at}`, store, MINUTE));
    for (const [at, replica] of replicas.entries()) replica.ask(`early${count}-${at}`);
    await exchangeAll(replicas);
    clock.passedMs += toTheEnd() + 1;
    return replicas;
  };
  const takes = (replica: Replica, name: string, most = 4000) => {
    let admitted = 0;
    while (admitted < most && replica.ask(`${name}-${admitted}`)) admitted++;
    return admitted;
  };

  test("each replica has a slice of the new window before the store is asked, and together they have no more than there is", async () => {
    const replicas = await nearTheEnd(await start(), 12);
    const taken = replicas.map((replica, at) => takes(replica, `turn${at}`));
    const slice = 0.1 * (TEN_DOLLARS / HELD);
    expect(taken.slice(0, 10)).toEqual(new Array(10).fill(Math.floor(slice)));
    expect(taken.reduce((sum, each) => sum + each, 0) * HELD).toBeLessThanOrEqual(TEN_DOLLARS);
    await exchangeAll(replicas);
    expect(replicas.map((replica, at) => takes(replica, `behind${at}`)).reduce((sum, each) => sum + each, 0) * HELD).toBeLessThan(
      TEN_DOLLARS - taken.reduce((sum, each) => sum + each, 0) * HELD + HELD,
    );
  });

  test("what was held ahead and is not asked for goes back", async () => {
    const store = await start();
    const [asked, idle] = (await nearTheEnd(store, 2)) as [Replica, Replica];
    takes(asked, "one", 1);
    const [standing] = asked.book.standings();
    const want = { account: `ten/usd/minute//::${standing?.window}`, limit: TEN_DOLLARS, lease: 0, expiresAtMs: now() + 60_000 };
    const leased = async () => {
      const [all] = await store.exchange(flatBatch({ replica: "looker", reserves: [], settles: [], wants: [want] }));
      return all?.leasedByOthers;
    };
    expect(await leased()).toBe(2 * 0.1 * TEN_DOLLARS);
    clock.passedMs += 1000;
    await idle.slices.exchange();
    expect(await leased()).toBe(0.1 * TEN_DOLLARS);
  });
});

describe("a charge waits for 200 ms", () => {
  const told = async () => {
    const replica = startReplica("one", limitsInMemory());
    let from = 0;
    const asks = (to: number) => {
      for (; from < to; from++) expect(replica.ask(`r${from}`)).toBe(true);
      return replica.beats.map(({ ms }) => ms);
    };
    const exchange = async () => {
      for (const { run } of replica.beats.splice(0)) run();
      await replica.slices.exchange();
    };
    expect(asks(2)).toEqual([25]); // the slice is new
    await exchange();
    return { asks, exchange };
  };

  test("and for 25 once more than a four-hundredth of the limit is untold: a replica that is killed takes it with it", async () => {
    const { asks } = await told();
    expect(asks(10)).toEqual([200]);
    expect(asks(11)).toEqual([200, 25]);
  });

  test("and for 25 once half of its slice is taken, though all of that is told", async () => {
    const { asks, exchange } = await told();
    for (let to = 10; to <= 162; to += 8) {
      expect(asks(to)).toEqual([200]);
      await exchange();
    }
    expect(asks(169)).toEqual([200, 25]);
  });
});

test("of a request that has ended before the store was told of it, the store is told its end alone", async () => {
  const batches: LimitBatch[] = [];
  const { exchange, close } = limitsInMemory();
  const heard = (batch: LimitBatch) => {
    batches.push(batch);
    return exchange(batch);
  };
  const replica = startReplica("one", { exchange: heard, close });
  for (const id of ["ended", "under way"]) replica.ask(id);
  replica.settle("ended", 1000);
  await replica.slices.exchange();
  expect(batches.map(({ reserves, settles }) => [reserves.ids, settles.ids])).toEqual([[["under way"], ["ended"]]]);
  expect(replica.book.standings()[0]).toMatchObject({ used: 1000, reserved: HELD });
});
