// Files written whole or not at all: whoever reads one at any moment finds the old one or the new one.
import { createWriteStream } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SluiceError } from "../errors.ts";

/**
 * Line by line, for this user alone: prompts stand in it. Throws `output-unwritable`, and what reading the lines throws; then the file is
 * as it was.
 */
export async function writeLines(path: string, lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
  await replaced(path, (partial) => pipeline(Readable.from(lines), createWriteStream(partial, { mode: 0o600, flush: true })));
}

/** Throws `output-unwritable`; then the file is as it was. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await replaced(path, (partial) => writeFile(partial, content));
}

async function replaced(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await write(partial);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    if (cause instanceof SluiceError) throw cause;
    throw new SluiceError("output-unwritable", `${path}: cannot be written`, { cause });
  }
}
