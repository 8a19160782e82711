// The bytes of one file, or of standard input, unpacked: what it is comes from its name, for standard input from its first bytes.
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { SluiceError } from "../../errors.ts";

export type Format = "json-lines" | "csv" | "tsv";

export interface Source {
  readonly name: string; // for messages
  readonly group: string; // the file's name without its endings
  readonly format: Format;
  readonly chunks: AsyncIterable<Buffer>; // without a byte order mark
}

export interface SourceOptions {
  readonly stdin?: AsyncIterable<Buffer> | undefined; // instead of the process's own
  readonly format?: Format | undefined; // whatever the name's ending says
  readonly onBytes?: ((bytes: number) => void) | undefined; // as they lie on the disk
}

const CHUNK_BYTES = 256 * 1024;
export const STANDARD_INPUT = "-";

/** Throws `data-format-unknown`. What is wrong with the file itself is thrown from `chunks`: `data-not-found` or `data-unreadable`. */
export async function openSource(file: string, options: SourceOptions): Promise<Source> {
  if (file === STANDARD_INPUT) return openStandardInput(options);
  const packed = /\.gz$/i.test(file);
  const format = options.format ?? formatOf(packed ? file.slice(0, -3) : file, file);
  const raw = counted(rawBytes(file), options);
  const chunks = withoutMark(packed ? unpacked(raw, file) : raw);
  return { name: file, group: basename(file).replace(/\..*$/s, "") || file, format, chunks };
}

const ENDINGS: Readonly<Record<string, Format>> = { jsonl: "json-lines", ndjson: "json-lines", json: "json-lines", csv: "csv", tsv: "tsv" };

function formatOf(unpacked: string, file: string): Format {
  const ending = /\.([^./]+)$/.exec(unpacked)?.[1]?.toLowerCase() ?? "";
  const format = ENDINGS[ending];
  if (format === undefined) throw new SluiceError("data-format-unknown", `${file}: the ending does not say what the file holds`);
  return format;
}

async function openStandardInput(options: SourceOptions): Promise<Source> {
  const name = "standard input";
  const raw = await peeked(counted(options.stdin ?? process.stdin, options), (front) => front.length >= 2);
  const packed = raw.front[0] === 0x1f && raw.front[1] === 0x8b;
  const { front, chunks } = await peeked(withoutMark(packed ? unpacked(raw.chunks, name) : raw.chunks), (text) =>
    /\S/.test(text.toString("latin1")),
  );
  const format = /^\s*[{[]/.test(front.toString("latin1")) ? "json-lines" : "csv";
  return { name, group: name, format, chunks };
}

async function* rawBytes(file: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) yield chunk;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw new SluiceError("data-not-found", `${file}: no such file`);
    const hint = code === "EISDIR" ? "It is a folder: name the files in it." : undefined;
    throw new SluiceError("data-unreadable", `${file}: cannot be read`, { cause, ...(hint !== undefined && { hint }) });
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, { onBytes }: SourceOptions): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onBytes?.(chunk.length);
    yield chunk;
  }
}

async function* unpacked(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  pipeline(Readable.from(chunks, { objectMode: false }), gunzip, () => undefined); // an error comes out of `gunzip`
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR")
      throw new SluiceError("data-unreadable", `${name}: the gzip data end too early: the file is cut off`, {
        hint: "Copy or write it again.",
      });
    throw new SluiceError("data-unreadable", `${name}: not gzip data, or damaged (${message})`, { hint: "Check it with gzip -t." });
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let front: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (front === undefined) {
      yield chunk;
      continue;
    }
    front = Buffer.concat([front, chunk]);
    if (front.length < BYTE_ORDER_MARK.length) continue;
    yield front.subarray(0, 3).equals(BYTE_ORDER_MARK) ? front.subarray(3) : front;
    front = undefined;
  }
  if (front !== undefined && front.length > 0) yield front;
}

interface Peeked {
  readonly front: Buffer;
  readonly chunks: AsyncIterable<Buffer>; // all of them, the front included
}

/** As many bytes as it takes to know, or all there are. */
export async function peeked(chunks: AsyncIterable<Buffer>, enough: (front: Buffer) => boolean): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  let front: Buffer = Buffer.alloc(0);
  while (!enough(front)) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    front = Buffer.concat([front, value]);
  }
  return { front, chunks: joined(front, { [Symbol.asyncIterator]: () => iterator }) };
}

async function* joined(front: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield front;
  yield* rest;
}
