// What limits cost a request where replicas share them: the whole decision with three quotas and two budgets, its settling, and the
// exchanges with a Redis or Valkey beside it, when the replica itself finds it time for one: each has a clock of its own, by which it sees
// 2,000 requests a second, ten every 5 ms, answered after one second. Eight replicas take turns in this process, a fifth of a second each,
// so that it has something to do while the store answers, as a busy server has. CPU time of this process, less that of decisions without
// limits, in turns within each round. Run: node bench/limits-shared.ts [rounds]; it needs redis-server or valkey-server.
import { setImmediate as turn } from "node:timers/promises";
import { type After, shareLimits } from "../src/outcome/limits/slices.ts";
import { createLedger } from "../src/request/guard/limits/ledger.ts";
import type { LimitStore } from "../src/state/limit-store.ts";
import { limitsInRedis } from "../src/state/limits-in-redis.ts";
import { connected, startStore, storePrograms } from "../test/support/store-server.ts";
import { limitedRouting, requestsTo, SEVERAL_LIMITS } from "./limited-requests.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const [REPLICAS, UNDER_WAY] = [8, 2000];
const [TURNS, STEPS, STEP_MS, EACH] = [5, 40, 5, 10]; // requests in each step

interface Replica {
  readonly next: () => void; // request
  readonly pass: (ms: number) => void;
  readonly exchanged: () => Promise<unknown>;
  readonly close: () => Promise<void>;
}

interface Mode {
  readonly name: string;
  readonly replicas: readonly Replica[];
  readonly close: () => Promise<void>;
}

const nothing = async () => {};
const count = { exchanges: 0, charges: 0, away: 0 };
const eight = <Value>(make: (at: number) => Value) => Array.from({ length: REPLICAS }, (_, at) => make(at));

/** Goes when it is told to. */
function clock() {
  let nowMs = Date.now();
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  const after: After = (ms, run) => {
    const timer = { atMs: nowMs + ms, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  return {
    now: () => nowMs,
    after,
    pass(ms: number) {
      nowMs += ms;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      if (due.length > 0) timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { run } of due) run();
    },
  };
}

function alone(name: string, limits: string): Mode {
  const replica = () => {
    const { now, pass } = clock();
    return { next: requestsTo(limitedRouting(limits, createLedger(), now), UNDER_WAY), pass, exchanged: nothing, close: nothing };
  };
  return { name, replicas: eight(replica), close: nothing };
}

async function shared(program: ReturnType<typeof storePrograms>[number]): Promise<Mode> {
  const server = await startStore(program);
  const connections = await Promise.all(eight(() => connected(server.url)));
  const replicas = connections.map((connection, at) => sharing(limitsInRedis(connection), `bench-${at}`));
  const close = async () => {
    for (const replica of replicas) await replica.close();
    for (const connection of connections) await connection.close();
    await server.close();
  };
  return { name: program, replicas, close };
}

function sharing(store: LimitStore, replica: string): Replica {
  const { now, after, pass } = clock();
  const ledger = createLedger();
  const routing = limitedRouting(SEVERAL_LIMITS, ledger, now);
  let exchange: Promise<unknown> = Promise.resolve();
  const counted: LimitStore["exchange"] = (batch) => {
    count.exchanges++;
    count.charges += batch.reserves.ids.length + batch.settles.ids.length;
    const standings = store.exchange(batch);
    exchange = standings.catch(nothing);
    return standings;
  };
  const { close } = shareLimits({
    store: { ...store, exchange: counted },
    replica,
    ledger,
    limits: () => routing.limits?.limits ?? [],
    windowAt: (per, atMs) => routing.limits?.windowAt(per, atMs),
    away: () => "open",
    now,
    onAway: () => void count.away++,
    onBack: () => {},
    onLost: () => {},
    after,
  });
  return { next: requestsTo(routing, UNDER_WAY), pass, exchanged: () => exchange, close };
}

async function microsEach({ replicas }: Mode): Promise<number> {
  const before = process.cpuUsage();
  for (let at = 0; at < TURNS; at++) {
    for (const { next, pass, exchanged } of replicas) {
      await exchanged();
      for (let step = 0; step < STEPS; step++) {
        for (let request = 0; request < EACH; request++) next();
        pass(STEP_MS);
      }
      await turn();
    }
  }
  await Promise.all(replicas.map(({ exchanged }) => exchanged()));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / TURNS / STEPS / EACH / REPLICAS;
}

const modes = [alone("none", ""), alone("in memory", SEVERAL_LIMITS), ...(await Promise.all(storePrograms().map(shared)))];
const times = modes.map(() => [] as number[]);
for (let round = -4; round < Number(process.argv[2] ?? 15); round++) {
  for (const [at, mode] of modes.entries()) {
    const micros = await microsEach(mode);
    if (round >= 0) times[at]?.push(micros);
  }
}
for (const { close } of modes) await close();
const [none = []] = times;
const added = times.map((micros, at) => spreadOf(at === 0 ? micros : micros.map((each, round) => each - (none[round] ?? Number.NaN))));
console.log("A request decided, in µs, and what three quotas and two budgets add: median [min–max]");
printTable(
  ["limits", "µs"],
  modes.map(({ name }, at) => [name, shown(added[at] ?? spreadOf([]))]),
);
console.log(`an exchange for ${Math.round(count.charges / count.exchanges)} charges`);
if (count.away > 0) console.log(`a store was away ${count.away} times: the figures are too low`);
