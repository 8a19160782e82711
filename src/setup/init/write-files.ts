// Writes all of some files or none, and never over one that is there.
import { existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SluiceError } from "../../errors.ts";
import type { NewFile } from "./answers.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const MOST_NAMED = 3;

/** Throws `init-exists`, naming what is there already. */
export function requireNew(folder: string, files: readonly NewFile[]): void {
  const there = files.map(({ path }) => join(folder, path)).filter((path) => existsSync(path));
  const more = there.length > MOST_NAMED ? ` and ${there.length - MOST_NAMED} more` : "";
  if (there.length > 0) {
    throw new SluiceError("init-exists", `${there.slice(0, MOST_NAMED).join(", ")}${more}: there already; nothing was written`);
  }
}

/** Throws `init-exists` and `output-unwritable`, and takes back what it wrote. A signal is heard only when all is written. */
export async function writeNew(folder: string, files: readonly NewFile[]): Promise<void> {
  requireNew(folder, files);
  const later: NodeJS.Signals[] = [];
  const hold = (signal: NodeJS.Signals) => void later.push(signal);
  for (const signal of SIGNALS) process.on(signal, hold);
  try {
    writeAll(folder, files);
  } finally {
    await new Promise(setImmediate); // a signal of meanwhile comes now
    for (const signal of SIGNALS) process.off(signal, hold);
  }
  for (const signal of later) process.kill(process.pid, signal);
}

function writeAll(folder: string, files: readonly NewFile[]): void {
  const undo: (() => unknown)[] = [];
  try {
    for (const { path, text } of files) write(join(folder, path), text, undo);
  } catch (cause) {
    for (const step of undo.reverse()) step();
    if (cause instanceof SluiceError) throw cause;
    const { path = folder } = cause as NodeJS.ErrnoException;
    throw new SluiceError("output-unwritable", `${path}: cannot be written; nothing was`, { cause });
  }
}

function write(path: string, text: string, undo: (() => unknown)[]): void {
  const folder = dirname(path);
  for (const made of missingFolders(folder)) undo.push(() => existsSync(made) && rmdirSync(made));
  mkdirSync(folder, { recursive: true });
  undo.push(() => rmSync(path, { force: true }));
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    undo.pop(); // made by another just now
    throw new SluiceError("init-exists", `${path}: there already; nothing was written`);
  }
}

/** The outermost first. */
function missingFolders(folder: string): readonly string[] {
  return existsSync(folder) || dirname(folder) === folder ? [] : [...missingFolders(dirname(folder)), folder];
}
