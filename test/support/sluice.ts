// `sluice serve` as a user runs it, for tests: the built program in a process of its own, on free ports.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Transport } from "../../src/config/capabilities/listen.ts";
import { type Child, startChild } from "../../src/setup/stack/child.ts";
import { freePort } from "./free-port.ts";
import { stopAtEnd } from "./teardown.ts";
import { waitFor } from "./wait-for.ts";

export const SLUICE_MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface TestSluiceOptions {
  readonly config?: string; // YAML without `listen`
  readonly listen?: string; // more of `listen`, as its members in braces would stand
  readonly extProc?: string; // listen addresses; free ports when not given. Give an earlier process's to take its place.
  readonly admin?: string;
  readonly transport?: Transport; // the default when not given
  readonly env?: NodeJS.ProcessEnv; // added to ours
  readonly nodeArgs?: readonly string[];
  readonly args?: readonly string[]; // of `serve`
  readonly openFiles?: number; // at most, connections included
  readonly onLine?: (line: string) => void; // its log
}

export interface TestSluice {
  readonly extProc: string;
  readonly admin: string;
  readonly adminUrl: string;
  readonly configFile: string; // write to it to have it reloaded
  readonly child: Child;
  stop(): Promise<void>; // SIGTERM, waits for its end
}

/** Resolves when it is ready to serve; throws with its last lines when it ends before. */
export async function startSluice(options: TestSluiceOptions = {}): Promise<TestSluice> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  const configFile = join(folder, "sluice.yaml");
  const extProc = options.extProc ?? `127.0.0.1:${await freePort()}`;
  const admin = options.admin ?? `127.0.0.1:${await freePort()}`;
  const transport = options.transport === undefined ? "" : `, transport: ${options.transport}`;
  const more = options.listen === undefined ? "" : `, ${options.listen}`;
  writeFileSync(configFile, `listen: { extProc: "${extProc}", admin: "${admin}"${transport}${more} }\n${options.config ?? ""}\n`);
  const command = [process.execPath, ...(options.nodeArgs ?? []), SLUICE_MAIN, "serve", "--config", configFile, ...(options.args ?? [])];
  const limited = options.openFiles === undefined ? "" : `ulimit -n ${options.openFiles}; `;
  const child = startChild("/bin/sh", ["-c", `${limited}exec "$0" "$@"`, ...command], {
    env: { ...process.env, ...options.env },
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  });
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  stopAtEnd(stop);
  const adminUrl = `http://${admin}`;
  await waitFor("sluice is ready", async () => child.hasExited() || (await fetch(`${adminUrl}/readyz`)).ok, 20_000);
  if (child.hasExited()) throw new Error(`sluice ended: ${child.lastLines().join("\n")}`);
  return { extProc, admin, adminUrl, configFile, child, stop };
}
