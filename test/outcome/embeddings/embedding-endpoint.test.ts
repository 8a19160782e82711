// The embedding endpoint: a vector in time, or none, and never a wait beyond the deadline.
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type EmbeddingSettings, embeddingEndpoint } from "../../../src/outcome/embeddings/embedding-endpoint.ts";
import { type EmbeddingWay, startEmbeddingServer } from "../../support/embedding-server.ts";

const LONG_MS = 5000;

async function setup(way: EmbeddingWay, more: Partial<EmbeddingSettings> = {}, env: Readonly<Record<string, string>> = {}) {
  const server = await startEmbeddingServer(way);
  const results: string[] = [];
  const rests: (string | undefined)[] = [];
  let now = 0;
  const settings = { endpoint: server.url, model: "m", keyFile: undefined, dimensions: undefined, timeoutMs: LONG_MS, ...more };
  const endpoint = embeddingEndpoint(settings, {
    env,
    now: () => now,
    asked: (result, tokens) => results.push(tokens === 0 ? result : `${result} ${tokens}`),
    rests: (why) => rests.push(why),
  });
  const later = (ms: number) => {
    now += ms;
  };
  return { server, endpoint, results, rests, later };
}

describe("an embedding", () => {
  test("is asked for as OpenAI's is, and of length 1", async () => {
    const { server, endpoint, results } = await setup("ngrams", { dimensions: 256 }, { SLUICE_EMBEDDING_KEY: "k" });
    const vector = await endpoint.embed("What is the capital of France?");
    expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5);
    expect(server.asked).toEqual([
      {
        body: { model: "m", input: "What is the capital of France?", encoding_format: "float", dimensions: 256 },
        authorization: "Bearer k",
      },
    ]);
    expect(results).toEqual(["ok 7"]);
  });

  test("is asked for with the key of a file, which is read anew when it is refused", async () => {
    const keyFile = join(tmpdir(), `sluice-embedding-key-${process.pid}`);
    const { server, endpoint } = await setup("ngrams", { keyFile });
    expect(await endpoint.embed("a")).toBeUndefined(); // the file is not there yet
    await writeFile(keyFile, "one\n");
    await endpoint.embed("a");
    await writeFile(keyFile, "two\n");
    server.way = "refused";
    expect(await endpoint.embed("b")).toBeUndefined();
    server.way = "ngrams";
    expect(await endpoint.embed("b")).toBeDefined();
    expect(server.asked.map(({ authorization }) => authorization)).toEqual(["Bearer one", "Bearer one", "Bearer two"]);
  });

  test.each<[EmbeddingWay, Partial<EmbeddingSettings>]>([
    ["status", {}],
    ["garbage", {}],
    ["nothing", {}],
    ["endless", {}],
    ["ngrams", { dimensions: 64 }],
    ["ngrams", { keyFile: "/nowhere/at/all" }],
    ["ngrams", { endpoint: "http://127.0.0.1:1/v1/embeddings" }],
  ])("of a server that answers by %s, with %j, is none, and counted as an error", async (way, more) => {
    const { endpoint, results } = await setup(way, more);
    expect(await endpoint.embed("a")).toBeUndefined();
    expect(results).toEqual(["error"]);
  });

  test("that does not come is not waited for beyond the deadline", async () => {
    const { endpoint, results } = await setup("hung", { timeoutMs: 30 });
    const begun = performance.now();
    expect(await endpoint.embed("a")).toBeUndefined();
    expect(performance.now() - begun).toBeLessThan(1500);
    expect(results).toEqual(["timeout"]);
  });

  test("is asked for by 64 at once at most", async () => {
    const { endpoint, results } = await setup("hung", { timeoutMs: 200 });
    await Promise.all(Array.from({ length: 70 }, () => endpoint.embed("a")));
    expect(results.filter((result) => result === "crowded")).toHaveLength(6);
  });

  test("is not asked for where five failed in a row, until a while has passed and one was good", async () => {
    const { server, endpoint, results, rests, later } = await setup("status");
    for (let at = 0; at < 7; at++) await endpoint.embed("a");
    expect(results).toEqual(["error", "error", "error", "error", "error", "resting", "resting"]);
    expect(rests).toEqual(["status 503"]);
    server.way = "ngrams";
    later(5000);
    expect(await Promise.all([endpoint.embed("a"), endpoint.embed("a")])).toEqual([expect.any(Float32Array), undefined]);
    expect(await endpoint.embed("a")).toBeDefined();
    expect(rests).toEqual(["status 503", undefined]);
  });
});
