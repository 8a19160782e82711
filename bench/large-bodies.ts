// What a small request waits while large bodies are read: one call after the other is timed alone, then beside 16 calls of 15 MB that come
// at once, again and again, from a thread of their own. Run: node bench/large-bodies.ts [seconds]
import { type ClientHttp2Session, connect, constants } from "node:http2";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import { bodyMessage, frame, headersMessage, startServer } from "./driven-server.ts";
import { printTable } from "./table.ts";

const LARGE_BYTES = 15e6;
const AT_ONCE = 16;

interface Waits {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

export async function benchLargeBodies(seconds = 5): Promise<void> {
  const server = await startServer();
  const session = connect(`http://${server.extProc}`);
  try {
    await waits(session, 1); // warms up
    const alone = await waits(session, seconds);
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: server.extProc });
    await new Promise((resolve) => worker.once("message", resolve)); // a first round is over
    const beside = await waits(session, seconds);
    const largeMs = await new Promise<number[]>((resolve) => {
      worker.once("message", resolve);
      worker.postMessage("stop");
    });
    const unrouted = [...(await server.metrics()).matchAll(/^sluice_decisions_total\{.*policy="none".*\} (\d+)/gm)];
    const lost = unrouted.reduce((sum, [, count]) => sum + Number(count), 0);
    console.log(`\nA request of 1 KB, alone and beside ${AT_ONCE} of ${LARGE_BYTES / 1e6} MB at once, in ms`);
    const row = (name: string, { p50Ms, p99Ms, mostMs }: Waits) => [name, p50Ms.toFixed(2), p99Ms.toFixed(1), mostMs.toFixed(1)];
    printTable(["", "p50", "p99", "most"], [row("alone", alone), row("beside large ones", beside)]);
    const [median, most] = [quantile(largeMs, 0.5), Math.max(...largeMs)];
    console.log(`${largeMs.length} large ones, ${lost} of all not decided; each took ${median.toFixed(0)} ms, at most ${most.toFixed(0)}`);
  } finally {
    session.destroy();
    server.stop();
  }
}

async function waits(session: ClientHttp2Session, seconds: number): Promise<Waits> {
  const [headers, body] = [frame(headersMessage(1024, undefined)), frame(bodyMessage(1024))];
  const times: number[] = [];
  for (const until = performance.now() + seconds * 1000; performance.now() < until; ) times.push(await call(session, headers, body));
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), mostMs: Math.max(...times) };
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

/** How long it takes, in ms. */
function call(session: ClientHttp2Session, headers: Buffer, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const stream = session.request({ ":method": "POST", ":path": EXT_PROC_METHOD, "content-type": "application/grpc", te: "trailers" });
    stream.write(headers);
    stream.once("data", () => {
      stream.write(body);
      stream.resume();
    });
    stream.on("trailers", (trailers) => {
      if (trailers["grpc-status"] !== "0") reject(new Error(`grpc-status ${trailers["grpc-status"]}`));
      stream.close(constants.NGHTTP2_CANCEL);
      resolve(performance.now() - startedAt);
    });
    stream.on("error", reject);
  });
}

/** In its own thread: rounds of large calls until it is told to stop. */
async function sendLarge(extProc: string): Promise<void> {
  const session = connect(`http://${extProc}`, { settings: { initialWindowSize: 32 << 20 }, maxSessionMemory: 2000 });
  const [headers, body] = [frame(headersMessage(LARGE_BYTES, undefined)), frame(bodyMessage(LARGE_BYTES))];
  const times: number[] = [];
  let stopped = false;
  parentPort?.once("message", () => {
    stopped = true;
  });
  for (let round = 0; !stopped; round++) {
    times.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => call(session, headers, body)))));
    if (round === 0) parentPort?.postMessage("began");
  }
  session.destroy();
  parentPort?.postMessage(times);
}

if (!isMainThread) await sendLarge(workerData);
else if (process.argv[1] === fileURLToPath(import.meta.url)) await benchLargeBodies(Number(process.argv[2] ?? 5));
