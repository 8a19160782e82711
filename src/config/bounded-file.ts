// Reads a file of at most so many bytes, and says what stands at a path where it cannot: the one is told from the other by its identity.
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";

/** `identity` is another where content or trouble is another. */
export type FileRead =
  | { readonly kind: "read"; readonly identity: string; readonly bytes: Buffer }
  | { readonly kind: "trouble"; readonly identity: string; readonly trouble: Trouble };

export type Trouble =
  | { readonly what: "absent"; readonly dangling: boolean } // dangling: a symbolic link that leads nowhere
  | { readonly what: "folder" | "no-file" }
  | { readonly what: "too-large"; readonly bytes: number; readonly maxBytes: number }
  | { readonly what: "unreadable"; readonly cause: Error };

/** Of what is no file nothing is known until it is read, and it can be read once. */
const PIPE_IDENTITY = "no-file";

/** `anything`: a pipe is read to its end too, such as a shell's `<(…)`. Of `files` none can keep the reader waiting. */
export async function readBounded(path: string, maxBytes: number, kinds: "files" | "anything"): Promise<FileRead> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, flagsFor(kinds));
    const stats = await handle.stat();
    const trouble = troubleOf(stats, maxBytes, kinds);
    if (trouble !== undefined) return troubled(trouble);
    const bytes = Buffer.allocUnsafe(stats.isFile() ? stats.size + 1 : maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) return readOf(bytes.subarray(0, length), stats, maxBytes);
    }
  } catch (error) {
    const dangling = await lstat(path).then(isLink, () => false);
    return troubled(troubleWith(error, dangling));
  } finally {
    await handle?.close();
  }
}

/** As `readBounded`, of files, for where nobody waits. */
export function readBoundedSync(path: string, maxBytes: number): FileRead {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, flagsFor("files"));
    const stats = fstatSync(descriptor);
    const trouble = troubleOf(stats, maxBytes, "files");
    if (trouble !== undefined) return troubled(trouble);
    const bytes = Buffer.allocUnsafe(stats.size + 1);
    let length = 0;
    for (;;) {
      const bytesRead = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) return readOf(bytes.subarray(0, length), stats, maxBytes);
    }
  } catch (error) {
    return troubled(troubleWith(error, isDanglingSync(path)));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Without `O_NONBLOCK`, a pipe that nobody writes to would hold a thread for ever. */
function flagsFor(kinds: "files" | "anything"): number {
  return kinds === "files" ? constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) : constants.O_RDONLY;
}

function troubleOf(stats: Stats, maxBytes: number, kinds: "files" | "anything"): Trouble | undefined {
  if (stats.isDirectory()) return { what: "folder" };
  if (!stats.isFile()) return kinds === "files" ? { what: "no-file" } : undefined;
  return stats.size > maxBytes ? { what: "too-large", bytes: stats.size, maxBytes } : undefined;
}

/** One byte more than the file had, when it was looked at, is a file that grows: what was read of it is no state it was ever left in. */
function readOf(bytes: Buffer, stats: Stats, maxBytes: number): FileRead {
  if (bytes.length > maxBytes) return troubled({ what: "too-large", bytes: bytes.length, maxBytes });
  const identity = stats.isFile() ? createHash("sha256").update(bytes).digest("hex") : PIPE_IDENTITY;
  return { kind: "read", identity, bytes };
}

function troubleWith(error: unknown, dangling: boolean): Trouble {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") return { what: "absent", dangling };
  if (code === undefined) throw error;
  return { what: "unreadable", cause: error as Error };
}

function troubled(trouble: Trouble): FileRead {
  return { kind: "trouble", identity: identityOf(trouble), trouble };
}

function identityOf(trouble: Trouble): string {
  switch (trouble.what) {
    case "absent":
      return trouble.dangling ? "dangling" : "absent";
    case "folder":
      return "folder";
    case "no-file":
      return PIPE_IDENTITY;
    case "too-large":
      return `too large: ${trouble.bytes}`;
    case "unreadable":
      return `unreadable: ${(trouble.cause as NodeJS.ErrnoException).code}`;
    default:
      return trouble satisfies never;
  }
}

function isLink(stats: Stats): boolean {
  return stats.isSymbolicLink();
}

function isDanglingSync(path: string): boolean {
  try {
    return isLink(lstatSync(path));
  } catch {
    return false;
  }
}
