// What replies to Envoy's calls, and who is told of decisions and outcomes.

import type { Config } from "../config/config.ts";
import { bodyBudget } from "../envoy/extproc/body-budget.ts";
import { openExtProcCall } from "../envoy/extproc/ext-proc-call.ts";
import { followedAnswers } from "../envoy/extproc/followed-answers.ts";
import { turns } from "../envoy/extproc/turns.ts";
import { type AccessLogEntry, decodeAccessLogEntry } from "../envoy/wire/access-log.ts";
import { ACCESS_LOG_METHOD, EXT_PROC_METHOD } from "../envoy/wire/methods.ts";
import type { Overview } from "../outcome/admin/overview.ts";
import { type AccessLogDeps, type AccessLogService, accessLogService } from "../outcome/join/access-log-service.ts";
import { checksBeside } from "../outcome/join/checked-reader.ts";
import type { Outcome } from "../outcome/join/outcome.ts";
import { createOutcomes, type Outcomes } from "../outcome/join/outcomes.ts";
import { sessionAnswered } from "../outcome/join/session-answered.ts";
import type { SiblingDeps, Siblings } from "../outcome/join/siblings.ts";
import type { Feedback } from "../outcome/signals/feedback.ts";
import type { Sinks } from "../outcome/sinks/sinks.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import { processObserver } from "../outcome/telemetry/observer.ts";
import type { DecidedRequest } from "../request/routing/decided-request.ts";
import type { Routing } from "../request/routing/routing.ts";
import type { LearnedTiers } from "../request/routing/served-before.ts";
import type { LimitStore } from "../state/limit-store.ts";
import { wireJudging } from "./judging.ts";
import type { Memories } from "./memories.ts";
import { openLimits } from "./open-limits.ts";
import type { Replicas } from "./replicas.ts";
import { requestVectors } from "./request-vectors.ts";

/** Of those of `startApp`. */
export interface CallOptions {
  readonly onAccessLog?: ((entry: AccessLogEntry) => void) | undefined;
  readonly onOutcome?: ((outcome: Outcome) => void) | undefined;
  readonly openSiblings?: ((deps: SiblingDeps) => Promise<Siblings>) | undefined; // the other processes behind the same Envoy
  readonly isRehearsal?: true | undefined; // nobody outside is asked for anything
}

export interface CallDeps extends Memories {
  readonly options: CallOptions;
  readonly replicas: Replicas | undefined;
  readonly limitStore: LimitStore | undefined;
  readonly config: () => Config; // in force
  readonly routing: () => Routing;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly sinks: Sinks;
  readonly overview: Overview;
}

/** What replies to Envoy's calls, and brings decisions and outcomes to all who want them. */
export async function wireCalls({ options, replicas, config, routing, servedBefore: learned, sessions, ...told }: CallDeps) {
  const { health, rewards, rollout, answers: kept, metrics, log, sinks, overview } = told;
  const limits = await limitsWith({ config, routing, isHeard: () => outcomes.isHeard(), ...told });
  const onOutcome = (outcome: Outcome) => {
    for (const hears of [kept.cache, limits, health, rewards]) hears.outcome(outcome);
    sessionAnswered(sessions, outcome, config().session.upAfterBad);
    for (const hears of [rollout, sinks]) hears.outcome(outcome);
    overview.outcome(outcome, ask);
    options.onOutcome?.(outcome);
  };
  const deps = siblingDeps(() => outcomes, learned, overview);
  const local = replicas?.shareOutcomes === true ? undefined : await options.openSiblings?.(deps);
  const others = replicas?.open(deps, overview.feedback);
  const [siblings, ask] = [others?.siblings ?? local, others?.asked ?? local?.asked];
  const learns = toldToo(learned, (key, tier) => {
    siblings?.learned(key, tier);
    others?.learned(key, tier);
  });
  const watched = { checks: () => checksBeside(config().session.upAfterBad), learned: learns, metrics, onOutcome, elsewhere: siblings };
  const outcomes: Outcomes = createOutcomes({ ...config().outcomes, tiers: () => config().tiers, ...watched });
  const onEntry = (entry: AccessLogEntry, message: Uint8Array, from: number, to: number) => {
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
  const answers = followedAnswers((requestId, flight) => kept.cache.reading(outcomes.read(requestId), flight));
  const judging = wireJudging({ config, onJudged: outcomes.judged, sharedFirsts: told.sharedFirsts });
  const open = openExtProcCall({
    routing,
    budget: bodyBudget(() => config().limits.bodyBudgetBytes, metrics),
    observer: processObserver(metrics, log, onDecided),
    answers,
    cached: kept.cache,
    vectors: options.isRehearsal ? undefined : requestVectors(metrics, log),
    now: () => performance.now(),
    turns: turns(),
    judging,
  });
  const accessLog = countedAccessLog(metrics, log, onEntry);
  return {
    services: new Map([[EXT_PROC_METHOD, open] as const, [ACCESS_LOG_METHOD, accessLog.open] as const]),
    outcomes,
    feedback(feedback: Feedback) {
      const result = overview.feedback(feedback);
      return result.kind === "unknown" && others !== undefined ? others.rate(feedback) : result;
    },
    takeLeave() {
      accessLog.close();
      answers.close();
      judging.close();
      siblings?.flush();
      others?.flush();
    },
    async close() {
      await siblings?.close();
      await others?.close();
      outcomes.close();
      kept.close();
      await limits.close();
    },
  };
}

type LimitsDeps = Pick<CallDeps, "config" | "routing" | "limits" | "limitStore" | "metrics" | "log"> & { readonly isHeard: () => boolean };

function limitsWith({ config, routing, limits: kept, limitStore: store, ...told }: LimitsDeps) {
  return openLimits({ book: () => routing().limits, settings: () => config().ledger, kept, store, ...told });
}

/** What a server has given out is learned here, and told. */
function toldToo(learned: LearnedTiers, tell: LearnedTiers["learn"]): Pick<LearnedTiers, "learn"> {
  return {
    learn(key, tier) {
      learned.learn(key, tier);
      tell(key, tier);
    },
  };
}

function siblingDeps(outcomes: () => Outcomes, learned: LearnedTiers, overview: Overview): SiblingDeps {
  return {
    take(requestId, entry) {
      if (!outcomes().knows(requestId)) return false;
      outcomes().entry(decodeAccessLogEntry(entry));
      return true;
    },
    nobodys: (entry) => outcomes().entry(entry),
    reading: (requestId) => outcomes().readElsewhere.reading(requestId),
    read: (requestId, reading) => outcomes().readElsewhere.read(requestId, reading),
    discarded: (requestId, thrown) => outcomes().readElsewhere.discarded(requestId, thrown),
    learned: learned.learn,
    asked: overview.askedElsewhere,
  };
}

function countedAccessLog(metrics: Metrics, log: Logger, onEntry: AccessLogDeps["onEntry"]): AccessLogService {
  return accessLogService({
    onEntry(...entry) {
      metrics.accessLogged(1);
      onEntry(...entry);
    },
    onMalformed(error) {
      metrics.accessLogIgnored("unreadable");
      log.warn({ err: error }, "access log message unreadable");
    },
  });
}
