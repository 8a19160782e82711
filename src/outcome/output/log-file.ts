// A file as a target of lines. Written means that the line stands in a file, whole: what a full disk cut is taken back, and a file that was
// deleted, moved away or put in another's place is noticed before the next lines are written. Begun anew by size and day.
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type LineTarget, type Taken, wholeLines } from "./line-target.ts";
import { isDue, type RotationSettings, shiftFiles } from "./rotation.ts";
import { writeBytes } from "./write-bytes.ts";

export interface LogFileSettings extends RotationSettings {
  readonly path: string;
  readonly now: () => number; // milliseconds since the epoch
  readonly onRotated: () => void; // a new one is begun
  /** The file is written on although a new one is due. */
  readonly onNotRotated: (cause: unknown) => void;
}

export function logFile(settings: LogFileSettings): LineTarget {
  return new LogFile(settings);
}

interface Opened {
  readonly handle: FileHandle;
  readonly device: bigint;
  readonly inode: bigint;
  size: number; // bytes
  writtenAtMs: number; // since the epoch
}

/** Without waiting for what is no file, such as a FIFO without a reader. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const NEWLINE = 10;
/** From a rotation that failed to the next try. */
const ROTATE_AGAIN_MS = 60_000;

class LogFile implements LineTarget {
  readonly #settings: LogFileSettings;
  #file: Opened | undefined;
  #notRotatedAtMs = Number.NEGATIVE_INFINITY;

  constructor(settings: LogFileSettings) {
    this.#settings = settings;
  }

  async write(lines: readonly string[]): Promise<Taken> {
    try {
      const file = await this.#fileToWrite();
      const bytes = Buffer.from(lines.join(""));
      const { at, cause } = await writeBytes(file.handle.fd, bytes, 0);
      if (cause === undefined) return (await this.#isKept(file)) ? { kind: "done", lines: lines.length } : { kind: "done", lines: 0 };
      const whole = wholeLines(lines, at);
      await this.#takeBack(file, bytes.subarray(whole.bytes, at));
      return { kind: "failed", lines: whole.lines, cause };
    } catch (cause) {
      return { kind: "failed", lines: 0, cause };
    }
  }

  /** None: a disk may take its time. */
  writeNow(): number {
    return 0;
  }

  async reopen(): Promise<void> {
    await this.close();
    await this.#fileToWrite().catch(() => {}); // the next lines meet the same trouble, and it is said then
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close().catch(() => {});
  }

  async #fileToWrite(): Promise<Opened> {
    if (this.#file !== undefined && !(await isAt(this.#settings.path, this.#file))) await this.close();
    this.#file ??= await opened(this.#settings.path);
    if (isDue(this.#file, this.#settings, this.#settings.now())) await this.#rotate();
    this.#file ??= await opened(this.#settings.path);
    return this.#file;
  }

  async #rotate(): Promise<void> {
    const { path, keep, now, onRotated, onNotRotated } = this.#settings;
    if (now() - this.#notRotatedAtMs < ROTATE_AGAIN_MS) return;
    try {
      await shiftFiles(path, keep);
      await this.close();
      onRotated();
    } catch (error) {
      this.#notRotatedAtMs = now();
      onNotRotated(error);
    }
  }

  /** False: the file was deleted while it was written, and the lines with it. */
  async #isKept(file: Opened): Promise<boolean> {
    file.writtenAtMs = this.#settings.now();
    const now = await file.handle.stat().catch(() => undefined);
    if (now === undefined) return true;
    file.size = now.size;
    if (now.nlink > 0) return true;
    await this.close();
    return false;
  }

  /** The half line at the end, if it is still there; otherwise the file is opened anew, which begins a line. */
  async #takeBack(file: Opened, half: Uint8Array): Promise<void> {
    if (half.length === 0) return;
    try {
      const { size } = await file.handle.stat();
      const start = size - half.length;
      const { buffer } = await file.handle.read(Buffer.alloc(half.length), 0, half.length, start);
      if (!buffer.equals(half)) throw new Error("others write to the file");
      await file.handle.truncate(start);
      file.size = start;
    } catch {
      await this.close();
    }
  }
}

async function opened(path: string): Promise<Opened> {
  const handle = await open(path, FLAGS).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true });
    return await open(path, FLAGS);
  });
  try {
    const found = await handle.stat({ bigint: true });
    const { ino, dev, size, mtimeMs, nlink } = found;
    if (!found.isFile()) throw new Error(`${path} is not a file`);
    if (nlink === 0n) throw new Error(`${path} was deleted at once`);
    await beginLine(handle, Number(size));
    return { handle, device: dev, inode: ino, size: Number(size), writtenAtMs: Number(mtimeMs) };
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
}

/** A process that was killed may have left half a line. */
async function beginLine(handle: FileHandle, size: number): Promise<void> {
  if (size === 0) return;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== NEWLINE) await handle.write("\n");
}

async function isAt(path: string, { device, inode }: Opened): Promise<boolean> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return dev === device && ino === inode;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== "ENOENT" && code !== "ENOTDIR"; // a folder that may not be searched any more, say: the file is still there
  }
}
