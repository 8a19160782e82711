// Vectors for requests: asked of the endpoint that their policy names, counted, and told to who still waits.
import { expect, test } from "vitest";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { type VectorSource, vectorKind } from "../../src/request/policy/vectors.ts";
import { requestVectors } from "../../src/serving/request-vectors.ts";
import { startVectorServer } from "../support/vector-server.ts";

const LONG_MS = 1000;

async function setup(dimensions = 2) {
  const server = await startVectorServer((text) => [text.length, 0]);
  const told: string[] = [];
  let waits = 0;
  const metrics = {
    vectorAsked: (result: string, tokens: number, usd: number) => void told.push(`${result} ${tokens} ${usd}`),
    vectorsWaited: () => void waits++,
  };
  const from = { endpoint: server.url, model: "m", keyFile: undefined, dimensions: undefined, timeoutMs: LONG_MS, pricePerMTok: 1e6 };
  const source: VectorSource = { kind: vectorKind({ scope: "all", readBytes: 4096, model: "m", dimensions }), from };
  return { server, told, source, waits: () => waits, vectors: requestVectors(metrics, createLogger({ level: "silent" })) };
}

test("come by the key of what was wanted, counted with what they cost", async () => {
  const { vectors, source, told, waits, server } = await setup();
  const found = await new Promise<ReadonlyMap<string, Float32Array>>((resolve) => void vectors.find([{ source, text: "hi" }], resolve));
  expect([...found]).toEqual([[source.kind.key, Float32Array.of(1, 0)]]);
  expect([told, waits(), server.asked]).toEqual([["ok 7 7"], 1, [["hi"]]]);
});

test("of another length than the model's are none", async () => {
  const { vectors, source, told } = await setup(3);
  const found = await new Promise<ReadonlyMap<string, Float32Array>>((resolve) => void vectors.find([{ source, text: "hi" }], resolve));
  expect([found.size, told]).toEqual([0, ["error 0 0"]]);
});

test("are not told to who has left, and counted all the same", async () => {
  const { vectors, source, told } = await setup();
  let isTold = false;
  vectors.find([{ source, text: "hi" }], () => {
    isTold = true;
  })();
  await new Promise<unknown>((resolve) => void vectors.find([{ source, text: "hello" }], resolve));
  await expect.poll(() => told).toEqual(["ok 7 7", "ok 7 7"]);
  expect(isTold).toBe(false);
});

test("that nobody could wait for are counted", async () => {
  const { vectors, told } = await setup();
  vectors.unasked();
  expect(told).toEqual(["unasked 0 0"]);
});
