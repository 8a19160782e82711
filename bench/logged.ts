// What all that may be told of requests costs together: CPU of the server per request, flat out, with Envoy's access log, a decision log in
// a file and traces, beside that of a server that is told and tells nothing. A stand-in for Envoy drives both in turn: its log comes by a
// connection of its own, as many entries a message as Envoy sends; the spans go to a process that throws them away. Needs `npm run build`.
//
//   npm run bench -- logged
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ACCESS_LOG_METHOD } from "../src/envoy/wire/methods.ts";
import { bodyMessage, frame, headersMessage, type RunningServer, startServer } from "./driven-server.ts";
import { call, ENTRIES, ENTRIES_OF_A_MESSAGE, flatOut, ID, openCall, withIds } from "./outcomes.ts";
import { cpuMicros } from "./process-cost.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const SIZES = [1 << 10, 16 << 10].map((bytes) => ({
  name: `${bytes >> 10} KB`,
  headers: frame(headersMessage(bytes, ID)),
  body: frame(bodyMessage(bytes)),
}));
type Size = (typeof SIZES)[number];

const WARM_UP = 4; // rounds
const ACCOUNTED_MS = 10_000;
/** In what its metrics say, in the order in which the cases add them. */
const COUNTED = [
  /^sluice_outcomes_total\{.*kind="joined".*\} (\d+)$/m,
  /^sluice_decision_log_lines_total\{result="written"\} (\d+)$/m,
  /^sluice_spans_total\{result="exported"\} (\d+)$/m,
];

/** Each adds to those before it. */
const CASES = ["nothing", "an access log", "and a decision log", "and traces"] as const;

interface Driven {
  readonly server: RunningServer;
  readonly pid: number;
  readonly sessions: readonly ClientHttp2Session[];
  readonly log: ClientHttp2Stream | undefined; // Envoy's
  readonly used: ReadonlyMap<Size, number[]>; // CPU µs per request, of each round
  sent: number;
  unlogged: string[]; // ids of the last ones, whose entries wait for a message to be full
}

export async function benchLogged(rounds = 11, secondsPerCell = 0.5): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const { receiver, port } = await startReceiver();
  const driven: Driven[] = [];
  try {
    for (const index of CASES.keys()) driven.push(await start(index, folder, port));
    for (let round = -WARM_UP; round < rounds; round++) {
      for (const size of SIZES) {
        for (const one of driven) {
          const micros = await measure(one, size, secondsPerCell);
          if (round >= 0) one.used.get(size)?.push(micros);
        }
      }
    }
    for (const [index, one] of driven.entries()) await proveAccounted(one, index);
  } finally {
    for (const session of driven.flatMap(({ sessions }) => sessions)) session.destroy();
    for (const { server } of driven) server.stop();
    receiver.kill();
    rmSync(folder, { recursive: true });
  }
  print(driven, rounds);
}

/** Told of the first `index` of what there is to be told of. */
async function start(index: number, folder: string, receiverPort: number): Promise<Driven> {
  const decisionLog =
    index >= 2 ? `decisionLog: { to: file, file: ${JSON.stringify(join(folder, `decisions-${index}.jsonl`))}, maxMB: 64, keep: 1 }\n` : "";
  const traces = index >= 3 ? `traces: { endpoint: "http://127.0.0.1:${receiverPort}" }\n` : "";
  const server = await startServer({ config: `${decisionLog}${traces}` });
  if (server.child.pid === undefined) throw new Error("no process was started");
  const connected = () => connect(`http://${server.extProc}`, { settings: { initialWindowSize: 1 << 20 } });
  const [session, ofLog] = [connected(), connected()];
  const log = index >= 1 ? openCall(ofLog, ACCESS_LOG_METHOD) : undefined;
  log?.on("error", () => {}); // the end of the server
  const used = new Map(SIZES.map((size) => [size, []]));
  return { server, pid: server.child.pid, sessions: [session, ofLog], log, used, sent: 0, unlogged: [] };
}

/** CPU µs of the server per request. What it hands on a little later counts in its next cell. */
async function measure(one: Driven, size: Size, seconds: number): Promise<number> {
  const [session] = one.sessions;
  if (session === undefined) throw new Error("no connection");
  let calls = 0;
  const send = async () => {
    const id = crypto.randomUUID();
    await call(session, withIds(size.headers, [id]), size.body);
    calls++;
    if (one.unlogged.push(id) < ENTRIES_OF_A_MESSAGE) return;
    const entries = withIds(ENTRIES, one.unlogged); // without a log, too: a busier client would make the server's turns shorter
    one.log?.write(entries);
    one.unlogged = [];
  };
  const before = cpuMicros(one.pid);
  await flatOut(send, performance.now() + seconds * 1000);
  one.sent += calls;
  return (cpuMicros(one.pid) - before) / calls;
}

/** What was paid for was done: each request that has its entry has its outcome, its line and its span. */
async function proveAccounted({ server, sent, unlogged }: Driven, index: number): Promise<void> {
  const expected = COUNTED.map((_, of) => (index > of ? sent - unlogged.length : 0)).join();
  const until = performance.now() + ACCOUNTED_MS;
  for (;;) {
    const text = await server.metrics();
    const found = COUNTED.map((line) => Number(line.exec(text)?.[1] ?? 0)).join();
    if (found === expected) return;
    if (performance.now() > until) throw new Error(`${CASES[index]}: there are ${found} outcomes, lines and spans, not ${expected}`);
    await sleep(100);
  }
}

function print(driven: readonly Driven[], rounds: number): void {
  for (const size of SIZES) {
    const [off = []] = driven.map(({ used }) => used.get(size) ?? []);
    const rows = driven.map(({ used }, index) => {
      const values = used.get(size) ?? [];
      const ratios = values.map((value, round) => value / (off[round] ?? Number.NaN));
      return [CASES[index] ?? "", shown(spreadOf(values)), shown(spreadOf(ratios))];
    });
    console.log(`\nCPU µs of the server per request of ${size.name}, flat out (${rounds} rounds): median [min–max]`);
    printTable(["it is told, and tells", "µs", "× that of nothing"], rows);
  }
}

async function startReceiver(): Promise<{ receiver: ChildProcess; port: number }> {
  const receiver = fork(fileURLToPath(new URL("sinks.ts", import.meta.url)), ["receive"]);
  const [address] = await once(receiver, "message");
  return { receiver, port: (address as { port: number }).port };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchLogged();
