// Answers to what is asked in other words, through a real Envoy: a paraphrase is answered once enough was compared, a near miss never, and
// an embedding endpoint that hangs costs its deadline and no request.
import { beforeAll, expect, it } from "vitest";
import { type App, startApp } from "../../src/app.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { createLogger } from "../../src/outcome/telemetry/log.ts";
import { type EmbeddingServer, startEmbeddingServer } from "../support/embedding-server.ts";
import { startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { type KnowingServer, startKnowingServer } from "../support/knowing-server.ts";
import { metric } from "../support/metrics.ts";
import { withUsageFilter } from "../support/optional-lines.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const OUTCOME_MS = 5000;
const TIMEOUT_MS = 300; // a busy machine's own deadline
const MODEL_MS = 1000; // more than its answer takes on a busy machine
const AT_ONCE = 12;
const MOST_ROUNDS = 40;

const outcomes = new Map<string, Outcome>();
let app: App;
let envoy: TestEnvoy;
let model: KnowingServer;
let embeddings: EmbeddingServer;
let asked = 0;

beforeAll(async () => {
  embeddings = await startEmbeddingServer("alike");
  const config = parseConfig(
    `listen: { extProc: "127.0.0.1:0", admin: "127.0.0.1:0" }
cache:
  tenant: x-team
  ttl: 1d
  semantic: { endpoint: "${embeddings.url}", model: m, timeoutMs: ${TIMEOUT_MS}, maxError: 0.1, verify: 0, pricePerMTok: 0.02 }`,
    "test",
  );
  const onOutcome = (outcome: Outcome) => outcomes.set(outcome.requestId, outcome);
  app = await startApp({ config, log: createLogger({ level: "silent" }), onOutcome });
  stopAtEnd(app.close);
  model = await startKnowingServer({ France: "Paris", Spain: "Madrid" });
  const edit = (yaml: string) => withUsageFilter(yaml).replace("buffer_flush_interval: 0.25s", "buffer_flush_interval: 0.05s");
  envoy = await startEnvoy({ sluice: app.extProcAddress, weak: model.address, strong: model.address, edit });
});

async function ask(content: string, more: object = {}, team = "a") {
  const begun = performance.now();
  const response = await fetch(`${envoy.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-team": team },
    body: JSON.stringify({ messages: [{ role: "user", content }], ...more }),
  });
  const text = await response.text();
  const ms = performance.now() - begun;
  const id = response.headers.get("x-request-id") ?? "";
  const outcome = await waitFor("the outcome", () => outcomes.get(id), OUTCOME_MS);
  return { status: response.status, text, ms, outcome, cache: response.headers.get("x-sluice-cache") };
}

/** The same question, written otherwise each time. */
const reworded = () => `What is the capital of France${"?".repeat(2 + (asked % 60))}${" ".repeat(Math.floor(asked++ / 60))}`;
const counted = (series: string) => metric(`http://${app.adminAddress}`, series);

it("a paraphrase is answered from the cache once comparisons prove the bound, with the kept bytes", { timeout: 40_000 }, async () => {
  const first = await ask("What is the capital of France?");
  expect(first.cache).toBeNull();
  let hits: Awaited<ReturnType<typeof ask>>[] = [];
  for (let round = 0; round < MOST_ROUNDS && hits.length === 0; round++) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => ask(reworded())));
    expect(answers.map(({ status, text }) => [status, text.includes("Paris")])).toEqual(answers.map(() => [200, true]));
    hits = answers.filter(({ cache }) => cache === "semantic");
  }
  expect(hits[0]?.text).toBe(first.text);
  expect(hits[0]?.outcome).toMatchObject({ decided: { decision: { cached: { similarity: 1 } } }, cost: { inputTokens: 0 } });
  expect(await counted("sluice_cache_semantic_on")).toBe(1);
  const live = await (await fetch(`http://${app.adminAddress}/live`)).json();
  expect(live).toMatchObject({ inOtherWords: { isOn: true, wrong: 0, maxError: 0.1 } });
  expect(await counted("sluice_cache_semantic_error_bound")).toBeLessThanOrEqual(0.1);
  expect(await counted('sluice_cache_compared_total{what="verifying",result="differs"}')).toBe(0);
  expect(await counted('sluice_cache_requests_total{result="semantic"}')).toBeGreaterThanOrEqual(1);
  expect(await counted("sluice_cache_embedding_usd_total")).toBeGreaterThan(0);
});

it("a near miss, another tenant, another system prompt and a tool's request are asked, though embeddings call them alike", async () => {
  const system = { messages: [{ role: "system", content: "Be brief." }, ...[{ role: "user", content: "what's France's capital" }]] };
  const spain = await ask("What is the capital of Spain?");
  expect(spain.text).toContain("Madrid");
  const others = [
    spain,
    await ask("What was the capital of France?"),
    await ask("what's France's capital", {}, "b"),
    await ask("", system),
    await ask("what's France's capital now", { tools: [{ type: "function", function: { name: "f" } }] }),
  ];
  expect(others.map(({ cache }) => cache)).toEqual(others.map(() => null));
  expect(await counted('sluice_cache_vetoed_total{why="name"}')).toBeGreaterThanOrEqual(1);
});

it("while the endpoint hangs or fails, requests lose its deadline at most, and none fails", async () => {
  for (const way of ["hung", "status"] as const) {
    embeddings.way = way;
    const answers = await Promise.all(Array.from({ length: 4 }, (_, at) => ask(`Is ${way} ${at} a number of France?`)));
    expect(answers.map(({ status, cache }) => [status, cache])).toEqual(answers.map(() => [200, null]));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(TIMEOUT_MS + MODEL_MS);
  }
  expect(await counted('sluice_cache_embeddings_total{result="timeout"}')).toBe(4);
  const problems = await envoy.stats("ext_proc.*(streams_failed|failure_mode_allowed|message_timeouts)$");
  expect([...problems.values()].filter((count) => count > 0)).toEqual([]);
});
