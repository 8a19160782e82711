// Counting what sluice does, for Prometheus. One registry an instance, nothing global; cheap enough for the request path
// (bench/metrics.ts).
import { Counter, collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import type { PeerFault } from "../../envoy/grpc/transport.ts";
import type { CircuitState } from "../../request/guard/health/circuit.ts";
import type { TierFigures } from "../../request/guard/health/figures.ts";
import type { HandshakeFailure } from "../../tls.ts";
import { askedGauge } from "./asked-gauge.ts";
import { type AuditMetrics, auditMetrics } from "./audit-metrics.ts";
import { type CacheMetrics, cacheMetrics } from "./cache-metrics.ts";
import { type CascadeMetrics, cascadeMetrics } from "./cascade-metrics.ts";
import { METRICS, type MetricDescription } from "./catalogue.ts";
import { createDistribution, createTierDistribution } from "./distribution.ts";
import { type Exposition, type ExpositionFormat, expositionOf, newRegistry } from "./exposition.ts";
import { type LearnerMetrics, learnerMetrics } from "./learner-metrics.ts";
import { createLevel } from "./level.ts";
import { type LimitMetrics, limitMetrics } from "./limit-metrics.ts";
import { type RolloutMetrics, rolloutMetrics } from "./rollout-metrics.ts";
import { type SemanticMetrics, semanticMetrics } from "./semantic-metrics.ts";
import { createSumTally, createTally } from "./tally.ts";
import { type ThresholdMetrics, thresholdMetrics } from "./threshold-metrics.ts";
import { type VectorMetrics, vectorMetrics } from "./vector-metrics.ts";
import { sluiceVersion } from "./version.ts";
import { type WeekMetrics, weekMetrics } from "./week-metrics.ts";

/** How often the event loop's lag is sampled. At prom-client's 10 ms an idle process wakes a hundred times a second for it: 6 ms of CPU. */
const LOOP_SAMPLE_MS = 100;

/** A port of ours. */
export type Listener = "ext_proc" | "admin";

export type StreamFailure = "wire-error" | "internal-error" | "aborted";

export interface Metrics
  extends LimitMetrics,
    RolloutMetrics,
    CascadeMetrics,
    CacheMetrics,
    SemanticMetrics,
    VectorMetrics,
    ThresholdMetrics,
    LearnerMetrics,
    WeekMetrics,
    AuditMetrics {
  decided(tier: string, policy: string, reason: string): void;
  unreadable(cause: string): void;
  decisionTook(seconds: number): void;
  bodyRead(bytes: number): void;
  bodyHeld(bytes: number): void;
  bodyReleased(bytes: number): void;
  /** Asked for bytes by kind whenever the metrics are read. Kinds and `why` as in src/envoy/grpc/http2/peer-memory.ts. */
  peersHold(held: () => Readonly<Record<string, number>>): void;
  cutOff(why: string): void;
  /** `result` as in src/envoy/extproc/attempt-call.ts. */
  attempted(tier: string, result: string): void;
  /** `shape`: the name of the tier, the rule or the band. */
  shaped(tier: string, shape: string): void;
  streamOpened(): void;
  streamClosed(seconds: number): void;
  streamFailed(cause: StreamFailure): void;
  configReloaded(result: "ok" | "failed"): void;
  historyFile(result: "written" | "bad" | "failed"): void;
  accessLogged(entries: number): void;
  accessLogIgnored(why: "duplicate" | "late" | "unreadable"): void;
  /** `kind` as in src/outcome/outcome.ts; tiers and the class of the status, `none` for what there is not. */
  outcome(kind: string, decided: string, served: string, status: string): void;
  outcomesWait(count: number): void;
  fellBack(decided: string, served: string): void;
  retried(decided: string, times: number): void;
  spent(tier: string, basis: "exact" | "estimated", spent: Spent): void;
  /** The tier has no price for what was used. */
  unpriced(tier: string): void;
  /** `why` as in src/answer/ending/ending.ts. */
  answerFailed(tier: string, why: string): void;
  /** With the trace to look at beside the figure (an exemplar), where there is one. */
  firstByteTook(tier: string, seconds: number, traceId?: string): void;
  answerTook(tier: string, seconds: number, traceId?: string): void;
  /** Asked for how well tiers are whenever the metrics are read. */
  tiersAre(figures: () => readonly TierFigures[]): void;
  /** Asked whenever the metrics are read; undefined: none is configured. */
  takeoverStands(causes: () => readonly ("breaker" | "budget")[] | undefined): void;
  tookOver(cause: "breaker" | "budget"): void;
  breakerOpened(kind: "tier" | "provider", name: string): void;
  /** `kind` as in src/signals/misroute.ts. */
  misrouteSignal(kind: string): void;
  /** `kind`: threshold, or as in src/outcome/signals/signals.ts. */
  votesIgnored(kind: "threshold" | "repeat" | "low-rating", votes: number): void;
  /** `rating`: 1 to 5. */
  rated(tier: string, rating: string): void;
  decisionLogged(result: "written" | "dropped", lines: number): void;
  /** A new file was due. */
  decisionLogFile(result: "begun" | "failed"): void;
  traced(result: "exported" | "failed" | "dropped", spans: number): void;
  /** So many lines or spans wait, since nobody takes them. */
  sinkWaits(sink: "decision-log" | "traces", count: number): void;
  logLinesLost(lines: number): void;
  connectionRefused(port: "ext_proc" | "admin"): void;
  connectionBroken(why: PeerFault): void;
  descriptorsExhausted(): void;
  storeIs(state: "up" | "away"): void;
  storeAnswered(seconds: number): void;
  /** `cause` as in src/state/connection.ts. */
  storeFailed(cause: string): void;
  certificateExpires(listener: Listener, at: Date): void;
  certificateReloaded(listener: Listener, result: "ok" | "failed"): void;
  handshakeFailed(listener: Listener, reason: HandshakeFailure): void;
  /** Everything counted so far, in the format asked for. */
  expose(format: ExpositionFormat): Promise<Exposition>;
}

export interface Spent {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly costUsd: number | undefined; // US dollars; undefined: not known
}

export interface MetricsOptions {
  readonly version?: string;
  readonly ofProcess?: boolean; // with the figures of the process as a whole, which one instance tells
}

export function createMetrics({ version = sluiceVersion(), ofProcess = true }: MetricsOptions = {}): Metrics {
  const registry = newRegistry();
  const described = (metric: MetricDescription) => ({ name: metric.name, help: metric.help, registers: [registry] });
  const entries = new Counter(described(METRICS.accessLogEntries));
  const streamDuration = createDistribution(registry, METRICS.streamDuration);
  const streams = createLevel(registry, METRICS.streamsInFlight);
  const bytesHeld = createLevel(registry, METRICS.bodyBytesInFlight);
  const reloads = createTally(registry, METRICS.configReloads);
  const lastReload = new Gauge(described(METRICS.configReloadSuccessful));
  lastReload.set(1);
  const waiting = new Gauge(described(METRICS.outcomesWaiting));
  const retries = new Counter({ ...described(METRICS.retries), labelNames: METRICS.retries.labels });
  const votesIgnored = new Counter({ ...described(METRICS.votesIgnored), labelNames: METRICS.votesIgnored.labels });
  const build = new Gauge({ ...described(METRICS.buildInfo), labelNames: METRICS.buildInfo.labels });
  build.set({ version, node: process.version }, 1);
  if (ofProcess) collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS });
  return {
    decided: createTally(registry, METRICS.decisions),
    unreadable: createTally(registry, METRICS.unreadable),
    decisionTook: createDistribution(registry, METRICS.decisionDuration),
    bodyRead: createDistribution(registry, METRICS.bodyBytes),
    bodyHeld: bytesHeld,
    bodyReleased: (bytes) => bytesHeld(-bytes),
    attempted: createTally(registry, METRICS.attempts),
    shaped: createTally(registry, METRICS.shaped),
    streamOpened: () => streams(1),
    streamClosed(seconds) {
      streams(-1);
      streamDuration(seconds);
    },
    streamFailed: createTally(registry, METRICS.streamFailures),
    configReloaded(result) {
      reloads(result);
      lastReload.set(result === "ok" ? 1 : 0);
    },
    historyFile: createTally(registry, METRICS.historyFile),
    accessLogged: (count) => entries.inc(count),
    accessLogIgnored: createTally(registry, METRICS.accessLogIgnored),
    outcome: createTally(registry, METRICS.outcomes),
    outcomesWait: (count) => waiting.set(count),
    fellBack: createTally(registry, METRICS.fallbacks),
    retried: (decided, times) => retries.inc({ decided }, times),
    spent: spentCounter(registry),
    unpriced: createTally(registry, METRICS.unpriced),
    answerFailed: createTally(registry, METRICS.failedAnswers),
    firstByteTook: createTierDistribution(registry, METRICS.firstByte),
    answerTook: createTierDistribution(registry, METRICS.answerDuration),
    tiersAre: (figures) => healthGauges(registry, figures),
    takeoverStands: (causes) => takeoverGauge(registry, causes),
    tookOver: createTally(registry, METRICS.takeovers),
    breakerOpened: createTally(registry, METRICS.breakerOpened),
    misrouteSignal: createTally(registry, METRICS.misrouteSignals),
    votesIgnored: (kind, votes) => votesIgnored.inc({ kind }, votes),
    rated: createTally(registry, METRICS.feedback),
    peersHold: (held) => bytesByKind(registry, held),
    cutOff: createTally(registry, METRICS.cutOffs),
    ...ofOthers(registry),
    expose: (format) => expositionOf(registry, format),
  };
}

function takeoverGauge(registry: Registry, causes: () => readonly string[] | undefined): void {
  askedGauge(registry, METRICS.takeover, (gauge) => {
    const now = causes();
    if (now !== undefined) for (const cause of ["breaker", "budget"]) gauge.set({ cause }, now.includes(cause) ? 1 : 0);
  });
}

function ofOthers(registry: Registry) {
  const [limits, rollout, store] = [limitMetrics(registry), rolloutMetrics(registry), storeCounters(registry)];
  const answers = { ...cascadeMetrics(registry), ...cacheMetrics(registry), ...semanticMetrics(registry) };
  const scores = {
    ...thresholdMetrics(registry),
    ...vectorMetrics(registry),
    ...learnerMetrics(registry),
    ...weekMetrics(registry),
    ...auditMetrics(registry),
  };
  return { ...limits, ...rollout, ...store, ...answers, ...scores, ...deliveryCounters(registry), ...tlsCounters(registry) };
}

type DeliveryCounters = Pick<
  Metrics,
  | "decisionLogged"
  | "decisionLogFile"
  | "traced"
  | "sinkWaits"
  | "logLinesLost"
  | "connectionRefused"
  | "connectionBroken"
  | "descriptorsExhausted"
>;

/** What was handed on, what waits, and what was lost. */
function deliveryCounters(registry: Registry): DeliveryCounters {
  const described = ({ name, help, labels }: MetricDescription) => ({ name, help, labelNames: [...labels], registers: [registry] });
  const decisionLogLines = new Counter(described(METRICS.decisionLogLines));
  const spans = new Counter(described(METRICS.spans));
  const waiting = new Gauge(described(METRICS.sinkWaiting));
  const logLinesLost = new Counter(described(METRICS.logLinesLost));
  const connectionsRefused = new Counter(described(METRICS.connectionsRefused));
  for (const port of ["ext_proc", "admin"]) connectionsRefused.inc({ port }, 0);
  const connectionsBroken = new Counter(described(METRICS.connectionsBroken));
  const descriptorsExhausted = new Counter(described(METRICS.descriptorsExhausted));
  return {
    decisionLogged: (result, lines) => decisionLogLines.inc({ result }, lines),
    decisionLogFile: createTally(registry, METRICS.decisionLogFiles),
    traced: (result, count) => spans.inc({ result }, count),
    sinkWaits: (sink, count) => waiting.set({ sink }, count),
    logLinesLost: (lines) => logLinesLost.inc(lines),
    connectionRefused: (port) => connectionsRefused.inc({ port }),
    connectionBroken: (why) => connectionsBroken.inc({ why }),
    descriptorsExhausted: () => descriptorsExhausted.inc(),
  };
}

/** Of ports that speak TLS; of others there is nothing to see. */
function tlsCounters(registry: Registry): Pick<Metrics, "certificateExpires" | "certificateReloaded" | "handshakeFailed"> {
  const described = ({ name, help, labels }: MetricDescription) => ({ name, help, labelNames: [...labels], registers: [registry] });
  const expiry = new Gauge(described(METRICS.certificateExpiry));
  const reloads = new Counter(described(METRICS.certificateReloads));
  const failures = new Counter(described(METRICS.handshakeFailures));
  return {
    certificateExpires: (listener, at) => expiry.set({ listener }, at.getTime() / 1000),
    certificateReloaded: (listener, result) => reloads.inc({ listener, result }),
    handshakeFailed: (listener, reason) => failures.inc({ listener, reason }),
  };
}

/** Of the store that replicas share state over; where there is none, there is nothing to see. */
function storeCounters(registry: Registry): Pick<Metrics, "storeIs" | "storeAnswered" | "storeFailed"> {
  const { name, help } = METRICS.stateUp;
  let up: Gauge | undefined;
  let answered: ((seconds: number) => void) | undefined;
  return {
    storeIs(state) {
      up ??= new Gauge({ name, help, registers: [registry] });
      up.set(state === "up" ? 1 : 0);
    },
    storeAnswered(seconds) {
      answered ??= createDistribution(registry, METRICS.stateRoundTrip);
      answered(seconds);
    },
    storeFailed: createTally(registry, METRICS.stateErrors),
  };
}

function bytesByKind(registry: Registry, held: () => Readonly<Record<string, number>>): void {
  const { name, help, labels } = METRICS.peerBytesHeld;
  new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      for (const [kind, bytes] of Object.entries(held())) this.set({ kind }, bytes);
    },
  });
}

const BREAKER_LEVELS: Readonly<Record<CircuitState, number>> = { closed: 0, "half-open": 1, open: 2 };

function healthGauges(registry: Registry, figures: () => readonly TierFigures[]): void {
  const gauge = ({ name, help, labels }: MetricDescription, valueIn: (figures: TierFigures) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        this.reset(); // a reload may have taken tiers away
        for (const tier of figures()) {
          const value = valueIn(tier);
          if (value !== undefined) this.set({ tier: tier.tier }, value);
        }
      },
    });
  gauge(METRICS.breakerState, ({ breaker }) => breaker && BREAKER_LEVELS[breaker]);
  gauge(METRICS.lateSizes, ({ latency }) => latency?.slow.length);
  gauge(METRICS.predictedFirstByte, ({ latency }) => latency?.p95Ms && latency.p95Ms / 1000);
}

/** Tokens and money of each request. */
function spentCounter(registry: Registry): Metrics["spent"] {
  const tokens = createSumTally(registry, METRICS.tokens);
  const details = createSumTally(registry, METRICS.tokenDetails);
  const costUsd = createSumTally(registry, METRICS.costUsd);
  return (tier, basis, spent) => {
    tokens(spent.inputTokens, tier, "input", basis);
    tokens(spent.outputTokens, tier, "output", basis);
    if (spent.cachedInputTokens > 0) details(spent.cachedInputTokens, tier, "cached_input", basis);
    if (spent.cacheWriteTokens > 0) details(spent.cacheWriteTokens, tier, "cache_write", basis);
    if (spent.reasoningTokens > 0) details(spent.reasoningTokens, tier, "reasoning", basis);
    if (spent.costUsd !== undefined) costUsd(spent.costUsd, tier, basis);
  };
}
