// Writes a file line by line, whole or not at all, for this user alone: prompts stand in it.
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SluiceError } from "../errors.ts";

/** Throws `output-unwritable`, and what reading the lines throws; then the file is as it was. */
export async function writeWhole(path: string, lines: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await pipeline(Readable.from(lines), createWriteStream(partial, { mode: 0o600, flush: true }));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    if (cause instanceof SluiceError) throw cause;
    throw new SluiceError("output-unwritable", `${path}: cannot be written`, { cause });
  }
}
