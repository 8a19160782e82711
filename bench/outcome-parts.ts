// What the parts of an outcome cost: CPU µs of this process per access log entry, read from Envoy's bytes, joined with its decision and
// counted, then also written as a line of the decision log or as a span. Without sockets and files: what is written is thrown away.
// Needs no build; new objects have as much room as in `serve` (src/cli/heap-flags.ts).
//
//   node --min-semi-space-size=4 --max-semi-space-size=4 bench/outcome-parts.ts
import { decodeAccessLogMessage } from "../src/envoy/wire/access-log.ts";
import type { Outcome } from "../src/outcome/join/outcome.ts";
import { createOutcomes } from "../src/outcome/join/outcomes.ts";
import { decisionLine } from "../src/outcome/sinks/decision-line.ts";
import { SpanBatch } from "../src/outcome/sinks/otlp.ts";
import { writeSpan } from "../src/outcome/sinks/request-span.ts";
import { createMetrics } from "../src/outcome/telemetry/metrics.ts";
import { ENTRIES, ENTRIES_OF_A_MESSAGE, withIds } from "./outcomes.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const ROUNDS = 9;
const MESSAGES = 500; // of a round, of ENTRIES_OF_A_MESSAGE each
const SPANS_OF_A_BATCH = 512;

const PRICE = { inputPerMTok: undefined, outputPerMTok: undefined };
const TIERS = ["weak", "strong"].map((name) => ({ name, clusters: [name], price: PRICE }));
const DECIDED = {
  decision: { tier: "weak", policy: "main@v7", reason: "under-thresholds" },
  measured: {
    format: "chat-completions",
    requestedModel: "glm-5",
    turns: 2,
    stream: false,
    chars: 900,
    textBytes: 900,
    keywordHits: [],
    inputTokens: 230,
  },
  bodyBytes: 1024,
  decisionMs: 0.0123,
  traceparent: undefined,
  prompt: undefined,
} as const;

let bytes = 0; // written, so that nothing is left out as unused
let batch = new SpanBatch();

const PARTS: Readonly<Record<string, (outcome: Outcome) => void>> = {
  "joined and counted": () => {},
  "and a line": (outcome) => {
    bytes += decisionLine(outcome, 0).length;
  },
  "and a span": (outcome) => {
    writeSpan(batch, outcome, [0, 0, 0, 1], (tier) => tier, 0);
    if (batch.count < SPANS_OF_A_BATCH) return;
    bytes += batch.bytes;
    batch = new SpanBatch(Math.ceil(1.125 * batch.bytes));
  },
};

/** A round: CPU µs an entry. */
function measured(onOutcome: (outcome: Outcome) => void): () => number {
  const settings = { maxWaiting: 100_000, maxWaitMs: 60_000, tiers: () => TIERS, learned: { learn() {} } };
  const outcomes = createOutcomes({ ...settings, metrics: createMetrics(), onOutcome });
  return () => {
    const ids = Array.from({ length: MESSAGES }, () => Array.from({ length: ENTRIES_OF_A_MESSAGE }, () => crypto.randomUUID()));
    const messages = ids.map((each) => withIds(ENTRIES, each).subarray(5));
    const before = process.cpuUsage();
    for (const [at, message] of messages.entries()) {
      for (const requestId of ids[at] ?? []) outcomes.decided({ requestId, ...DECIDED });
      for (const entry of decodeAccessLogMessage(message).entries) outcomes.entry(entry);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (MESSAGES * ENTRIES_OF_A_MESSAGE);
  };
}

const cells = Object.entries(PARTS).map(([name, onOutcome]) => ({ name, measure: measured(onOutcome), values: [] as number[] }));
for (let round = -2; round < ROUNDS; round++) {
  for (const { measure, values } of cells) {
    const micros = measure();
    if (round >= 0) values.push(micros);
  }
}
printTable(
  ["CPU µs an entry", "median [min–max]"],
  cells.map(({ name, values }) => [name, shown(spreadOf(values))]),
);
console.log(`${Math.round(bytes / 1e6)} MB were written`);
process.exit();
