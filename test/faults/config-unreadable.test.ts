// A configuration file, or its folder, that this user may no longer read, under a running server. As root too, without what lets root read.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startChild } from "../../src/setup/stack/child.ts";
import { freePort } from "../support/free-port.ts";
import { metric } from "../support/metrics.ts";
import { SLUICE_MAIN } from "../support/sluice.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const ROOT = process.getuid?.() === 0;
const MODEST = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"];
const [program = "", ...first] = ROOT ? [...MODEST, process.execPath] : [process.execPath];
const possible = !ROOT || spawnSync(program, [...first.slice(0, -1), "true"]).status === 0;

test.skipIf(!possible).each<[what: string, path: (folder: string) => string, modes: readonly [denied: number, allowed: number]]>([
  ["the file", (folder) => join(folder, "sluice.yaml"), [0o000, 0o600]],
  ["its folder", (folder) => folder, [0o000, 0o700]],
])("%s may not be read: one line, one count, and it counts when it may", async (_what, pathIn, [denied, allowed]) => {
  const folder = join(mkdtempSync(join(tmpdir(), "sluice-test-")), "config");
  mkdirSync(folder);
  const file = join(folder, "sluice.yaml");
  const admin = `127.0.0.1:${await freePort()}`;
  writeFileSync(file, `listen: { extProc: "127.0.0.1:${await freePort()}", admin: "${admin}" }\n`);
  const lines: string[] = [];
  const child = startChild(program, [...first, SLUICE_MAIN, "serve", "--config", file], { onLine: (line) => lines.push(line) });
  stopAtEnd(async () => {
    chmodSync(pathIn(folder), allowed);
    await child.stop();
    rmSync(join(folder, ".."), { recursive: true });
  });
  await waitFor("sluice is ready", async () => (await fetch(`http://${admin}/readyz`)).ok, 20_000);
  const reloads = (result: string) => metric(`http://${admin}`, "sluice_config_reloads_total", { result });

  chmodSync(pathIn(folder), denied);
  await waitFor("it is counted", async () => (await reloads("failed")) === 1, 10_000);
  const said = () => lines.filter((line) => line.includes("configuration not reloaded"));
  await waitFor("it is said", () => said().length > 0);
  expect(said()).toEqual([expect.stringMatching(/"code":"config-unreadable".*EACCES/)]);

  chmodSync(pathIn(folder), allowed);
  await waitFor("it counts again", async () => (await reloads("ok")) === 1, 15_000);
  expect(await reloads("failed")).toBe(1);
});
