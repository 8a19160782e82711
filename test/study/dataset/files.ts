// Small data sets in a folder of their own, and what reading them comes to.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SluiceError } from "../../../src/errors.ts";
import { parseColumns } from "../../../src/study/dataset/columns.ts";
import type { Example } from "../../../src/study/dataset/example.ts";
import { type ReadOptions, readExamples } from "../../../src/study/dataset/read-examples.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "sluice-data-"));

/** Writes a file, packed where its name ends in .gz, and gives its path. */
export function dataFile(name: string, content: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, name.endsWith(".gz") ? gzipSync(content) : content);
  return path;
}

/** Writes the bytes as they are, whatever the name. */
export function rawFile(name: string, bytes: Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, bytes);
  return path;
}

export async function examplesOf(files: readonly string[], options?: ReadOptions): Promise<Example[]> {
  return all(readExamples(files, options));
}

export async function all(reading: AsyncIterable<Example>): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const example of reading) examples.push(example);
  return examples;
}

export interface ReadError {
  readonly code: string;
  readonly message: string; // with the folder left out
  readonly hint: string;
}

/** The error that ends the reading; it must be one. */
export async function errorOf(files: readonly string[], options?: ReadOptions): Promise<ReadError> {
  const error = await examplesOf(files, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SluiceError)) throw new Error(`expected an operational error, found ${String(error)}`);
  return { code: error.code, message: error.message.replaceAll(`${FOLDER}/`, ""), hint: error.hint };
}

export function columns(text: string): ReadOptions {
  return { columns: parseColumns(text) };
}

export function bodyOf(example: Example | undefined): unknown {
  return JSON.parse(Buffer.from(example?.body ?? []).toString("utf8"));
}
