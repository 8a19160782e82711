// The log: JSON lines, or lines for people, on standard error, so that results on standard output stay clean.
import pino from "pino";
import { type LineStream, type TextOptions, textLines } from "./log-text.ts";

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  readonly destination?: LineStream; // instead of standard error
  readonly text?: TextOptions | undefined; // for people; undefined: JSON lines
}

/** Beyond these, lines are dropped: a reader that stalls must neither fill the memory nor stop the routing. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

export function createLogger({ level, destination = standardError(), text }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { name: "sluice", pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, text === undefined ? destination : textLines(destination, text));
}

/** Written without waiting; what is still buffered when the process ends is flushed then. */
export function standardError(): LineStream {
  return pino.destination({ fd: process.stderr.fd, sync: false, maxLength: MAX_BUFFERED_BYTES });
}
