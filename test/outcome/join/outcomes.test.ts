// What an access log entry counts for in the metrics: all of it where this process decided, itself alone where another one did.
import { afterEach, expect, test } from "vitest";
import type { AccessLogEntry } from "../../../src/envoy/wire/access-log.ts";
import { createOutcomes, type Outcomes } from "../../../src/outcome/join/outcomes.ts";
import { createMetrics } from "../../../src/outcome/telemetry/metrics.ts";
import { learnedTiers } from "../../../src/request/routing/served-before.ts";

const PRICE = { inputPerMTok: 1, outputPerMTok: 2 };
const TIERS = ["weak", "strong"].map((name) => ({ name, clusters: [name], price: PRICE }));
const DECISION = { tier: "strong", policy: "main@v7", reason: "chars" };
const HEADERS = { "x-sluice-tier": "strong", "x-sluice-policy": "main@v7", "x-sluice-reason": "chars" };

/** Decided strong, served weak at the third attempt. */
const ENTRY: AccessLogEntry = {
  requestId: "a",
  streamId: "",
  method: "POST",
  path: "/v1/chat/completions",
  requestHeaders: new Map(Object.entries(HEADERS)),
  requestBodyBytes: 120,
  responseCode: 200,
  responseCodeDetails: "via_upstream",
  responseBodyBytes: 9000,
  responseHeaders: new Map(),
  upstreamCluster: "weak",
  upstreamRemoteAddress: "127.0.0.1:1",
  responseFlags: [],
  attempts: 3,
  startTimeMs: 0,
  timeToFirstUpstreamRxByteMs: 40,
  durationMs: 70,
};

/** What an outcome may count in, but for `sluice_outcomes_total`. */
const FIGURES = /^sluice_(cost_usd|tokens|token_details|unpriced|fallbacks|retries|failed_answers|time_to_first_byte|request_duration)/;

let outcomes: Outcomes | undefined;
afterEach(() => outcomes?.close());

async function samplesAfter(entries: (outcomes: Outcomes) => void): Promise<{ outcome: string[]; figures: string[] }> {
  const metrics = createMetrics();
  outcomes = createOutcomes({
    maxWaiting: 10,
    maxWaitMs: 1000,
    tiers: () => TIERS,
    learned: learnedTiers(() => 0),
    metrics,
    onOutcome: () => {},
  });
  entries(outcomes);
  const { text } = await metrics.expose("prometheus");
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#") && !line.endsWith(" 0"));
  return {
    outcome: samples.filter((line) => line.startsWith("sluice_outcomes_total")),
    figures: samples.filter((line) => FIGURES.test(line)),
  };
}

test("of a request decided here it counts tokens, cost, times, the fallback and the attempts", async () => {
  const { outcome, figures } = await samplesAfter((to) => {
    to.decided({
      requestId: "a",
      decision: DECISION,
      measured: undefined,
      bodyBytes: 120,
      decisionMs: 1,
      traceparent: undefined,
      prompt: undefined,
    });
    to.entry(ENTRY);
  });
  expect(outcome).toEqual(['sluice_outcomes_total{kind="joined",decided="strong",served="weak",status="2xx"} 1']);
  expect(figures).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^sluice_cost_usd_total\{tier="weak",basis="estimated"\} 0\.00/),
      'sluice_fallbacks_total{decided="strong",served="weak"} 1',
      'sluice_retries_total{decided="strong"} 2',
      'sluice_request_duration_seconds_count{tier="weak"} 1',
    ]),
  );
});

test("of a request decided by another process it is one outcome, and moves no figure that an alert or a budget is about", async () => {
  const { outcome, figures } = await samplesAfter((to) => to.entry(ENTRY));
  expect(outcome).toEqual(['sluice_outcomes_total{kind="elsewhere",decided="strong",served="weak",status="2xx"} 1']);
  expect(figures).toEqual([]);
});

test("outcomes are heard from the first entry of an access log on", async () => {
  const heard: boolean[] = [];
  await samplesAfter((all) => {
    heard.push(all.isHeard());
    all.entry(ENTRY);
    heard.push(all.isHeard());
  });
  expect(heard).toEqual([false, true]);
});
