// Composition root: a configuration in, running servers out, one `close()`. Everything is wired here and nowhere else.

import { randomBytes, randomUUID } from "node:crypto";
import type { Config } from "./config/config.ts";
import { changedFixedKeys } from "./config/fixed-keys.ts";
import type { ConfigSource } from "./config/load.ts";
import { redacted } from "./config/redact.ts";
import { type ReloaderOptions, type ReloadTiming, startReloader } from "./config/reloader.ts";
import { routingInTurns } from "./config/routing-in-turns.ts";
import {
  type LimitsOption,
  liveThresholds,
  type OnThresholdMoved,
  plannedRollout,
  routingOf,
  type SnapshotOptions,
} from "./config/routing-of.ts";
import { bodyBudget } from "./envoy/extproc/body-budget.ts";
import { openExtProcCall } from "./envoy/extproc/ext-proc-call.ts";
import { followedAnswers } from "./envoy/extproc/followed-answers.ts";
import { health } from "./envoy/extproc/health.ts";
import { turns } from "./envoy/extproc/turns.ts";
import type { OpenCall } from "./envoy/grpc/transport.ts";
import { type AccessLogEntry, decodeAccessLogEntry } from "./envoy/wire/access-log.ts";
import { ACCESS_LOG_METHOD, EXT_PROC_METHOD } from "./envoy/wire/methods.ts";
import { listenGrpc, withinGrace } from "./grpc-port.ts";
import { createOverview, type Overview, type OverviewFigures } from "./outcome/admin/overview.ts";
import { errorFields, reloadFailure } from "./outcome/admin/reload-failure.ts";
import { type AdminOptions, type AdminServer, startAdmin } from "./outcome/admin/server.ts";
import { type AccessLogDeps, type AccessLogService, accessLogService } from "./outcome/join/access-log-service.ts";
import type { Outcome } from "./outcome/join/outcome.ts";
import { createOutcomes } from "./outcome/join/outcomes.ts";
import { sessionAnswered } from "./outcome/join/session-answered.ts";
import type { SiblingDeps, Siblings } from "./outcome/join/siblings.ts";
import { openLedgerFile } from "./outcome/limits/ledger-file.ts";
import { createLimits, limitListener, storeReporter } from "./outcome/limits/limits.ts";
import { shareLimits } from "./outcome/limits/slices.ts";
import type { LiveReloadFailure } from "./outcome/live/view.ts";
import { type RunningRollout, runRollout } from "./outcome/rollout/run.ts";
import { namesReceiver } from "./outcome/sinks/settings.ts";
import { createSinks, type Sinks } from "./outcome/sinks/sinks.ts";
import { createLogger, type Logger } from "./outcome/telemetry/log.ts";
import { createMetrics, type Metrics } from "./outcome/telemetry/metrics.ts";
import { processObserver } from "./outcome/telemetry/observer.ts";
import { type ReportedMemory, reportedMemory } from "./outcome/telemetry/reported-memory.ts";
import { createLedger } from "./request/guard/limits/ledger.ts";
import { type SessionStore, sessionsInMemory } from "./request/guard/session-store.ts";
import type { DecidedRequest } from "./request/routing/decided-request.ts";
import type { Routing } from "./request/routing/routing.ts";
import { type LearnedTiers, learnedTiers } from "./request/routing/served-before.ts";
import { securedPorts } from "./secured-ports.ts";
import type { LimitStore } from "./state/limit-store.ts";

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
  readonly startAdmin?: StartAdmin; // another way to be asked than by HTTP
  readonly limitStore?: LimitStore; // through which replicas share what limits count
  readonly openSiblings?: (deps: SiblingDeps) => Promise<Siblings>; // the other processes behind the same Envoy
}

/** What the admin port serves. */
export type StartAdmin = (deps: AdminDeps & { readonly figures: () => OverviewFigures }) => Promise<AdminServer>;

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

/** At shutdown, for decision log and spans to be handed on. */
const SINKS_GRACE_MS = 5000;

const CLOSING = "shutting down";

/** The services asked for by name through grpc.health.v1. */
const HEALTH_NAMES = ["envoy.service.ext_proc.v3.ExternalProcessor"];

/** Serves until `close`. Throws a `listen-…` error when an address cannot be bound; nothing is left open then. */
export async function startApp(options: AppOptions): Promise<App> {
  const { adapt = (read: Config) => read, log = createLogger({ level: options.config.log.level }) } = options;
  const metrics = metricsWith(options);
  let config = options.config;
  const memories = newMemories(metrics, log, () => calls.outcomes.isHeard());
  const { rollout } = memories;
  const snapshot = { ...snapshotOptions(metrics, log), ...memories };
  let routing = routingOf(config, snapshot);
  await rollout.prepare(plannedRollout(config));
  takesEffect(metrics, memories, routing);
  let unready: string | undefined = "starting";
  const { notReloaded, reloaded, failed } = reloadReporter(metrics, log);
  const probes = health(HEALTH_NAMES);
  const sinks = await createSinks({ config: () => config, metrics, log, env: process.env });
  const ready = () => unready ?? true;
  const told = { notReloaded, metrics, log, onWord: rollout.word };
  const overview = createOverview({ tiers: () => config.tiers, policyId: () => routing.policyId, ready, ...told });
  const calls = await wireCalls({ options, config: () => config, routing: () => routing, ...memories, metrics, log, sinks, overview });

  async function take(read: Config, gone: readonly string[]): Promise<void> {
    const next = adapt(read);
    const made = await routingInTurns(next, { ...snapshot, previous: routing });
    await rollout.prepare(plannedRollout(next));
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

  const shown = { config: () => redacted(config), live: overview.view, figures: overview.figures, feedback: overview.feedback, rollout };
  const memory = reportedMemory(() => config.limits.bodyBudgetBytes, metrics, log);
  const deps = { env: process.env, metrics, log, memory, ready, notReloaded, startAdmin: options.startAdmin, ...shown };
  const { admin, grpc, secured } = await listen(config.listen, new Map([...probes.services, ...calls.services]), deps);
  const reloader = reloaderOf(options, take, failed);
  unready = undefined;
  probes.setServing(true);
  const serving: Serving = { extProc: grpc.address, admin: admin.address, policy: routing.policyId };
  (options.onServing ?? ((bound) => log.info(bound, "serving")))(serving);

  async function close(): Promise<void> {
    unready = CLOSING;
    probes.setServing(false);
    reloader?.close();
    secured.close();
    log.info("shutting down");
    calls.takeLeave();
    probes.close();
    await withinGrace(grpc.server, config.shutdown.graceMs, log);
    await rollout.close(); // what Envoy has not told by now is nobody's failure
    await calls.close();
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
    reload: async () => void (await Promise.all([reloader?.reload(), secured.reload()])),
    close,
  };
}

function reloaderOf({ source, reloadTiming: timing }: AppOptions, take: ReloaderOptions["take"], refuse: ReloaderOptions["refuse"]) {
  return source && startReloader({ source, take, refuse, ...(timing && { timing }) });
}

type AdminDeps = Omit<AdminOptions, "listen" | "tls">;

interface ListenDeps extends AdminDeps {
  readonly figures: () => OverviewFigures;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly memory: ReportedMemory;
  readonly startAdmin: StartAdmin | undefined;
}

/** Both ports, or none of them. */
async function listen(at: Config["listen"], services: ReadonlyMap<string, OpenCall>, deps: ListenDeps) {
  const { startAdmin: otherAdmin, metrics, log } = deps;
  const secured = await securedPorts(otherAdmin === undefined ? at : { tls: at.tls }, metrics, log);
  try {
    const admin = await (otherAdmin?.(deps) ?? startAdmin({ listen: at, tls: secured.admin, ...deps }));
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
  readonly limits: LimitsOption;
  readonly rollout: RunningRollout;
  readonly rolloutStands: RunningRollout["standing"];
  readonly hearsOutcomes: () => boolean;
}

function newMemories(metrics: Metrics, log: Logger, hearsOutcomes: () => boolean): Memories {
  const rollout = runRollout({ isHeard: hearsOutcomes, metrics, log });
  const ofRollout = { rollout, rolloutStands: rollout.standing, hearsOutcomes };
  const limits = { ledger: createLedger(), listener: limitListener(metrics, log), now: Date.now };
  return { servedBefore: learnedTiers(() => performance.now() / 1000), sessions: sessionsInMemory(), limits, ...ofRollout };
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
async function wireCalls(deps: CallDeps) {
  const { options, config, routing, servedBefore: learned, sessions, rollout, metrics, log, sinks, overview } = deps;
  const limits = await openLimits(deps, () => outcomes.isHeard());
  const onOutcome = (outcome: Outcome) => {
    limits.outcome(outcome);
    sessionAnswered(sessions, outcome);
    rollout.outcome(outcome);
    sinks.outcome(outcome);
    overview.outcome(outcome);
    options.onOutcome?.(outcome);
  };
  const siblings = await options.openSiblings?.({
    take(requestId, entry) {
      if (!outcomes.knows(requestId)) return false;
      outcomes.entry(decodeAccessLogEntry(entry));
      return true;
    },
    nobodys: (entry) => outcomes.entry(entry),
    reading: (requestId) => outcomes.readElsewhere.reading(requestId),
    read: (requestId, reading) => outcomes.readElsewhere.read(requestId, reading),
    learned: learned.learn,
  });
  const learn = (key: string, tier: string) => {
    learned.learn(key, tier);
    siblings?.learned(key, tier);
  };
  const told = { learned: { learn }, metrics, onOutcome, elsewhere: siblings };
  const outcomes = createOutcomes({ ...config().outcomes, tiers: () => config().tiers, ...told });
  const onEntry: AccessLogDeps["onEntry"] = (entry, message, from, to) => {
    if (siblings === undefined || outcomes.knows(entry.requestId)) outcomes.entry(entry);
    else siblings.offer(entry, message.subarray(from, to));
    options.onAccessLog?.(entry);
  };
  const onDecided = (request: DecidedRequest) => {
    rollout.decided(request);
    limits.decided(request); // in front of the outcome, which comes at once where nobody logs
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
  return {
    services,
    outcomes,
    takeLeave() {
      accessLog.close();
      answers.close();
      siblings?.flush();
    },
    async close() {
      await siblings?.close();
      outcomes.close();
      await limits.close();
    },
  };
}

/** With what a process before this one has used, where that is kept. */
async function openLimits({ options, config, routing, limits: { ledger, now }, metrics, log }: CallDeps, isHeard: () => boolean) {
  const limits = createLimits({ book: () => routing().limits, isHeard, metrics });
  const { file: path } = config().ledger;
  const { hasChanged } = limits;
  const { limitStore: store } = options;
  if (store !== undefined) {
    if (path !== undefined) log.warn({ path }, "ledger.file is not used: what limits count is kept where processes share it");
    const inForce = { limits: () => routing().limits?.limits ?? [], away: () => config().ledger.away };
    const slices = shareLimits({ store, replica: randomUUID(), ledger, now, ...inForce, ...storeReporter(metrics, log) });
    return { ...limits, close: slices.close };
  }
  const file = path === undefined ? undefined : await openLedgerFile({ path, ledger, hasChanged, metrics, log, now });
  return { ...limits, close: async () => file?.close() };
}

function countedAccessLog(metrics: Metrics, log: Logger, onEntry: AccessLogDeps["onEntry"]): AccessLogService {
  return accessLogService({
    onEntry(...entry) {
      metrics.accessLogged(1);
      onEntry(...entry);
    },
    onMalformed: (error) => log.warn({ err: error }, "access log message unreadable"),
  });
}

function takesEffect(metrics: Metrics, { servedBefore, sessions, limits, rollout }: Memories, routing: Routing): void {
  rollout.takesEffect();
  const tiers = new Set(routing.tiers.keys());
  servedBefore.keepOnly(tiers);
  sessions.keepOnly(tiers);
  if (routing.limits === undefined) limits.ledger.takesEffect([], tiers.size, 0);
  else routing.limits.takesEffect();
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

/** A reload cannot change a server that already listens, for one. */
function warnOfFixedKeys(log: Logger, before: Config, after: Config): void {
  for (const key of changedFixedKeys(before, after)) log.warn({ key }, "takes effect at the next start only");
}
