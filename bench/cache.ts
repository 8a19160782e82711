// What kept answers cost: CPU µs of the server per request that is decided, with no answers kept and with them but none found, next to one
// that is answered by what was kept. Driven as Envoy drives it, in turns on the same machine.
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { fileURLToPath } from "node:url";
import { BinaryWriter } from "google-protobuf";
import { ACCESS_LOG_METHOD, EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import { bodyMessage, frame, headersMessage, type RunningServer, startServer } from "./driven-server.ts";
import { ENTRIES, ENTRIES_OF_A_MESSAGE, openCall, withIds } from "./outcomes.ts";
import { cpuMicros } from "./process-cost.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const BODY_BYTES = 1024;
const CALLS_IN_FLIGHT = 8;
const ANSWERS = [2 << 10, 32 << 10];
const ID = "5a3c1b9e-4a55-4bb6-8f5d-2d3a6e1f0c77";
/** The requests are for strong, and the entries of the access log name this cluster. */
const TIERS = "tiers: [{ name: weak, cluster: other }, { name: strong, cluster: weak }]\n";
const CACHE = "cache: { tenant: credentials, maxTemperature: 1, ttl: 1d }";
const FLIGHT_CHARS = 16;
const WINDOW_BYTES = 16 << 20;

interface Cell {
  readonly name: string;
  readonly server: RunningServer;
  readonly session: ClientHttp2Session;
  readonly headers: Buffer;
  readonly used: number[];
}

export async function benchCache(rounds = 15, secondsPerCell = 0.5): Promise<void> {
  const [plain, keeping] = await Promise.all([startServer({ config: TIERS }), startServer({ config: TIERS + CACHE })]);
  const sessions = { plain: sessionOf(plain), keeping: sessionOf(keeping) };
  try {
    const cell = (name: string, server: RunningServer, headers: Record<string, string>): Cell => {
      const session = server === plain ? sessions.plain : sessions.keeping;
      return { name, server, session, headers: frame(headersMessage(BODY_BYTES, undefined, {}, headers)), used: [] };
    };
    const hits = ANSWERS.map((bytes) => ({ bytes, tenant: { authorization: `Bearer ${bytes}` } }));
    for (const { bytes, tenant } of hits) await keepAnswer(sessions.keeping, bytes, tenant);
    const cells = [
      cell("decided, no `cache`", plain, {}),
      cell("decided, nothing found", keeping, { "cache-control": "no-cache" }),
      ...hits.map(({ bytes, tenant }) => cell(`answered by what was kept, ${bytes >> 10} KB`, keeping, tenant)),
    ];
    for (let round = -1; round < rounds; round++) {
      for (const each of cells) {
        const used = await measure(each, secondsPerCell);
        if (round >= 0) each.used.push(used); // the first round warms up
      }
    }
    const decided = cells[0]?.used ?? [];
    console.log(
      `\nKept answers, CPU µs of the server per request of 1 KB (${rounds} rounds, ${CALLS_IN_FLIGHT} in flight): median [min–max]`,
    );
    const ratios = (used: readonly number[]) => spreadOf(used.map((micros, round) => micros / (decided[round] ?? Number.NaN)));
    const rowOf = ({ name, used }: Cell) => [name, shown(spreadOf(used)), shown(ratios(used))];
    printTable(["request", "µs", "ratio"], cells.map(rowOf));
  } finally {
    for (const session of Object.values(sessions)) session.destroy();
    for (const server of [plain, keeping]) server.stop();
  }
}

/** With windows as large as Envoy's: it opens them seldom. */
function sessionOf({ extProc }: RunningServer): ClientHttp2Session {
  const session = connect(`http://${extProc}`, { settings: { initialWindowSize: WINDOW_BYTES } });
  return session.once("connect", () => session.setLocalWindowSize(WINDOW_BYTES));
}

function pidOf({ child }: RunningServer): number {
  if (child.pid === undefined) throw new Error("invariant: a server that serves was started");
  return child.pid;
}

async function measure({ server, session, headers }: Cell, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let calls = 0;
  const pid = pidOf(server);
  const before = cpuMicros(pid);
  const worker = async () => {
    while (performance.now() < until) {
      await call(session, headers);
      calls++;
    }
  };
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, worker));
  return (cpuMicros(pid) - before) / calls;
}

const BODY = frame(bodyMessage(BODY_BYTES));

/** Gives back the reply to the body. */
function call(session: ClientHttp2Session, headers: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = openCall(session, EXT_PROC_METHOD);
    const replies: Buffer[] = [];
    stream.write(headers);
    stream.on("data", (piece: Buffer) => {
      if (replies.length === 0) stream.write(BODY);
      replies.push(piece);
    });
    stream.on("trailers", () => {
      stream.close(constants.NGHTTP2_CANCEL);
      resolve(Buffer.concat(replies.slice(1)));
    });
    stream.on("error", reject);
  });
}

/** Asks, shows the answer on the side, and says that the decided tier gave it. Throws where the next one is not answered by it. */
async function keepAnswer(session: ClientHttp2Session, bytes: number, tenant: Record<string, string>): Promise<void> {
  const id = crypto.randomUUID();
  const reply = await call(session, withIds(frame(headersMessage(BODY_BYTES, ID, {}, tenant)), [id]));
  const name = Buffer.from("x-sluice-flight");
  const at = reply.indexOf(name) + name.length + 2;
  const flight = reply.subarray(at, at + FLIGHT_CHARS).toString();
  const watched = frame(headersMessage(BODY_BYTES, ID, { observabilityMode: true }, { ...tenant, "x-sluice-flight": flight }));
  const stream = openCall(session, EXT_PROC_METHOD);
  stream.on("error", () => {});
  const over = new Promise<void>(
    (resolve) =>
      void stream
        .on("trailers", () => resolve())
        .on("response", () => {})
        .resume(),
  );
  for (const message of [withIds(watched, [id]), responseHeaders(), responseBody(bytes)]) stream.write(message);
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 500))]);
  stream.close(constants.NGHTTP2_CANCEL);
  const log = openCall(session, ACCESS_LOG_METHOD);
  log.on("error", () => {});
  log.write(
    withIds(
      ENTRIES,
      Array.from({ length: ENTRIES_OF_A_MESSAGE }, () => id),
    ),
  );
  for (const deadline = performance.now() + 5000; performance.now() < deadline; ) {
    const answer = await call(session, frame(headersMessage(BODY_BYTES, undefined, {}, tenant)));
    if (answer.includes("sluice_cached")) return;
  }
  throw new Error("the answer was not kept");
}

function responseHeaders(): Buffer {
  const writer = new BinaryWriter();
  writer.writeMessage(3, { ":status": "200", "content-type": "application/json" }, (all, response) => {
    response.writeMessage(1, all, (entries, map) => {
      for (const [key, value] of Object.entries(entries)) {
        map.writeMessage(1, value, (text, header) => {
          header.writeString(1, key);
          header.writeBytes(3, Buffer.from(text));
        });
      }
    });
  });
  return frame(writer.getResultBuffer());
}

function responseBody(bytes: number): Buffer {
  const content = "The service reads a queue of jobs. ".repeat(bytes / 35);
  const answer = { choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }], usage: { prompt_tokens: 250 } };
  const writer = new BinaryWriter();
  writer.writeMessage(5, Buffer.from(JSON.stringify(answer)), (body, message) => {
    message.writeBytes(1, body);
    message.writeBool(2, true);
  });
  return frame(writer.getResultBuffer());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchCache();
