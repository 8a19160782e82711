// What a request's span says where every viewer looks for it, and what it must not say.
import { describe, expect, test } from "vitest";
import type { Cost } from "../../../src/outcome/join/cost.ts";
import type { Outcome } from "../../../src/outcome/join/outcome.ts";
import { SpanBatch } from "../../../src/outcome/sinks/otlp.ts";
import { writeSpan } from "../../../src/outcome/sinks/request-span.ts";
import { decodedSpans, type SpanValue } from "../../support/otlp-receiver.ts";
import { outcome, SERVED, STARTED_AT } from "./outcomes.ts";

const MODELS: Readonly<Record<string, string>> = { weak: "small-3", strong: "big-9" };
const ORIGIN = { resource: { "service.name": "sluice" }, scope: { name: "sluice", version: "0" } };
const attributesOf = (of: Outcome): Readonly<Record<string, SpanValue>> => {
  const batch = new SpanBatch();
  writeSpan(batch, of, [0, 0, 0, 1], (tier) => MODELS[tier] ?? tier, STARTED_AT);
  const [span] = decodedSpans(batch.request(ORIGIN));
  expect(new Set(span?.names).size, "no name twice").toBe(span?.names.length);
  return span?.attributes ?? {};
};
const COST: Cost = {
  basis: "exact",
  inputTokens: 1000,
  cachedInputTokens: 600,
  cacheWriteTokens: 300,
  outputTokens: 50,
  reasoningTokens: 40,
  costUsd: 0.75,
  inputUsd: 0.25,
  outputUsd: 0.5,
  isPriced: true,
};

describe("a prompt", () => {
  const TEXT = 'say "hi"\n안녕';

  test("that was captured stands where OpenTelemetry's, OpenInference's and Langfuse's viewers look", () => {
    const attributes = attributesOf(outcome({}, { prompt: { text: TEXT, cut: false } }));
    expect(JSON.parse(String(attributes["gen_ai.input.messages"]))).toEqual([{ role: "user", parts: [{ type: "text", content: TEXT }] }]);
    expect(attributes).toMatchObject({ "input.value": TEXT, "input.mime_type": "text/plain", "langfuse.observation.input": TEXT });
  });

  test("that was not is in no attribute, and no attribute says that there is one", () => {
    const names = Object.keys(attributesOf(outcome()));
    expect(names.filter((name) => /input\.(messages|value|mime_type)|observation\.input/.test(name))).toEqual([]);
  });
});

describe("tokens and cost", () => {
  test("are said with their parts, which OpenInference counts inside the whole and Langfuse beside it", () => {
    const attributes = attributesOf(outcome({ cost: COST }));
    expect(attributes).toMatchObject({
      "llm.token_count.prompt": 1000,
      "llm.token_count.completion": 50,
      "llm.token_count.total": 1050,
      "llm.token_count.prompt_details.cache_read": 600,
      "llm.token_count.prompt_details.cache_write": 300,
      "llm.token_count.completion_details.reasoning": 40,
      "llm.cost.total": 0.75,
      "llm.cost.prompt": 0.25,
      "llm.cost.completion": 0.5,
    });
    const usage = JSON.parse(String(attributes["langfuse.observation.usage_details"])) as Record<string, number>;
    const { total, ...parts } = usage;
    expect(parts).toEqual({ input: 100, input_cached_tokens: 600, input_cache_creation: 300, output: 10, output_reasoning_tokens: 40 });
    expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(total);
  });

  test.each([
    ["nothing was generated", undefined, /^llm\.(token_count|cost)|cost_details|usage_details/],
    [
      "a tier has no price",
      { ...COST, costUsd: undefined, inputUsd: undefined, outputUsd: undefined, isPriced: false },
      /^llm\.cost|cost_details/,
    ],
  ])("are left out where %s", (_what, cost, names) => {
    expect(Object.keys(attributesOf(outcome({ cost }))).filter((name) => names.test(name))).toEqual([]);
  });
});

describe("the model by which a viewer finds a price", () => {
  test.each([
    ["is the one that the answer names", outcome(), "glm-5-air-0715"],
    ["is else that of the tier that served, not the one decided or asked for", outcome({ model: undefined }), "small-3"],
    ["is the one asked for where nobody knows who served", outcome({ model: undefined, served: { ...SERVED, tier: undefined } }), "gpt-4o"],
  ])("%s", (_what, of, model) => {
    expect(attributesOf(of)["llm.model_name"]).toBe(model);
  });

  test("is none of what is no chat, which is no call of a model either", () => {
    const names = Object.keys(attributesOf(outcome({ isChat: false, cost: undefined })));
    expect(names.filter((name) => /^(llm|openinference|input)\./.test(name))).toEqual([]);
  });
});
