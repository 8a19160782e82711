// What outcomes add to the CPU of the server per request: requests driven as Envoy drives them, with an id and an access log entry each,
// next to the same requests without either, for which nothing is remembered.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";
import { ACCESS_LOG_METHOD, EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import { bodyMessage, frame, headersMessage, type RunningServer, startServer } from "./driven-server.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const BODY_BYTES = 1024;
const CALLS_IN_FLIGHT = 16;
const STEADY_RATE = 500; // requests per second
export const ENTRIES_OF_A_MESSAGE = 40; // Envoy sends what 16 KiB hold
export const ID = "5a3c1b9e-4a55-4bb6-8f5d-2d3a6e1f0c77"; // in whose place each request's own goes

export const HEADERS = { off: frame(headersMessage(BODY_BYTES, undefined)), on: frame(headersMessage(BODY_BYTES, ID)) };
const BODY = frame(bodyMessage(BODY_BYTES));
export const ENTRIES = frame(entriesMessage());

type Case = "off" | "on";

interface Client {
  readonly server: RunningServer;
  readonly session: ClientHttp2Session;
  readonly log: ClientHttp2Stream;
}

export async function benchOutcomes(rounds = 5, secondsPerCell = 1): Promise<void> {
  const server = await startServer();
  const session = connect(`http://${server.extProc}`, { settings: { initialWindowSize: 1 << 20 } });
  const loads = { [`${STEADY_RATE} requests/s`]: steadily, [`${CALLS_IN_FLIGHT} always in flight`]: flatOut };
  try {
    const log = openCall(session, ACCESS_LOG_METHOD);
    log.on("error", () => {}); // the end of the session
    const rows: string[][] = [];
    for (const [name, load] of Object.entries(loads)) {
      const cells: Record<Case, number[]> = { off: [], on: [] };
      for (let round = -1; round < rounds; round++) {
        for (const what of ["off", "on"] as const) {
          const used = await measure({ server, session, log }, what, load, secondsPerCell);
          if (round >= 0) cells[what].push(used); // the first round warms up
        }
      }
      const [off, on] = [spreadOf(cells.off), spreadOf(cells.on)];
      rows.push([name, shown(off), shown(on), (on.median / off.median).toFixed(2)]);
    }
    console.log(`\nOutcomes, CPU µs of the server per request of 1 KB (${rounds} rounds): median [min–max]`);
    printTable(["load", "without", "with an access log entry each", "ratio"], rows);
  } finally {
    session.destroy();
    server.stop();
  }
}

/** Sends requests until it is time, however it does. */
type Load = (send: () => Promise<void>, untilMs: number) => Promise<void>;

export async function flatOut(send: () => Promise<void>, untilMs: number): Promise<void> {
  const worker = async () => {
    while (performance.now() < untilMs) await send();
  };
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, worker));
}

export async function steadily(send: () => Promise<void>, untilMs: number): Promise<void> {
  const sent: Promise<void>[] = [];
  for (const startedAt = performance.now(); performance.now() < untilMs; await sleep(1)) {
    while (sent.length < ((performance.now() - startedAt) * STEADY_RATE) / 1000) sent.push(send());
  }
  await Promise.all(sent);
}

/** Server CPU in µs per request, over `seconds` of calls. */
async function measure({ server, session, log }: Client, what: Case, load: Load, seconds: number): Promise<number> {
  let ids: string[] = [];
  let calls = 0;
  const send = async () => {
    const id = crypto.randomUUID();
    await call(session, withIds(HEADERS[what], [id]));
    calls++;
    if (ids.push(id) < ENTRIES_OF_A_MESSAGE) return;
    const entries = withIds(ENTRIES, ids); // in both cases: a busier client would make the server's turns shorter
    if (what === "on") log.write(entries);
    ids = [];
  };
  const before = await server.cpuSeconds();
  await load(send, performance.now() + seconds * 1000);
  return (((await server.cpuSeconds()) - before) / calls) * 1e6;
}

export function openCall(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  return session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" });
}

export function call(session: ClientHttp2Session, headers: Buffer, body = BODY): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = openCall(session, EXT_PROC_METHOD);
    let answered = false;
    stream.write(headers);
    stream.on("data", () => {
      if (!answered) stream.write(body);
      answered = true;
    });
    stream.on("trailers", () => {
      stream.close(constants.NGHTTP2_CANCEL);
      resolve();
    });
    stream.on("error", reject);
  });
}

/** A copy with the request ids in their places: each stands twice in an entry, once in the headers. */
export function withIds(message: Buffer, ids: readonly string[]): Buffer {
  const copy = Buffer.from(message);
  const places: number[] = [];
  for (let at = copy.indexOf(ID); at >= 0; at = copy.indexOf(ID, at + ID.length)) places.push(at);
  const each = places.length / ids.length;
  for (const [index, at] of places.entries()) copy.write(ids[Math.floor(index / each)] ?? "", at);
  return copy;
}

/** A StreamAccessLogsMessage with what Envoy says of as many requests. */
function entriesMessage(): Uint8Array {
  const definitions = loadSync("envoy/service/accesslog/v3/als.proto", {
    includeDirs: [fileURLToPath(new URL("../proto", import.meta.url))],
    keepCase: true,
  });
  const service = definitions["envoy.service.accesslog.v3.AccessLogService"] as ServiceDefinition;
  const method = service["StreamAccessLogs"];
  if (method === undefined) throw new Error("no StreamAccessLogs in proto/");
  const time = (nanos: number) => ({ seconds: 0, nanos });
  const address = (port_value: number) => ({ socket_address: { address: "10.1.2.3", port_value } });
  const entry = {
    common_properties: {
      start_time: { seconds: 1_790_000_000, nanos: 5000 },
      time_to_first_upstream_rx_byte: time(412_000_000),
      time_to_first_downstream_tx_byte: time(412_100_000),
      time_to_last_downstream_tx_byte: time(890_000_000),
      upstream_remote_address: address(8000),
      upstream_cluster: "weak",
      duration: time(890_100_000),
      upstream_request_attempt_count: 1,
      stream_id: "0d5d6f2a-54a1-4a3b-9c9b-0a1b2c3d4e5f",
    },
    request: {
      request_method: "POST",
      path: "/v1/chat/completions",
      request_id: ID,
      request_body_bytes: BODY_BYTES,
      request_headers: { "x-request-id": ID, "x-sluice-tier": "weak", "x-sluice-policy": "main@v7", "x-sluice-reason": "under-thresholds" },
    },
    response: { response_code: { value: 200 }, response_body_bytes: 1800, response_code_details: "via_upstream" },
  };
  return method.requestSerialize({ http_logs: { log_entry: Array.from({ length: ENTRIES_OF_A_MESSAGE }, () => entry) } });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchOutcomes();
