// Spans over the wire: what an OTLP receiver gets, and that one which is slow, down or refuses costs spans, counted, and no more.
import { afterEach, describe, expect, test } from "vitest";
import { namesReceiver, type TracesSettings } from "../../../src/outcome/sinks/settings.ts";
import { traces } from "../../../src/outcome/sinks/traces.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import { freePort } from "../../support/free-port.ts";
import { startOtlpReceiver } from "../../support/otlp-receiver.ts";
import { waitFor } from "../../support/wait-for.ts";
import { outcome, SERVED, STARTED_AT } from "./outcomes.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const TRACE = "a1".repeat(16);
const PARENT = "b2".repeat(8);
const TIERS: Readonly<Record<string, string>> = { weak: "small-3", strong: "big-9" };

function setup(config: Partial<TracesSettings>) {
  const metrics = createMetrics();
  const warnings: string[] = [];
  const log = createLogger({ level: "warn", destination: { write: (line) => void warnings.push(line) } });
  const sink = traces(
    { endpoint: undefined, headers: {}, sampleShare: 1, ...config },
    { metrics, log, modelOf: (tier) => TIERS[tier] ?? tier },
  );
  ends.push(() => sink.close(0));
  const spans = async (result: string) => {
    const { text } = await metrics.expose("prometheus");
    return Number(new RegExp(`sluice_spans_total{result="${result}"} (\\d+)`).exec(text)?.[1] ?? 0);
  };
  return { sink, spans, warnings };
}

describe("a span", () => {
  test("says what was asked, decided, served and spent, in the names of GenAI, of Langfuse, of OpenInference and ours", async () => {
    const receiver = await startOtlpReceiver();
    const { sink, spans } = setup({ endpoint: receiver.url, headers: { authorization: "Basic cGs6c2s=" } });
    sink.outcome(outcome({}, { traceparent: `00-${TRACE}-${PARENT}-01`, prompt: { text: "설계 좀", cut: false } }));
    await sink.close(5000);
    expect(receiver.requests).toMatchObject([{ path: "/v1/traces", headers: { authorization: "Basic cGs6c2s=" } }]);
    expect(receiver.spans).toHaveLength(1);
    expect(receiver.spans[0]).toMatchObject({
      service: "sluice",
      traceId: TRACE,
      parentSpanId: PARENT,
      name: "chat big-9",
      startMs: STARTED_AT,
      endMs: STARTED_AT + 1500.25,
      statusCode: 0,
    });
    expect(receiver.spans[0]?.attributes).toEqual({
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"설계 좀"}]}]',
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.response.model": "glm-5-air-0715",
      "gen_ai.response.time_to_first_chunk": 0.1205,
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 200,
      "http.response.status_code": 200,
      "input.mime_type": "text/plain",
      "input.value": "설계 좀",
      "langfuse.observation.cost_details": '{"total":0.0031}',
      "langfuse.observation.input": "설계 좀",
      "langfuse.observation.type": "generation",
      "langfuse.trace.metadata.classifier_version": "main@v7",
      "langfuse.trace.metadata.content_length": 12,
      "langfuse.trace.metadata.strong_keywords_found": ["설계"],
      "langfuse.trace.name": "sluice",
      "langfuse.trace.tags": ["tier:strong", "keyword_match:true", "turn_count:3"],
      "llm.cost.completion": 0.003,
      "llm.cost.prompt": 0.0001,
      "llm.cost.total": 0.0031,
      "llm.model_name": "glm-5-air-0715",
      "llm.system": "openai",
      "llm.token_count.completion": 200,
      "llm.token_count.prompt": 10,
      "llm.token_count.total": 210,
      "openinference.span.kind": "LLM",
      "sluice.attempts": 3,
      "sluice.cluster": "weak-spot",
      "sluice.detail": "설계",
      "sluice.fell_back": true,
      "sluice.outcome": "joined",
      "sluice.policy": "main@v7",
      "sluice.propensity": 0.5,
      "sluice.reason": "keyword",
      "sluice.request_id": "id-1",
      "sluice.response_flags": ["UF"],
      "sluice.score": 0.75,
      "sluice.tier.decided": "strong",
      "sluice.tier.served": "weak",
      "sluice.unrouted": false,
      "sluice.usage_basis": "exact",
    });
    expect(await spans("exported")).toBe(1);
  });

  test("of a request that a guard sent elsewhere says where it was to go, and which tiers cannot take it", async () => {
    const receiver = await startOtlpReceiver();
    const { sink } = setup({ endpoint: receiver.url });
    const { decided, ...rest } = outcome({});
    const decision = { tier: "strong", policy: "main@v7", reason: "cannot", detail: "images", cannot: ["weak"], shaped: "strong" };
    sink?.outcome({ ...rest, decided: decided && { ...decided, decision: { ...decision, wanted: { tier: "weak", reason: "fixed" } } } });
    await sink?.close(5000);
    expect(receiver.spans[0]?.attributes).toMatchObject({
      "sluice.reason": "cannot",
      "sluice.wanted.tier": "weak",
      "sluice.wanted.reason": "fixed",
      "sluice.cannot": ["weak"],
      "sluice.shaped": "strong",
    });
  });

  test("of a request that limits moved, and then refused, says what each guard made of it, and when it may come again", async () => {
    const receiver = await startOtlpReceiver();
    const { sink } = setup({ endpoint: receiver.url });
    const { decided, ...rest } = outcome({});
    const changes = [
      { by: "quota", from: "strong", to: "mid" },
      { by: "budget", from: "mid", to: "weak" },
    ] as const;
    const refused = { message: 'the budget "day" of this day is used up', retryAfterSeconds: 90 };
    const decision = { tier: "weak", policy: "main@v7", reason: "budget-refused", detail: "day", changes, refused };
    sink?.outcome({ ...rest, decided: decided && { ...decided, decision } });
    await sink?.close(5000);
    expect(receiver.spans[0]?.attributes).toMatchObject({
      "sluice.changes": ["quota:strong>mid", "budget:mid>weak"],
      "sluice.refused.message": refused.message,
      "sluice.refused.retry_after_seconds": 90,
    });
  });

  test("of a session's action says which tier served the last, why this one stays there, and what leaving would have saved", async () => {
    const receiver = await startOtlpReceiver();
    const { sink } = setup({ endpoint: receiver.url });
    const { decided, ...rest } = outcome({});
    const inSession = { reason: "cache", last: "strong", gainUsd: -0.25 } as const;
    const decision = { tier: "strong", policy: "main@v7", reason: "pinned", detail: "cache", inSession };
    sink?.outcome({ ...rest, decided: decided && { ...decided, decision } });
    await sink?.close(5000);
    expect(receiver.spans[0]?.attributes).toMatchObject({
      "sluice.session.last": "strong",
      "sluice.session.reason": "cache",
      "sluice.session.gain_usd": -0.25,
    });
  });

  test("whose answer names no model names the tier's", async () => {
    const receiver = await startOtlpReceiver();
    const { sink } = setup({ endpoint: receiver.url });
    sink.outcome(outcome({ model: undefined }));
    await sink.close(5000);
    expect(receiver.spans[0]?.attributes).toMatchObject({ "gen_ai.response.model": "small-3" });
  });

  test("of an unrouted request has no parent and no decision; one that failed says so", async () => {
    const receiver = await startOtlpReceiver();
    const { sink } = setup({ endpoint: `${receiver.url}/api/public/otel/v1/traces` });
    sink.outcome(outcome({ kind: "unrouted", decided: undefined, cost: undefined, served: { ...SERVED, tier: undefined, status: 0 } }));
    await sink.close(5000);
    expect(receiver.requests[0]?.path).toBe("/api/public/otel/v1/traces");
    expect(receiver.spans[0]).toMatchObject({
      name: "chat",
      parentSpanId: "",
      statusCode: 2,
      attributes: { "sluice.unrouted": true, "error.type": "no_response" },
    });
    expect(receiver.spans[0]?.attributes).not.toHaveProperty("sluice.tier.decided");
  });

  test("follows the sampling of its trace, and without one the share that was asked for", async () => {
    const receiver = await startOtlpReceiver();
    const { sink } = setup({ endpoint: receiver.url, sampleShare: 0 });
    sink.outcome(outcome({ requestId: "alone" }));
    sink.outcome(outcome({ requestId: "sampled" }, { traceparent: `00-${TRACE}-${PARENT}-01` }));
    sink.outcome(outcome({ requestId: "not-sampled" }, { traceparent: `00-${TRACE}-${PARENT}-00` }));
    await sink.close(5000);
    expect(receiver.spans.map(({ attributes }) => attributes["sluice.request_id"])).toEqual(["sampled"]);
  });
});

test("of requests without a trace the share that was asked for gets a span, each with ids of its own", async () => {
  const receiver = await startOtlpReceiver();
  const { sink } = setup({ endpoint: receiver.url, sampleShare: 0.25 });
  for (let count = 0; count < 2000; count++) sink.outcome(outcome());
  await sink.close(5000);
  const { length } = receiver.spans;
  expect(Math.abs(length - 500)).toBeLessThan(120); // six standard deviations
  expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(length);
  expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(length);
});

describe("the receiver", () => {
  test("is none unless configuration or environment name one", () => {
    expect(namesReceiver({})).toBe(false);
    expect(namesReceiver({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1", OTEL_TRACES_EXPORTER: "none" })).toBe(false);
    expect(namesReceiver({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" })).toBe(true);
  });

  test("that refuses costs the spans, which are counted and said in the log", async () => {
    const receiver = await startOtlpReceiver();
    receiver.behaviour = "refuses";
    const { sink, spans, warnings } = setup({ endpoint: receiver.url });
    for (let i = 0; i < 3; i++) sink.outcome(outcome());
    await waitFor("they are given up", async () => (await spans("failed")) === 3);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("spans are lost");
  });

  test("that never answers costs no more memory than the queue, and no wait at the end", async () => {
    const receiver = await startOtlpReceiver();
    receiver.behaviour = "hangs";
    const { sink, spans } = setup({ endpoint: receiver.url });
    for (let i = 0; i < 10_000; i++) sink.outcome(outcome());
    expect(await spans("dropped")).toBe(10_000 - 8192 - 512);
    const startedAt = performance.now();
    await sink.close(200);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(await spans("dropped")).toBe(10_000 - 512);
  });

  test("that is down costs no wait at the end either", async () => {
    const { sink, spans } = setup({ endpoint: `http://127.0.0.1:${await freePort()}` });
    sink.outcome(outcome());
    const startedAt = performance.now();
    await sink.close(200);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect(await spans("exported")).toBe(0);
  });
});
