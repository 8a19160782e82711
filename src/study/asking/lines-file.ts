// A file of lines that grows while money is spent on what it holds: each line is written whole, and what a crash tore off is cut away.
import { type FileHandle, open } from "node:fs/promises";
import { SluiceError } from "../../errors.ts";

const NEWLINE = 0x0a;
const STEP_BYTES = 64 * 1024;

export class LinesFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Makes the file where there is none. Throws `output-unwritable`. */
  static async open(path: string): Promise<LinesFile> {
    try {
      const file = await open(path, "a+", 0o600); // it holds what people wrote
      await cutTornEnd(file);
      return new LinesFile(path, file);
    } catch (cause) {
      throw new SluiceError("output-unwritable", `${path}: cannot be written`, { cause });
    }
  }

  /** One after the other, in the order of the calls; `line` has its end. */
  async append(line: string): Promise<void> {
    this.#last = this.#last.then(() => this.#file.appendFile(line));
    try {
      await this.#last;
    } catch (cause) {
      throw new SluiceError("output-unwritable", `${this.#path}: cannot be written`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.close();
  }
}

/** A last line without its end: kept where it is whole, else half of one. */
async function cutTornEnd(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const start = await lastLineStart(file, size);
  if (start === size) return;
  const line = Buffer.alloc(size - start);
  await file.read(line, 0, line.length, start);
  if (isJson(line.toString("utf8"))) await file.appendFile("\n");
  else await file.truncate(start);
}

async function lastLineStart(file: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - STEP_BYTES);
    const bytes = Buffer.alloc(end - from);
    await file.read(bytes, 0, bytes.length, from);
    const at = bytes.lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
