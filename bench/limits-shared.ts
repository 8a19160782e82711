// What limits cost a request where replicas share them: the whole decision with three quotas and two budgets, its settling, and the
// exchanges with a Redis or Valkey beside it, one for every 50 requests, which are 2,000 a second. Eight replicas take turns in this
// process, so that it has something to do while the store answers, as a busy server has. CPU time of this process, less that of a decision
// without limits, in turns within each round. Run: node bench/limits-shared.ts [rounds]; it needs redis-server or valkey-server.
import { setImmediate as turn } from "node:timers/promises";
import { shareLimits } from "../src/outcome/limits/slices.ts";
import { createLedger } from "../src/request/guard/limits/ledger.ts";
import type { LimitStore } from "../src/state/limit-store.ts";
import { limitsInRedis } from "../src/state/limits-in-redis.ts";
import { connected, startStore, storePrograms } from "../test/support/store-server.ts";
import { limitedRouting, requestsTo, SEVERAL_LIMITS } from "./limited-requests.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const [REPLICAS, EXCHANGES, EACH] = [8, 25, 50]; // each has so many, for so many requests

interface Replica {
  readonly next: () => void; // request
  readonly exchange: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Mode {
  readonly name: string;
  readonly replicas: readonly Replica[];
  readonly close: () => Promise<void>;
}

/** A store that is late by a second, as on a machine that is busy with other things. */
let timesAway = 0;
const nothing = async () => {};
const eight = <Value>(make: (at: number) => Value) => Array.from({ length: REPLICAS }, (_, at) => make(at));

function alone(name: string, limits: string): Mode {
  const replica = () => ({ next: requestsTo(limitedRouting(limits, createLedger())), exchange: nothing, close: nothing });
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
  const ledger = createLedger();
  const routing = limitedRouting(SEVERAL_LIMITS, ledger);
  const slices = shareLimits({
    store,
    replica,
    ledger,
    limits: () => routing.limits?.limits ?? [],
    windowAt: (per, atMs) => routing.limits?.windowAt(per, atMs),
    away: () => "open",
    now: Date.now,
    onAway: () => void timesAway++,
    onBack: () => {},
    onLost: () => {},
    everyMs: 3_600_000, // the rounds say when
  });
  return { next: requestsTo(routing), exchange: slices.exchange, close: slices.close };
}

async function microsEach({ replicas }: Mode): Promise<number> {
  const under = replicas.map(nothing);
  const before = process.cpuUsage();
  for (let exchange = 0; exchange < EXCHANGES; exchange++) {
    for (const [at, replica] of replicas.entries()) {
      await under[at];
      for (let request = 0; request < EACH; request++) replica.next();
      under[at] = replica.exchange();
      await turn();
    }
  }
  await Promise.all(under);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EXCHANGES / EACH / REPLICAS;
}

const modes = [alone("none", ""), alone("in memory", SEVERAL_LIMITS), ...(await Promise.all(storePrograms().map(shared)))];
const times = modes.map(() => [] as number[]);
for (let round = -2; round < Number(process.argv[2] ?? 15); round++) {
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
if (timesAway > 0) console.log(`a store was away ${timesAway} times: the figures are too low`);
