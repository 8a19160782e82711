// Keeps the history while sluice runs, in a file or in memory: one entry after the other, each read from the file and written to it whole,
// so that what another process has added meanwhile stays.
import { rename } from "node:fs/promises";
import { replacedFile } from "../output/replaced-file.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type Happening, type History, NO_HISTORY, recorded } from "./history.ts";
import { historyText, readHistory } from "./kept-history.ts";

export interface HistorySettings {
  readonly file: string | undefined; // undefined: it ends with the process
  readonly most: number; // entries
}

/** Where what happens is told. */
export interface HistoryDesk {
  /** `process`: of several, to which it happened. */
  record(happening: Happening, process?: number): void;
}

export interface HistoryRecorder extends HistoryDesk {
  /** As it stands, with all that has been told. */
  view(): Promise<History>;
  written(): Promise<void>;
}

export interface HistoryDeps {
  readonly metrics: Pick<Metrics, "historyFile">;
  readonly log: Logger;
  readonly now?: () => number; // milliseconds since the epoch
}

export function recordHistory({ file, most }: HistorySettings, { metrics, log, now = Date.now }: HistoryDeps): HistoryRecorder {
  let known = NO_HISTORY;
  let isFailing = false;
  let last = Promise.resolve();

  const read = async (): Promise<History> => {
    if (file === undefined || isFailing) return known; // what could not be written is in memory alone
    const found = await readHistory(file);
    if (found !== "bad") return found;
    metrics.historyFile("bad");
    const aside = `${file}.bad`;
    await rename(file, aside).catch(() => undefined);
    log.warn({ path: file, aside }, "the history's file is damaged, or cannot be read: it was put aside");
    return known;
  };
  const add = async (happening: Happening, nowMs: number, process: number | undefined): Promise<void> => {
    const before = await read();
    const after = recorded(before, happening, { nowMs, most, process });
    known = after;
    if (file === undefined || (after === before && !isFailing)) return;
    try {
      await replacedFile(file, historyText(after));
      if (isFailing) log.info({ path: file }, "the history's file is written again");
      isFailing = false;
      metrics.historyFile("written");
    } catch (err) {
      metrics.historyFile("failed");
      if (!isFailing) log.error({ path: file, err }, "the history's file cannot be written: it is in memory only");
      isFailing = true;
    }
  };
  return {
    record(happening, process) {
      const nowMs = now();
      last = last.then(() => add(happening, nowMs, process));
    },
    async view() {
      await last;
      known = await read(); // another may have added something
      return known;
    },
    written: () => last,
  };
}
