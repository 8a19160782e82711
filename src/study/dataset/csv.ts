// Rows of a CSV file: a header line with the columns' names, then a record each. csv-parse finds the fields; what they hold is decoded when
// asked for.
import { isUtf8 } from "node:buffer";
import { type CsvError, type Parser, parse } from "csv-parse";
import type { SluiceError } from "../../errors.ts";
import { type DataProblem, dataError, shown } from "./problem.ts";
import type { Row } from "./request.ts";
import { peeked, type Source } from "./source.ts";

const NEWLINE = 0x0a;

interface CsvRecord {
  readonly line: number; // where it begins, from 1
  readonly fields: readonly Buffer[];
}

/** In batches, so that a row costs no turn of the event loop. Throws `data-invalid` where quotes do not fit: no row behind is sure. */
export async function* csvRows(source: Source, maxRecordBytes: number): AsyncGenerator<readonly (Row | DataProblem)[]> {
  let header: Header | undefined;
  for await (const records of recordsOf(source, maxRecordBytes)) {
    const rows: (Row | DataProblem)[] = [];
    for (const record of records) {
      if (header === undefined) header = headerOf(source, record);
      else rows.push(rowOf(source, header, record));
    }
    yield rows;
  }
}

const MAX_HEADER_BYTES = 64 * 1024;
const IN_QUOTES = /"(?:[^"]|"")*"/g;

function headerEnds(front: Buffer): boolean {
  const unquoted = unquotedText(front);
  return unquoted.includes("\n") && !unquoted.split("\n", 1)[0]?.includes('"');
}

/** From the first line on that is not empty. Where every name is quoted, the delimiters alone are left of it: they may be tabs. */
function unquotedText(front: Buffer): string {
  return front
    .toString("latin1")
    .replace(IN_QUOTES, "")
    .replace(/^[\r\n]+/, "");
}

/** Semicolons where a spreadsheet's language writes commas in numbers, tabs where text was pasted: what the header has most of. */
function delimiterOf(front: Buffer, usual: "," | "\t"): string {
  const header = unquotedText(front).split("\n", 1)[0] ?? "";
  const count = (delimiter: string) => header.split(delimiter).length - 1;
  return [usual, ",", ";", "\t"].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** The parser is fed by hand, and hands over its records as it meets them: every record before an error arrives, with its line. */
async function* recordsOf(source: Source, maxRecordBytes: number): AsyncGenerator<readonly CsvRecord[]> {
  let records: CsvRecord[] = [];
  let newlines = 0; // of the records so far
  let emptyLines = 0;
  const { front, chunks } = await peeked(source.chunks, (bytes) => bytes.length > MAX_HEADER_BYTES || headerEnds(bytes));
  const parser = parse({
    delimiter: delimiterOf(front, source.format === "tsv" ? "\t" : ","),
    record_delimiter: ["\r\n", "\n"],
    encoding: null,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
    on_record: (record: unknown, { empty_lines }) => {
      const fields = record as readonly Buffer[]; // without an encoding, which its types do not tell
      emptyLines = empty_lines;
      records.push({ line: 1 + newlines + emptyLines, fields });
      newlines += 1 + fields.reduce((sum, field) => sum + newlinesIn(field), 0);
      return null; // nothing is left in the parser
    },
  });
  const failed = feedError(parser);
  for await (const chunk of chunks) {
    const error = await failed((done) => parser.write(chunk, done));
    yield records;
    records = [];
    if (error !== undefined) throw quoteError(source, 1 + newlines + emptyLines, error, maxRecordBytes);
  }
  const error = await failed((done) => parser.end(done));
  yield records;
  if (error !== undefined) throw quoteError(source, 1 + newlines + emptyLines, error, maxRecordBytes);
}

/** Waits for one step of the parser; what comes back is its error. */
function feedError(parser: Parser): (step: (done: (error?: Error | null) => void) => void) => Promise<CsvError | undefined> {
  parser.on("error", () => undefined); // the step has it
  return (step) => new Promise((resolve) => step((error) => resolve((error ?? undefined) as CsvError | undefined)));
}

function newlinesIn(field: Buffer): number {
  let count = 0;
  for (let at = field.indexOf(NEWLINE); at >= 0; at = field.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

function quoteError(source: Source, line: number, error: CsvError, maxRecordBytes: number): SluiceError {
  const hint = 'Quote a whole field or none of it, and write a quote inside a quoted field twice ("").';
  const place = `${source.name}:${line}`;
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return dataError({ place, message: "expected a closing quote for a quote opened in this row, found the end of the file", hint });
    case "CSV_MAX_RECORD_SIZE":
      return dataError({ place, message: `expected a row of at most ${maxRecordBytes} bytes, found a longer one`, hint });
    case "CSV_INVALID_CLOSING_QUOTE":
      return dataError({ place, message: "expected a delimiter or the end of the row behind a closing quote, found other text", hint });
    case "INVALID_OPENING_QUOTE":
      return dataError({ place, message: "expected a quote only around a whole field, found one inside a field", hint });
    default:
      return dataError({ place, message: `not CSV: ${error.message}`, hint });
  }
}

interface Header {
  readonly names: readonly string[];
  readonly indexes: ReadonlyMap<string, number>;
}

function headerOf({ name }: Source, { line, fields }: CsvRecord): Header {
  const place = `${name}:${line}`;
  if (!fields.every((field) => isUtf8(field)))
    throw dataError({ place, message: "expected text in UTF-8, found other bytes", hint: "Save the file as UTF-8." });
  const names = fields.map((field) => field.toString("utf8").trim());
  const twice = names.find((column, at) => column !== "" && names.indexOf(column) !== at);
  if (twice !== undefined)
    throw dataError({ place, message: `expected each column once, found ${shown(twice)} twice`, hint: "Rename one of the two." });
  return { names, indexes: new Map(names.map((column, at) => [column, at])) };
}

function rowOf(source: Source, header: Header, { line, fields }: CsvRecord): Row | DataProblem {
  const place = `${source.name}:${line}`;
  if (fields.length !== header.names.length) {
    const message = `expected ${header.names.length} columns as in the header, found ${fields.length}`;
    return { place, kind: "wrong number of columns", message, hint: "Put a field that holds commas in double quotes." };
  }
  const foreign = fields.findIndex((field) => !isUtf8(field));
  if (foreign < 0) return new CsvRow(place, source.group, header, fields);
  const message = `column ${shown(header.names[foreign])}: expected text in UTF-8, found other bytes`;
  return { place, kind: "not UTF-8", message, hint: "Save the file as UTF-8." };
}

class CsvRow implements Row {
  readonly place: string;
  readonly fileGroup: string;
  readonly #header: Header;
  readonly #fields: readonly Buffer[];

  constructor(place: string, fileGroup: string, header: Header, fields: readonly Buffer[]) {
    this.place = place;
    this.fileGroup = fileGroup;
    this.#header = header;
    this.#fields = fields;
  }

  get names(): readonly string[] {
    return this.#header.names;
  }

  value(name: string): unknown {
    const index = this.#header.indexes.get(name.trim());
    return index === undefined ? undefined : this.#fields[index]?.toString("utf8");
  }
}
