// Standard error that takes nothing: a pipe that is full, whose reader is gone, a full disk, a terminal that is held. Requests are answered
// all the same, and SIGTERM ends the process in time with code 0.
import { type ChildProcess, execFileSync, type StdioOptions, spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accessLogClient } from "../support/access-log-client.ts";
import { envoyBin } from "../support/envoy.ts";
import { freePort } from "../support/free-port.ts";
import { metric } from "../support/metrics.ts";
import { ask, chat } from "../support/requests.ts";
import { SLUICE_MAIN } from "../support/sluice.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const GRACE_MS = 500;

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly extProc: string;
  readonly adminUrl: string;
}

/** `sluice serve`, which says every decision and outcome that it can, with these descriptors. */
async function start(stdout: number | "ignore", stderr: number): Promise<Running> {
  const [extProc, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const file = join(newFolder(), "sluice.yaml");
  const decisionLog = stdout === "ignore" ? "" : "decisionLog: { to: stdout }\n";
  writeFileSync(file, `listen: { extProc: "${extProc}", admin: "${admin}" }\nshutdown: { graceMs: ${GRACE_MS} }\n${decisionLog}`);
  const child = spawn(process.execPath, [SLUICE_MAIN, "serve", "--config", file], { stdio: ["ignore", stdout, stderr] });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  stopAtEnd(async () => void child.kill("SIGKILL"));
  const adminUrl = `http://${admin}`;
  await waitFor("sluice is ready", async () => (await fetch(`${adminUrl}/readyz`).catch(() => undefined))?.ok, 20_000);
  return { child, exited, extProc, adminUrl };
}

/** Both its ends are ours until `close`; who opens it too shares them. */
function fullPipe(): { readonly end: number; readonly close: () => void; readonly read: () => string } {
  const fifo = join(newFolder(), "fifo");
  execFileSync("mkfifo", [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const end = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  fill(end);
  closeSync(end);
  const blocking = openSync(fifo, "w"); // as a shell's pipe: whoever writes to it waits
  return { end: blocking, close: () => closeSync(reader), read: () => readAll(reader) };
}

function fill(descriptor: number): void {
  const block = Buffer.alloc(4096, "x");
  try {
    for (;;) writeSync(descriptor, block);
  } catch {} // EAGAIN: it is full
}

function readAll(descriptor: number): string {
  const block = Buffer.alloc(1 << 20);
  let text = "";
  try {
    for (let read = 1; read > 0; text += block.toString("utf8", 0, read)) read = readSync(descriptor, block);
  } catch {} // EAGAIN: it is empty
  return text;
}

async function endsInTime({ child, exited }: Running): Promise<void> {
  const startedAt = performance.now();
  child.kill("SIGTERM");
  const code = await Promise.race([exited, waitFor("it ends", () => child.exitCode !== null && "late", 10_000)]);
  expect(code === "late" ? child.exitCode : code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(GRACE_MS + 3000);
}

describe("standard error is a pipe", () => {
  test("that is full and never read: the process serves, and ends in time with code 0", async () => {
    await endsInTime(await start("ignore", fullPipe().end));
  });

  test("whose reader is gone: likewise", async () => {
    const pipe = fullPipe();
    const running = await start("ignore", pipe.end);
    closeSync(pipe.end);
    pipe.close();
    await endsInTime(running);
  });

  test("that is full while it is told to end, and read then: the last lines come", async () => {
    const pipe = fullPipe();
    const running = await start("ignore", pipe.end);
    const ended = endsInTime(running);
    await waitFor("it is about to end", async () => (await fetch(`${running.adminUrl}/readyz`).catch(() => undefined))?.ok !== true);
    let text = "";
    await waitFor("the last lines are read", () => {
      text += pipe.read();
      return text.includes('"msg":"stopped"');
    });
    await ended;
  });

  test("of which more is asked than it may hold up: lines are lost, counted, and said when it is read again", async () => {
    const pipe = fullPipe();
    const running = await start("ignore", pipe.end);
    const client = accessLogClient(running.extProc);
    stopAtEnd(async () => client.close());
    const lost = () => metric(running.adminUrl, "sluice_log_lines_lost_total");
    await waitFor(
      "lines are lost",
      async () => {
        await Promise.all(Array.from({ length: 500 }, () => client.sendUnreadable()));
        return (await lost()) > 0;
      },
      60_000,
    );
    let text = "";
    await waitFor("it is said that lines are lost", () => {
      text += pipe.read();
      return text.includes("lines of this log are lost");
    });
    await endsInTime(running);
  });
});

describe("standard error is no pipe", () => {
  test("but a full disk: the process serves, and ends in time with code 0", async () => {
    await endsInTime(await start("ignore", openSync("/dev/full", "w")));
  });
});

describe("standard output is stuck, too", () => {
  test("the decision log's pipe and the log's are full and never read: the process ends in time with code 0", async () => {
    const running = await start(fullPipe().end, fullPipe().end);
    const client = accessLogClient(running.extProc);
    stopAtEnd(async () => client.close());
    await client.send(Array.from({ length: 100 }, (_, i) => `request-${i}`));
    await waitFor("the lines wait", async () => (await metric(running.adminUrl, "sluice_sink_waiting", { sink: "decision-log" })) === 100);
    await endsInTime(running);
  });
});

describe("the local stack", () => {
  test("whose pipes are full and never read ends in time with code 0, too", async () => {
    const port = await freePort();
    const env = { ...process.env, ENVOY_BIN: await envoyBin() };
    const stdio: StdioOptions = ["ignore", fullPipe().end, fullPipe().end];
    const child = spawn(process.execPath, [SLUICE_MAIN, "stack", "--port", String(port)], { env, stdio });
    stopAtEnd(async () => void child.kill("SIGKILL"));
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const asked = () => ask(`http://127.0.0.1:${port}`, chat("hello")).catch(() => undefined);
    await waitFor("it serves", async () => (await asked())?.status === 200, 30_000);
    for (let i = 0; i < 100; i++) await asked();
    child.kill("SIGTERM");
    expect(await Promise.race([exited, waitFor("it ends", () => child.exitCode !== null && "late", 20_000)])).toBe(0);
  });
});
