// What a vector costs a request beside the wait: the second scan for its text, its weights, and the asking itself, an HTTP request and its
// answer's numbers. The endpoint runs in a thread of its own, whose CPU is not counted.
import { isUtf8 } from "node:buffer";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { saidVectors } from "../src/answer/said-vectors.ts";
import { parseConfig } from "../src/config/load.ts";
import { routingOf } from "../src/config/routing-of.ts";
import { embeddingEndpoint } from "../src/outcome/embeddings/embedding-endpoint.ts";
import { ChatScanner } from "../src/request/chat/scanner.ts";
import type { Policy } from "../src/request/policy/policy.ts";
import { vectorKind } from "../src/request/policy/vectors.ts";
import { routeBody } from "../src/request/routing/routing.ts";
import { wantedVectors } from "../src/request/routing/wanted-vectors.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const SIZES = [1 << 10, 16 << 10];
const DIMENSIONS = [384, 1536];
const IN_FLIGHT = 8;
const CALLS = 2000;
const HEADERS = { get: (name: string) => (name === ":path" ? "/v1/chat/completions" : undefined) };

const ENDPOINT = `
const { createServer } = require("node:http");
const { parentPort, workerData } = require("node:worker_threads");
const embedding = Array.from({ length: workerData }, (_, at) => Math.sin(at + 1));
const answer = JSON.stringify({ data: [{ index: 0, embedding }], usage: { prompt_tokens: 9 } });
const server = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(answer));
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

export async function benchRequestVectors(rounds = 9): Promise<void> {
  const rows = [...SIZES.flatMap((size) => scanRows(size, rounds)), ...DIMENSIONS.map((numbers) => answerRow(numbers, rounds))];
  for (const numbers of DIMENSIONS) rows.push(await askedRow(numbers, rounds));
  console.log(`\nA request's vector, CPU µs (${rounds} rounds): median [min–max]`);
  printTable(["what", "µs"], rows);
}

function scanRows(size: number, rounds: number): readonly (readonly string[])[] {
  const kind = vectorKind({ scope: "all", readBytes: 4096, model: "m", dimensions: 384 });
  const from = { endpoint: "http://e/", model: "m", keyFile: undefined, dimensions: undefined, timeoutMs: 50, pricePerMTok: 0 };
  const wanted = [{ kind, from }];
  const base = routingOf(parseConfig("{}", "bench"));
  const scanner = new ChatScanner({ keywords: [], scopes: ["all", "last_user"], params: [], maxBodyBytes: 1 << 20, isUtf8 });
  const policy: Policy = { ...base.policy, vectorsWanted: () => wanted };
  const content = "How do I prove that a number is a prime? ".repeat(Math.ceil(size / 41)).slice(0, size);
  const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content }] }));
  const [plain, taking] = [base, { ...base, scanner, policy }];
  return [
    timedRow(`${size >> 10} KB: the decision by v7, for comparison`, rounds, () => void routeBody(plain, body, HEADERS)),
    timedRow(`${size >> 10} KB: the scan for its text, and the text`, rounds, () => void wantedVectors(taking, body, HEADERS)),
  ];
}

function answerRow(numbers: number, rounds: number): readonly string[] {
  const embedding = Array.from({ length: numbers }, (_, at) => Math.sin(at + 1));
  const answer = JSON.stringify({ data: [{ index: 0, embedding }], usage: { prompt_tokens: 9 } });
  return timedRow(`an answer of ${numbers} numbers, read`, rounds, () => void saidVectors(answer, 1, numbers));
}

async function askedRow(numbers: number, rounds: number): Promise<readonly string[]> {
  const worker = new Worker(ENDPOINT, { eval: true, workerData: numbers });
  const port = await new Promise<number>((resolve) => worker.once("message", resolve));
  const settings = { endpoint: `http://127.0.0.1:${port}/`, model: "m", keyFile: undefined, dimensions: undefined, timeoutMs: 1000 };
  const endpoint = embeddingEndpoint(settings, { env: {}, now: () => performance.now(), asked() {}, rests() {} });
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const before = process.threadCpuUsage();
    let left = CALLS;
    const ask = async () => {
      while (left-- > 0) if ((await endpoint.embed("How do I prove it?")) === undefined) throw new Error("no vector came");
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, ask));
    const { user, system } = process.threadCpuUsage(before);
    if (round >= 0) times.push((user + system) / CALLS);
  }
  await worker.terminate();
  return [`asked for over HTTP, ${numbers} numbers, all in all`, shown(spreadOf(times))];
}

function timedRow(name: string, rounds: number, work: () => void): readonly string[] {
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const begun = performance.now();
    for (let call = 0; call < CALLS; call++) work();
    if (round >= 0) times.push(((performance.now() - begun) / CALLS) * 1000);
  }
  return [name, shown(spreadOf(times))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchRequestVectors();
