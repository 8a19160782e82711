// What decision log and spans add to a request: CPU of the whole process, microseconds an outcome, with the log to a file and the spans to
// a receiver in another process. Run: node bench/sinks.ts
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Outcome } from "../src/outcome/join/outcome.ts";
import { createSinks, type SinksConfig } from "../src/outcome/sinks/sinks.ts";
import { createLogger } from "../src/outcome/telemetry/log.ts";
import { createMetrics } from "../src/outcome/telemetry/metrics.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const PER_SECOND = 4000;
const SECONDS = 4;
const ROUNDS = 5;
const TICK_MS = 10;

const OUTCOME: Outcome = {
  kind: "joined",
  requestId: "e15f9076-3ccb-9973-a008-dc0a834fdae3",
  decided: {
    decision: { tier: "strong", policy: "main@v7", reason: "keyword", detail: "design" },
    measured: { format: "chat-completions", turns: 3, stream: true, chars: 1200, textBytes: 1300, keywordHits: ["design"], inputTokens: 9 },
    made: {
      atMs: Date.now(),
      tookMs: 0.04,
      bodyBytes: 1500,
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      prompt: undefined,
    },
  },
  served: {
    startedAtMs: Date.now(),
    tier: "strong",
    cluster: "strong",
    fellBack: false,
    attempts: 1,
    status: 200,
    responseFlags: [],
    firstByteMs: 812.5,
    durationMs: 4321.25,
    requestBytes: 1500,
    responseBytes: 40_000,
  },
  isChat: true,
  failure: undefined,
  cost: {
    basis: "estimated",
    inputTokens: 325,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: 154,
    reasoningTokens: 0,
    costUsd: 0.0033,
    isPriced: true,
  },
};

/** The receiver, in a process of its own: answers everything with 200. */
function receive(): void {
  const server = createServer((request, response) => void request.resume().once("end", () => response.end()));
  server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
}

/** CPU microseconds an outcome, user and system. */
async function measure(config: Pick<SinksConfig, "decisionLog" | "traces">): Promise<number> {
  const log = createLogger({ level: "warn" });
  const sinks = await createSinks({ config: () => ({ ...config, tiers: [] }), metrics: createMetrics(), log, env: {} });
  const before = process.cpuUsage();
  for (let tick = 0; tick < (SECONDS * 1000) / TICK_MS; tick++) {
    for (let i = 0; i < (PER_SECOND * TICK_MS) / 1000; i++) sinks.outcome(OUTCOME);
    await wait(TICK_MS);
  }
  await sinks.close(5000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (PER_SECOND * SECONDS);
}

async function main(): Promise<void> {
  const receiver = fork(fileURLToPath(import.meta.url), ["receive"]);
  const { port } = await new Promise<{ port: number }>((resolve) =>
    receiver.once("message", (address) => resolve(address as { port: number })),
  );
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const file = join(folder, "decisions.jsonl");
  const off = {
    decisionLog: { to: "off", file, maxMB: 100, keep: 1 },
    traces: { endpoint: undefined, headers: {}, sampleShare: 1 },
  } as const;
  const decisionLog = { ...off.decisionLog, to: "file" } as const;
  const traces = { ...off.traces, endpoint: `http://127.0.0.1:${port}` };
  const cases = { neither: off, "decision log": { ...off, decisionLog }, traces: { ...off, traces }, both: { decisionLog, traces } };
  const rounds = Object.entries(cases).map(([name, config]) => ({ name, config, values: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { config, values } of rounds) values.push(await measure(config));
  }
  const rows = rounds.map(({ name, values }) => [name, shown(spreadOf(values))]);
  printTable([`CPU µs an outcome, ${PER_SECOND}/s`, "median [min–max]"], rows);
  receiver.kill();
  rmSync(folder, { recursive: true });
}

if (process.argv[2] === "receive") receive();
else await main();
