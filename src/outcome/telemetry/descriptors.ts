// File descriptors, of which each connection takes one. When none is left the system's library accepts and closes connections without a
// word to anybody (libuv's answer to EMFILE), so we keep away from the limit, and look now and then whether there is one to be had.
import { close, open, readdirSync, readFileSync } from "node:fs";
import { devNull } from "node:os";
import type { Logger } from "./log.ts";
import { lossReport } from "./loss-report.ts";
import type { Metrics } from "./metrics.ts";

/** For what is not a connection of Envoy's: log files, exported spans, the admin port, the configuration when it is read again. */
const RESERVED = 64;
const FEWEST_CONNECTIONS = 8;
/** However many files may be open: a connection costs some 100 KB once it has been used. An Envoy has two for each of its threads. */
const MOST_CONNECTIONS = 4096;
const LOOK_EVERY_MS = 2000;

export interface DescriptorGuard {
  readonly maxConnections: number;
  /** A connection was not taken. */
  readonly onRefused: (cause: unknown) => void;
  close(): void;
}

/** Counts and tells what the lack of descriptors costs, while it does. */
export function guardDescriptors(metrics: Metrics, log: Logger): DescriptorGuard {
  const refused = lossReport(log, "connections are refused");
  const exhausted = lossReport(log, "no file descriptor is left: connections are closed unheard, and files cannot be opened");
  const timer = setInterval(() => lookForOne(onNone), LOOK_EVERY_MS).unref();
  const onNone = (error: unknown) => {
    metrics.descriptorsExhausted();
    exhausted.lost(1, error);
  };
  return {
    maxConnections: connectionLimit(),
    onRefused(cause) {
      metrics.connectionRefused("ext_proc");
      refused.lost(1, cause);
    },
    close() {
      clearInterval(timer);
      refused.close();
      exhausted.close();
    },
  };
}

function connectionLimit(): number {
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    if (limit === undefined) return MOST_CONNECTIONS;
    return Math.min(MOST_CONNECTIONS, Math.max(FEWEST_CONNECTIONS, Number(limit) - readdirSync("/proc/self/fd").length - RESERVED));
  } catch {
    return MOST_CONNECTIONS;
  }
}

function lookForOne(onNone: (error: unknown) => void): void {
  open(devNull, "r", (error, descriptor) => {
    if (error === null) close(descriptor, () => {});
    else if (error.code === "EMFILE" || error.code === "ENFILE") onNone(error);
  });
}
