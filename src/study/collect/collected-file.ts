// The file that is being collected: whole lines at every moment. New rows wait in a part beside it, and what was learned of rows that are
// there already waits in memory; both go into it at once, with a rename, whenever it is settled.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { SluiceError } from "../../errors.ts";
import type { LoopRow, LoopSeen } from "../loop/loop-row.ts";
import { loopLine } from "../loop/read-loop.ts";

/** What is learned of a row after it was written. */
export interface Later {
  readonly like?: number; // more requests that it stands for
  readonly rating?: number;
  readonly signal?: string;
}

interface Change {
  like: number;
  rating: number | undefined;
  signals: Set<string>;
}

const OWNER_ONLY = 0o600; // prompts are private
const BATCH_BYTES = 1 << 20;

export class CollectedFile {
  readonly #path: string;
  readonly #mode: number;
  #part: FileHandle;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #rows: number;
  readonly #changes = new Map<number, Change>();

  private constructor(path: string, mode: number, rows: number, part: FileHandle) {
    this.#path = path;
    this.#mode = mode;
    this.#rows = rows;
    this.#part = part;
  }

  /** `rows`: that are in it. Throws `output-unwritable`. */
  static async open(path: string, rows: number): Promise<CollectedFile> {
    return await writing(path, async () => {
      const mode = (await stat(path).catch(() => undefined))?.mode ?? OWNER_ONLY;
      return new CollectedFile(path, mode & 0o777, rows, await open(`${path}.part`, "w", OWNER_ONLY));
    });
  }

  /** How many rows there are, those that wait among them: the number of the next one. */
  get rows(): number {
    return this.#rows;
  }

  /** Changes that wait, in memory. */
  get changes(): number {
    return this.#changes.size;
  }

  async add(row: LoopRow): Promise<void> {
    const line = loopLine(row);
    this.#rows++;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= BATCH_BYTES) await this.#flush();
  }

  change(row: number, { like = 0, rating, signal }: Later): void {
    const change = this.#changes.get(row) ?? { like: 0, rating: undefined, signals: new Set<string>() };
    change.like += like;
    if (rating !== undefined) change.rating = Math.min(rating, change.rating ?? rating);
    if (signal !== undefined) change.signals.add(signal);
    this.#changes.set(row, change);
  }

  /** All that waits becomes part of the file. `announce` is told the new file's hash before it takes the old one's place. */
  async settle(announce: (hash: string) => Promise<void>): Promise<void> {
    await writing(this.#path, async () => {
      await this.#flush();
      await this.#part.close();
      const beside = `${this.#path}.new`;
      const hash = await this.#merge(beside);
      await announce(hash);
      await rename(beside, this.#path);
      this.#changes.clear();
      this.#part = await open(`${this.#path}.part`, "w", OWNER_ONLY);
    });
  }

  async close(): Promise<void> {
    await this.#part.close();
    await rm(`${this.#path}.part`, { force: true });
  }

  async #flush(): Promise<void> {
    if (this.#waiting.length > 0) await writing(this.#path, () => this.#part.appendFile(this.#waiting.join("")));
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  async #merge(beside: string): Promise<string> {
    const to = await open(beside, "w", this.#mode);
    const hash = createHash("sha256");
    try {
      let [row, batch] = [0, ""];
      const write = async () => {
        hash.update(batch);
        await to.appendFile(batch);
        batch = "";
      };
      for (const from of [this.#path, `${this.#path}.part`]) {
        for await (const line of linesOf(from)) {
          batch += changedLine(line, this.#changes.get(row++));
          if (batch.length >= BATCH_BYTES) await write();
        }
      }
      await write();
      await to.chmod(this.#mode);
      await to.sync();
    } finally {
      await to.close();
    }
    return hash.digest("base64url");
  }
}

const NEWLINE = 0x0a;

/** The lines of a file, none where it is not there. */
async function* linesOf(path: string): AsyncGenerator<string> {
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  let front: readonly Buffer[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: BATCH_BYTES }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...front, chunk.subarray(start, end)]).toString("utf8");
      front = [];
      start = end + 1;
      if (line !== "") yield line;
    }
    if (start < chunk.length) front = [...front, chunk.subarray(start)];
  }
  if (front.length > 0) yield Buffer.concat(front).toString("utf8");
}

/** As `settle` writes it: of the lines, each with its end. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("base64url");
}

function changedLine(line: string, change: Change | undefined): string {
  if (change === undefined) return `${line}\n`;
  const row = JSON.parse(line) as LoopRow;
  const { like, rating, signals } = change;
  const known = row.seen ?? {};
  const all = [...new Set([...(known.signals ?? []), ...signals])];
  const lowest = rating === undefined ? known.rating : Math.min(rating, known.rating ?? rating);
  const seen: LoopSeen = { ...known, ...(lowest !== undefined && { rating: lowest }), ...(all.length > 0 && { signals: all }) };
  return loopLine({ ...row, ...(Object.keys(seen).length > 0 && { seen }), ...(like > 0 && { like: (row.like ?? 1) + like }) });
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw new SluiceError("output-unwritable", `${path}: cannot be written`, { cause });
  }
}
