// What is learned from answers and outcomes, of this process and of what replicas share. It outlives a reload.

import type { SharedFirsts } from "../answer/cascade/first-answers.ts";
import type { Config } from "../config/config.ts";
import { decidingLinks, type LimitsOption, liveThresholds } from "../config/routing-of.ts";
import type { HistoryDesk } from "../outcome/history/recorder.ts";
import { limitListener } from "../outcome/limits/limits.ts";
import { type RunningRollout, runRollout } from "../outcome/rollout/run.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import { createLedger } from "../request/guard/limits/ledger.ts";
import { type SessionStore, sessionsInMemory } from "../request/guard/session-store.ts";
import type { Routing } from "../request/routing/routing.ts";
import { type LearnedTiers, learnedTiers } from "../request/routing/served-before.ts";
import { limitsInRedis } from "../state/limits-in-redis.ts";
import { sharedTalliesInRedis } from "../state/shared-tally-in-redis.ts";
import { type ToldHistory, toldHistory } from "./history.ts";
import { type KeptAnswers, keptAnswers } from "./kept-answers.ts";
import { type KeptRatings, openRatings } from "./kept-ratings.ts";
import { type LearningTogether, learningTogether } from "./learning-together.ts";
import { replicasOver } from "./replicas.ts";
import { createRewards, type Rewards } from "./rewards.ts";
import { sharedFirsts } from "./shared-firsts.ts";
import { cacheSecret, openSharedState } from "./shared-state.ts";
import { type RunningTakeover, runTakeover } from "./takeover.ts";
import { type WatchedHealth, watchedHealth } from "./tiers-health.ts";

/** What is learned from answers. It outlives a reload. */
export interface Memories {
  readonly servedBefore: LearnedTiers;
  readonly sessions: SessionStore;
  readonly limits: LimitsOption;
  readonly health: WatchedHealth;
  readonly rewards: Rewards;
  readonly ratings: KeptRatings;
  readonly together: LearningTogether;
  readonly sharedFirsts: SharedFirsts | undefined;
  readonly rollout: RunningRollout;
  readonly rolloutStands: RunningRollout["standing"];
  readonly answers: KeptAnswers;
  readonly cacheSecret: string;
  readonly history: ToldHistory;
  readonly takeover: RunningTakeover;
  readonly takeoverStands: RunningTakeover["stands"];
  readonly hearsOutcomes: () => boolean;
}

export interface MemoryOptions {
  readonly config: Pick<Config, "state" | "history" | "ratings">;
  readonly history?: HistoryDesk; // who keeps it, where this process does not
  readonly env: NodeJS.ProcessEnv;
}

/** Those of this process, and what it shares of them with other replicas. */
export async function openMemories(
  { config, history: elsewhere, env }: MemoryOptions,
  metrics: Metrics,
  log: Logger,
  hearsOutcomes: () => boolean,
) {
  const state = await openSharedState(config.state, env, metrics, log);
  const replicas = replicasOver(state);
  const sessions = sessionsInMemory();
  const tallies = state && sharedTalliesInRedis(state.connection);
  const stores = tallies !== undefined && state?.shares("rollout") ? { stores: tallies } : {};
  const rollout = runRollout({ isHeard: hearsOutcomes, metrics, log, onChange: (change) => history.rolloutChanged(change), ...stores });
  const together = learningTogether({ stores: state?.shares("learned") ? tallies : undefined });
  const answers = keptAnswers(metrics, log, state, cacheSecret(config.state));
  const history = toldHistory(config.history, elsewhere, rollout.statuses, { metrics, log });
  const health = watchedHealth(metrics, log);
  const rewards = createRewards();
  metrics.learnersStand(rewards.standings);
  const takeover = runTakeover({ breakers: health.breakers, metrics, log });
  const memories: Memories = {
    servedBefore: learnedTiers(() => performance.now() / 1000),
    sessions: replicas?.sessions(sessions) ?? sessions,
    limits: { ledger: createLedger(), listener: limitListener(metrics, log), now: Date.now },
    health,
    rewards,
    together,
    sharedFirsts: state?.shares("consensus") ? sharedFirsts(state.connection) : undefined,
    rollout,
    rolloutStands: rollout.standing,
    answers,
    cacheSecret: answers.secret,
    history,
    takeover,
    takeoverStands: takeover.stands,
    hearsOutcomes,
    ratings: await openRatings({ path: config.ratings.file, metrics, log, now: Date.now }),
  };
  const limitStore = state?.shares("limits") ? limitsInRedis(state.connection) : undefined;
  const leave = async () => {
    takeover.close();
    await together.close();
    await history.written();
    await state?.connection.close();
  };
  return { memories, replicas, limitStore, store: () => state?.live(), leave };
}

export interface InForce {
  readonly config: Config;
  readonly by: "start" | "reload";
  readonly text: string | undefined; // of its file; undefined: the defaults
}

/** It is what requests are decided with from now on. */
export function takesEffect(metrics: Metrics, memories: Memories, routing: Routing, { config, by, text }: InForce): void {
  const { history, takeover, servedBefore, sessions, limits, health, rewards, together, rollout, answers } = memories;
  rollout.takesEffect();
  const tiers = new Set(routing.tiers.keys());
  servedBefore.keepOnly(tiers);
  sessions.keepOnly(tiers);
  if (routing.limits === undefined) limits.ledger.takesEffect([], tiers.size, 0);
  else routing.limits.takesEffect();
  health.takesEffect(config);
  const deciding = decidingLinks(routing);
  rewards.takesEffect(deciding);
  together.takesEffect(deciding);
  takeover.takesEffect(config.takeover, routing);
  history.takesEffect(by, config, text);
  answers.takesEffect(config.cache);
  metrics.thresholdsStand(liveThresholds(routing));
}
