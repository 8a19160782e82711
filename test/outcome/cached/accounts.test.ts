// A request that was answered by a kept answer, in everybody's accounts: it cost nothing, no tier was asked, and no tier is the better or
// the worse for it.
import { expect, test } from "vitest";
import type { AccessLogEntry } from "../../../src/envoy/wire/access-log.ts";
import type { Decided, Outcome } from "../../../src/outcome/join/outcome.ts";
import { outcomeJoin } from "../../../src/outcome/join/outcome-join.ts";
import { reportHealth } from "../../../src/outcome/join/tier-health.ts";
import { settlementOf } from "../../../src/outcome/limits/settlement.ts";
import { addOutcome, addPeriod, emptyPeriod } from "../../../src/outcome/live/period.ts";
import { qualityOf } from "../../../src/serving/rewards.ts";

const CACHED = { ageSeconds: 5, model: "m", inputTokens: 1000, outputTokens: 500, savedUsd: 0.002 };
const DECIDED: Decided = {
  decision: { tier: "weak", policy: "main@v7", reason: "rule", propensity: 0.5, cached: CACHED },
  measured: undefined,
  made: { atMs: 0, tookMs: 1, bodyBytes: 100, traceparent: undefined, prompt: undefined },
};

/** As Envoy logs a reply of ours: no header of the decision, no cluster. */
const ENTRY: AccessLogEntry = {
  requestId: "r",
  startTimeMs: 0,
  streamId: "s",
  upstreamRemoteAddress: "",
  upstreamCluster: "",
  attempts: 0,
  responseCode: 200,
  responseCodeDetails: "sluice_cached_stream",
  responseFlags: [],
  requestBodyBytes: 100,
  responseBodyBytes: 5000,
  timeToFirstUpstreamRxByteMs: undefined,
  durationMs: 1,
  method: "POST",
  path: "/v1/chat/completions",
  requestHeaders: new Map([["x-request-id", "r"]]),
  responseHeaders: new Map(),
};

function outcomeOf(entry: Partial<AccessLogEntry> = {}): Outcome | undefined {
  const outcomes: Outcome[] = [];
  const join = outcomeJoin({
    maxWaiting: 10,
    maxWaitingUnlogged: 10,
    maxAgeMs: 1000,
    now: () => 0,
    tierOf: (cluster) => (cluster === "weak" ? "weak" : undefined),
    priceOf: () => ({ inputPerMTok: 1, outputPerMTok: 2 }),
    onOutcome: (outcome) => outcomes.push(outcome),
    isJudgedElsewhere: false,
    onIgnored() {},
  });
  join.decided("r", DECIDED);
  join.entry({ ...ENTRY, ...entry });
  return outcomes[0];
}

test("it is joined though no header says so, and cost nothing", () => {
  expect(outcomeOf()).toMatchObject({ kind: "joined", served: { tier: undefined }, cost: { inputTokens: 0, outputTokens: 0, costUsd: 0 } });
});

test("where Envoy was too late to hear of it, and a tier answered, that costs what it costs", () => {
  const late = { responseCodeDetails: "via_upstream", upstreamCluster: "weak", requestBodyBytes: 4000 };
  const outcome = outcomeOf(late);
  expect(outcome).toMatchObject({ kind: "unrouted", served: { tier: "weak" } });
  expect(outcome?.cost?.costUsd).toBeGreaterThan(0);
});

test("limits give back what was held for it, and learn nothing of its size", () => {
  const outcome = outcomeOf();
  expect(outcome && settlementOf(outcome, true)).toEqual({ kind: "failed", tier: undefined, isRequest: false });
});

test("it says nothing of the tier's health, nor of the policy's choice", () => {
  const told: unknown[] = [];
  const outcome = outcomeOf();
  if (outcome === undefined) throw new Error("no outcome");
  const hears = { breakers: { ended: (...of: unknown[]) => told.push(of) }, latencies: { waited: (...of: unknown[]) => told.push(of) } };
  reportHealth(hears, outcome, { epochMs: 0, monotonicMs: 0 });
  expect(told).toEqual([]);
  expect(qualityOf(outcome)).toBeUndefined();
});

test("the page counts it, what it saved, and what it would have cost on the dearest tier", () => {
  const [one, sum] = [emptyPeriod(), emptyPeriod()];
  const outcome = outcomeOf();
  if (outcome === undefined) throw new Error("no outcome");
  addOutcome(one, outcome, { inputPerMTok: 10, outputPerMTok: 20 });
  addPeriod(sum, one);
  addPeriod(sum, one);
  expect(sum).toMatchObject({ cached: 2, cachedUsd: 0.004, costUsd: 0, serverErrors: 0 });
  expect(sum.savedUsd).toBeCloseTo(0.04);
});
