// A real Envoy for tests, with envoy/envoy.yaml on free ports.
import { tmpdir } from "node:os";
import { caFile } from "../../src/setup/stack/ca-file.ts";
import { adaptEnvoyConfig, type EnvoyAddresses, readEnvoyYaml, type TierServer } from "../../src/setup/stack/envoy-config.ts";
import { type EnvoyProcess, startEnvoy as start } from "../../src/setup/stack/envoy-process.ts";
import { findEnvoy } from "../../src/setup/stack/find-envoy.ts";
import { stopAtEnd } from "./teardown.ts";

/** The oldest version the README claims to support. */
export const OLDEST_ENVOY = "1.37.0";

export interface TestEnvoyOptions {
  readonly sluice: string | readonly string[]; // host:port or unix:/path; of several processes, each
  readonly weak: TierServer | string; // a string: host:port
  readonly strong: TierServer | string;
  readonly version?: string; // fetched where it is not in the cache; without it whatever Envoy is found
  readonly edit?: (yaml: string) => string; // changes to the text of envoy.yaml; one that changes nothing throws
  readonly caFile?: string; // for servers with https
  readonly concurrency?: number; // worker threads, 2 when not given
  readonly onLine?: (line: string) => void; // access log (JSON) and warnings
}

export interface TestEnvoy extends EnvoyProcess {
  /** Counters and gauges whose name matches the regular expression. */
  stats(filter: string): Promise<ReadonlyMap<string, number>>;
}

/** Path of the Envoy binary the tests run. The first call of a machine fetches it, which takes seconds. */
export function envoyBin(version?: string): Promise<string> {
  return findEnvoy({
    env: process.env,
    onProgress: (line) => process.stderr.write(`${line}\n`),
    ...(version === undefined ? {} : { version }),
  });
}

/** The configuration `startEnvoy` runs, for tests that look at it. */
export function testEnvoyConfig(options: TestEnvoyOptions) {
  const yaml = readEnvoyYaml();
  const edited = options.edit?.(yaml) ?? yaml;
  if (options.edit !== undefined && edited === yaml) throw new Error("the edit of envoy.yaml found nothing to change");
  const addresses: EnvoyAddresses = {
    port: 0,
    adminPort: 0,
    sluice: options.sluice,
    tiers: { weak: tierServer(options.weak), strong: tierServer(options.strong) },
    caFile: options.caFile ?? caFile(process.env, tmpdir()),
  };
  return adaptEnvoyConfig(edited, addresses);
}

export async function startEnvoy(options: TestEnvoyOptions): Promise<TestEnvoy> {
  const envoy = await start({
    bin: await envoyBin(options.version),
    config: testEnvoyConfig(options),
    concurrency: options.concurrency ?? 2,
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  });
  stopAtEnd(envoy.stop);
  return { ...envoy, stats: (filter) => readStats(envoy.adminUrl, filter) };
}

function tierServer(server: TierServer | string): TierServer {
  return typeof server === "string" ? { kind: "address", address: server } : server;
}

async function readStats(adminUrl: string, filter: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${adminUrl}/stats?filter=${encodeURIComponent(filter)}`);
  const lines = (await response.text()).split("\n").map((line) => line.split(": "));
  return new Map(
    lines.flatMap(([name, value]) => (name && value !== undefined && /^\d+$/.test(value) ? [[name, Number(value)] as const] : [])),
  );
}
