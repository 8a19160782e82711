// Faults of the decision log, on a small disk: its file moved away, deleted and replaced, the disk filled and freed.
import { execFile } from "node:child_process";
import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { DecisionFiles } from "./decision-files.ts";
import type { Fault, Sign, Track } from "./fault.ts";
import { metricSign, saidSign, type Told } from "./told.ts";

const FULL_MS = 12_000; // some 6,000 lines of 500 a second: fewer than may wait
const OVERFULL_MS = 60_000; // more than may wait: lines are lost, and each is told of
const OVERFULL_ROUND = 2;
const SPARE_BYTES = 4 << 20; // what is written while most of the disk is taken
const BLOCK_BYTES = 16 << 10;
const run = promisify(execFile);

export interface LogFaultSettings {
  readonly file: string; // the decision log, on a disk of its own
  readonly told: Told;
  readonly files: DecisionFiles;
  readonly hangUp: () => void; // sends SIGHUP
  readonly pauseMs: number;
}

export function logTrack(settings: LogFaultSettings): Track {
  const { pauseMs } = settings;
  const overfull = {
    ...full(settings, OVERFULL_MS, "the disk full for longer than lines can wait, and freed"),
    onlyInRound: OVERFULL_ROUND,
  };
  return { pauseMs, faults: [rotated(settings), deleted(settings), overfull, full(settings, FULL_MS), replaced(settings)] };
}

/** As logrotate does. */
function rotated({ file, hangUp }: LogFaultSettings): Fault {
  let count = 0;
  return {
    name: "the log renamed, and SIGHUP",
    begin() {
      renameSync(file, besides(file, `rotated-${count++}`));
      hangUp();
    },
    toldBy: [newFile(file)],
    holdMs: 0,
    end() {},
    overBy: [],
  };
}

/** Held open, so that what stood in it can be counted. */
function deleted({ file, files }: LogFaultSettings): Fault {
  let handle = 0;
  return {
    name: "the log deleted",
    begin() {
      handle = openSync(file, "r");
      rmSync(file);
    },
    toldBy: [newFile(file)],
    holdMs: 0,
    end() {
      const bytes = Buffer.alloc(fstatSync(handle).size);
      readSync(handle, bytes, 0, bytes.length, 0);
      closeSync(handle);
      files.deleted(bytes.toString("utf8"));
    },
    overBy: [],
  };
}

function full({ file, told }: LogFaultSettings, holdMs: number, name = "the disk full, and freed"): Fault {
  const ballast = join(dirname(file), "ballast");
  return {
    name,
    begin: () => fill(ballast),
    toldBy: [
      metricSign(told, "sluice_sink_waiting", { sink: "decision-log" }),
      saidSign(told, "the decision log cannot be written: its lines wait"),
    ],
    holdMs,
    end: () => rmSync(ballast),
    overBy: [writtenSign(told), saidSign(told, "the decision log is written again")],
  };
}

function replaced({ file, told }: LogFaultSettings): Fault {
  let count = 0;
  return {
    name: "a folder in the place of the log",
    begin() {
      renameSync(file, besides(file, `replaced-${count++}`));
      mkdirSync(file);
    },
    toldBy: [
      metricSign(told, "sluice_sink_waiting", { sink: "decision-log" }),
      saidSign(told, "the decision log cannot be written: its lines wait"),
    ],
    holdMs: 2_000,
    end: () => rmSync(file, { recursive: true }),
    overBy: [writtenSign(told), saidSign(told, "the decision log is written again")],
  };
}

function writtenSign(told: Told): Sign {
  return metricSign(told, "sluice_decision_log_lines_total", { result: "written" });
}

/** Rises when another file with something in it stands at the path. */
function newFile(path: string): Sign {
  const seen = new Set<number>();
  return {
    what: "lines in a new file",
    read() {
      const { ino, size } = statSync(path, { throwIfNoEntry: false }) ?? { ino: 0, size: 0 };
      if (size > 0) seen.add(ino);
      return seen.size;
    },
  };
}

function besides(file: string, name: string): string {
  return join(dirname(file), `${name}.jsonl`);
}

/** First nearly all that is free in one go, then block by block until the disk takes no more. */
async function fill(ballast: string): Promise<void> {
  const { bavail, bsize } = statfsSync(dirname(ballast));
  const most = bavail * bsize - SPARE_BYTES;
  if (most > 0) await run("fallocate", ["-l", String(most), ballast]);
  const block = Buffer.alloc(BLOCK_BYTES);
  try {
    for (;;) appendFileSync(ballast, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
