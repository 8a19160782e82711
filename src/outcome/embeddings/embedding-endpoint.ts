// The operator's embedding endpoint, asked as OpenAI's /v1/embeddings is: with a deadline that nobody waits beyond, few at once, and left
// alone for a while when it fails. What goes wrong is no vector, and a count.
import { readFile } from "node:fs/promises";
import { saidVectors } from "../../answer/said-vectors.ts";

export interface EmbeddingSettings {
  readonly endpoint: string; // the whole URL
  readonly model: string;
  readonly keyFile: string | undefined; // read anew when the server refuses the key
  readonly dimensions: number | undefined; // asked for; undefined: as many as the model has
  readonly length?: number | undefined; // of its vectors, where that is known though it is not asked for
  readonly timeoutMs: number;
}

/** What came of asking. `resting`: it was not asked, since it had failed. */
export const EMBEDDING_RESULTS = ["ok", "timeout", "error", "crowded", "resting"] as const;
export type EmbeddingResult = (typeof EMBEDDING_RESULTS)[number];

export interface EmbeddingDeps {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number; // milliseconds, monotonic
  readonly asked: (result: EmbeddingResult, tokens: number) => void;
  readonly failed?: (why: string) => void;
  /** At the first of several failures, and when it answers again. */
  readonly rests: (why: string | undefined) => void;
}

export interface EmbeddingEndpoint {
  /** Of length 1; undefined: there is none in time. Never rejects. */
  embed(text: string): Promise<Float32Array | undefined>;
}

export const EMBEDDING_KEY_VARIABLE = "SLUICE_EMBEDDING_KEY";
const MOST_AT_ONCE = 64;
const FAILURES_TO_REST = 5; // in a row
const REST_MS = 5000;
/** Nobody waits, but a connection that is being made is let come about, for the next. */
const LINGER_MS = 2000;
const MOST_BYTES = 1 << 20;

export function embeddingEndpoint(
  { endpoint, model, keyFile, dimensions, length = dimensions, timeoutMs }: EmbeddingSettings,
  deps: EmbeddingDeps,
) {
  let underWay = 0;
  let failures = 0;
  let restsUntil = 0;
  let key: Promise<string | undefined> | undefined;

  const ended = (result: EmbeddingResult, tokens = 0, why = ""): void => {
    deps.asked(result, tokens);
    if (result === "ok") {
      if (failures >= FAILURES_TO_REST) deps.rests(undefined);
      failures = 0;
      return;
    }
    deps.failed?.(why);
    if (++failures >= FAILURES_TO_REST) {
      if (failures === FAILURES_TO_REST) deps.rests(why);
      restsUntil = deps.now() + REST_MS; // one request at a time tries it then
    }
  };
  const ask = async (text: string, signal: AbortSignal) => {
    key ??= keyOf(keyFile, deps.env).catch((error: unknown) => {
      key = undefined; // the file may come to be there
      throw error;
    });
    const given = await key;
    const body = JSON.stringify({ model, input: text, encoding_format: "float", ...(dimensions === undefined ? {} : { dimensions }) });
    const headers = { "content-type": "application/json", ...(given === undefined ? {} : { authorization: `Bearer ${given}` }) };
    const response = await fetch(endpoint, { method: "POST", headers, body, redirect: "error", signal });
    if (response.status === 401 || response.status === 403) key = undefined;
    const said = await boundedText(response);
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const { vectors, tokens } = saidVectors(said, 1, length);
    return { vector: vectors[0], tokens };
  };
  const embed = (text: string): Promise<Float32Array | undefined> => {
    if (underWay >= MOST_AT_ONCE) return nothing("crowded");
    if (failures >= FAILURES_TO_REST && deps.now() < restsUntil) return nothing("resting");
    if (failures >= FAILURES_TO_REST) restsUntil = deps.now() + REST_MS;
    underWay++;
    const waiting = AbortSignal.timeout(timeoutMs + LINGER_MS);
    return new Promise((resolve) => {
      let isOver = false;
      const over = (result: EmbeddingResult, vector?: Float32Array, tokens = 0, why = "") => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        ended(result, tokens, why);
        resolve(vector);
      };
      const timer = setTimeout(() => over("timeout", undefined, 0, `no answer within ${timeoutMs} ms`), timeoutMs);
      ask(text, waiting)
        .then(
          ({ vector, tokens }) => over("ok", vector, tokens),
          (error: unknown) => over("error", undefined, 0, reasonOf(error)),
        )
        .finally(() => underWay--);
    });
  };
  const nothing = (result: "crowded" | "resting"): Promise<undefined> => {
    deps.asked(result, 0);
    return Promise.resolve(undefined);
  };
  return { embed } satisfies EmbeddingEndpoint;
}

async function keyOf(file: string | undefined, env: EmbeddingDeps["env"]): Promise<string | undefined> {
  return file === undefined ? env[EMBEDDING_KEY_VARIABLE] : (await readFile(file, "utf8")).trim();
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`an answer of more than ${MOST_BYTES >> 20} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
