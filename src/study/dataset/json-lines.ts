// Rows of a JSON file: one object a line, blank lines stepped over; or one list of objects, read item by item.
import { isUtf8 } from "node:buffer";
import { beginsList, type Line, listItems } from "./json-list.ts";
import type { DataProblem, ProblemKind } from "./problem.ts";
import { shown } from "./problem.ts";
import type { Row } from "./request.ts";
import { peeked, type Source } from "./source.ts";

const NEWLINE = 0x0a;
const FRONT_BYTES = 16 * 1024;

/** In batches, so that a row costs no turn of the event loop. */
export async function* jsonLinesRows(source: Source, maxLineBytes: number): AsyncGenerator<readonly (Row | DataProblem)[]> {
  const { front, chunks } = await peeked(source.chunks, (bytes) => bytes.length >= FRONT_BYTES);
  const pieces = beginsList(front) ? listItems(source.name, chunks, maxLineBytes) : linesOf(chunks, maxLineBytes);
  for await (const lines of pieces) {
    yield lines.flatMap((line) => rowOf(source, line, maxLineBytes) ?? []);
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>, maxLineBytes: number): AsyncGenerator<readonly Line[]> {
  let number = 1;
  let front: Buffer[] = []; // of a line that goes on in the next chunk
  let frontBytes = 0;
  const line = (end: Buffer): Line => {
    const bytes = frontBytes + end.length;
    const whole = front.length === 0 ? end : Buffer.concat([...front, end]);
    front = [];
    frontBytes = 0;
    return { number: number++, bytes: bytes > maxLineBytes ? undefined : whole };
  };
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(line(chunk.subarray(start, end)));
      start = end + 1;
    }
    frontBytes += chunk.length - start;
    if (frontBytes > maxLineBytes) front = [];
    else if (start < chunk.length) front.push(chunk.subarray(start));
    yield lines;
  }
  if (frontBytes > 0) yield [line(Buffer.alloc(0))];
}

const HINTS = {
  "line too long": "Check that the file holds one JSON object a line.",
  "not UTF-8": "Save the file as UTF-8.",
  "not JSON": "The file must hold one JSON object a line: jq -c . makes it from objects; one list of objects is read too.",
  "not an object": "The file must hold one JSON object a line, or one list of objects.",
} as const satisfies Partial<Record<ProblemKind, string>>;

function rowOf(source: Source, { number, bytes }: Line, maxLineBytes: number): Row | DataProblem | undefined {
  const place = `${source.name}:${number}`;
  const problem = (kind: keyof typeof HINTS, message: string): DataProblem => ({ place, kind, message, hint: HINTS[kind] });
  if (bytes === undefined) return problem("line too long", `expected a line of at most ${maxLineBytes} bytes, found a longer one`);
  if (!isUtf8(bytes)) return problem("not UTF-8", "expected text in UTF-8, found other bytes");
  const text = bytes.toString("utf8");
  if (text.trim() === "") return undefined;
  const value = parsed(text);
  if (value === undefined) return problem("not JSON", `expected a JSON object, found ${shown(text.trim())}`);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return problem("not an object", `expected a JSON object, found ${shown(value)}`);
  return new ObjectRow(place, source.group, value);
}

/** Undefined: no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

class ObjectRow implements Row {
  readonly place: string;
  readonly fileGroup: string;
  readonly #members: object;

  constructor(place: string, fileGroup: string, members: object) {
    this.place = place;
    this.fileGroup = fileGroup;
    this.#members = members;
  }

  get names(): readonly string[] {
    return Object.keys(this.#members);
  }

  value(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? (this.#members as Record<string, unknown>)[name] : undefined;
  }
}
