// Starts what the image starts, from files that nobody may write and, where we are root, as the user that the image has.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, startChild } from "../src/setup/stack/child.ts";
import { waitUntil } from "../src/setup/stack/wait-until.ts";
import type { ImageFiles } from "./image-files.ts";

const READY_MS = 60_000;
const NONROOT = 65532; // the user of distroless images whose tag is `nonroot`

export interface ImageProcess {
  readonly extProc: string; // addresses
  readonly admin: string;
  readonly child: Child;
  stop(): Promise<void>;
}

/** ENTRYPOINT and CMD, with a configuration on free ports behind them. Resolves when it is ready. */
export async function startImageProcess({ root, start }: ImageFiles): Promise<ImageProcess> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-image-config-"));
  chmodSync(folder, 0o755);
  const config = join(folder, "sluice.yaml");
  writeFileSync(config, 'listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }\n');
  const [program = "", ...args] = start.entrypoint;
  const env = Object.entries(start.env).map(([name, value]) => `${name}=${value}`);
  const inside = ["env", "--ignore-environment", `--chdir=${join(root, start.workdir)}`, ...env];
  const asNonroot = process.getuid?.() === 0 ? ["setpriv", `--reuid=${NONROOT}`, `--regid=${NONROOT}`, "--clear-groups"] : [];
  const [command = "", ...words] = [...asNonroot, ...inside, join(root, program), ...args, ...start.cmd, "--config", config];
  let serving: { readonly extProc: string; readonly admin: string } | undefined;
  const onLine = (line: string) => {
    if (line.includes('"msg":"serving"')) serving = JSON.parse(line);
  };
  const child = startChild(command, words, { onLine });
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = await waitUntil(async () => child.hasExited() || (await fetch(`http://${serving?.admin}/readyz`)).ok, READY_MS);
  if (serving === undefined || ready === undefined || child.hasExited()) {
    await stop();
    throw new Error(["the image does not start", ...child.lastLines()].join("\n  "));
  }
  return { ...serving, child, stop };
}
