// CPU of the whole filter per request: a `sluice serve` process is driven as Envoy drives it (headers, body, a reset after the answer) over
// loopback, at 1, 16 and 256 KB, interleaved in rounds. Reported is the CPU time of the server's process, as its own metrics give it.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BinaryWriter } from "google-protobuf";
import { EXT_PROC_METHOD } from "../src/wire/methods.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const SIZES = [1 << 10, 16 << 10, 256 << 10];
const CALLS_IN_FLIGHT = 8;
const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

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
async function measure(server: RunningServer, session: ClientHttp2Session, size: number, seconds: number): Promise<number> {
  const [headers, body] = [frame(headersMessage(size)), frame(bodyMessage(size))];
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

function call(session: ClientHttp2Session, headers: Buffer, body: Buffer): Promise<void> {
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

/** ProcessingRequest.request_headers as Envoy sends it for a chat of `size` bytes. */
function headersMessage(size: number): Uint8Array {
  const headers: Record<string, string> = {
    ":method": "POST",
    ":scheme": "http",
    ":authority": "gateway.example",
    ":path": "/v1/chat/completions",
    "user-agent": "OpenAI/Python 2.8.1",
    accept: "application/json",
    "content-type": "application/json",
    "content-length": String(chat(size).length),
    authorization: "Bearer sk-0123456789abcdef0123456789abcdef",
    "x-forwarded-proto": "http",
    "x-request-id": "5a3c1b9e-4a55-4bb6-8f5d-2d3a6e1f0c77",
  };
  const writer = new BinaryWriter();
  writer.writeMessage(2, headers, (all, request) => {
    request.writeMessage(1, all, (entries, map) => {
      for (const [key, value] of Object.entries(entries)) {
        map.writeMessage(1, value, (text, header) => {
          header.writeString(1, key);
          header.writeBytes(3, Buffer.from(text));
        });
      }
    });
  });
  return writer.getResultBuffer();
}

/** ProcessingRequest.request_body with end_of_stream. */
function bodyMessage(size: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeMessage(4, chat(size), (body, message) => {
    message.writeBytes(1, body);
    message.writeBool(2, true);
  });
  return writer.getResultBuffer();
}

/** A conversation of about `size` bytes without a strong keyword. */
function chat(size: number): Buffer {
  const sentence = "The service reads a queue of jobs and writes rows to a table when each worker is ready. ";
  const content = sentence.repeat(Math.ceil(size / sentence.length)).slice(0, size - 150);
  const messages = [
    { role: "system", content: "You are a helpful assistant." },
    { role: "user", content },
  ];
  return Buffer.from(JSON.stringify({ model: "glm-5", temperature: 0.7, messages }));
}

function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

interface RunningServer {
  readonly extProc: string;
  cpuSeconds(): Promise<number>;
  stop(): void;
}

async function startServer(): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const config = join(folder, "sluice.yaml");
  writeFileSync(config, "listen: { extProc: '127.0.0.1:0', admin: '127.0.0.1:0' }\n");
  const child = spawn(process.execPath, [MAIN, "serve", "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  const { extProc, admin } = await servingAt(child);
  return {
    extProc,
    cpuSeconds: async () => metric(await (await fetch(`http://${admin}/metrics`)).text(), "process_cpu_seconds_total"),
    stop() {
      child.kill("SIGTERM");
      rmSync(folder, { recursive: true });
    },
  };
}

/** The addresses in the log line that says so. */
function servingAt(child: ChildProcess): Promise<{ extProc: string; admin: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk) => {
      text += chunk;
      const line = text.split("\n").find((candidate) => candidate.includes('"msg":"serving"'));
      if (line !== undefined) resolve(JSON.parse(line));
    });
    child.once("exit", () => reject(new Error(`the server ended before it was ready:\n${text}`)));
  });
}

function metric(text: string, name: string): number {
  const match = new RegExp(`^${name} (.+)$`, "m").exec(text);
  if (match?.[1] === undefined) throw new Error(`no ${name} in the metrics`);
  return Number(match[1]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchFilter();
