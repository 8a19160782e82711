// A long run of the whole: Envoy, sluice as a process of its own, and stand-ins, under a steady rate of requests. Every minute it prints
// what sluice holds and how many outcomes were joined; at the end whether memory stayed flat and the accounts are right. With `--faults`,
// while one fault after the other befalls it (bench/soak/faults.ts). Needs `npm run build`; SIGINT or SIGTERM ends it early.
//
//   node bench/soak.ts --minutes 30 --rate 500 [--faults]
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { caFile } from "../src/setup/stack/ca-file.ts";
import { adaptEnvoyConfig, readEnvoyYaml } from "../src/setup/stack/envoy-config.ts";
import { startEnvoy } from "../src/setup/stack/envoy-process.ts";
import { findEnvoy } from "../src/setup/stack/find-envoy.ts";
import { startStandIn } from "../src/setup/stack/stand-in-process.ts";
import { waitUntil } from "../src/setup/stack/wait-until.ts";
import { type InspectedServer, startInspectedServer } from "./collected-heap.ts";
import { type Check, equal, none } from "./soak/checks.ts";
import { type Befallen, prepareFaults } from "./soak/faults.ts";
import { type Load, type SoakRequest, startLoad } from "./soak/load.ts";
import { isFlat, sampleOf, watchMemory } from "./soak/memory.ts";
import { printTable } from "./table.ts";

const SETTLE_MS = 30_000; // for the last entries to come
const WITHOUT_TIER = '"tier":null';
/** As the defaults decide. */
const REQUESTS: readonly SoakRequest[] = [
  { content: "hello", tier: "weak" },
  { content: "design it", tier: "strong" },
  { content: "What is the capital of France?", tier: "weak" },
];

/** What Envoy's own access log says. */
interface EnvoyLog {
  entries: number;
  unrouted: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "30" },
      rate: { type: "string", default: "500" },
      faults: { type: "boolean", default: false },
    },
  });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  const stops: (() => unknown)[] = [];
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  try {
    const befallen = values.faults ? await prepareFaults(minutes, rate) : undefined;
    if (befallen !== undefined) stops.push(befallen.stop);
    const [weak, strong, sluice] = await Promise.all([
      startStandIn("weak"),
      startStandIn("strong"),
      startInspectedServer(befallen?.server),
    ]);
    stops.push(weak.stop, strong.stop, sluice.stop);
    const tiers = { weak: { kind: "address", address: weak.address }, strong: { kind: "address", address: strong.address } } as const;
    const addresses = { port: 0, adminPort: 0, sluice: sluice.extProc, tiers, caFile: caFile(process.env, tmpdir()) };
    const bin = await findEnvoy({ env: process.env, onProgress: (line) => console.error(line) });
    const log: EnvoyLog = { entries: 0, unrouted: 0 };
    const onLine = (line: string) => {
      if (line.startsWith("{")) log.entries++;
      if (line.includes(WITHOUT_TIER)) log.unrouted++;
    };
    const envoy = await startEnvoy({ bin, config: adaptEnvoyConfig(readEnvoyYaml(), addresses), concurrency: 2, onLine });
    stops.push(envoy.stop);
    console.log(`${rate} requests/s for ${minutes} minutes${values.faults ? ", with faults" : ""}`);
    const checks = await soak({ url: envoy.url, sluice, minutes, rate, befallen, log, ended });
    printTable(
      ["", "found"],
      checks.map(({ what, found, holds }) => [what, holds ? found : `WRONG: ${found}`]),
    );
    process.exitCode = checks.every(({ holds }) => holds) ? 0 : 1;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

interface Soak {
  readonly url: string; // of Envoy
  readonly sluice: InspectedServer;
  readonly minutes: number;
  readonly rate: number;
  readonly befallen: Befallen | undefined;
  readonly log: EnvoyLog;
  readonly ended: AbortController;
}

async function soak({ url, sluice, minutes, rate, befallen, log, ended }: Soak): Promise<readonly Check[]> {
  const startedAt = performance.now();
  const load = startLoad(url, rate, befallen?.requests ?? REQUESTS);
  const faults = befallen?.begin(sluice, ended.signal);
  faults?.over.catch(() => ended.abort()); // and is thrown below
  const samples = await watchMemory(sluice, load, minutes, ended.signal);
  ended.abort();
  await faults?.over;
  await load.stop();
  const { sent, skipped } = load.counts;
  const held = Math.round((sent * 1000) / (performance.now() - startedAt));
  const joined = async () => sampleOf(await sluice.metrics(), minutes).joined;
  await waitUntil(async () => (await joined()) === sent && log.entries === sent, SETTLE_MS);
  const [p50, p99, longest] = [0.5, 0.99, 1].map((share) => load.quantile(share).toFixed(1));
  console.log(`held ${held} requests/s, ${skipped} skipped; this process was held up for ${load.heldUpMs().toFixed(0)} ms at most`);
  console.log(`answered in ${p50} ms, p99 ${p99} ms, ${longest} ms at most`);
  const checks = [...requestChecks(load, log), equal("outcomes joined, of all sent", await joined(), sent)];
  const faultChecks = (await faults?.checks(sent)) ?? [];
  const flat = isFlat(samples);
  const memory = {
    what: "memory",
    found: flat === undefined ? "too short a run to tell" : flat ? "flat" : "NOT FLAT",
    holds: flat !== false,
  };
  return [...checks, ...faultChecks, memory];
}

function requestChecks({ counts: { sent, failed, astray } }: Load, { entries, unrouted }: EnvoyLog): readonly Check[] {
  return [
    none("requests failed", failed),
    none("requests answered by another tier than they must", astray),
    equal("entries of Envoy's access log, of all sent", entries, sent),
    none("of them unrouted", unrouted),
  ];
}

await main();
