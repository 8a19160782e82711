// The file that `sluice replay` writes, a row with its answers a line: what stands in it is not asked again, but for tiers that gave none.
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { SluiceError } from "../../errors.ts";
import type { LoopAnswer, LoopRow } from "../loop/loop-row.ts";
import { loopLine, readLoop } from "../loop/read-loop.ts";
import { LinesFile } from "./lines-file.ts";

export type Answers = Readonly<Record<string, LoopAnswer>>;

/** Those that hold an answer. */
export function goodAnswers(answers: LoopRow["answers"]): Answers {
  return Object.fromEntries(Object.entries(answers ?? {}).filter(([, { error }]) => error === undefined));
}

export class AnswersFile {
  readonly #path: string;
  readonly #lines: LinesFile;
  readonly #answers: Map<string, Answers | "all">; // by id
  #isAmended = false;

  private constructor(path: string, lines: LinesFile, answers: Map<string, Answers | "all">) {
    this.#path = path;
    this.#lines = lines;
    this.#answers = answers;
  }

  /** `tiers`: whose answers make a row complete. Throws `output-unwritable` and `data-…`. */
  static async open(path: string, tiers: readonly string[]): Promise<AnswersFile> {
    if (!/\.(?:jsonl|ndjson)$/i.test(path)) throw new SluiceError("asking-file", `${path}: rows are added to it line by line`);
    const lines = await LinesFile.open(path);
    try {
      return new AnswersFile(path, lines, await answersIn(path, tiers));
    } catch (error) {
      await lines.close();
      throw error;
    }
  }

  isComplete(id: string): boolean {
    return this.#answers.get(id) === "all";
  }

  /** What a row got before, where not all answered. */
  answersOf(id: string): Answers {
    const known = this.#answers.get(id);
    return known === undefined || known === "all" ? {} : known;
  }

  async append(row: LoopRow): Promise<void> {
    if (this.#answers.has(row.id)) this.#isAmended = true;
    await this.#lines.append(loopLine(row));
  }

  /** Of a row that stands twice, the later line stays. */
  async close(): Promise<void> {
    await this.#lines.close();
    if (this.#isAmended) await keepLastOfEach(this.#path);
  }
}

async function answersIn(path: string, tiers: readonly string[]): Promise<Map<string, Answers | "all">> {
  const answers = new Map<string, Answers | "all">();
  if ((await stat(path)).size === 0) return answers;
  for await (const { row } of readLoop([path])) {
    const good = goodAnswers(row.answers);
    answers.set(row.id, tiers.every((tier) => good[tier] !== undefined) ? "all" : good);
  }
  return answers;
}

async function keepLastOfEach(path: string): Promise<void> {
  const last = new Map<string, number>();
  let number = 0;
  for await (const { row } of readLoop([path])) last.set(row.id, number++);
  const partial = `${path}.${process.pid}.partial`;
  try {
    await pipeline(keptLines(path, new Set(last.values())), createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new SluiceError("output-unwritable", `${path}: cannot be written anew; of rows that stand twice the later line counts`, {
      cause,
    });
  }
}

async function* keptLines(path: string, kept: ReadonlySet<number>): AsyncGenerator<string> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== "" && kept.has(number++)) yield `${line}\n`;
  }
}
