// Two sluice processes behind one Envoy with envoy/envoy.yaml, under load: how many requests go unrouted when one is killed and comes back,
// and when each is restarted in order. Needs `npm run build`.
//
//   node bench/replicas.ts --requests 30000 --restarts 6 [--envoy 1.37.0] [--envoy-config FILE]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startEnvoy } from "../src/setup/stack/envoy-process.ts";
import { findEnvoy } from "../src/setup/stack/find-envoy.ts";
import { startStandIn } from "../src/setup/stack/stand-in-process.ts";
import { type LoadResult, load } from "../test/support/load.ts";
import { type Replica, replicatedEnvoyConfig, startReplica } from "../test/support/replicas.ts";
import { waitFor } from "../test/support/wait-for.ts";
import { printTable } from "./table.ts";

const CONNECTIONS = 16;
const HEADERS = { "x-stand-in-script": "delay=20" }; // so at most 800 requests a second: a steady load, not as much as there is CPU for
const BODY = JSON.stringify({ model: "glm-5", messages: [{ role: "user", content: "hello" }] });
const REQUESTS = [{ body: BODY, tier: "weak" }];
const SHARE_MS = 120_000; // for a process to get its share of the load

interface Cell {
  readonly name: string;
  readonly restart?: (replica: Replica) => Promise<void>;
}

const CELLS: readonly Cell[] = [
  { name: "nothing happens" },
  {
    name: "killed (SIGKILL), started again",
    async restart(replica) {
      await replica.kill();
      await replica.start();
    },
  },
  {
    name: "ended (SIGTERM), started again",
    async restart(replica) {
      await replica.end();
      await replica.start();
    },
  },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      requests: { type: "string", default: "30000" },
      restarts: { type: "string", default: "6" },
      envoy: { type: "string" },
      "envoy-config": { type: "string" },
    },
  });
  const [requests, restarts, file] = [Number(values.requests), Number(values.restarts), values["envoy-config"]];
  const edit = (yaml: string) => (file === undefined ? yaml : readFileSync(file, "utf8"));
  const version = values.envoy === undefined ? {} : { version: values.envoy };
  const bin = await findEnvoy({ env: process.env, onProgress: (line) => console.error(line), ...version });
  const [weak, strong, ...replicas] = await Promise.all([startStandIn("weak"), startStandIn("strong"), startReplica(), startReplica()]);
  const config = replicatedEnvoyConfig(replicas, weak.address, strong.address, edit);
  const envoy = await startEnvoy({ bin, config, concurrency: 2 });
  const rows: string[][] = [];
  for (const { name, restart } of CELLS) {
    const unroutedBefore = await failuresAllowed(envoy.adminUrl);
    const { result, done } = await underLoad(envoy.url, requests, replicas, restart === undefined ? 0 : restarts, restart);
    const unrouted = result.wrong.get("200 unrouted") ?? 0;
    const failed = [...result.wrong].filter(([what]) => what !== "200 unrouted").reduce((sum, [, count]) => sum + count, 0);
    const allowed = (await failuresAllowed(envoy.adminUrl)) - unroutedBefore;
    const perTenThousand = ((unrouted / result.sent) * 10_000).toFixed(2);
    rows.push([name, done, result.sent, unrouted, perTenThousand, allowed, failed, result.perSecond].map(String));
  }
  printTable(["", "times", "requests", "unrouted", "in 10,000", "passed by Envoy", "failed", "requests/s"], rows);
  await envoy.stop();
  await Promise.all([weak.stop(), strong.stop(), ...replicas.map((replica) => replica.end())]);
}

/** One process after the other is restarted while requests come; before each restart, and at the end, every process gets its share. */
async function underLoad(
  url: string,
  requests: number,
  replicas: readonly Replica[],
  restarts: number,
  restart: Cell["restart"],
): Promise<{ result: LoadResult; done: number }> {
  let running = true;
  const loading = load({ url, requests: REQUESTS, count: requests, connections: CONNECTIONS, headers: HEADERS, during: () => running });
  const share = Math.floor(requests / (restarts + 1) / replicas.length);
  let done = 0;
  for (; done < restarts; done++) {
    await decidesMore(replicas, share);
    const replica = replicas[done % replicas.length];
    if (replica !== undefined) await restart?.(replica);
  }
  await decidesMore(replicas, share);
  running = false;
  return { result: await loading, done };
}

async function decidesMore(replicas: readonly Replica[], share: number): Promise<void> {
  const each = replicas.map(async (replica) => {
    const before = await replica.decisions();
    await waitFor("the process gets its share", async () => (await replica.decisions()) - before > share, SHARE_MS);
  });
  await Promise.all(each);
}

/** What Envoy says it let through unrouted. */
async function failuresAllowed(adminUrl: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/stats?filter=ext_proc.failure_mode_allowed`)).text();
  return Number(/: (\d+)/.exec(text)?.[1] ?? Number.NaN);
}

await main();
