// Files of the learning loop, a row a line: read as streams, `.gz` too, and written row by row.
import { SluiceError } from "../../errors.ts";
import { jsonLinesRows } from "../dataset/json-lines.ts";
import { dataError, shown } from "../dataset/problem.ts";
import type { Row } from "../dataset/request.ts";
import { openSource } from "../dataset/source.ts";
import type { LoopRow } from "./loop-row.ts";

const MAX_ROW_BYTES = 64 * 1024 * 1024;

/** A row with all its columns, those that are not known too, and where it stands. */
export interface PlacedRow {
  readonly row: LoopRow;
  readonly place: string; // file and line
}

/** Rows in the order of the files. Throws `data-…` errors: what is no row says where, and what to do. */
export async function* readLoop(files: readonly string[]): AsyncGenerator<PlacedRow> {
  for (const file of files) {
    const source = await openSource(file, {});
    if (source.format !== "json-lines") {
      throw new SluiceError("data-invalid", `${file}: expected JSON Lines, as \`sluice collect\` writes them, found a table`);
    }
    for await (const rows of jsonLinesRows(source, MAX_ROW_BYTES)) {
      for (const row of rows) {
        if ("kind" in row) throw dataError(row);
        yield { row: loopRow(row), place: row.place };
      }
    }
  }
}

/** One line, with its end. */
export function loopLine(row: LoopRow): string {
  return `${JSON.stringify(row)}\n`;
}

function loopRow(row: Row): LoopRow {
  const columns = Object.fromEntries(row.names.map((name) => [name, row.value(name)]));
  const hint = "Make the file with `sluice collect`, which takes data sets and logs.";
  if (typeof columns.id !== "string" || columns.id === "") {
    throw dataError({ place: row.place, message: `expected an id, text, found ${shown(columns.id)}`, hint });
  }
  if (typeof columns.request !== "object" || columns.request === null || Array.isArray(columns.request)) {
    throw dataError({ place: row.place, message: `expected a request, the body as an object, found ${shown(columns.request)}`, hint });
  }
  return { ...columns, id: columns.id, request: columns.request as LoopRow["request"] };
}
