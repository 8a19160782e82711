// Standard error and standard output that take nothing, or little: a pipe that is full, whose reader is slow or gone, a full disk. The
// process serves all the same, SIGTERM ends it in time with code 0, and what is lost is counted.
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

interface Pipe {
  readonly end: number; // to write to
  readonly close: () => void; // the reader goes
  readonly read: (bytes?: number) => string; // what is there now, or a part of it
}

function pipe(): Pipe {
  const fifo = join(newFolder(), "fifo");
  execFileSync("mkfifo", [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const end = openSync(fifo, "w"); // as a shell's pipe: whoever writes to it waits
  return { end, close: () => closeSync(reader), read: (bytes) => read(reader, bytes) };
}

function fullPipe(): Pipe {
  const made = pipe();
  const filler = openSync(`/proc/self/fd/${made.end}`, constants.O_WRONLY | constants.O_NONBLOCK);
  fill(filler);
  closeSync(filler);
  return made;
}

function fill(descriptor: number): void {
  const block = Buffer.alloc(4096, "x");
  try {
    for (;;) writeSync(descriptor, block);
  } catch {} // EAGAIN: it is full
}

function read(descriptor: number, bytes = 1 << 20): string {
  const block = Buffer.alloc(bytes);
  try {
    return block.toString("utf8", 0, readSync(descriptor, block)); // a pipe holds less than a megabyte
  } catch {
    return ""; // EAGAIN: it is empty
  }
}

async function endsInTime({ child, exited }: Running): Promise<void> {
  const startedAt = performance.now();
  child.kill("SIGTERM");
  const code = await Promise.race([exited, waitFor("it ends", () => child.exitCode !== null && "late", 15_000)]);
  expect(code === "late" ? child.exitCode : code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(GRACE_MS + 8000); // before, it never did
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

const idsIn = (text: string) => [...text.matchAll(/^\{.*"requestId":"request-(\d+)".*\}$/gm)].map(([, id]) => Number(id));

describe("the decision log on standard output", () => {
  test("whose reader is slow comes whole, in order, each line once", async () => {
    const out = pipe();
    const running = await start(out.end, openSync("/dev/null", "w"));
    const client = accessLogClient(running.extProc);
    stopAtEnd(async () => client.close());
    for (let i = 0; i < 20; i++) await client.send(Array.from({ length: 100 }, (_, j) => `request-${100 * i + j}`));
    let text = "";
    await waitFor("all are read", () => {
      text += out.read(10_007);
      return text.includes('"request-1999"') && text.endsWith("\n");
    });
    expect(idsIn(text)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
    expect(text.trimEnd().split("\n")).toHaveLength(2000);
    expect(await metric(running.adminUrl, "sluice_decision_log_lines_total", { result: "written" })).toBe(2000);
    await endsInTime(running);
  });

  test("that nobody reads: the whole lines in the pipe and those said to be lost are all there were", async () => {
    const [out, log] = [pipe(), pipe()];
    const running = await start(out.end, log.end);
    const client = accessLogClient(running.extProc);
    stopAtEnd(async () => client.close());
    for (let i = 0; i < 5; i++) await client.send(Array.from({ length: 100 }, (_, j) => `request-${100 * i + j}`));
    await waitFor("they wait", async () => (await metric(running.adminUrl, "sluice_sink_waiting", { sink: "decision-log" })) > 0, 20_000);
    await endsInTime(running);
    const inPipe = idsIn(out.read());
    const [, lost] = /"count":(\d+)[^\n]*lines of the decision log are lost/.exec(log.read()) ?? [];
    expect(inPipe.length).toBeGreaterThan(0);
    expect(inPipe.length + Number(lost)).toBe(500);
  });

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
