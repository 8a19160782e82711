// The decision log: one JSON line per finished request, to standard output or to a file that is begun anew by size and by day. Requests
// never wait for it.
import { createWriteStream, fstatSync } from "node:fs";
import { parse } from "node:path";
import { Writable } from "node:stream";
import { createStream } from "rotating-file-stream";
import type { Outcome } from "../join/outcome.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { decisionLine } from "./decision-line.ts";
import { type LineWriterSettings, lineWriter } from "./line-writer.ts";
import { lossReport } from "./loss-report.ts";
import type { DecisionLogSettings } from "./settings.ts";

export interface Sink {
  outcome(outcome: Outcome): void;
  /** Hands on what it still has, but for no longer than `withinMs`. */
  close(withinMs: number): Promise<void>;
}

export interface SinkDeps {
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** About 20,000 lines, some 16 MB: half a minute of 600 requests a second. */
const MAX_QUEUED = 8 << 20;
const FLUSH_MS = 100;
const REOPEN_MS = 5000;

/** Undefined: nothing is to be logged. `open` stands in for the real stream in tests. */
export function decisionLog(config: DecisionLogSettings, { metrics, log }: SinkDeps, open = opener(config)): Sink | undefined {
  if (open === undefined) return undefined;
  const losses = lossReport(log, "lines of the decision log are lost", () => performance.now());
  const settings: LineWriterSettings = {
    open,
    maxQueued: MAX_QUEUED,
    flushMs: FLUSH_MS,
    reopenMs: REOPEN_MS,
    onWritten: (lines) => metrics.decisionLogged("written", lines),
    onDropped(lines, cause) {
      metrics.decisionLogged("dropped", lines);
      losses.lost(lines, cause);
    },
  };
  const writer = lineWriter(settings);
  return {
    outcome: (outcome) => writer.write(decisionLine(outcome, Date.now())),
    async close(withinMs) {
      await writer.close(withinMs);
      losses.close();
    },
  };
}

function opener({ to, file, maxMB, keep }: DecisionLogSettings): (() => Writable) | undefined {
  switch (to) {
    case "off":
      return undefined;
    case "stdout":
      return standardOutput;
    case "file":
      return () => rotatingFile(file, maxMB, keep);
  }
}

/** `decisions.jsonl`, and older ones with a number in front of the ending, which says the format to `sluice evaluate`. */
function rotatingFile(path: string, maxMB: number, keep: number): Writable {
  const { dir, name, ext } = parse(path);
  const nameOf = (index: number | Date | null) => (index ? `${name}.${index}${ext}` : `${name}${ext}`);
  return createStream(nameOf, { ...(dir === "" ? {} : { path: dir }), size: `${maxMB}M`, interval: "1d", rotate: keep });
}

/** Node writes to a pipe without waiting, but waits for a file. */
function standardOutput(): Writable {
  return fstatSync(process.stdout.fd).isFile() ? createWriteStream("", { fd: process.stdout.fd, autoClose: false }) : pipedOutput();
}

/** Ending it leaves standard output open to others. Its errors come with the write. */
function pipedOutput(): Writable {
  process.stdout.off("error", ignored).on("error", ignored);
  return new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => void process.stdout.write(text, done),
  });
}

function ignored(): void {}
