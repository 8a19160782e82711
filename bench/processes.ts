// What it costs that Envoy tells one process of requests that another has decided: `serve --processes` is driven as Envoy drives it, with
// an access log entry for each request, told to the process that decided, or to another one, which finds the one that did: by their
// sockets, or, as replicas do, over a store. CPU of all the processes per request, without the store's own. Needs `npm run build`, and for
// the store redis-server or valkey-server. Run: node bench/processes.ts
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { fileURLToPath } from "node:url";
import { ACCESS_LOG_METHOD } from "../src/envoy/wire/methods.ts";
import { startStore, storePrograms } from "../test/support/store-server.ts";
import { type RunningServer, startServer } from "./driven-server.ts";
import { call, ENTRIES, ENTRIES_OF_A_MESSAGE, flatOut, HEADERS, openCall, steadily, withIds } from "./outcomes.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const COUNTS = [2, 4];
const TOLD = ["the one that decided", "another one"] as const;
const LOADS = { "500 requests/s": steadily, "as fast as answers come": flatOut };

interface Process {
  readonly session: ClientHttp2Session;
  readonly log: ClientHttp2Stream;
}

export async function benchProcesses(rounds = 5, secondsPerCell = 1): Promise<void> {
  console.log(`\nOutcomes of several processes, CPU µs of all per request of 1 KB (${rounds} rounds): median [min–max]`);
  const rows: string[][] = [];
  const [program] = storePrograms();
  const store = program === undefined ? undefined : await startStore(program);
  const ways = [["sockets", ""], ...(store === undefined ? [] : [["a store", `state: { url: "${store.url}" }`]])] as const;
  for (const [count, [way, config]] of COUNTS.flatMap((each) => ways.map((kind) => [each, kind] as const))) {
    const server = await startServer({ serveArgs: ["--processes", String(count)], config });
    const processes = server.extProc.split(", ").map((address) => processAt(address));
    try {
      for (const [name, load] of Object.entries(LOADS)) {
        const cells = TOLD.map((): number[] => []);
        for (let round = -1; round < rounds; round++) {
          for (const away of [0, 1]) {
            const used = await measure(server, processes, away, load, secondsPerCell);
            if (round >= 0) cells[away]?.push(used); // the first round warms up
          }
        }
        const more = (cells[1] ?? []).map((used, round) => used - (cells[0]?.[round] ?? 0));
        rows.push([`${count} processes, ${way}, ${name}`, ...[...cells, more].map((values) => shown(spreadOf(values)))]);
      }
    } finally {
      for (const { session } of processes) session.destroy();
      server.stop();
    }
  }
  await store?.close();
  printTable(["each entry told to:", ...TOLD, "more in the same round"], rows);
}

function processAt(address: string): Process {
  const session = connect(`http://${address}`, { settings: { initialWindowSize: 1 << 20 } });
  const log = openCall(session, ACCESS_LOG_METHOD);
  log.on("error", () => {}); // the end of the session
  return { session, log };
}

/** `away`: how many processes on from the one that decided an entry is told. */
async function measure(
  server: RunningServer,
  processes: readonly Process[],
  away: number,
  load: typeof flatOut,
  seconds: number,
): Promise<number> {
  const waiting: string[][] = processes.map(() => []); // of each process, what it has decided
  let calls = 0;
  const send = async () => {
    const at = calls++ % processes.length;
    const id = crypto.randomUUID();
    const [decides, told, ids] = [processes[at], processes[(at + away) % processes.length], waiting[at]];
    if (decides === undefined || told === undefined || ids === undefined) throw new Error("no such process");
    await call(decides.session, withIds(HEADERS.on, [id]));
    if (ids.push(id) < ENTRIES_OF_A_MESSAGE) return;
    told.log.write(withIds(ENTRIES, ids.splice(0, ENTRIES_OF_A_MESSAGE)));
  };
  const before = await server.cpuSeconds();
  await load(send, performance.now() + seconds * 1000);
  return (((await server.cpuSeconds()) - before) / calls) * 1e6;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchProcesses();
