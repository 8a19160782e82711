// Says in the log that something of what was to be kept is lost: at once, and then every ten seconds while more is, with how much it was
// meanwhile. None is left unsaid, and the log is not flooded.
import type { Logger } from "./log.ts";

const EVERY_MS = 10_000;

export interface LossReport {
  lost(count: number, cause: unknown): void;
  /** Says what was not said yet. */
  close(): void;
}

/** `what`: the end of the message, `spans are lost`. */
export function lossReport(log: Logger, what: string): LossReport {
  let count = 0;
  let lastCause: unknown;
  let timer: NodeJS.Timeout | undefined;
  const say = () => {
    log.warn({ count, err: lastCause }, what);
    count = 0;
    timer = setTimeout(sayMore, EVERY_MS).unref();
  };
  const sayMore = () => {
    timer = undefined;
    if (count > 0) say();
  };
  return {
    lost(more, cause) {
      count += more;
      lastCause = cause;
      if (timer === undefined) say();
    },
    close() {
      if (count > 0) say();
      clearTimeout(timer);
    },
  };
}
