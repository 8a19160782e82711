// Writes a file whole or not at all: a running sluice may read it at any moment.
import { rename, rm, writeFile } from "node:fs/promises";
import { SluiceError } from "../errors.ts";

/** Throws `output-unwritable`. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new SluiceError("output-unwritable", `${path}: cannot be written`, { cause });
  }
}
