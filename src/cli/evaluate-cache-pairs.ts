// `sluice evaluate --cache-pairs`: what a semantic cache would do with pairs of questions, with the operator's own embeddings.
import { readFile } from "node:fs/promises";
import type { SemanticConfig } from "../config/capabilities/cache-semantic.ts";
import type { Config } from "../config/config.ts";
import { SluiceError } from "../errors.ts";
import { type EmbeddingEndpoint, embeddingEndpoint } from "../outcome/embeddings/embedding-endpoint.ts";
import { type MeasuredPairs, measuredPairs } from "../study/cache-pairs/measured.ts";
import { parsePairs, type QuestionPair } from "../study/cache-pairs/pair.ts";
import { type EmbeddingTimes, pairsText } from "../study/cache-pairs/pairs-text.ts";

const AT_ONCE = 4;
/** Nobody waits here: an answer that a request would not have waited for is measured all the same, and told. */
const PATIENCE_MS = 30_000;

export interface EvaluatedPairs {
  readonly result: MeasuredPairs;
  readonly times: EmbeddingTimes;
  readonly text: string;
}

/** Throws `semantic-off`, `data-invalid`, `data-empty`, `data-unreadable`, `embeddings-failed`. */
export async function evaluatedPairs({ cache }: Config, file: string): Promise<EvaluatedPairs> {
  const semantic = cache?.semantic;
  if (semantic === undefined) throw new SluiceError("semantic-off", "the configuration has no `cache.semantic`");
  const pairs = parsePairs(await textOf(file), file);
  const { vectors, took } = await embedded(pairs, semantic);
  const judged = pairs.map((pair) => ({ ...pair, similarity: cosine(vectors.get(pair.one), vectors.get(pair.two)) }));
  const result = measuredPairs(judged, semantic.similarity, semantic.maxError);
  const times = timesOf(took, semantic.timeoutMs);
  return { result, times, text: pairsText(result, times) };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new SluiceError("data-unreadable", `${file}: cannot be read`, { cause });
  }
}

async function embedded(pairs: readonly QuestionPair[], semantic: SemanticConfig) {
  let why = "";
  const endpoint: EmbeddingEndpoint = embeddingEndpoint(
    { ...semantic, timeoutMs: PATIENCE_MS },
    {
      env: process.env,
      now: () => performance.now(),
      asked() {},
      failed: (cause) => {
        why = cause;
      },
      rests() {},
    },
  );
  const texts = [...new Set(pairs.flatMap(({ one, two }) => [one, two]))].values();
  const vectors = new Map<string, Float32Array>();
  const took: number[] = [];
  const worker = async () => {
    for (const text of texts) {
      const begun = performance.now();
      const vector = await endpoint.embed(text);
      if (vector === undefined) throw new SluiceError("embeddings-failed", `${semantic.endpoint}: ${why}`);
      took.push(performance.now() - begun);
      vectors.set(text, vector);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { vectors, took };
}

function cosine(one: Float32Array | undefined, two: Float32Array | undefined): number {
  if (one === undefined || two?.length !== one.length) return 0;
  return one.reduce((sum, part, at) => sum + part * (two[at] ?? 0), 0);
}

function timesOf(took: readonly number[], timeoutMs: number): EmbeddingTimes {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => Number((sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1));
  return { medianMs: at(0.5), slowMs: at(0.95), late: sorted.filter((ms) => ms > timeoutMs).length / sorted.length, timeoutMs };
}
