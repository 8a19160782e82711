// Data sets as a stream of examples: any number of files, each JSON Lines or CSV, plain or .gz. What is wrong ends the reading with an
// error that says where and what to do, or is counted where bad rows may be skipped.
import { resolve } from "node:path";
import { SluiceError } from "../../errors.ts";
import { readAnsweredRow } from "./answered-row.ts";
import { type Columns, OWN_COLUMNS } from "./columns.ts";
import { csvRows } from "./csv.ts";
import type { AnsweredExample, Example, SessionExample, Truth } from "./example.ts";
import { jsonLinesRows } from "./json-lines.ts";
import { type DataProblem, dataError, listed, type ProblemKind } from "./problem.ts";
import { given, type Row } from "./request.ts";
import { type RowReading, readRow, type TierNames } from "./row.ts";
import { readSessionRow } from "./session-row.ts";
import { openSource, type SourceOptions, STANDARD_INPUT } from "./source.ts";

export interface ReadOptions extends SourceOptions, TierNames {
  readonly columns?: Columns | undefined; // without: the contract's own names
  readonly exclude?: readonly string[] | undefined; // files whose prompts are left out
  readonly skipBad?: boolean | undefined; // count bad rows instead of ending at the first
  readonly maxRowBytes?: number | undefined;
}

/** What was read so far; complete once the reading has ended. */
export interface ReadCounts {
  readonly rows: number; // examples handed over
  readonly excluded: number;
  readonly skipped: number;
  readonly skippedByKind: ReadonlyMap<ProblemKind, number>;
  readonly firstSkipped: readonly DataProblem[]; // at most three
}

/** Reads from the start each time it is iterated; standard input only once. */
export interface ExampleReading<T = Example> extends AsyncIterable<T> {
  readonly counts: ReadCounts;
  /** Of an example handed over last that its reader cannot use: counted as skipped where bad rows may be, else thrown as `data-invalid`. */
  refuse(example: Pick<Example, "place">, why: string): void;
}

const MAX_ROW_BYTES = 64 * 1024 * 1024;
const SHOWN_PROBLEMS = 3;

/** Examples in the order of the files. Throws the errors named `data-…`; `-` is standard input. */
export function readExamples(files: readonly string[], options: ReadOptions = {}): ExampleReading {
  return new Reading(files, options, readRow);
}

/** Turns of sessions, likewise; some may carry no label or scores. */
export function readSessions(files: readonly string[], options: ReadOptions = {}): ExampleReading<SessionExample> {
  return new Reading(files, options, readSessionRow);
}

/** Labelled requests with what the tiers answered. */
export function readAnswered(files: readonly string[], options: ReadOptions = {}): ExampleReading<AnsweredExample> {
  return new Reading(files, options, readAnsweredRow);
}

/** What is read of a row at least. */
type Read = Pick<Example, "place"> & { readonly truth: Truth | undefined };
type RowReader<T> = (row: Row, columns: Columns, tiers: TierNames) => RowReading<T>;

class Reading<T extends Read> implements ExampleReading<T> {
  readonly #files: readonly string[];
  readonly #options: ReadOptions;
  #counts = new Counts();
  readonly #readRow: RowReader<T>;
  #first: Truth["kind"] | undefined; // what it carries, label or scores, all must carry
  #firstPlace = "";

  constructor(files: readonly string[], options: ReadOptions, readRow: RowReader<T>) {
    this.#files = files;
    this.#options = options;
    this.#readRow = readRow;
  }

  get counts(): ReadCounts {
    return this.#counts;
  }

  refuse({ place }: Pick<Example, "place">, why: string): void {
    this.#counts.rows--;
    this.#skip({ place, kind: "bad request", message: why, hint: "Correct the row, or leave it out." });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    refuseRepeated([...this.#files, ...(this.#options.exclude ?? [])]);
    this.#counts = new Counts();
    this.#first = undefined;
    const columns = this.#options.columns ?? OWN_COLUMNS;
    const excluded = await excludedPrompts(this.#options, columns);
    for (const file of this.#files) {
      for await (const rows of rowsOf(file, this.#options)) {
        for (const row of rows) {
          const example = this.#accept(row, columns, excluded);
          if (example !== undefined) yield example;
        }
      }
    }
    if (this.#counts.rows === 0) throw nothingRead(this.#files, this.#counts);
  }

  /** Undefined: skipped or excluded. */
  #accept(row: Row | DataProblem, columns: Columns, excluded: ReadonlySet<string>): T | undefined {
    const reading = "kind" in row ? { problem: row } : this.#readRow(row, columns, this.#options);
    if ("problem" in reading) {
      this.#skip(reading.problem);
      return undefined;
    }
    const { example, prompt } = reading;
    if (prompt !== undefined && excluded.has(prompt)) {
      this.#counts.excluded++;
      return undefined;
    }
    this.#sameTruth(example);
    this.#counts.rows++;
    return example;
  }

  #sameTruth({ truth, place }: Read): void {
    if (truth === undefined) return;
    if (this.#first === undefined) this.#firstPlace = place;
    this.#first ??= truth.kind;
    if (truth.kind !== this.#first) throw mixed(this.#first, this.#firstPlace, truth.kind, place);
  }

  #skip(problem: DataProblem): void {
    if (this.#options.skipBad !== true)
      throw dataError({ ...problem, hint: `${problem.hint} Or leave such rows out, and have them counted, with --skip-bad.` });
    this.#counts.skip(problem);
  }
}

class Counts implements ReadCounts {
  rows = 0;
  excluded = 0;
  skipped = 0;
  readonly skippedByKind = new Map<ProblemKind, number>();
  readonly firstSkipped: DataProblem[] = [];

  skip(problem: DataProblem): void {
    this.skipped++;
    this.skippedByKind.set(problem.kind, (this.skippedByKind.get(problem.kind) ?? 0) + 1);
    if (this.firstSkipped.length < SHOWN_PROBLEMS) this.firstSkipped.push(problem);
  }
}

async function* rowsOf(file: string, options: ReadOptions): AsyncGenerator<readonly (Row | DataProblem)[]> {
  const source = await openSource(file, options);
  const maxRowBytes = options.maxRowBytes ?? MAX_ROW_BYTES;
  yield* source.format === "json-lines" ? jsonLinesRows(source, maxRowBytes) : csvRows(source, maxRowBytes);
}

/** Where --columns says nothing: the name RouteLLM's lists of contaminated prompts use, then the contract's. */
const EXCLUDE_COLUMNS = ["eval_prompt", "prompt"];

async function excludedPrompts(options: ReadOptions, columns: Columns): Promise<ReadonlySet<string>> {
  const prompts = new Set<string>();
  for (const file of options.exclude ?? []) {
    for await (const rows of rowsOf(file, { ...options, onBytes: undefined })) {
      for (const row of rows) {
        if ("kind" in row) throw dataError(row);
        const named =
          columns.names.exclude === "exclude" ? EXCLUDE_COLUMNS.map((name) => row.value(name)) : [given(row, columns, "exclude")];
        const prompt = named.find((value) => value !== undefined);
        if (typeof prompt !== "string") throw noPrompt(row, columns);
        prompts.add(prompt);
      }
    }
  }
  return prompts;
}

function noPrompt(row: Row, columns: Columns): SluiceError {
  const expected = columns.names.exclude === "exclude" ? EXCLUDE_COLUMNS : [columns.names.exclude ?? "exclude"];
  const columnNames = expected.map((name) => JSON.stringify(name)).join(" or ");
  const message = `expected a prompt to leave out, in a column ${columnNames}, found ${listed(row.names)}`;
  return dataError({ place: row.place, message, hint: "Say which column it is: --columns exclude=NAME." });
}

function refuseRepeated(files: readonly string[]): void {
  const seen = new Set<string>();
  for (const file of files) {
    const path = file === STANDARD_INPUT ? file : resolve(file);
    if (seen.has(path)) throw new SluiceError("data-repeated", `${file}: given twice`);
    seen.add(path);
  }
}

const CARRIED = { label: "a label", scores: "scores" } as const;

function mixed(first: Truth["kind"], firstPlace: string, found: Truth["kind"], place: string): SluiceError {
  const message = `expected ${CARRIED[first]} as in ${firstPlace}, found ${CARRIED[found]}`;
  return dataError({
    place,
    message,
    hint: "A data set carries labels or scores in every row: evaluate the two parts apart.",
  });
}

function nothingRead(files: readonly string[], { skipped, excluded }: ReadCounts): SluiceError {
  const counts = [...(skipped > 0 ? [`${skipped} skipped`] : []), ...(excluded > 0 ? [`${excluded} excluded`] : [])];
  return new SluiceError("data-empty", `${files.join(", ")}: no rows${counts.length > 0 ? ` left: ${counts.join(", ")}` : ""}`);
}
