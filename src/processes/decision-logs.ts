// The decision logs of several processes on the one standard output they have, line by line. What nobody takes is dropped, counted and
// said.
import type { LineTarget } from "../outcome/output/line-target.ts";
import { lineWriter } from "../outcome/output/line-writer.ts";
import { standardOutput } from "../outcome/output/standard-output.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import { lossReport } from "../outcome/telemetry/loss-report.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";

export interface DecisionLogs {
  /** Without its newline. */
  write(line: string): void;
  /** Hands on what it still has, but for no longer than `withinMs`. */
  close(withinMs: number): Promise<void>;
}

/** As the decision log itself keeps. UTF-16 code units. */
const MAX_QUEUED = 8 << 20;

/** `target` stands in for standard output in tests. */
export function decisionLogs(
  metrics: Pick<Metrics, "decisionLogged">,
  log: Logger,
  target: LineTarget = standardOutput(1, () => process.stdout),
): DecisionLogs {
  const losses = lossReport(log, "lines of the decision logs are lost");
  const writer = lineWriter({
    target,
    maxQueued: MAX_QUEUED,
    flushMs: 100,
    retryMs: 1000,
    onWritten() {}, // each process has counted it
    onDropped(lines, cause) {
      metrics.decisionLogged("dropped", lines);
      losses.lost(lines, cause);
    },
    onStuck() {},
    onFlowing() {},
  });
  return {
    write: (line) => writer.write(`${line}\n`),
    async close(withinMs) {
      await writer.close(withinMs);
      losses.close();
    },
  };
}
