// A file of vectors beside a data set: what was embedded once is not asked for again. Its first line says whose vectors they are, each
// other one has a text's hash and its vector, and no text.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { SluiceError } from "../../errors.ts";
import { LinesFile } from "../asking/lines-file.ts";

/** Whose vectors. */
export interface VectorsOf {
  readonly model: string;
  readonly dimensions: number | undefined; // asked for; undefined: as many as the model has
}

const FORMAT = "sluice-vectors";
const HASH_DIGITS = 22; // of base64: 132 bits

export class VectorsFile {
  readonly of: VectorsOf;
  readonly #path: string;
  readonly #known: Map<string, Float32Array>;
  readonly #isNew: boolean;
  #lines: Promise<LinesFile> | undefined; // from the first that is added on

  private constructor(path: string, of: VectorsOf, known?: Map<string, Float32Array>) {
    this.#path = path;
    this.#isNew = known === undefined;
    this.of = of;
    this.#known = known ?? new Map();
  }

  /** `of`: undefined takes what the file says. Throws `vectors-unusable` where that is others', or nothing. */
  static async open(path: string, of: VectorsOf | undefined): Promise<VectorsFile> {
    const isThere = await stat(path).then(
      ({ size }) => size > 0,
      () => false,
    );
    if (isThere) return await read(path, of, (found, known) => new VectorsFile(path, found, known));
    if (of === undefined) throw unusable(`${path}: there is no such file`);
    return new VectorsFile(path, of);
  }

  get count(): number {
    return this.#known.size;
  }

  /** Numbers of each; undefined: there is none yet. */
  get width(): number | undefined {
    for (const vector of this.#known.values()) return vector.length;
    return undefined;
  }

  vectorOf(text: string): Float32Array | undefined {
    return this.#known.get(hashOf(text));
  }

  /** They are in the file when this is done. Throws `embeddings-failed` where they are not as long as those before, `output-unwritable`. */
  async add(texts: readonly string[], vectors: readonly Float32Array[]): Promise<void> {
    this.#lines ??= this.#opened();
    const file = await this.#lines;
    const { width = vectors[0]?.length } = this;
    const other = vectors.find(({ length }) => length !== width);
    if (other !== undefined)
      throw new SluiceError("embeddings-failed", `${this.of.model}: a vector of ${other.length} numbers behind one of ${width}`);
    const lines = vectors.map((vector, at) => {
      const text = hashOf(texts[at] ?? "");
      this.#known.set(text, vector);
      return `${JSON.stringify({ text, vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64") })}\n`;
    });
    await file.append(lines.join(""));
  }

  async close(): Promise<void> {
    await (await this.#lines)?.close();
  }

  async #opened(): Promise<LinesFile> {
    const lines = await LinesFile.open(this.#path);
    const { model, dimensions = null } = this.of;
    if (this.#isNew) await lines.append(`${JSON.stringify({ format: FORMAT, model, dimensions })}\n`);
    return lines;
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, HASH_DIGITS);
}

type Make = (of: VectorsOf, known: Map<string, Float32Array>) => VectorsFile;

async function read(path: string, expected: VectorsOf | undefined, make: Make): Promise<VectorsFile> {
  const known = new Map<string, Float32Array>();
  let of: VectorsOf | undefined;
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (of === undefined) of = headOf(text, path, expected);
      else addLine(known, text, `${path}:${line}`);
    }
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw unusable(`${path}: cannot be read`, cause);
  }
  if (of === undefined) throw unusable(`${path}: holds nothing`);
  return make(of, known);
}

function headOf(text: string, path: string, expected: VectorsOf | undefined): VectorsOf {
  const head = parsed(text) as { readonly format?: unknown; readonly model?: unknown; readonly dimensions?: unknown } | undefined;
  const { model, dimensions } = head ?? {};
  if (head?.format !== FORMAT || typeof model !== "string") throw unusable(`${path}:1: is no file of vectors`);
  const of = { model, dimensions: typeof dimensions === "number" ? dimensions : undefined };
  if (expected !== undefined && (expected.model !== of.model || expected.dimensions !== of.dimensions))
    throw unusable(`${path}: holds vectors of ${named(of)}, not of ${named(expected)}`);
  return of;
}

function named({ model, dimensions }: VectorsOf): string {
  return dimensions === undefined ? model : `${model} with ${dimensions} dimensions`;
}

/** A last line that was torn off is left out: its text is asked for again. */
function addLine(known: Map<string, Float32Array>, line: string, place: string): void {
  const { text, vector } = (parsed(line) ?? {}) as { readonly text?: unknown; readonly vector?: unknown };
  if (typeof text !== "string" || typeof vector !== "string") return;
  const bytes = Buffer.from(vector, "base64");
  const width = bytes.length / Float32Array.BYTES_PER_ELEMENT;
  const [first] = known.values();
  if (!Number.isInteger(width) || width === 0 || (first !== undefined && first.length !== width))
    throw unusable(`${place}: expected a vector as long as the first, found ${bytes.length} bytes`);
  known.set(text, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unusable(message: string, cause?: unknown): SluiceError {
  return new SluiceError("vectors-unusable", message, { cause });
}
