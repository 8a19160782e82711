// CPU of the whole filter per request: a `sluice serve` process is driven as Envoy drives it (headers, body, a reset after the answer) over
// loopback, at 1, 16 and 256 KB, interleaved in rounds. Reported is the CPU time of the server's process, as its own metrics give it.
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { fileURLToPath } from "node:url";
import { EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import { bodyMessage, frame, headersMessage, type RunningServer, startServer } from "./driven-server.ts";
import { printTable, shown, spreadOf } from "./table.ts";

export const SIZES = [1 << 10, 16 << 10, 256 << 10];
const CALLS_IN_FLIGHT = 8;
const REQUEST_ID = "5a3c1b9e-4a55-4bb6-8f5d-2d3a6e1f0c77";

export async function benchFilter(rounds = 5, secondsPerCell = 1): Promise<void> {
  const server = await startServer();
  const session = connect(`http://${server.extProc}`, { settings: { initialWindowSize: 1 << 20 } });
  const micros = new Map(SIZES.map((size) => [size, [] as number[]]));
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [size, cells] of micros) {
        const used = await measure(server, session, size, secondsPerCell);
        if (round >= 0) cells.push(used); // the first round warms up
      }
    }
  } finally {
    session.destroy();
    server.stop();
  }
  console.log(
    `\nThe whole filter, CPU µs of the server per request (${rounds} rounds, ${CALLS_IN_FLIGHT} calls in flight): median [min–max]`,
  );
  printTable(
    ["body", "µs per request"],
    [...micros].map(([size, cells]) => [`${size >> 10} KB`, shown(spreadOf(cells))]),
  );
}

/** Server CPU in µs per request, over `seconds` of calls. */
export async function measure(server: RunningServer, session: ClientHttp2Session, size: number, seconds: number): Promise<number> {
  const [headers, body] = [frame(headersMessage(size, REQUEST_ID)), frame(bodyMessage(size))];
  const until = performance.now() + seconds * 1000;
  let calls = 0;
  const before = await server.cpuSeconds();
  const worker = async () => {
    while (performance.now() < until) {
      await call(session, headers, body);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, worker));
  return (((await server.cpuSeconds()) - before) / calls) * 1e6;
}

/** As Envoy calls: the body once the headers are answered, a reset once it has its reply. */
export function call(session: ClientHttp2Session, headers: Buffer, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": EXT_PROC_METHOD, "content-type": "application/grpc", te: "trailers" });
    let answered = false;
    stream.write(headers);
    stream.on("data", () => {
      if (answered) return;
      answered = true;
      stream.write(body);
    });
    stream.on("trailers", (trailers) => {
      if (trailers["grpc-status"] !== "0") reject(new Error(`grpc-status ${trailers["grpc-status"]}`));
      stream.close(constants.NGHTTP2_CANCEL);
      resolve();
    });
    stream.on("error", reject);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchFilter();
