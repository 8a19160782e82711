// The decision log and traces of a real process: what is written, and that readers and receivers that are stuck are not felt.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startEnvoy } from "../support/envoy.ts";
import { freePort } from "../support/free-port.ts";
import { metric } from "../support/metrics.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import { ask, chat } from "../support/requests.ts";
import { SLUICE_MAIN, startSluice, type TestSluiceOptions } from "../support/sluice.ts";
import { startStandIns } from "../support/stand-ins.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(options: TestSluiceOptions) {
  const sluice = await startSluice(options);
  const standIns = await startStandIns();
  const envoy = await startEnvoy({ sluice: sluice.extProc, weak: standIns.weak.address, strong: standIns.strong.address });
  return { sluice, envoy };
}

describe("the decision log", () => {
  test("has a line per request, with the prompt because that was asked for", async () => {
    const file = join(newFolder(), "decisions.jsonl");
    const { sluice, envoy } = await start({ config: `decisionLog: { to: file, file: "${file}" }\ncapturePrompts: true` });
    await ask(envoy.url, chat("hello"));
    await ask(envoy.url, chat("design it"), { "x-stand-in-script": "strong=503" });
    await waitFor(
      "both are written",
      async () => (await metric(sluice.adminUrl, "sluice_decision_log_lines_total", { result: "written" })) === 2,
    );
    const lines = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly prompt: string });
    // In the order in which Envoy's workers report them.
    expect(lines.toSorted((a, b) => (a.prompt < b.prompt ? 1 : -1))).toMatchObject([
      { decision: { tier: "weak", policy: "main@v7" }, outcome: { kind: "joined", tier: "weak", attempts: 1 }, prompt: "hello" },
      {
        decision: { tier: "strong", reason: "keyword", detail: "design" },
        signals: { format: "chat-completions", turns: 1, chars: 9, keywordHits: ["design"], stream: false },
        outcome: { kind: "joined", tier: "weak", fellBack: true, attempts: 2, status: 200 },
        cost: { basis: "estimated" },
        prompt: "design it",
      },
    ]);
  });
});

/** `sluice serve` with this file descriptor as its standard output, and its log in a file. */
async function startWithOutput(output: number, config: string) {
  const [extProc, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const folder = newFolder();
  const [file, logFile] = [join(folder, "sluice.yaml"), join(folder, "log")];
  writeFileSync(file, `listen: { extProc: "${extProc}", admin: "${admin}" }\n${config}\n`);
  const child = spawn(process.execPath, [SLUICE_MAIN, "serve", "--config", file], { stdio: ["ignore", output, openSync(logFile, "a")] });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  stopAtEnd(async () => void child.kill("SIGKILL"));
  const adminUrl = `http://${admin}`;
  await waitFor("sluice is ready", async () => (await fetch(`${adminUrl}/readyz`).catch(() => undefined))?.ok, 20_000);
  const standIns = await startStandIns();
  const envoy = await startEnvoy({ sluice: extProc, weak: standIns.weak.address, strong: standIns.strong.address });
  /** What the log says that was lost. */
  const lost = () =>
    readFileSync(logFile, "utf8")
      .split("\n")
      .filter((line) => line.includes("lines of the decision log are lost"))
      .reduce((sum, line) => sum + (JSON.parse(line) as { readonly count: number }).count, 0);
  return { adminUrl, envoy, child, exited, lost };
}

/** Opened for reading too, so that it has a reader, who never reads. */
function unreadPipe(): number {
  const fifo = join(newFolder(), "fifo");
  execFileSync("mkfifo", [fifo]);
  return openSync(fifo, "r+");
}

describe("standard output takes nothing, and nobody answers the spans", () => {
  test.each([
    ["a pipe that nobody reads", unreadPipe, 30],
    ["a full disk", () => openSync("/dev/full", "w"), 300],
  ])("%s: requests go on, the process ends in time with code 0, and what is lost is said", async (_name, openOutput, leastWaiting) => {
    const receiver = await startOtlpReceiver();
    receiver.behaviour = "hangs";
    const config = `decisionLog: { to: stdout }\ntraces: { endpoint: "${receiver.url}" }\nshutdown: { graceMs: 1000 }`;
    const { adminUrl, envoy, child, exited, lost } = await startWithOutput(openOutput(), config);
    for (let i = 0; i < 300; i++) expect((await ask(envoy.url, chat("hello"))).tier).toBe("weak"); // lines of more than a pipe's 64 KiB
    await waitFor("all outcomes are known", async () => (await metric(adminUrl, "sluice_outcomes_total", { kind: "joined" })) === 300);
    await waitFor("a span is on its way", () => receiver.requests.length > 0);
    const waiting = () => metric(adminUrl, "sluice_sink_waiting", { sink: "decision-log" });
    await waitFor("lines wait, and that is known", async () => (await waiting()) >= leastWaiting);
    const written = await metric(adminUrl, "sluice_decision_log_lines_total", { result: "written" });
    child.kill("SIGTERM");
    const startedAt = performance.now();
    expect(await exited).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(written + lost()).toBe(300);
  });
});
