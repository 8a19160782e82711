// Composition root: a configuration in, running servers out, one `close()`. Everything is wired here and nowhere else.

import { randomBytes } from "node:crypto";
import type { Transport } from "./config/capabilities/listen.ts";
import type { Config } from "./config/config.ts";
import { changedFixedKeys } from "./config/fixed-keys.ts";
import type { ConfigSource } from "./config/load.ts";
import { redacted } from "./config/redact.ts";
import { type ReloadTiming, startReloader } from "./config/reloader.ts";
import { routingInTurns } from "./config/routing-in-turns.ts";
import { liveThresholds, type OnThresholdMoved, routingOf, type SnapshotOptions } from "./config/routing-of.ts";
import { bodyBudget } from "./envoy/extproc/body-budget.ts";
import { openExtProcCall } from "./envoy/extproc/ext-proc-call.ts";
import { followedAnswers } from "./envoy/extproc/followed-answers.ts";
import { health } from "./envoy/extproc/health.ts";
import { turns } from "./envoy/extproc/turns.ts";
import { startHttp2Server } from "./envoy/grpc/http2/server.ts";
import type { GrpcServer, GrpcServerSettings, OpenCall } from "./envoy/grpc/transport.ts";
import type { AccessLogEntry } from "./envoy/wire/access-log.ts";
import { ACCESS_LOG_METHOD, EXT_PROC_METHOD } from "./envoy/wire/methods.ts";
import { claimListenAddress, formatListenAddress, listenError, parseListenAddress } from "./listen-address.ts";
import { createOverview, type Overview } from "./outcome/admin/overview.ts";
import { errorFields, reloadFailure } from "./outcome/admin/reload-failure.ts";
import { startAdmin } from "./outcome/admin/server.ts";
import { type AccessLogService, accessLogService } from "./outcome/join/access-log-service.ts";
import type { Outcome } from "./outcome/join/outcome.ts";
import { createOutcomes } from "./outcome/join/outcomes.ts";
import { sessionAnswered } from "./outcome/join/session-answered.ts";
import type { LiveReloadFailure } from "./outcome/live/view.ts";
import { namesReceiver } from "./outcome/sinks/settings.ts";
import { createSinks, type Sinks } from "./outcome/sinks/sinks.ts";
import { brokenConnections } from "./outcome/telemetry/broken-connections.ts";
import { guardDescriptors } from "./outcome/telemetry/descriptors.ts";
import { createLogger, type Logger } from "./outcome/telemetry/log.ts";
import { createMetrics, type Metrics } from "./outcome/telemetry/metrics.ts";
import { processObserver } from "./outcome/telemetry/observer.ts";
import { type ReportedMemory, reportedMemory } from "./outcome/telemetry/reported-memory.ts";
import { type SessionStore, sessionsInMemory } from "./request/guard/session-store.ts";
import type { DecidedRequest } from "./request/routing/decided-request.ts";
import type { Routing } from "./request/routing/routing.ts";
import { type LearnedTiers, learnedTiers } from "./request/routing/served-before.ts";
import { securedPorts } from "./secured-ports.ts";
import type { ServerTls } from "./tls.ts";

export interface AppOptions {
  readonly config: Config;
  readonly source?: ConfigSource | undefined; // watched for changes; undefined: nothing to reload
  readonly reloadTiming?: ReloadTiming; // in tests
  readonly adapt?: (config: Config) => Config; // what a command line lays over the file, each time it is read anew
  readonly log?: Logger;
  readonly logLosses?: (count: (lines: number) => void) => void; // has lines of the log that nobody took counted
  readonly onAccessLog?: (entry: AccessLogEntry) => void;
  readonly onOutcome?: (outcome: Outcome) => void;
  readonly onServing?: (serving: Serving) => void; // instead of a log line
}

/** Where it listens, as bound, and the policy that decides. */
export interface Serving {
  readonly extProc: string;
  readonly admin: string;
  readonly policy: string;
}

export interface App {
  readonly extProcAddress: string; // as bound
  readonly adminAddress: string;
  /** Log files may have been moved away: their paths are opened again. */
  reopenFiles(): void;
  /** Reads the configuration file and the certificates again. A bad one changes nothing and is logged. */
  reload(): Promise<void>;
  /** Stops taking requests, lets those in flight finish (at most `shutdown.graceMs`), then closes everything. */
  close(): Promise<void>;
}

/** The largest message taken from Envoy, whose own buffer limit is what bounds a body. Larger than any `limits.maxBodyBytes` may be. */
const MAX_MESSAGE_BYTES = (256 << 20) + (64 << 10);

/** At shutdown, for decision log and spans to be handed on. */
const SINKS_GRACE_MS = 5000;

const CLOSING = "shutting down";

/** The services asked for by name through grpc.health.v1. */
const HEALTH_NAMES = ["envoy.service.ext_proc.v3.ExternalProcessor"];

/** Serves until `close`. Throws a `listen-…` error when an address cannot be bound; nothing is left open then. */
export async function startApp(options: AppOptions): Promise<App> {
  const { adapt = (read: Config) => read, source, reloadTiming: timing, log = createLogger({ level: options.config.log.level }) } = options;
  const metrics = metricsWith(options);
  let config = options.config;
  const memories = newMemories();
  const hearsOutcomes = (): boolean => calls.outcomes.isHeard();
  const snapshot = { ...snapshotOptions(metrics, log), hearsOutcomes, ...memories };
  let routing = routingOf(config, snapshot);
  takesEffect(metrics, memories, routing);
  let unready: string | undefined = "starting";
  const { notReloaded, reloaded, failed } = reloadReporter(metrics, log);
  const probes = health(HEALTH_NAMES);
  const sinks = await createSinks({ config: () => config, metrics, log, env: process.env });
  const ready = () => unready ?? true;
  const overview = createOverview({ tiers: () => config.tiers, policyId: () => routing.policyId, ready, notReloaded, metrics, log });
  const calls = wireCalls({ options, config: () => config, routing: () => routing, ...memories, metrics, log, sinks, overview });

  async function take(read: Config, gone: readonly string[]): Promise<void> {
    const next = adapt(read);
    const made = await routingInTurns(next, { ...snapshot, previous: routing });
    if (unready === CLOSING) return;
    routing = made;
    takesEffect(metrics, memories, routing);
    warnOfFixedKeys(log, config, next);
    config = next;
    await sinks.reconfigure();
    log.level = next.log.level;
    reloaded(routing.policyId, gone);
    void secured.look();
  }

  const shown = { config: () => redacted(config), live: overview.view, feedback: overview.feedback };
  const services = new Map([...probes.services, ...calls.services]);
  const memory = reportedMemory(() => config.limits.bodyBudgetBytes, metrics, log);
  const deps = { env: process.env, metrics, log, memory, ready, notReloaded, ...shown };
  const { admin, grpc, secured } = await listen(config.listen, services, deps);
  const reloader = source && startReloader({ source, take, refuse: failed, ...(timing && { timing }) });
  unready = undefined;
  probes.setServing(true);
  const onServing = options.onServing ?? ((serving) => log.info(serving, "serving"));
  onServing({ extProc: grpc.address, admin: admin.address, policy: routing.policyId });

  async function close(): Promise<void> {
    unready = CLOSING;
    probes.setServing(false);
    reloader?.close();
    secured.close();
    log.info("shutting down");
    calls.accessLog.close();
    calls.answers.close();
    probes.close();
    await withinGrace(grpc.server, config.shutdown.graceMs, log);
    calls.outcomes.close();
    await sinks.close(Math.min(config.shutdown.graceMs, SINKS_GRACE_MS));
    await admin.close();
    grpc.unwatch();
    memory.close();
    log.info("stopped");
  }

  return {
    extProcAddress: grpc.address,
    adminAddress: admin.address,
    reopenFiles: sinks.reopen,
    async reload() {
      await Promise.all([reloader?.reload(), secured.reload()]);
    },
    close,
  };
}

type AdminDeps = Omit<Parameters<typeof startAdmin>[0], "listen" | "tls">;

interface GrpcDeps {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly memory: ReportedMemory;
}

/** Both ports, or none of them. */
async function listen(at: Config["listen"], services: ReadonlyMap<string, OpenCall>, deps: AdminDeps & GrpcDeps) {
  const { metrics, log } = deps;
  const secured = await securedPorts(at, metrics, log);
  try {
    const admin = await startAdmin({ listen: at, tls: secured.admin, ...deps });
    const grpc = await listenGrpc(at, secured.extProc, services, deps).catch(async (error: unknown) => {
      await admin.close();
      throw error;
    });
    return { admin, grpc, secured };
  } catch (error) {
    secured.close();
    throw error;
  }
}

function metricsWith({ logLosses }: AppOptions): Metrics {
  const metrics = createMetrics();
  logLosses?.((lines) => metrics.logLinesLost(lines));
  return metrics;
}

/** Tells the log, the metrics and those who watch how the last reload went. */
function reloadReporter(metrics: Metrics, log: Logger) {
  let failure: LiveReloadFailure | undefined;
  return {
    notReloaded: () => failure,
    reloaded(policy: string, gone: readonly string[]) {
      failure = undefined;
      metrics.configReloaded("ok");
      if (gone.length > 0) log.warn({ gone }, "keys are gone from the configuration file: their defaults count from now on");
      log.info({ policy }, "configuration reloaded");
    },
    failed(error: unknown) {
      failure = reloadFailure(error, new Date());
      metrics.configReloaded("failed");
      log.error(errorFields(error), "configuration not reloaded: the old one stays in force");
    },
  };
}

/** What is learned from answers. It outlives a reload. */
interface Memories {
  readonly servedBefore: LearnedTiers;
  readonly sessions: SessionStore;
}

function newMemories(): Memories {
  return { servedBefore: learnedTiers(() => performance.now() / 1000), sessions: sessionsInMemory() };
}

interface CallDeps extends Memories {
  readonly options: AppOptions;
  readonly config: () => Config; // in force
  readonly routing: () => Routing;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly sinks: Sinks;
  readonly overview: Overview;
}

/** What replies to Envoy's calls, and brings decisions and outcomes to all who want them. */
function wireCalls({ options, config, routing, servedBefore: learned, sessions, metrics, log, sinks, overview }: CallDeps) {
  const onOutcome = (outcome: Outcome) => {
    sessionAnswered(sessions, outcome);
    sinks.outcome(outcome);
    overview.outcome(outcome);
    options.onOutcome?.(outcome);
  };
  const outcomes = createOutcomes({ ...config().outcomes, tiers: () => config().tiers, learned, metrics, onOutcome });
  const onEntry = (entry: AccessLogEntry) => {
    outcomes.entry(entry);
    options.onAccessLog?.(entry);
  };
  const onDecided = (request: DecidedRequest) => {
    outcomes.decided(request);
    overview.decided(request);
  };
  const answers = followedAnswers(outcomes.read);
  const open = openExtProcCall({
    routing,
    budget: bodyBudget(() => config().limits.bodyBudgetBytes, metrics),
    observer: processObserver(metrics, log, onDecided),
    answers,
    now: () => performance.now(),
    turns: turns(),
  });
  const accessLog = countedAccessLog(metrics, log, onEntry);
  const services = new Map([
    [EXT_PROC_METHOD, open],
    [ACCESS_LOG_METHOD, accessLog.open],
  ]);
  return { services, accessLog, answers, outcomes };
}

function countedAccessLog(metrics: Metrics, log: Logger, onEntry: (entry: AccessLogEntry) => void): AccessLogService {
  return accessLogService({
    onEntry(entry) {
      metrics.accessLogged(1);
      onEntry(entry);
    },
    onMalformed: (error) => log.warn({ err: error }, "access log message unreadable"),
  });
}

function takesEffect(metrics: Metrics, { servedBefore, sessions }: Memories, routing: Routing): void {
  const tiers = new Set(routing.tiers.keys());
  servedBefore.keepOnly(tiers);
  sessions.keepOnly(tiers);
  for (const [policy, at] of liveThresholds(routing)) metrics.thresholdStands(policy, at);
}

/** The same for every configuration of this process. */
function snapshotOptions(metrics: Metrics, log: Logger): SnapshotOptions {
  return {
    onThresholdMoved: thresholdReporter(metrics, log),
    onVotesLeftOut: (votes) => metrics.votesIgnored("threshold", votes),
    voterSalt: randomBytes(4).readInt32LE(),
    hasSpans: namesReceiver(process.env),
  };
}

/** On the request path, but seldom: at most once in a thousand requests. */
function thresholdReporter(metrics: Metrics, log: Logger): OnThresholdMoved {
  return (policy, { from, to, observedShare, requests }) => {
    metrics.thresholdMoved(policy, to > from ? "up" : "down", to);
    log.info({ policy, from, to, observedShare, requests }, "threshold moved to hold the weak share");
  };
}

const TRANSPORT_SERVERS: Readonly<Record<Transport, (settings: GrpcServerSettings) => Promise<GrpcServer>>> = {
  http2: startHttp2Server,
  "grpc-js": async (settings) => (await import("./envoy/grpc/grpc-js-server.ts")).startGrpcJsServer(settings), // 14 MB
};

async function listenGrpc(
  { extProc, transport }: Config["listen"],
  tls: ServerTls | undefined,
  services: ReadonlyMap<string, OpenCall>,
  { metrics, log, memory: { memory } }: GrpcDeps,
): Promise<{ server: GrpcServer; address: string; unwatch: () => void }> {
  const address = parseListenAddress(extProc);
  await claimListenAddress(address);
  const descriptors = guardDescriptors(metrics, log);
  const broken = brokenConnections(metrics, log);
  const unwatch = () => {
    descriptors.close();
    broken.close();
  };
  try {
    const onError = (error: unknown) => log.error({ err: error }, "a call failed");
    const server = await TRANSPORT_SERVERS[transport]({
      address: formatListenAddress(address),
      services,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      tls,
      onError,
      maxConnections: descriptors.maxConnections,
      onRefused: descriptors.onRefused,
      memory,
      onBroken: broken.onBroken,
    });
    const bound = formatListenAddress(address.kind === "tcp" ? { ...address, port: server.port } : address);
    return { server, address: bound, unwatch };
  } catch (error) {
    unwatch();
    throw listenError(address, error);
  }
}

/** Waits for the calls in flight; what is left after the grace period is cut off. */
async function withinGrace(server: GrpcServer, graceMs: number, log: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<"expired">((resolve) => {
    timer = setTimeout(() => resolve("expired"), graceMs);
  });
  if ((await Promise.race([server.drain(), expired])) === "expired") {
    log.warn({ graceMs }, "calls still in flight after the grace period are cut off");
    server.destroy();
  }
  clearTimeout(timer);
}

/** A reload cannot change a server that already listens, for one. */
function warnOfFixedKeys(log: Logger, before: Config, after: Config): void {
  for (const key of changedFixedKeys(before, after)) log.warn({ key }, "takes effect at the next start only");
}
