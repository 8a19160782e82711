// Whether a request costs more CPU when there is more of everything: calls that wait for their body while others are decided, and
// connections that the same calls come by. A `sluice serve` process is driven as Envoy drives it; reported is its CPU time per request of
// 1 KB, interleaved in rounds, each beside the first row's of the same round. Needs `npm run build`.
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import { bodyMessage, frame, headersMessage, metric, type RunningServer, startServer } from "./driven-server.ts";
import { call } from "./filter.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const BODY_BYTES = 1024;
const [HEADERS, BODY] = [frame(headersMessage(BODY_BYTES, undefined)), frame(bodyMessage(BODY_BYTES))];
const CALLS_IN_FLIGHT = 64;
const STEADY_RATE = 500; // requests per second

interface Case {
  readonly connections: number;
  readonly held: number; // calls whose headers were answered and whose body does not come
  readonly load: "flat out" | "steady";
}

const TABLES: readonly { readonly title: string; readonly cases: readonly Case[] }[] = [
  {
    title: `calls that wait for their body, on one connection with ${CALLS_IN_FLIGHT} more in flight`,
    cases: [100, 1000, 10_000].map((held) => ({ connections: 1, held, load: "flat out" })),
  },
  {
    title: `connections, ${CALLS_IN_FLIGHT} calls in flight over all of them`,
    cases: [1, 4, 16, 64].map((connections) => ({ connections, held: 0, load: "flat out" })),
  },
  {
    title: `connections, ${STEADY_RATE} requests a second over all of them`,
    cases: [1, 4, 16, 64].map((connections) => ({ connections, held: 0, load: "steady" })),
  },
];

export async function benchGrowth(rounds = 5, secondsPerCell = 1): Promise<void> {
  const server = await startServer();
  try {
    console.log(`\nGrowth, CPU µs of the server per request (${rounds} rounds): median [min–max], and × the first row's of the same round`);
    for (const { title, cases } of TABLES) {
      const cells = cases.map((): Used[] => []);
      for (let round = -1; round < rounds; round++) {
        for (const [index, each] of cases.entries()) {
          const used = await measure(server, each, secondsPerCell);
          if (round >= 0) cells[index]?.push(used); // the first round warms up
        }
      }
      const ratioOf = ({ micros }: Used, round: number) => micros / (cells[0]?.[round]?.micros ?? Number.NaN);
      console.log(`\n${title}`);
      printTable(
        ["", "µs per request", "×", "of them in the kernel"],
        cases.map(({ connections, held }, index) => {
          const values = cells[index] ?? [];
          const columns = [values.map(({ micros }) => micros), values.map(ratioOf), values.map(({ inKernel }) => inKernel)];
          return [String(Math.max(connections, held)), ...columns.map((column) => shown(spreadOf(column)))];
        }),
      );
    }
  } finally {
    server.stop();
  }
}

interface Used {
  readonly micros: number; // per request
  readonly inKernel: number; // of them: reading and writing sockets, and waiting for them
}

/** The server's CPU time over `seconds` of calls. */
async function measure(server: RunningServer, { connections, held, load }: Case, seconds: number): Promise<Used> {
  const options = { settings: { initialWindowSize: 1 << 20 }, maxSessionMemory: 1000 }; // MB, of this client
  const sessions = Array.from({ length: connections }, () => connect(`http://${server.extProc}`, options));
  try {
    const [first] = sessions;
    if (first === undefined) throw new Error("no connection");
    const waiting = await Promise.all(Array.from({ length: held }, () => holdCall(first)));
    for (const session of sessions) await call(session, HEADERS, BODY);
    let calls = 0;
    const send = () => {
      const session = sessions[calls++ % connections] ?? first;
      return call(session, HEADERS, BODY);
    };
    const before = await server.metrics();
    await (load === "steady" ? steadily : flatOut)(send, performance.now() + seconds * 1000);
    const after = await server.metrics();
    const used = (kind: string) => metric(after, `process_cpu_${kind}seconds_total`) - metric(before, `process_cpu_${kind}seconds_total`);
    for (const stream of waiting) stream.end(BODY);
    await Promise.all(waiting.map((stream) => new Promise((resolve) => stream.once("close", resolve))));
    return { micros: (used("") / calls) * 1e6, inKernel: (used("system_") / calls) * 1e6 };
  } finally {
    for (const session of sessions) session.destroy();
  }
}

/** Resolves when its headers are answered. */
function holdCall(session: ClientHttp2Session): Promise<ClientHttp2Stream> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": EXT_PROC_METHOD, "content-type": "application/grpc", te: "trailers" });
    stream.once("data", () => resolve(stream));
    stream.once("error", reject);
    stream.write(HEADERS);
  });
}

async function flatOut(send: () => Promise<void>, untilMs: number): Promise<void> {
  const worker = async () => {
    while (performance.now() < untilMs) await send();
  };
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, worker));
}

async function steadily(send: () => Promise<void>, untilMs: number): Promise<void> {
  const sent: Promise<void>[] = [];
  for (const startedAt = performance.now(); performance.now() < untilMs; await sleep(1)) {
    while (sent.length < ((performance.now() - startedAt) * STEADY_RATE) / 1000) sent.push(send());
  }
  await Promise.all(sent);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchGrowth();
