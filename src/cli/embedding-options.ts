// Options of the commands that take vectors: the file that holds them, and the endpoint that what it lacks is asked of.
import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { SluiceError } from "../errors.ts";
import { EMBEDDING_KEY_VARIABLE } from "../outcome/embeddings/embedding-endpoint.ts";
import { embeddedBy } from "../study/embedding/embedder.ts";
import { VectorsFile, type VectorsOf } from "../study/embedding/vectors-file.ts";
import type { Embed } from "../study/train/training-rows.ts";

export interface EmbeddingOptions {
  readonly embeddings?: string;
  readonly embeddingEndpoint?: string;
  readonly embeddingModel?: string;
  readonly embeddingDimensions?: number;
  readonly embeddingKeyFile?: string;
}

export interface OpenVectors extends VectorsOf {
  readonly embed: Embed;
  readonly vectorOf: (text: string) => Float32Array | undefined; // once it was embedded
  close(): Promise<void>;
}

/** `conflicts`: names of options that vectors mean nothing beside. */
export function withEmbeddingOptions(command: Command, ...conflicts: readonly string[]): Command {
  const option = (flags: string, description: string) => new Option(flags, description).conflicts([...conflicts]);
  return command
    .addOption(
      option("--embedding-endpoint <url>", "ask this server for vectors of the rows, as OpenAI's /v1/embeddings").argParser(urlOption),
    )
    .addOption(option("--embedding-model <name>", "its model"))
    .addOption(
      option("--embedding-dimensions <number>", "ask for vectors of so many numbers, where the model can give fewer").argParser(
        dimensionsOption,
      ),
    )
    .addOption(option("--embedding-key-file <file>", `a file with its API key; without it ${EMBEDDING_KEY_VARIABLE}'s`))
    .addOption(
      option("--embeddings <file>", "the vectors' file, where those that are known are not asked for; without it beside the data"),
    );
}

/** Undefined: no vectors are wanted. `data`: the data sets. Throws `vectors-unusable`, `key-unusable`. */
export async function openVectors(options: EmbeddingOptions, data: readonly string[]): Promise<OpenVectors | undefined> {
  const { embeddings, embeddingEndpoint: endpoint, embeddingModel: model, embeddingDimensions: dimensions } = options;
  if (embeddings === undefined && endpoint === undefined && model === undefined) return undefined;
  if (endpoint !== undefined && model === undefined) throw unusable("--embedding-endpoint needs --embedding-model, the model to ask for");
  const [first = "-"] = data;
  if (embeddings === undefined && first === "-")
    throw unusable("beside standard input there is no file of vectors: name one with --embeddings");
  const path = embeddings ?? `${first}.vectors.jsonl`;
  const file = await VectorsFile.open(path, model === undefined ? undefined : { model, dimensions });
  const key = endpoint === undefined ? undefined : await keyOf(options.embeddingKeyFile);
  const onProgress = shownProgress();
  return {
    ...file.of,
    embed: (texts) => embeddedBy({ file, endpoint, key, onProgress }, texts),
    vectorOf: (text) => file.vectorOf(text),
    close: () => file.close(),
  };
}

async function keyOf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return process.env[EMBEDDING_KEY_VARIABLE] || undefined;
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    throw unusable(`--embedding-key-file: ${file}: cannot be read`, cause);
  }
}

const LOG_MS = 10_000;

/** On a terminal one line that changes, else a line now and then. */
function shownProgress(): (done: number, of: number) => void {
  const { isTTY } = process.stderr;
  let last = Number.NEGATIVE_INFINITY;
  return (done, of) => {
    const text = `embedded ${done.toLocaleString("en-US")} of ${of.toLocaleString("en-US")} texts`;
    if (isTTY) process.stderr.write(`\r\x1b[K${done === of ? "" : text}`);
    else if (performance.now() - last > LOG_MS) {
      last = performance.now();
      process.stderr.write(`${text}\n`);
    }
  };
}

function unusable(message: string, cause?: unknown): SluiceError {
  return new SluiceError("vectors-unusable", message, { cause });
}

function urlOption(text: string): string {
  const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: "" };
  if (protocol !== "http:" && protocol !== "https:")
    throw new InvalidArgumentError("It must be a URL with its path, such as http://127.0.0.1:8080/v1/embeddings.");
  return text;
}

function dimensionsOption(text: string): number {
  const dimensions = Number(text);
  if (!/^\d{1,4}$/.test(text) || dimensions < 8 || dimensions > 8192)
    throw new InvalidArgumentError("It must be a whole number from 8 to 8192.");
  return dimensions;
}
