// Has texts embedded: those that the file of vectors does not know are asked of the endpoint, several at a time and a few requests at once,
// and stand in the file as soon as they come.
import { setTimeout as wait } from "node:timers/promises";
import { saidVectors } from "../../answer/said-vectors.ts";
import { SluiceError } from "../../errors.ts";
import { atOnce } from "../asking/at-once.ts";
import { call } from "../asking/call/call.ts";
import { retryInMs } from "../asking/call/retry.ts";
import type { VectorsFile } from "./vectors-file.ts";

export interface EmbedderSettings {
  readonly file: VectorsFile;
  readonly endpoint: string | undefined; // the whole URL; undefined: nobody is asked
  readonly key: string | undefined;
  readonly onProgress: (done: number, of: number) => void; // of the texts that are asked for
}

/** Servers take as many in one request. */
const TEXTS_A_REQUEST = 32;
const REQUESTS_AT_ONCE = 4;
const TIMEOUT_MS = 60_000;
const MOST_ATTEMPTS = 6;

/** A vector for each text. Throws `embeddings-failed` where one cannot be had, `output-unwritable`. */
export async function embeddedBy(settings: EmbedderSettings, texts: readonly string[]): Promise<readonly Float32Array[]> {
  const { file, endpoint, onProgress } = settings;
  const missing = [...new Set(texts)].filter((text) => file.vectorOf(text) === undefined);
  if (missing.length > 0) {
    if (endpoint === undefined) throw failed(`of ${missing.length} of ${texts.length} texts there is no vector, and no endpoint to ask`);
    let done = 0;
    await atOnce(inRequests(missing), REQUESTS_AT_ONCE, async (some) => {
      await file.add(some, await vectorsFor(settings, endpoint, some));
      done += some.length;
      onProgress(done, missing.length);
      return true;
    });
  }
  return texts.map((text) => file.vectorOf(text) ?? NONE);
}

const NONE = new Float32Array(0);

async function* inRequests(texts: readonly string[]): AsyncGenerator<readonly string[]> {
  for (let at = 0; at < texts.length; at += TEXTS_A_REQUEST) yield texts.slice(at, at + TEXTS_A_REQUEST);
}

async function vectorsFor({ file, key }: EmbedderSettings, endpoint: string, texts: readonly string[]) {
  const { model, dimensions } = file.of;
  const body = JSON.stringify({ model, input: texts, encoding_format: "float", ...(dimensions === undefined ? {} : { dimensions }) });
  const headers = { "content-type": "application/json", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
  for (let attempts = 1; ; attempts++) {
    const outcome = await call({ url: endpoint, headers, body }, { timeoutMs: TIMEOUT_MS, signal: NEVER });
    if (outcome.kind === "answered") return read(outcome.text, endpoint, texts.length, file.width ?? dimensions);
    const { failure, retryAfterMs, detail } = outcome;
    const ms = retryInMs({ failure, retryAfterMs, attempts, mostAttempts: MOST_ATTEMPTS }, Math.random);
    if (ms === undefined) throw failed(`${endpoint}: ${key === undefined ? detail : detail.replaceAll(key, "[key]")}`);
    await wait(ms);
  }
}

const NEVER = new AbortController().signal;

function read(answer: string, endpoint: string, texts: number, length: number | undefined): readonly Float32Array[] {
  try {
    return saidVectors(answer, texts, length).vectors;
  } catch (error) {
    throw failed(`${endpoint}: ${(error as Error).message}`);
  }
}

function failed(message: string): SluiceError {
  return new SluiceError("embeddings-failed", message);
}
