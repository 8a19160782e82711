// A file's text replaced at once: whoever reads it finds the old text or the new one, never a part.
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SluiceError } from "../errors.ts";

const MODE_BITS = 0o7777;

/**
 * Follows symbolic links; mode and, where this user may, owner stay. Throws `output-unwritable`, also where the file's text is no longer
 * `before`; then nothing is changed.
 */
export async function replaceFile(path: string, before: string, after: string): Promise<void> {
  let made: string | undefined;
  try {
    const target = await realpath(path);
    const { mode, uid, gid } = await stat(target);
    const beside = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
    const file = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    made = beside;
    try {
      await file.writeFile(after);
      await keepOwner(file, uid, gid);
      await file.chmod(mode & MODE_BITS);
      await file.sync();
    } finally {
      await file.close();
    }
    if (!(await readFile(target)).equals(Buffer.from(before))) throw new Error("somebody else has changed it meanwhile");
    await rename(beside, target);
  } catch (cause) {
    if (made !== undefined) await rm(made, { force: true });
    throw new SluiceError("output-unwritable", `${path}: cannot be replaced; it is as it was`, { cause });
  }
}

/** Only root may give files away. */
async function keepOwner(file: FileHandle, uid: number, gid: number): Promise<void> {
  const own = await file.stat();
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid).catch(() => undefined);
}
