// `sluice serve --processes` without Envoy: how it is told wrong, what it says at its start, and that none of its processes is left behind.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { waitFor } from "../support/wait-for.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "sluice-serve-processes-"));
const CONFIG = join(folder, "sluice.yaml");
const SOCKET = `unix:${join(folder, "s")}`;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(listen: string) {
  writeFileSync(CONFIG, `listen: ${listen}\n`);
  const child = spawn(process.execPath, [MAIN, "serve", "--config", CONFIG, "--processes", "2", "--log-format", "json"]);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, ended, text: () => text };
}

const childrenOf = (pid = 0) => readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("serve --processes", () => {
  test.each(["0", "65", "two", "1.5"])("refuses %s as wrong usage", (count) => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "serve", "--processes", count], { encoding: "utf8" });
    expect(status).toBe(2);
    expect(stderr).toContain("1 to 64");
  });

  test("says where each listens, and that a process that cannot listen keeps all from serving", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => taken.once("listening", resolve));
    const { port } = taken.address() as { port: number };
    try {
      const { ended, text } = start(`{ extProc: "127.0.0.1:${port - 1}", admin: "127.0.0.1:0" }`);
      expect(await ended).not.toBe(0);
      expect(text()).toContain(`error[listen-in-use]: 127.0.0.1:${port}: another process listens there`);
      expect(text()).not.toContain("    at ");
    } finally {
      taken.close();
    }
  }, 60_000);

  test("ends all of them when it is gone itself, without a word", async () => {
    const { child, ended, text } = start(`{ extProc: "${SOCKET}", admin: "127.0.0.1:0" }`);
    await waitFor("it serves", () => text().includes('"serving"'), 30_000);
    expect(text()).toContain(`"extProc":"${SOCKET}.0, ${SOCKET}.1"`);
    const children = childrenOf(child.pid);
    expect(children.map(isThere)).toEqual([true, true]);
    child.kill("SIGKILL");
    await ended;
    await waitFor("none is left", () => !children.some(isThere), 30_000);
  }, 60_000);
});
