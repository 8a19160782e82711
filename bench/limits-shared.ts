// What limits cost a request where replicas share them: the whole decision with three quotas and two budgets, its settling, and the
// exchanges with a Redis or Valkey beside it, one for every 50 requests, which are 2,000 a second. CPU time of this process, less that of a
// decision without limits, in turns within each round. Run: node bench/limits-shared.ts [rounds]; it needs redis-server or valkey-server.
import { shareLimits } from "../src/outcome/limits/slices.ts";
import { createLedger } from "../src/request/guard/limits/ledger.ts";
import { limitsInRedis } from "../src/state/limits-in-redis.ts";
import { connected, startStore, storePrograms } from "../test/support/store-server.ts";
import { limitedRouting, requestsTo, SEVERAL_LIMITS } from "./limited-requests.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const EXCHANGES = 200;
const EACH = 50; // requests

interface Mode {
  readonly name: string;
  readonly next: () => void; // request
  readonly exchange: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const nothing = async () => {};

function alone(name: string, limits: string): Mode {
  return { name, next: requestsTo(limitedRouting(limits, createLedger())), exchange: nothing, close: nothing };
}

async function shared(program: ReturnType<typeof storePrograms>[number]): Promise<Mode> {
  const server = await startStore(program);
  const connection = await connected(server.url);
  const ledger = createLedger();
  const routing = limitedRouting(SEVERAL_LIMITS, ledger);
  const slices = shareLimits({
    store: limitsInRedis(connection),
    replica: "bench",
    ledger,
    limits: () => routing.limits?.limits ?? [],
    away: () => "open",
    now: Date.now,
    onAway: (error) => {
      throw error;
    },
    onBack: () => {},
    onLost: () => {},
    everyMs: 3_600_000, // the rounds say when
  });
  const close = async () => {
    await slices.close();
    await connection.close();
    await server.close();
  };
  return { name: program, next: requestsTo(routing), exchange: slices.exchange, close };
}

async function microsEach({ next, exchange }: Mode): Promise<number> {
  const before = process.cpuUsage();
  for (let at = 0; at < EXCHANGES; at++) {
    for (let request = 0; request < EACH; request++) next();
    await exchange();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / EXCHANGES / EACH;
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
