// A running Envoy: configuration written to a folder of its own, started, awaited, ended.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SluiceError } from "../../errors.ts";
import { type Child, startChild } from "./child.ts";
import type { EnvoyConfig } from "./envoy-bootstrap.ts";
import { waitUntil } from "./wait-until.ts";

const READY_MS = 30_000; // names to look up first, on a busy machine
const SHOWN_LINES = 5;
const GONE = "gone";

export interface EnvoyOptions {
  readonly bin: string;
  readonly config: EnvoyConfig;
  readonly concurrency?: number; // worker threads; as many as processors when not given
  readonly onLine?: (line: string) => void; // its access log (JSON) and warnings
}

export interface EnvoyProcess {
  readonly url: string; // of the listener, http://host:port
  readonly adminUrl: string;
  readonly child: Child;
  stop(): Promise<void>;
}

/** Starts Envoy and resolves when it serves. Throws `envoy-failed-to-start` with its last lines. */
export async function startEnvoy(options: EnvoyOptions): Promise<EnvoyProcess> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-envoy-"));
  const configFile = join(folder, "envoy.json");
  const adminFile = join(folder, "admin-address");
  writeFileSync(configFile, JSON.stringify(options.config));
  const args = [
    "-c",
    configFile,
    "--admin-address-path",
    adminFile,
    "--disable-hot-restart",
    "-l",
    "warn",
    "--file-flush-interval-msec",
    "100",
  ];
  if (options.concurrency !== undefined) args.push("--concurrency", String(options.concurrency));
  const child = startChild(options.bin, args, options.onLine === undefined ? {} : { onLine: options.onLine });
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const urls = await waitUntil(async () => (child.hasExited() ? GONE : whenReady(adminFile)), READY_MS);
  if (urls === undefined || urls === GONE) {
    await stop();
    throw new SluiceError(
      "envoy-failed-to-start",
      [`${options.bin} did not become ready`, ...child.lastLines().slice(-SHOWN_LINES)].join("\n  "),
    );
  }
  return { ...urls, child, stop };
}

async function whenReady(adminFile: string): Promise<{ url: string; adminUrl: string } | undefined> {
  const adminUrl = `http://${readFileSync(adminFile, "utf8").trim()}`;
  if ((await fetch(`${adminUrl}/ready`)).status !== 200) return undefined;
  const listeners = (await (await fetch(`${adminUrl}/listeners?format=json`)).json()) as Listeners;
  const address = listeners.listener_statuses.find((status) => status.local_address.socket_address)?.local_address.socket_address;
  return address && { url: `http://${address.address}:${address.port_value}`, adminUrl };
}

interface Listeners {
  readonly listener_statuses: readonly {
    readonly local_address: { readonly socket_address?: { readonly address: string; readonly port_value: number } };
  }[];
}
