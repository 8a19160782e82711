// What limits cost a request where replicas share them: the whole decision with three quotas and two budgets, its settling, and the
// exchanges with a Redis or Valkey beside it, when the replica itself finds it time for one. All goes by the clock: four replicas in this
// process see 2,000 requests a second each, ten every 5 ms, answered after one second. CPU time of this process, less that of decisions
// without limits at the same pace, in turns within each round; a process that sleeps between requests is slower than one that does not.
// Run: node bench/limits-shared.ts [rounds]; it needs redis-server or valkey-server.
import { setTimeout as wait } from "node:timers/promises";
import { shareLimits } from "../src/outcome/limits/slices.ts";
import { createLedger } from "../src/request/guard/limits/ledger.ts";
import type { LimitStore } from "../src/state/limit-store.ts";
import { limitsInRedis } from "../src/state/limits-in-redis.ts";
import { connected, startStore, storePrograms } from "../test/support/store-server.ts";
import { limitedRouting, requestsTo, SEVERAL_LIMITS } from "./limited-requests.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const [REPLICAS, UNDER_WAY] = [4, 2000];
/** Of a second. */
const [STEPS, STEP_MS, EACH] = [200, 5, 10]; // requests in each step

interface Mode {
  readonly name: string;
  readonly next: readonly (() => void)[]; // request, of each replica
  readonly close: () => Promise<void>;
}

const count = { exchanges: 0, charges: 0, away: 0 };
const each = <Value>(make: (at: number) => Value) => Array.from({ length: REPLICAS }, (_, at) => make(at));

function alone(name: string, limits: string): Mode {
  return { name, next: each(() => requestsTo(limitedRouting(limits, createLedger()), UNDER_WAY)), close: async () => {} };
}

async function shared(program: ReturnType<typeof storePrograms>[number]): Promise<Mode> {
  const server = await startStore(program);
  const connections = await Promise.all(each(() => connected(server.url)));
  const replicas = connections.map((connection, at) => sharing(limitsInRedis(connection), `bench-${at}`));
  const close = async () => {
    for (const replica of replicas) await replica.close();
    for (const connection of connections) await connection.close();
    await server.close();
  };
  return { name: program, next: replicas.map(({ next }) => next), close };
}

function sharing(store: LimitStore, replica: string) {
  const ledger = createLedger();
  const routing = limitedRouting(SEVERAL_LIMITS, ledger);
  const counted: LimitStore["exchange"] = (batch) => {
    count.exchanges++;
    count.charges += batch.reserves.ids.length + batch.settles.ids.length;
    return store.exchange(batch);
  };
  const slices = shareLimits({
    store: { ...store, exchange: counted },
    replica,
    ledger,
    limits: () => routing.limits?.limits ?? [],
    windowAt: (per, atMs) => routing.limits?.windowAt(per, atMs),
    away: () => "open",
    now: Date.now,
    onAway: () => void count.away++,
    onBack: () => {},
    onLost: () => {},
  });
  return { next: requestsTo(routing, UNDER_WAY), close: slices.close };
}

async function microsEach({ next }: Mode): Promise<number> {
  const before = process.cpuUsage();
  const begun = performance.now();
  for (let step = 1; step <= STEPS; step++) {
    for (const request of next) for (let at = 0; at < EACH; at++) request();
    await wait(Math.max(0, begun + step * STEP_MS - performance.now()));
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / STEPS / EACH / REPLICAS;
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
