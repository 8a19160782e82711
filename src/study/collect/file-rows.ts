// The rows of a file that were not taken before: what was is stepped over, whatever the file is called now.
import { createHash } from "node:crypto";
import { csvRows } from "../dataset/csv.ts";
import { jsonLinesRows } from "../dataset/json-lines.ts";
import type { DataProblem } from "../dataset/problem.ts";
import type { Row } from "../dataset/request.ts";
import { type Format, openSource, STANDARD_INPUT } from "../dataset/source.ts";
import type { FileMark, Found, Reading } from "./found.ts";

export interface FileReading {
  readonly file: string;
  readonly format?: Format; // whatever the name's ending says
  readonly marks: readonly FileMark[]; // of what was taken before
  readonly onBytes?: (bytes: number) => void;
}

const MAX_ROW_BYTES = 64 * 1024 * 1024;

/** `read` makes what is found of one row. Throws the errors named `data-…` of the file itself; a bad row is a `bad line`. */
export function fileRows(reading: FileReading, read: (row: Row) => readonly Found[]): Reading<FileMark> {
  const place = new Place();
  if (reading.file === STANDARD_INPUT) return { batches: batchesOf({ ...reading, marks: [] }, place, read), mark: () => undefined };
  return { batches: batchesOf(reading, place, read), mark: () => place.mark() };
}

async function* batchesOf(reading: FileReading, place: Place, read: (row: Row) => readonly Found[]): AsyncGenerator<readonly Found[]> {
  const taken = await takenBefore(reading);
  let ordinal = 0;
  for await (const row of rowsOf(reading, true)) {
    ordinal++;
    const isTaken = ordinal <= taken;
    if ("kind" in row) {
      if (!isTaken) yield [{ kind: "dropped", why: "bad line", place: row.place, message: row.message }];
      continue;
    }
    place.at(row, ordinal);
    if (!isTaken) yield read(row);
  }
}

/** How many rows of the file, from its start, are those of a mark. */
async function takenBefore(reading: FileReading): Promise<number> {
  if (reading.marks.length === 0) return 0;
  let candidates: readonly FileMark[] | undefined;
  let [taken, ordinal] = [0, 0];
  for await (const row of rowsOf(reading, false)) {
    ordinal++;
    if ("kind" in row) continue;
    if (candidates === undefined) {
      const first = hashOf(row);
      candidates = reading.marks.filter((mark) => mark.first === first);
    }
    if (candidates.some((mark) => mark.rows === ordinal && mark.last === hashOf(row))) taken = ordinal;
    if (!candidates.some((mark) => mark.rows > ordinal)) break;
  }
  return taken;
}

async function* rowsOf({ file, format, onBytes }: FileReading, counts: boolean): AsyncGenerator<Row | DataProblem> {
  const source = await openSource(file, { format, onBytes: counts ? onBytes : undefined });
  const batches = source.format === "json-lines" ? jsonLinesRows(source, MAX_ROW_BYTES) : csvRows(source, MAX_ROW_BYTES);
  for await (const rows of batches) yield* rows;
}

class Place {
  #first: string | undefined;
  #last: Row | undefined;
  #rows = 0;

  at(row: Row, ordinal: number): void {
    this.#first ??= hashOf(row);
    this.#last = row;
    this.#rows = ordinal;
  }

  mark(): FileMark | undefined {
    if (this.#first === undefined || this.#last === undefined) return undefined;
    return { first: this.#first, last: hashOf(this.#last), rows: this.#rows };
  }
}

function hashOf(row: Row): string {
  const values = row.names.map((name) => [name, row.value(name)]);
  return createHash("sha256").update(JSON.stringify(values)).digest("base64url").slice(0, 22);
}
