// Several `sluice serve` processes behind one Envoy: each can be killed, ended in order, and started again at its addresses. Knows nothing
// of the test runner, so that bench/ can use it, too.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "../../src/setup/stack/child.ts";
import type { EnvoyCluster, EnvoyConfig } from "../../src/setup/stack/envoy-bootstrap.ts";
import { adaptEnvoyConfig, readEnvoyYaml } from "../../src/setup/stack/envoy-config.ts";
import { freePort } from "./free-port.ts";
import { metric } from "./metrics.ts";
import { waitFor } from "./wait-for.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const READY_MS = 20_000;

export interface Replica {
  readonly extProc: string; // host:port, the same after every start
  readonly adminUrl: string;
  /** SIGKILL: gone without a word. */
  kill(): Promise<void>;
  /** SIGTERM, as Kubernetes ends a pod: resolves when it has drained and exited. */
  end(): Promise<void>;
  /** At the same addresses; resolves when it is ready. */
  start(): Promise<void>;
  /** Requests it has decided since its start. */
  decisions(): Promise<number>;
}

/** `config`: YAML without `listen`. */
export async function startReplica(config = ""): Promise<Replica> {
  const [extProc, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const adminUrl = `http://${admin}`;
  const folder = mkdtempSync(join(tmpdir(), "sluice-replica-"));
  const file = join(folder, "sluice.yaml");
  writeFileSync(file, `listen: { extProc: "${extProc}", admin: "${admin}" }\n${config}\n`);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  let child: Child;
  const gone = async (signal: NodeJS.Signals) => {
    child.signal(signal);
    await child.exited;
  };
  const start = async () => {
    child = startChild(process.execPath, [MAIN, "serve", "--config", file]);
    await waitFor("the replica is ready", async () => child.hasExited() || (await fetch(`${adminUrl}/readyz`)).ok, READY_MS);
    if (child.hasExited()) throw new Error(`sluice ended: ${child.lastLines().join("\n")}`);
  };
  await start();
  return {
    extProc,
    adminUrl,
    kill: () => gone("SIGKILL"),
    end: () => gone("SIGTERM"),
    start,
    decisions: () => metric(adminUrl, "sluice_decisions_total"),
  };
}

/** envoy.yaml as an operator with several replicas has it: every one an endpoint of each cluster that is sluice, all else as shipped. */
export function replicatedEnvoyConfig(
  replicas: readonly Replica[],
  weak: string,
  strong: string,
  edit: (yaml: string) => string = (yaml) => yaml,
): EnvoyConfig {
  const [first = ""] = replicas.map(({ extProc }) => extProc);
  const tiers = { weak: { kind: "address", address: weak }, strong: { kind: "address", address: strong } } as const;
  const config = adaptEnvoyConfig(edit(readEnvoyYaml()), { port: 0, adminPort: 0, sluice: first, tiers, caFile: "" });
  const clusters = config.static_resources.clusters.map((cluster) => (isSluice(cluster) ? withEndpoints(cluster, replicas) : cluster));
  return { ...config, static_resources: { ...config.static_resources, clusters } };
}

function isSluice({ name }: EnvoyCluster): boolean {
  return name === "sluice" || name.startsWith("sluice_");
}

function withEndpoints(cluster: EnvoyCluster, replicas: readonly Replica[]): EnvoyCluster {
  const lb_endpoints = replicas.map(({ extProc }) => {
    const [address, port] = extProc.split(":");
    return { endpoint: { address: { socket_address: { address, port_value: Number(port) } } } };
  });
  return { ...cluster, load_assignment: { cluster_name: cluster.name, endpoints: [{ lb_endpoints }] } };
}
