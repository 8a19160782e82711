// What this repository's filters cost, side by side behind real Envoys: ours whole, on both transports; a plain filter that parses with
// JSON.parse, on both; one that sends every body back as it came; and an empty one, which is the floor of the transport. CPU of the
// filter's process alone, per request, as fast as answers come and at a fixed rate. And what other wirings of Envoy and sluice cost. Needs
// `npm run build`, and Linux.
//
//   npm run bench -- peers                        # 15 minutes
//   node bench/peers.ts --rounds 3 --seconds 1    # 6 minutes
//   node bench/peers.ts --rounds 3 --seconds 1 --wirings
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { heapEnvironment, heapFlags } from "../src/cli/heap-flags.ts";
import { type Child, startChild } from "../src/setup/stack/child.ts";
import type { EnvoyConfig } from "../src/setup/stack/envoy-bootstrap.ts";
import { adaptEnvoyConfig, readEnvoyYaml } from "../src/setup/stack/envoy-config.ts";
import { startEnvoy } from "../src/setup/stack/envoy-process.ts";
import { findEnvoy } from "../src/setup/stack/find-envoy.ts";
import { startStandIn } from "../src/setup/stack/stand-in-process.ts";
import { waitFor } from "../test/support/wait-for.ts";
import type { PeerJob } from "./peer-filter.ts";
import { cpuMicros, peakRssMb } from "./process-cost.ts";
import { printTable, shown, spreadOf } from "./table.ts";

/** How Envoy reaches the filter, and how it sends the body. */
type Wiring = "tcp, BUFFERED" | "unix, BUFFERED" | "tcp, FULL_DUPLEX_STREAMED";

interface Peer {
  readonly name: string;
  readonly transport: "http2" | "grpc-js";
  readonly job: "whole" | PeerJob;
  readonly wiring?: Wiring; // unsaid: as envoy/envoy.yaml
}

const PEERS: readonly [Peer, ...Peer[]] = [
  { name: "sluice", transport: "http2", job: "whole" },
  { name: "sluice on grpc-js", transport: "grpc-js", job: "whole" },
  { name: "JSON.parse", transport: "http2", job: "json" },
  { name: "JSON.parse on grpc-js", transport: "grpc-js", job: "json" },
  { name: "bodies sent back", transport: "http2", job: "echo" },
  { name: "empty: the floor", transport: "http2", job: "empty" },
  { name: "empty on grpc-js", transport: "grpc-js", job: "empty" },
];

/** The same filter by other wirings: `npm run bench -- wirings`. */
const WIRINGS: readonly [Peer, ...Peer[]] = [
  { name: "TCP, BUFFERED", transport: "http2", job: "whole", wiring: "tcp, BUFFERED" },
  { name: "Unix socket", transport: "http2", job: "whole", wiring: "unix, BUFFERED" },
  { name: "FULL_DUPLEX_STREAMED", transport: "http2", job: "whole", wiring: "tcp, FULL_DUPLEX_STREAMED" },
];

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly inFlight: number;
  readonly perSecond: number; // at the fixed rate
}

const SIZES: readonly Size[] = [
  { name: "1 KB", bytes: 1 << 10, inFlight: 16, perSecond: 300 },
  { name: "16 KB", bytes: 16 << 10, inFlight: 16, perSecond: 200 },
  { name: "256 KB", bytes: 256 << 10, inFlight: 8, perSecond: 40 },
  { name: "4 MB", bytes: 4 << 20, inFlight: 2, perSecond: 4 },
];

const LOADS = ["as fast as answers come", "at a fixed rate"] as const;
type Load = (typeof LOADS)[number];

const [DIST, PEER_FILTER] = ["../dist/main.js", "./peer-filter.ts"].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const READY_MS = 20_000;
const TICK_MS = 2;
const MIN_REQUESTS = 12; // of a cell at a fixed rate

interface RunningPeer {
  readonly peer: Peer;
  readonly pid: number;
  readonly envoyPid: number;
  readonly pool: Pool; // of its Envoy
}

/** Of one cell, a request. */
interface Used {
  readonly micros: number; // CPU of the filter
  readonly envoyMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function benchPeers(rounds = 5, seconds = 1.5): Promise<void> {
  await benchAll(PEERS, rounds, seconds);
}

/** How Envoy reaches sluice and sends it bodies: what that costs both of them, and how long requests take. */
export async function benchWirings(rounds = 5, seconds = 1.5): Promise<void> {
  await benchAll(WIRINGS, rounds, seconds);
}

async function benchAll(peers: readonly [Peer, ...Peer[]], rounds: number, seconds: number): Promise<void> {
  const stops: (() => unknown)[] = [];
  const cells = new Map<string, Used[]>();
  try {
    const running = await startPeers(peers, stops);
    for (const one of running) await proveIt(one);
    for (let round = -1; round < rounds; round++) {
      for (const size of SIZES) {
        for (const load of LOADS) {
          for (const one of running) {
            const used = await measure(one, size, load, seconds); // the first round warms up
            const key = cellKey(one.peer, size, load);
            if (round >= 0) cells.set(key, [...(cells.get(key) ?? []), used]);
          }
        }
      }
    }
    console.log("\nPeak memory, MB");
    printTable(
      ["filter", "RSS"],
      running.map(({ peer, pid }) => [peer.name, peakRssMb(pid).toFixed(0)]),
    );
    console.log(
      `\n${rounds} rounds of ${seconds} s; half of the requests are for weak, half for strong; one worker of Envoy, no access log.`,
    );
    console.log(`Median [min–max], and × that of ${peers[0].name} in the same round.`);
    printCells("CPU µs of the filter per request", peers, cells, ({ micros }) => micros);
    if (peers !== WIRINGS) return;
    printCells("CPU µs of Envoy per request", peers, cells, ({ envoyMicros }) => envoyMicros);
    printCells("ms to the answer, median", peers, cells, ({ p50Ms }) => p50Ms);
    printCells("ms to the answer, 99 of 100", peers, cells, ({ p99Ms }) => p99Ms);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

const cellKey = (peer: Peer, size: Size, load: Load) => `${peer.name}/${size.name}/${load}`;

/** All peers at once, each with an Envoy of its own: those that are not asked cost nothing. */
async function startPeers(peers: readonly Peer[], stops: (() => unknown)[]): Promise<readonly RunningPeer[]> {
  const bin = await findEnvoy({ env: process.env, onProgress: (line) => console.error(line) });
  const standIn = await startStandIn("both");
  stops.push(standIn.stop);
  const running: RunningPeer[] = [];
  for (const peer of peers) {
    const filter = await startFilter(peer, stops);
    const server = { kind: "address", address: standIn.address } as const;
    const addresses = { port: 0, adminPort: 0, sluice: filter.address, tiers: { weak: server, strong: server }, caFile: "" };
    const config = wired(peer, adaptEnvoyConfig(readEnvoyYaml(), addresses));
    const envoy = await startEnvoy({ bin, config, concurrency: 1 });
    if (envoy.child.pid === undefined) throw new Error("invariant: an Envoy that serves has been started");
    const pool = new Pool(envoy.url, { connections: 16, pipelining: 1, keepAliveTimeout: 60_000 });
    stops.push(envoy.stop, () => pool.close());
    running.push({ peer, pid: filter.pid, envoyPid: envoy.child.pid, pool });
  }
  return running;
}

/** Without the access log, which the plain filters do not take: no filter is told what became of its requests. */
function wired({ wiring }: Peer, config: EnvoyConfig): EnvoyConfig {
  const duplex = wiring === "tcp, FULL_DUPLEX_STREAMED";
  return JSON.parse(
    JSON.stringify(config, (key, value: unknown) => {
      if (key === "access_log") return [];
      if (!duplex) return value;
      if (key === "request_body_mode" && value === "BUFFERED") return "FULL_DUPLEX_STREAMED";
      return key === "request_trailer_mode" ? "SEND" : value; // Envoy asks for it
    }),
  ) as EnvoyConfig;
}

/** With the same flags of V8 all of them. */
async function startFilter({ transport, job, wiring }: Peer, stops: (() => unknown)[]): Promise<{ address: string; pid: number }> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const config = join(folder, "sluice.yaml");
  const extProc = wiring === "unix, BUFFERED" ? `unix:${join(folder, "ext-proc.sock")}` : "127.0.0.1:0";
  writeFileSync(config, `listen: { extProc: "${extProc}", admin: "127.0.0.1:0", transport: ${transport} }\n`);
  const program = job === "whole" ? [DIST ?? "", "serve", "--config", config, "--log-format", "json"] : [PEER_FILTER ?? "", transport, job];
  let address: string | undefined;
  const onLine = (line: string) => {
    address ??= /(?:listening on |"extProc":")([\d.]+:\d+|unix:[^"]+)/.exec(line)?.[1];
  };
  const args = [...heapFlags(process.versions.node), ...program];
  const child: Child = startChild(process.execPath, args, { onLine, env: heapEnvironment(process.env) });
  stops.push(() => rmSync(folder, { recursive: true }), child.stop);
  await waitFor("the filter listens", () => address !== undefined || child.hasExited(), READY_MS);
  if (address === undefined || child.pid === undefined) throw new Error(`the filter ended: ${child.lastLines().join("\n")}`);
  return { address, pid: child.pid };
}

/** A conversation is for strong; a short question with a picture, as large, for weak. */
function bodyOf(bytes: number, tier: "weak" | "strong"): string {
  const sentence = "The service reads a queue of jobs and writes rows to a table when each worker is ready. ";
  const text = (length: number) => sentence.repeat(Math.ceil(length / sentence.length)).slice(0, length);
  const url = `data:image/png;base64,${"iVBORw0KGgoAAAANSUhEUgAA".repeat(Math.ceil(bytes / 24)).slice(0, Math.max(0, bytes - 350))}`;
  const content =
    tier === "strong"
      ? text(Math.max(510, bytes - 170))
      : [
          { type: "text", text: text(60) },
          { type: "image_url", image_url: { url } },
        ];
  const messages = [
    { role: "system", content: "You are a friendly assistant." },
    { role: "user", content },
  ];
  return JSON.stringify({ model: "glm-5", temperature: 0.7, messages });
}

/** Those that decide nothing name always the same. */
function tierNamed({ job }: Peer, right: "weak" | "strong"): string | undefined {
  return job === "empty" ? undefined : job === "echo" ? "weak" : right;
}

/** That it does the job it is measured at: the tier, and `model` gone. */
async function proveIt({ peer, pool }: RunningPeer): Promise<void> {
  for (const { bytes } of SIZES) {
    for (const tier of ["weak", "strong"] as const) {
      const response = await send(pool, bodyOf(bytes, tier), { "x-stand-in-echo": "facts" });
      const { keys = [] } = (await response.body.json()) as { keys?: readonly string[] };
      const found = `${response.statusCode} ${String(response.headers["x-sluice-tier"])} ${keys.includes("model")}`;
      const expected = `200 ${tierNamed(peer, tier)} ${peer.job === "empty" || peer.job === "echo"}`;
      if (found !== expected) throw new Error(`${peer.name}, ${bytes} bytes: ${found}, not ${expected}`);
    }
  }
}

function send(pool: Pool, body: string, headers: Readonly<Record<string, string>> = {}) {
  return pool.request({ method: "POST", path: "/v1/chat/completions", headers: { "content-type": "application/json", ...headers }, body });
}

/** Throws where an answer is not what it must be: then nothing was measured. */
async function measure({ peer, pid, envoyPid, pool }: RunningPeer, size: Size, load: Load, seconds: number): Promise<Used> {
  const bodies = (["weak", "strong"] as const).map((tier) => ({ tier, body: bodyOf(size.bytes, tier) }));
  const tookMs: number[] = [];
  let sent = 0;
  const one = async () => {
    const next = bodies[sent++ % 2];
    if (next === undefined) return;
    const startedAt = performance.now();
    const { statusCode, headers, body } = await send(pool, next.body);
    await body.dump();
    tookMs.push(performance.now() - startedAt);
    const tier = headers["x-sluice-tier"];
    if (statusCode !== 200 || tier !== tierNamed(peer, next.tier)) {
      throw new Error(`${peer.name}, ${size.name}: answered ${statusCode} by tier ${String(tier)}, not ${next.tier}`);
    }
  };
  const [before, envoyBefore] = [cpuMicros(pid), cpuMicros(envoyPid)];
  await (load === "at a fixed rate"
    ? steadily(one, size.perSecond, Math.max(seconds, MIN_REQUESTS / size.perSecond))
    : flatOut(one, size.inFlight, seconds));
  const sorted = tookMs.sort((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const [micros, envoyMicros] = [(cpuMicros(pid) - before) / sent, (cpuMicros(envoyPid) - envoyBefore) / sent];
  return { micros, envoyMicros, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

async function flatOut(one: () => Promise<void>, inFlight: number, seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000;
  const worker = async () => {
    while (performance.now() < until) await one();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

async function steadily(one: () => Promise<void>, perSecond: number, seconds: number): Promise<void> {
  const sent: Promise<void>[] = [];
  const startedAt = performance.now();
  for (const until = startedAt + seconds * 1000; performance.now() < until; await sleep(TICK_MS)) {
    while (sent.length < ((performance.now() - startedAt) * perSecond) / 1000) sent.push(one());
  }
  await Promise.all(sent);
}

/** Ratios are of the same round, where both were measured within seconds of each other. */
function printCells(
  what: string,
  peers: readonly [Peer, ...Peer[]],
  cells: ReadonlyMap<string, readonly Used[]>,
  of: (used: Used) => number,
) {
  for (const load of LOADS) {
    const valuesOf = (peer: Peer, size: Size) => (cells.get(cellKey(peer, size, load)) ?? []).map(of);
    const loads = SIZES.map((size) => (load === "at a fixed rate" ? `${size.perSecond}/s` : `${size.inFlight} in flight`));
    console.log(`\n${what}, ${load} (${loads.join(", ")})`);
    const ratiosOf = (peer: Peer, size: Size) => valuesOf(peer, size).map((value, round) => value / (valuesOf(peers[0], size)[round] ?? 0));
    const rows = peers.flatMap((peer) => [
      [peer.name, ...SIZES.map((size) => shown(spreadOf(valuesOf(peer, size))))],
      ["", ...SIZES.map((size) => `× ${shown(spreadOf(ratiosOf(peer, size)))}`)],
    ]);
    printTable(["filter", ...SIZES.map(({ name }) => name)], rows);
  }
}

async function main(): Promise<void> {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  const { values } = parseArgs({ options: { rounds: text("5"), seconds: text("1.5"), wirings: { type: "boolean", default: false } } });
  await (values.wirings ? benchWirings : benchPeers)(Number(values.rounds), Number(values.seconds));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
