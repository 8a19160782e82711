// What counting costs on the request path: nanoseconds a call, the median of several rounds. Run: node bench/metrics.ts
import { createMetrics } from "../src/outcome/telemetry/metrics.ts";

const CALLS = 200_000;
const ROUNDS = 9;

const metrics = createMetrics();
const cases: Record<string, (index: number) => void> = {
  decided: (index) => metrics.decided(index % 3 ? "weak" : "strong", "main@v7", index % 2 ? "keyword" : "turns"),
  decisionTook: (index) => metrics.decisionTook((index % 100) * 1e-5),
  bodyRead: (index) => metrics.bodyRead((index % 100) * 1000),
  "streamOpened + streamClosed": (index) => {
    metrics.streamOpened();
    metrics.streamClosed((index % 100) * 1e-5);
  },
  "bodyHeld + bodyReleased": () => {
    metrics.bodyHeld(1000);
    metrics.bodyReleased(1000);
  },
};

for (const [name, call] of Object.entries(cases)) {
  const rounds = Array.from({ length: ROUNDS }, () => nanosecondsPerCall(call)).sort((a, b) => a - b);
  process.stdout.write(`${name.padEnd(30)} ${(rounds[ROUNDS >> 1] ?? 0).toFixed(0)} ns\n`);
}

function nanosecondsPerCall(call: (index: number) => void): number {
  const startedAt = process.hrtime.bigint();
  for (let index = 0; index < CALLS; index++) call(index);
  return Number(process.hrtime.bigint() - startedAt) / CALLS;
}
