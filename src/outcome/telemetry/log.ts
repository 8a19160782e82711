// The log: JSON lines on standard error, so that results on standard output stay clean.
import pino from "pino";

export type Logger = pino.Logger;

export interface LoggerOptions {
  readonly level: string;
  readonly destination?: pino.DestinationStream; // instead of standard error
}

/** Beyond these, lines are dropped: a reader that stalls must neither fill the memory nor stop the routing. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

export function createLogger({ level, destination = standardError() }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { name: "sluice", pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  return pino(options, destination);
}

/** Written without waiting; what is still buffered when the process ends is flushed then. */
function standardError(): pino.DestinationStream {
  return pino.destination({ fd: process.stderr.fd, sync: false, maxLength: MAX_BUFFERED_BYTES });
}
