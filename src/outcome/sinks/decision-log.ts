// The decision log: one JSON line per finished request, to standard output or to a file that is begun anew by size and by day. Requests
// never wait for it.
import type { Outcome } from "../join/outcome.ts";
import type { LineTarget } from "../output/line-target.ts";
import { lineWriter } from "../output/line-writer.ts";
import { logFile } from "../output/log-file.ts";
import { standardOutput } from "../output/standard-output.ts";
import type { Logger } from "../telemetry/log.ts";
import { lossReport } from "../telemetry/loss-report.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { decisionLine, type LaterWord, wordLine } from "./decision-line.ts";
import type { DecisionLogSettings } from "./settings.ts";

export interface Sink {
  outcome(outcome: Outcome): void;
  /** Somebody said something of a request whose outcome was handed over before. */
  word?(requestId: string, word: LaterWord): void;
  /** Its file may have been moved away: the path is opened again. */
  reopen(): void;
  /** Hands on what it still has, but for no longer than `withinMs`. */
  close(withinMs: number): Promise<void>;
}

export interface SinkDeps {
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface LoggedSettings extends DecisionLogSettings {
  readonly words?: boolean; // signs of misroutes have lines of their own, too, as ratings always have
}

/** About 20,000 lines, some 16 MB: half a minute of 600 requests a second. */
const MAX_QUEUED = 8 << 20;
/** Each write to a file looks twice whether the file is still there. A pipe takes as little as 64 KB at once. */
const FILE_BATCH = 512 << 10;
const FLUSH_MS = 100;
const RETRY_MS = 1000;
/** A disk that is full every other second is not said every other second. */
const TROUBLE_EVERY_MS = 10_000;

/** Undefined: nothing is to be logged. `target` stands in for the real one in tests. */
export function decisionLog(config: LoggedSettings, deps: SinkDeps, target = targetOf(config, deps)): Sink | undefined {
  if (target === undefined) return undefined;
  const { metrics, log } = deps;
  const losses = lossReport(log, "lines of the decision log are lost");
  let isStuck = false;
  let troubleSaidAt = Number.NEGATIVE_INFINITY;
  const writer = lineWriter({
    target,
    maxQueued: MAX_QUEUED,
    ...(config.to === "file" && { batch: FILE_BATCH }),
    flushMs: FLUSH_MS,
    retryMs: RETRY_MS,
    onWritten(lines) {
      metrics.decisionLogged("written", lines);
      if (isStuck) metrics.sinkWaits("decision-log", writer.waiting());
    },
    onDropped(lines, cause) {
      metrics.decisionLogged("dropped", lines);
      losses.lost(lines, cause);
    },
    onStuck(waiting, cause) {
      isStuck = true;
      metrics.sinkWaits("decision-log", waiting);
      if (performance.now() - troubleSaidAt < TROUBLE_EVERY_MS) return;
      troubleSaidAt = performance.now();
      log.warn({ waiting, err: cause }, "the decision log cannot be written: its lines wait");
    },
    onFlowing() {
      isStuck = false;
      metrics.sinkWaits("decision-log", 0);
      log.info("the decision log is written again");
    },
  });
  return {
    outcome(outcome) {
      writer.write(decisionLine(outcome, Date.now()));
      if (isStuck) metrics.sinkWaits("decision-log", writer.waiting());
    },
    word(requestId, word) {
      if ("rating" in word || config.words === true) writer.write(wordLine(requestId, word, Date.now()));
    },
    reopen: () => writer.reopen(),
    async close(withinMs) {
      await writer.close(withinMs);
      metrics.sinkWaits("decision-log", 0);
      losses.close();
    },
  };
}

function targetOf({ to, file, maxMB, keep }: DecisionLogSettings, { metrics, log }: SinkDeps): LineTarget | undefined {
  switch (to) {
    case "off":
      return undefined;
    case "stdout":
      return standardOutput(1, () => process.stdout);
    case "file": {
      const onRotated = () => metrics.decisionLogFile("begun");
      const onNotRotated = (err: unknown) => {
        metrics.decisionLogFile("failed");
        log.warn({ file, err }, "no new file is begun: the decision log goes on in the old one");
      };
      return logFile({ path: file, maxBytes: maxMB << 20, keep, now: Date.now, onRotated, onNotRotated });
    }
  }
}
