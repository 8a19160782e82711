// Composition root: a configuration in, running servers out, one `close()`. Everything is wired here and nowhere else.

import type { Config } from "./config/config.ts";
import { changedFixedKeys } from "./config/fixed-keys.ts";
import type { ConfigSource } from "./config/load.ts";
import { redacted } from "./config/redact.ts";
import { type ReloaderOptions, type ReloadTiming, startReloader } from "./config/reloader.ts";
import { routingInTurns } from "./config/routing-in-turns.ts";
import {
  type OnThresholdHeld,
  type OnThresholdMoved,
  plannedRollout,
  routingOf,
  type SnapshotOptions,
  trainedScores,
} from "./config/routing-of.ts";
import { health } from "./envoy/extproc/health.ts";
import type { OpenCall } from "./envoy/grpc/transport.ts";
import type { AccessLogEntry } from "./envoy/wire/access-log.ts";
import { createOverview, type Overview, type OverviewFigures, type OverviewSettings } from "./outcome/admin/overview.ts";
import { errorFields, reloadFailure } from "./outcome/admin/reload-failure.ts";
import { type AdminOptions, type AdminServer, startAdmin } from "./outcome/admin/server.ts";
import type { HistoryDesk } from "./outcome/history/recorder.ts";
import type { Outcome } from "./outcome/join/outcome.ts";
import type { SiblingDeps, Siblings } from "./outcome/join/siblings.ts";
import type { LiveReloadFailure } from "./outcome/live/view.ts";
import { namesReceiver } from "./outcome/sinks/settings.ts";
import { createSinks } from "./outcome/sinks/sinks.ts";
import { createLogger, type Logger } from "./outcome/telemetry/log.ts";
import { createMetrics, type Metrics } from "./outcome/telemetry/metrics.ts";
import { type ReportedMemory, reportedMemory } from "./outcome/telemetry/reported-memory.ts";
import { type CallDeps, wireCalls } from "./serving/calls.ts";
import { listenGrpc, withinGrace } from "./serving/grpc-port.ts";
import { type Memories, openMemories, takesEffect } from "./serving/memories.ts";
import { securedPorts } from "./serving/secured-ports.ts";
import { hashSalt } from "./serving/shared-state.ts";
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
  readonly onMade?: () => void | Promise<void>; // once all is made that serves, before it listens
  readonly isRehearsal?: true; // another one serves: to it are left the environment, the process' figures, and whoever is asked
  readonly onServing?: (serving: Serving) => void; // instead of a log line
  readonly startAdmin?: StartAdmin; // another way to be asked than by HTTP
  readonly limitStore?: LimitStore; // through which processes share what limits count
  readonly history?: HistoryDesk; // who keeps it, where this process does not
  readonly openSiblings?: (deps: SiblingDeps) => Promise<Siblings>; // the other processes behind the same Envoy
  readonly voterSalt?: number; // of the hashes of senders, the same in all of these; where there is a store, its own
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
  const env = options.isRehearsal ? {} : process.env;
  let config = options.config;
  const opened = await openMemories({ ...options, env }, metrics, log, () => calls.outcomes.isHeard());
  const { memories, replicas, limitStore = options.limitStore, store, leave } = opened;
  const snapshot = { ...snapshotOptions(metrics, log, hashSalt(config.state, options.voterSalt), env), ...memories };
  let routing = routingOf(config, snapshot);
  await memories.rollout.prepare(plannedRollout(config));
  takesEffect(metrics, memories, routing, { config, by: "start", text: options.source?.text });
  let unready: string | undefined = "starting";
  const { notReloaded, reloaded, failed } = reloadReporter(metrics, log);
  const probes = health(HEALTH_NAMES);
  const sinks = await createSinks({ config: () => config, metrics, log, env });
  const ready = () => unready ?? true;
  const inForce = { config: () => config, routing: () => routing };
  const overview = overviewOf({ ...inForce, ...memories, sinks, ready, notReloaded, store, metrics, log });
  const calls = await wireCalls({ options, ...inForce, ...memories, replicas, limitStore, metrics, log, sinks, overview });

  async function take(read: Config, gone: readonly string[], text: string): Promise<void> {
    const next = adapt(read);
    const made = await routingInTurns(next, { ...snapshot, previous: routing });
    await memories.rollout.prepare(plannedRollout(next));
    if (unready === CLOSING) return;
    routing = made;
    takesEffect(metrics, memories, routing, { config: next, by: "reload", text });
    warnOfFixedKeys(log, config, next);
    config = next;
    await sinks.reconfigure();
    log.level = next.log.level;
    reloaded(routing.policyId, gone);
    void secured.look();
  }

  const { rollout, history } = memories;
  const shown = { config: () => redacted(config), live: overview.view, figures: overview.figures, feedback: calls.feedback, rollout };
  const memory = reportedMemory(() => config.limits.bodyBudgetBytes, metrics, log);
  const deps = { env, metrics, log, memory, ready, notReloaded, startAdmin: options.startAdmin, ...history.shown, ...shown };
  await options.onMade?.();
  const { admin, grpc, secured } = await listen(config.listen, new Map([...probes.services, ...calls.services]), deps);
  const reloader = reloaderOf(options, take, failed);
  unready = undefined;
  probes.setServing(true);
  const { onServing = (bound: Serving) => log.info(bound, "serving") } = options;
  onServing({ extProc: grpc.address, admin: admin.address, policy: routing.policyId });

  async function close(): Promise<void> {
    unready = CLOSING;
    probes.setServing(false);
    reloader?.close();
    secured.close();
    log.info("shutting down");
    calls.takeLeave();
    probes.close();
    await withinGrace(grpc.server, config.shutdown.graceMs, log);
    await memories.rollout.close(); // what Envoy has not told by now is nobody's failure
    await calls.close();
    await leave();
    await sinks.close(Math.min(config.shutdown.graceMs, SINKS_GRACE_MS));
    await admin.close();
    await memories.ratings.close();
    grpc.unwatch();
    memory.close();
    log.info("stopped");
  }

  const reload = async () => void (await Promise.all([reloader?.reload(), secured.reload()]));
  return { extProcAddress: grpc.address, adminAddress: admin.address, reopenFiles: sinks.reopen, reload, close };
}

type OverviewDeps = Pick<OverviewSettings, "ready" | "notReloaded" | "store" | "metrics" | "log"> &
  Pick<CallDeps, "config" | "routing" | "sinks">;

function overviewOf({
  config,
  routing,
  rewards,
  ratings,
  health: { figures },
  rollout,
  takeover,
  sinks,
  answers,
  ...told
}: OverviewDeps & Memories): Overview {
  const onWord: OverviewSettings["onWord"] = (requestId, word) => {
    sinks.word(requestId, word);
    rollout.word(requestId, word);
  };
  return createOverview({
    ...told,
    tiers: () => config().tiers,
    audits: () => config().audit !== undefined || rewards.areWanted(),
    isSliced: () => config().audit !== undefined,
    policyId: () => routing().policyId,
    ratings,
    trained: () => trainedScores(routing()),
    health: figures,
    takeover: takeover.standing,
    rollout: () => rollout.statuses()[0],
    limits: () => routing().limits,
    inOtherWords: answers.inOtherWords,
    onWord: rewards.hears(onWord),
  });
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

function metricsWith({ logLosses, isRehearsal }: AppOptions): Metrics {
  const metrics = createMetrics({ ofProcess: isRehearsal !== true });
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

/** The same for every configuration of this process. */
function snapshotOptions(metrics: Metrics, log: Logger, voterSalt: number, env: NodeJS.ProcessEnv): SnapshotOptions {
  return {
    onThresholdMoved: moveReporter(metrics, log),
    onThresholdHeld: holdReporter(metrics, log),
    onVotesLeftOut: (votes) => metrics.votesIgnored("threshold", votes),
    voterSalt,
    hasSpans: namesReceiver(env),
  };
}

/** On the request path, but seldom, as the next: at most once in some two hundred requests. */
function moveReporter(metrics: Metrics, log: Logger): OnThresholdMoved {
  return (policy, { from, to, observedShare, requests, past }) => {
    metrics.thresholdMoved(policy, to > from ? "up" : "down", to);
    if (past === undefined) log.info({ policy, from, to, observedShare, requests }, "threshold moved to hold the weak share");
    else
      log.warn({ policy, from, to, observedShare, requests, past }, "threshold moved past its bound: the traffic is not that of training");
  };
}

/** Says so once, and counts as long as it is so. */
function holdReporter(metrics: Metrics, log: Logger): OnThresholdHeld {
  return (policy, { bound, at, wanted, boundShare, isFirst }) => {
    metrics.thresholdHeld(policy, bound);
    if (isFirst) log.warn({ policy, bound, at, wanted, share: boundShare }, "threshold held at its bound: the weak share is not held");
  };
}

/** A reload cannot change a server that already listens, for one. */
function warnOfFixedKeys(log: Logger, before: Config, after: Config): void {
  for (const key of changedFixedKeys(before, after)) log.warn({ key }, "takes effect at the next start only");
}
