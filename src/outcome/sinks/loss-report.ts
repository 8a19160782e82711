// Says in the log that something of what was to be kept is lost: at once, and then at most once a minute with how much it was meanwhile.
import type { Logger } from "../telemetry/log.ts";

const EVERY_MS = 60_000;

export interface LossReport {
  lost(count: number, cause: unknown): void;
  /** Says what was not said yet. */
  close(): void;
}

/** `what`: the end of the message, `spans are lost`. `now`: milliseconds, monotonic. */
export function lossReport(log: Logger, what: string, now: () => number): LossReport {
  let count = 0;
  let lastCause: unknown;
  let saidAt = Number.NEGATIVE_INFINITY;
  const say = () => {
    log.warn({ count, err: lastCause }, what);
    count = 0;
    saidAt = now();
  };
  return {
    lost(more, cause) {
      count += more;
      lastCause = cause;
      if (now() - saidAt >= EVERY_MS) say();
    },
    close() {
      if (count > 0) say();
    },
  };
}
