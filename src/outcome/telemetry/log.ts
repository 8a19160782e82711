// The log: JSON lines, or lines for people, on standard error, so that results on standard output stay clean.
import pino from "pino";
import { type LineWriter, lineWriter } from "../output/line-writer.ts";
import { standardOutput } from "../output/standard-output.ts";
import { type LineStream, type TextOptions, textLines } from "./log-text.ts";

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  readonly destination?: LineStream; // instead of standard error
  readonly text?: TextOptions | undefined; // for people; undefined: JSON lines
}

/** Standard error as the log has it. */
export interface LogOutput extends LineStream {
  /** Tells how many lines nobody took, once they are taken again; counts them at once. */
  onLost(count: (lines: number) => void, tell: (lines: number) => void): void;
  /** Writes what still waits, but for no longer than `withinMs`. */
  close(withinMs: number): Promise<void>;
}

/** Beyond these, lines are dropped: a reader that stalls must neither fill the memory nor stop the routing. UTF-16 code units. */
const MAX_QUEUED = 4 << 20;
const FLUSH_MS = 2;
const RETRY_MS = 1000;

export function createLogger({ level, destination = standardError(), text }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { name: "sluice", pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, text === undefined ? destination : textLines(destination, text));
}

/** Written without waiting; what still waits when the process ends is written then, as far as it is taken at once. */
export function standardError(): LogOutput {
  let lost = 0;
  let count = (_lines: number) => {};
  let tell = (_lines: number) => {};
  let writer: LineWriter | undefined;
  const tellOfLost = () => {
    if (lost === 0) return;
    const lines = lost;
    lost = 0;
    tell(lines);
  };
  const open = (): LineWriter => {
    const opened = lineWriter({
      target: standardOutput(2, () => process.stderr),
      maxQueued: MAX_QUEUED,
      flushMs: FLUSH_MS,
      retryMs: RETRY_MS,
      onWritten: () => setImmediate(tellOfLost),
      onDropped(lines) {
        lost += lines;
        count(lines);
      },
      onStuck() {},
      onFlowing() {},
    });
    process.once("exit", () => opened.closeNow());
    return opened;
  };
  return {
    write(line) {
      writer ??= open();
      writer.write(line);
    },
    onLost(counted, told) {
      count = counted;
      tell = told;
    },
    close: async (withinMs) => await writer?.close(withinMs),
  };
}
