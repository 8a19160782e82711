import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { METRICS, type MetricDescription } from "../../../src/outcome/telemetry/catalogue.ts";
import { createMetrics, type Metrics } from "../../../src/outcome/telemetry/metrics.ts";
import type { Limit } from "../../../src/request/guard/limits/limit.ts";

/** Samples of the text format by their name and labels; throws on a line that is neither sample nor comment. */
async function samplesOf(metrics: Metrics): Promise<Map<string, number>> {
  const { text } = await metrics.expose("prometheus");
  const samples = new Map<string, number>();
  for (const line of text.split("\n").filter((candidate) => candidate !== "" && !candidate.startsWith("# "))) {
    const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-z_A-Z]+="(?:[^"\\\n]|\\.)*",?)*\})?) (\S+)$/.exec(line);
    if (match === null || samples.has(match[1] ?? "")) throw new Error(`not a sample, or twice: ${line}`);
    samples.set(match[1] ?? "", match[2] === "+Inf" ? Infinity : Number(match[2]));
  }
  return samples;
}

/** Everything a metrics object can count, each once. */
const LIMIT: Limit = {
  name: "month",
  kind: "budget",
  measure: "usd",
  amount: 10,
  per: "month",
  tier: undefined,
  by: undefined,
  isHard: false,
  warnAt: [0.8],
  steering: "pace",
};

function countAll(metrics: Metrics): void {
  metrics.attempted("weak", "edited");
  metrics.shaped("weak", "weak");
  const wrong = { plus: { wz: 1, wwz: 1, wwzz: 1 }, minus: { wz: 0, wwz: 0, wwzz: 0 } };
  metrics.auditCounts(() => ({ requests: 1, w: 1, ww: 1, wrong: { any: wrong, "too-weak": wrong, "too-strong": wrong } }));
  const evidence = { is: 1, needed: 4 };
  metrics.rolloutStands(() => ({
    ...{ rollout: "next", candidate: "next@1", status: "running", stage: 1, share: 0.1, moreRequests: null },
    ...{ requests: { stable: 9, candidate: 1 }, split: { evidence: -2, needed: 6.9 } },
    guards: [{ guard: "failed", harm: evidence, excluded: evidence }],
  }));
  metrics.answerJudged("weak", "refused", "refusal");
  metrics.answerHeld(0.1);
  metrics.answersInCascade(1);
  metrics.discarded({ tier: "weak", basis: "exact", inputTokens: 1, outputTokens: 1, costUsd: 1 });
  metrics.rolloutChanged("rollback", "harm");
  metrics.rolloutFile("read");
  metrics.rolloutTogether("agreed");
  metrics.takeoverStands(() => ["breaker"]);
  metrics.tookOver("breaker");
  metrics.decided("weak", "main@v7", "under-thresholds");
  metrics.unreadable("not-json");
  metrics.decisionTook(0.00002);
  metrics.bodyRead(300);
  metrics.bodyHeld(500);
  metrics.bodyReleased(200);
  metrics.streamOpened();
  metrics.streamOpened();
  metrics.streamClosed(0.0003);
  metrics.streamFailed("wire-error");
  metrics.configReloaded("failed");
  metrics.thresholdsStand([{ policyId: "gone@1", at: 0.2, target: 0.5 }]);
  metrics.thresholdsStand([{ policyId: "other@1", at: 0.3, target: 0.65 }]);
  metrics.ratingsFile("read");
  metrics.learnersStand(() => [{ policy: "bandit@1", qualityPerUsd: 3, tiers: [{ tier: "weak", requests: 12.5 }] }]);
  metrics.thresholdHeld("main@1", "max");
  metrics.weekIs(() => ({
    ratings: [
      { tier: "weak", reason: "rule", rule: "code", ratings: 3, sum: 12, good: 2 },
      { tier: "weak", reason: "keyword", rule: null, ratings: 1, sum: 5, good: 1 },
    ],
    drift: { scores: [{ policy: "main@1", against: "training", psi: 0.3 }], retrain: [{ reason: "scores" }] },
  }));
  metrics.driftChanged("low-ratings", "up");
  metrics.thresholdMoved("main@1", "up", 0.4);
  metrics.historyFile("failed");
  metrics.accessLogged(3);
  metrics.accessLogIgnored("late");
  metrics.outcome("joined", "strong", "weak", "2xx");
  metrics.outcomesWait(7);
  metrics.fellBack("strong", "weak");
  metrics.retried("strong", 2);
  metrics.spent("weak", "estimated", {
    inputTokens: 100,
    cachedInputTokens: 60,
    cacheWriteTokens: 30,
    reasoningTokens: 10,
    outputTokens: 20,
    costUsd: 0.25,
  });
  metrics.unpriced("weak");
  metrics.answerFailed("weak", "cut-short");
  metrics.firstByteTook("weak", 2.5);
  metrics.answerTook("weak", 12);
  metrics.decisionLogged("written", 2);
  metrics.decisionLogFile("failed");
  metrics.traced("exported", 2);
  metrics.sinkWaits("traces", 3);
  metrics.logLinesLost(2);
  metrics.connectionRefused("admin");
  metrics.peersHold(() => ({ partial: 4096, unsent: 0 }));
  metrics.cutOff("partial");
  metrics.connectionBroken("flood");
  metrics.descriptorsExhausted();
  metrics.certificateExpires("ext_proc", new Date("2026-01-01T00:00:00Z"));
  metrics.certificateReloaded("ext_proc", "failed");
  metrics.handshakeFailed("admin", "plain-text");
  metrics.tiersAre(() => [
    { tier: "weak", breaker: "half-open", latency: { tier: "weak", levelMs: 900, p95Ms: 1200, slow: ["64-127"] } },
    { tier: "strong", breaker: "open", latency: undefined },
  ]);
  metrics.breakerOpened("provider", "azure");
  const standing = {
    limit: LIMIT,
    scope: "",
    window: "2026-11",
    startMs: 0,
    endMs: 1,
    used: 5,
    reserved: 1,
    rest: 4,
    unpriced: 0,
    shift: 1,
    isShared: false,
    forecast: 2,
  };
  metrics.limitsStand(
    () => [LIMIT],
    () => [standing],
  );
  metrics.cacheStands(() => ({ bytes: 5, count: 1 }));
  metrics.cacheAsked("hit");
  metrics.semanticStands(() => ({ isOn: true, bound: 0.009, entries: 7 }));
  metrics.semanticAsked("vetoed");
  metrics.semanticVetoed("number");
  metrics.semanticCompared("verifying", false);
  metrics.embedded("ok", 12, 0.25);
  metrics.vectorAsked("ok", 7, 0.001);
  metrics.vectorsWaited(0.01);
  metrics.embedded("timeout", 0, 0);
  metrics.vectorAsked("ok", 7, 0.001);
  metrics.vectorsWaited(0.01);
  metrics.cacheAnswered("stored");
  metrics.cacheEvicted("old");
  metrics.cacheSaved("weak", { inputTokens: 3, outputTokens: 4, savedUsd: 0.5 });
  metrics.cacheStoreFailed("read");
  metrics.limitDegraded("budget", "strong", "weak");
  metrics.limitRefused("month");
  metrics.limitMarked("month", "80 %");
  metrics.limitUnpriced("month");
  metrics.limitSettled("exact");
  metrics.limitStoreIsUp(1);
  metrics.limitChargesLost(2);
  metrics.ledgerFile("written");
  metrics.storeIs("up");
  metrics.storeAnswered(0.0004);
  metrics.storeFailed("timeout");
  metrics.misrouteSignal("repeat");
  metrics.votesIgnored("threshold", 3);
  metrics.rated("weak", "2");
}

describe("what is counted", () => {
  test("is what is exposed", async () => {
    const metrics = createMetrics({ version: "1.2.3" });
    countAll(metrics);
    metrics.decided("weak", "main@v7", "under-thresholds");
    expect(Object.fromEntries(await samplesOf(metrics))).toMatchObject({
      'sluice_decisions_total{tier="weak",policy="main@v7",reason="under-thresholds"}': 2,
      'sluice_unreadable_bodies_total{cause="not-json"}': 1,
      'sluice_token_details_total{tier="weak",detail="cached_input",basis="estimated"}': 60,
      'sluice_token_details_total{tier="weak",detail="cache_write",basis="estimated"}': 30,
      'sluice_token_details_total{tier="weak",detail="reasoning",basis="estimated"}': 10,
      'sluice_unpriced_requests_total{tier="weak"}': 1,
      'sluice_failed_answers_total{tier="weak",why="cut-short"}': 1,
      'sluice_decision_duration_seconds_bucket{le="0.00001"}': 0,
      'sluice_decision_duration_seconds_bucket{le="0.000025"}': 1,
      sluice_decision_duration_seconds_sum: 0.00002,
      'sluice_request_body_bytes_bucket{le="256"}': 0,
      'sluice_request_body_bytes_bucket{le="1024"}': 1,
      sluice_body_bytes_in_flight: 300,
      'sluice_peer_bytes_held{kind="partial"}': 4096,
      'sluice_peer_bytes_held{kind="unsent"}': 0,
      'sluice_cut_off_calls_total{why="partial"}': 1,
      'sluice_connections_refused_total{port="admin"}': 1,
      sluice_streams_in_flight: 1,
      sluice_stream_duration_seconds_count: 1,
      'sluice_stream_failures_total{cause="wire-error"}': 1,
      'sluice_config_reloads_total{result="failed"}': 1,
      sluice_config_last_reload_successful: 0,
      'sluice_breaker_state{tier="weak"}': 1,
      'sluice_breaker_state{tier="strong"}': 2,
      'sluice_breaker_opened_total{kind="provider",name="azure"}': 1,
      'sluice_tier_late_sizes{tier="weak"}': 1,
      'sluice_tier_predicted_first_byte_seconds{tier="weak"}': 1.2,
      'sluice_policy_threshold{policy="main@1"}': 0.4,
      'sluice_policy_threshold{policy="other@1"}': 0.3,
      'sluice_policy_threshold_moves_total{policy="main@1",direction="up"}': 1,
      'sluice_history_file_total{result="failed"}': 1,
      'sluice_decision_log_files_total{result="failed"}': 1,
      sluice_access_log_entries_total: 3,
      'sluice_access_log_ignored_total{why="late"}': 1,
      'sluice_outcomes_total{kind="joined",decided="strong",served="weak",status="2xx"}': 1,
      sluice_outcomes_waiting: 7,
      'sluice_fallbacks_total{decided="strong",served="weak"}': 1,
      'sluice_retries_total{decided="strong"}': 2,
      'sluice_tokens_total{tier="weak",direction="input",basis="estimated"}': 100,
      'sluice_tokens_total{tier="weak",direction="output",basis="estimated"}': 20,
      'sluice_cost_usd_total{tier="weak",basis="estimated"}': 0.25,
      'sluice_time_to_first_byte_seconds_bucket{le="3",tier="weak"}': 1,
      'sluice_time_to_first_byte_seconds_bucket{le="1",tier="weak"}': 0,
      'sluice_request_duration_seconds_bucket{le="15",tier="weak"}': 1,
      'sluice_request_duration_seconds_bucket{le="10",tier="weak"}': 0,
      'sluice_certificate_expiry_timestamp_seconds{listener="ext_proc"}': 1_767_225_600,
      'sluice_certificate_reloads_total{listener="ext_proc",result="failed"}': 1,
      'sluice_tls_handshake_failures_total{listener="admin",reason="plain-text"}': 1,
      'sluice_cache_requests_total{result="hit"}': 1,
      sluice_cache_semantic_on: 1,
      sluice_cache_semantic_error_bound: 0.009,
      sluice_cache_semantic_entries: 7,
      'sluice_cache_semantic_requests_total{result="vetoed"}': 1,
      'sluice_cache_vetoed_total{why="number"}': 1,
      'sluice_cache_compared_total{what="verifying",result="differs"}': 1,
      'sluice_cache_embeddings_total{result="timeout"}': 1,
      sluice_cache_embedding_tokens_total: 12,
      sluice_cache_embedding_usd_total: 0.25,
      'sluice_cache_answers_total{result="stored"}': 1,
      'sluice_cache_evicted_total{why="old"}': 1,
      sluice_cache_bytes: 5,
      sluice_cache_entries: 1,
      'sluice_cache_saved_tokens_total{tier="weak",direction="output"}': 4,
      'sluice_cache_saved_usd_total{tier="weak"}': 0.5,
      'sluice_cache_store_failed_total{what="read"}': 1,
      [`sluice_build_info{version="1.2.3",node="${process.version}"}`]: 1,
    });
  });

  test("is counted once, however often it is exposed", async () => {
    const metrics = createMetrics();
    countAll(metrics);
    await samplesOf(metrics);
    await metrics.expose("openmetrics");
    expect((await samplesOf(metrics)).get('sluice_unreadable_bodies_total{cause="not-json"}')).toBe(1);
  });

  test("belongs to one instance: two do not share a registry", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.accessLogged(1);
    expect((await samplesOf(other)).get("sluice_access_log_entries_total")).toBe(0);
  });

  test("comes with Node's own metrics", async () => {
    expect((await samplesOf(createMetrics())).get("process_cpu_seconds_total")).toBeGreaterThan(0);
  });
});

describe("labels", () => {
  test("of any text stay one label", async () => {
    const metrics = createMetrics();
    metrics.unreadable('a"b\\c\nd');
    expect((await samplesOf(metrics)).get('sluice_unreadable_bodies_total{cause="a\\"b\\\\c\\nd"}')).toBe(1);
  });

  test("beyond the cap are counted as other, and nothing is lost", async () => {
    const metrics = createMetrics();
    for (let index = 0; index < 2000; index++) metrics.decided("weak", "main@v7", `reason-${index}`);
    metrics.decided("weak", "main@v7", "reason-0");
    const samples = await samplesOf(metrics);
    const decisions = [...samples].filter(([name]) => name.startsWith("sluice_decisions_total"));
    expect(decisions.length).toBeLessThanOrEqual(501);
    expect(decisions.reduce((sum, [, count]) => sum + count, 0)).toBe(2001);
    expect(samples.get('sluice_decisions_total{tier="weak",policy="main@v7",reason="reason-0"}')).toBe(2);
    expect(samples.get('sluice_decisions_total{tier="other",policy="other",reason="other"}')).toBe(1500);
  });
});

describe("the catalogue", () => {
  test("names exactly the metrics of sluice that are exposed, with their kinds and labels", async () => {
    const metrics = createMetrics();
    countAll(metrics);
    const { text } = await metrics.expose("prometheus");
    const exposed = [...text.matchAll(/^# TYPE (sluice_\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`);
    const described: readonly MetricDescription[] = Object.values(METRICS);
    expect(exposed.sort()).toEqual(described.map(({ name, kind }) => `${name} ${kind}`).sort());
    for (const { name, kind, labels } of described.filter((metric) => metric.labels.length > 0)) {
      const front = kind === "histogram" ? `${name}_bucket\\{le="[^"]*",` : `${name}\\{`;
      expect(text).toMatch(new RegExp(`^${front}${labels.map((label) => `${label}="[^"]*"`).join(",")}\\}`, "m"));
    }
  });
});

describe("OpenMetrics", () => {
  test("drops _total from a counter's family, not from its samples, and ends with EOF", async () => {
    const metrics = createMetrics();
    countAll(metrics);
    const { contentType, text } = await metrics.expose("openmetrics");
    expect(contentType).toContain("application/openmetrics-text");
    expect(text).toContain("# TYPE sluice_decisions counter\n");
    expect(text).toContain('\nsluice_decisions_total{tier="weak",');
    expect(text).not.toContain("_total_total");
    expect(text).toMatch(/\n# EOF\n$/);
    expect((await metrics.expose("prometheus")).text).toContain("# TYPE sluice_decisions_total counter\n");
  });
});

test("a latency carries the trace to look at, in OpenMetrics alone", async () => {
  const metrics = createMetrics();
  metrics.firstByteTook("weak", 2.5, "4bf92f3577b34da6a3ce929d0e0e4736");
  metrics.answerTook("weak", 12);
  const shown =
    /^sluice_time_to_first_byte_seconds_bucket\{le="3",tier="weak"\} 1 # \{trace_id="4bf92f3577b34da6a3ce929d0e0e4736"\} 2.5 \d+/m;
  const openMetrics = (await metrics.expose("openmetrics")).text;
  expect(openMetrics).toMatch(shown);
  expect(openMetrics.match(/ # \{/g)).toHaveLength(1);
  expect((await metrics.expose("prometheus")).text).not.toContain("trace_id");
});

const promtool = spawnSync("promtool", ["--version"]).status === 0;
test.skipIf(!promtool && process.env["CI"] === undefined)(
  "promtool finds nothing to complain about (skipped where promtool is not installed)",
  async () => {
    const metrics = createMetrics();
    countAll(metrics);
    const { text } = await metrics.expose("prometheus");
    const ours = text
      .split("\n\n")
      .filter((family) => family.includes("# HELP sluice_"))
      .join("\n");
    const { status, stderr, stdout } = spawnSync("promtool", ["check", "metrics"], { input: `${ours}\n`, encoding: "utf8" });
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: "" });
  },
);
