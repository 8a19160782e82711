// A long run of the whole: Envoy, sluice as a process of its own, and stand-ins, under a steady rate of requests. Every minute it prints
// what sluice holds and how many outcomes were joined; at the end whether memory stayed flat and the join is whole. Needs `npm run build`.
//
//   node bench/soak.ts --minutes 30 --rate 500
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { caFile } from "../src/setup/stack/ca-file.ts";
import { adaptEnvoyConfig, readEnvoyYaml } from "../src/setup/stack/envoy-config.ts";
import { startEnvoy } from "../src/setup/stack/envoy-process.ts";
import { findEnvoy } from "../src/setup/stack/find-envoy.ts";
import { startStandIn } from "../src/setup/stack/stand-in-process.ts";
import { type InspectedServer, startInspectedServer } from "./collected-heap.ts";
import { printTable } from "./table.ts";

const TICK_MS = 20;
const CONNECTIONS = 64;
const SETTLE_MS = 5_000; // for the last entries to come
const COLLECT_EVERY_MINUTES = 2;
const MAX_LEAK_BYTES = 16; // of the heap per request, after a collection: less than anything kept of a request takes
const MAX_RSS_GROWTH = 1.1; // of its peak, from the middle third to the last
const MIN_JOINED = 0.999;
const BODIES = ["hello", "design it", "What is the capital of France?"].map((content) =>
  JSON.stringify({ model: "glm-5", messages: [{ role: "user", content }] }),
);

/** What sluice's metrics say at a moment. */
interface Sample {
  readonly minute: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly waiting: number;
  readonly outcomes: number;
  readonly joined: number;
  readonly cpuSeconds: number;
  readonly collected?: Collected | undefined;
}

/** After a garbage collection, under load. */
interface Collected {
  readonly heapBytes: number;
  readonly sent: number; // requests by then
}

interface Counts {
  sent: number;
  failed: number;
  skipped: number; // not sent: too many in flight
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "30" }, rate: { type: "string", default: "500" } } });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  const stops: (() => unknown)[] = [];
  try {
    const [weak, strong, sluice] = await Promise.all([startStandIn("weak"), startStandIn("strong"), startInspectedServer()]);
    stops.push(weak.stop, strong.stop, sluice.stop);
    const tiers = { weak: { kind: "address", address: weak.address }, strong: { kind: "address", address: strong.address } } as const;
    const addresses = { port: 0, adminPort: 0, sluice: sluice.extProc, tiers, caFile: caFile(process.env, tmpdir()) };
    const bin = await findEnvoy({ env: process.env, onProgress: (line) => console.error(line) });
    const envoy = await startEnvoy({ bin, config: adaptEnvoyConfig(readEnvoyYaml(), addresses), concurrency: 2 });
    stops.push(envoy.stop);
    process.exitCode = (await soak(envoy.url, sluice, minutes, rate)) ? 0 : 1;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** True when memory stayed flat and the join is whole. */
async function soak(url: string, sluice: InspectedServer, minutes: number, rate: number): Promise<boolean> {
  console.log(`${rate} requests/s for ${minutes} minutes`);
  const counts: Counts = { sent: 0, failed: 0, skipped: 0 };
  const stop = startLoad(url, rate, counts);
  const samples: Sample[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    await sleep(60_000);
    const sample = sampleOf(await sluice.metrics(), minute);
    const collected =
      minute % COLLECT_EVERY_MINUTES === 0 ? { heapBytes: await sluice.collectedHeapBytes(), sent: counts.sent } : undefined;
    samples.push({ ...sample, collected });
    printSample(samples, counts);
  }
  await stop();
  await sleep(SETTLE_MS);
  return verdict(samples, sampleOf(await sluice.metrics(), minutes), counts);
}

/** Requests by the clock, whatever is still in flight; none when the connections could not keep up. Returns what ends it. */
function startLoad(url: string, rate: number, counts: Counts): () => Promise<void> {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1, keepAliveTimeout: 60_000 });
  const startedAt = performance.now();
  let due = 0;
  let inFlight = 0;
  const send = async () => {
    inFlight++;
    const body = BODIES[counts.sent++ % BODIES.length] ?? "";
    try {
      const headers = { "content-type": "application/json" };
      const response = await pool.request({ method: "POST", path: "/v1/chat/completions", headers, body });
      await response.body.dump();
      if (response.statusCode !== 200) counts.failed++;
    } catch {
      counts.failed++;
    }
    inFlight--;
  };
  const timer = setInterval(() => {
    for (const until = ((performance.now() - startedAt) * rate) / 1000; due < until; due++) {
      if (inFlight < rate) void send();
      else counts.skipped++;
    }
  }, TICK_MS);
  return async () => {
    clearInterval(timer);
    while (inFlight > 0) await sleep(TICK_MS);
    await pool.close();
  };
}

function sampleOf(text: string, minute: number): Sample {
  const lines = text.split("\n");
  const sum = (start: string) =>
    lines.filter((line) => line.startsWith(start)).reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  return {
    minute,
    rssMb: sum("process_resident_memory_bytes ") / 1e6,
    heapMb: sum("nodejs_heap_size_used_bytes ") / 1e6,
    waiting: sum("sluice_outcomes_waiting "),
    outcomes: sum("sluice_outcomes_total{"),
    joined: sum('sluice_outcomes_total{kind="joined"'),
    cpuSeconds: sum("process_cpu_seconds_total "),
  };
}

function printSample(samples: readonly Sample[], { sent, failed, skipped }: Counts): void {
  const [now, before] = [samples.at(-1), samples.at(-2)];
  if (now === undefined) return;
  const cpuMicros = ((now.cpuSeconds - (before?.cpuSeconds ?? 0)) / Math.max(1, now.outcomes - (before?.outcomes ?? 0))) * 1e6;
  printTable(
    ["minute", "RSS MB", "heap MB", "collected MB", "waiting", "joined", "sent", "failed", "skipped", "CPU µs/request"],
    [
      [
        now.minute,
        now.rssMb,
        now.heapMb,
        (now.collected?.heapBytes ?? Number.NaN) / 1e6,
        now.waiting,
        now.joined,
        sent,
        failed,
        skipped,
        cpuMicros,
      ].map((value) => (Number.isNaN(value) ? "" : Number.isInteger(value) ? String(value) : value.toFixed(1))),
    ],
  );
}

function verdict(samples: readonly Sample[], end: Sample, { sent, failed }: Counts): boolean {
  const third = Math.floor(samples.length / 3); // the first fills caches and what a garbage collector likes to keep
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  const [peakBefore, peakAfter] = [middle, last].map((some) => Math.max(...some.map(({ rssMb }) => rssMb)));
  const [before, after] = [meanOf(middle), meanOf(last)];
  const leaked = (after.heapBytes - before.heapBytes) / Math.max(1, after.sent - before.sent);
  console.log(`of the middle third and the last: RSS, peak ${peakBefore?.toFixed(0)} and ${peakAfter?.toFixed(0)} MB;`);
  console.log(`  heap after a collection ${inMb(before)} and ${inMb(after)} MB: ${leaked.toFixed(1)} bytes a request`);
  const flat = samples.length < 12 ? undefined : leaked < MAX_LEAK_BYTES && (peakAfter ?? 0) < (peakBefore ?? 0) * MAX_RSS_GROWTH;
  console.log(`memory: ${flat === undefined ? "too short a run to tell" : flat ? "flat" : "NOT FLAT"}`);
  const rate = end.joined / sent;
  console.log(`joined: ${(rate * 100).toFixed(3)} % of ${sent} requests${rate > MIN_JOINED ? "" : ": TOO FEW"}; failed: ${failed}`);
  return flat !== false && rate > MIN_JOINED;
}

/** Over several collections: what is remembered of past requests comes and goes in large blocks. */
function meanOf(samples: readonly Sample[]): Collected {
  const all = samples.flatMap(({ collected }) => collected ?? []);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { heapBytes: mean(all.map(({ heapBytes }) => heapBytes)), sent: mean(all.map(({ sent }) => sent)) };
}

function inMb({ heapBytes }: Collected): string {
  return (heapBytes / 1e6).toFixed(1);
}

await main();
