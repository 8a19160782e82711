// Whether a file can be written, asked before minutes of work and not behind them.
import { access, constants, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SluiceError } from "../errors.ts";

/** Throws `output-unwritable`. Makes and changes nothing. */
export async function requireWritable(path: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory()) throw new Error("it is a folder");
    if (there !== undefined) await access(path, constants.W_OK);
    if (there === undefined || there.isFile()) await requireFolder(dirname(path), there === undefined);
  } catch (cause) {
    throw new SluiceError("output-unwritable", `${path}: cannot be written`, { cause });
  }
}

async function requireFolder(folder: string, makesFile: boolean): Promise<void> {
  if (!(await stat(folder)).isDirectory()) throw new Error(`${folder} is no folder`);
  if (makesFile) await access(folder, constants.W_OK);
}
